// PASCAL VOC 2007, in the folders of its own archives:
//   Annotations/ID.xml  JPEGImages/ID.jpg  ImageSets/Main/LIST.txt
// An image shows things of any number of its 20 classes, so labels are a yes or no for each.
#pragma once

#include <filesystem>

#include "datasets/box.h"
#include "datasets/image_folder.h"

namespace lienet {

// In the alphabet's order, as they are numbered.
const std::vector<std::string>& voc_class_names();

struct AnnotatedImages {
  ImageSet images;
  std::vector<std::vector<ObjectBox>> objects;  // of each image
};

// The folder with Annotations in it: this one, VOC2007 or VOCdevkit/VOC2007 in it; else empty.
std::filesystem::path find_voc(const std::filesystem::path& folder);

// `list` is train, val, trainval, test, ... A class counts as shown where one of its things is not
// difficult; of a class with difficult things alone it is left open (ImageSet::tags).
// Throws Error: a missing folder or list, an empty list, an ID that is no plain name, and, each
// with its file, a missing image, another class, and what read_annotation() refuses.
AnnotatedImages read_voc(const std::filesystem::path& folder, const std::string& list,
                         const PictureOptions& options = {});

}  // namespace lienet
