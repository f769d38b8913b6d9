// The boxes of ImageNet's validation images, ILSVRC's own XML, beside a folder of images.
#pragma once

#include "datasets/box.h"
#include "datasets/image_set.h"

namespace lienet {

// For each image CLASS/NAME.JPEG of FOLDER/val the objects of NAME.xml, which is looked for in
// FOLDER/Annotations/CLS-LOC/val, FOLDER/Annotations/val and FOLDER/Annotations, there or in CLASS.
// Nothing where FOLDER has no Annotations.
// Throws Error, each with its file: an image without XML, a class that is not among the set's, and
// what read_annotation() refuses.
std::vector<std::vector<ObjectBox>> read_imagenet_boxes(const std::filesystem::path& folder,
                                                        const ImageSet& val);

}  // namespace lienet
