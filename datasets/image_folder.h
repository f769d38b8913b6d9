// Folders of images, as ImageNet is kept and torchvision's ImageFolder reads it:
//   FOLDER/train/CLASS/*.jpg  FOLDER/val/CLASS/*.jpg   ("test" will do for "val")
#pragma once

#include <filesystem>

#include "datasets/image_set.h"

namespace lienet {

// How pictures of any size become a network's input.
struct PictureOptions {
  int64_t side = 224;     // of the square that a network sees
  int64_t shorter = 256;  // tests: the shorter side before the middle is cut out; 0: see ImageSet
};

// Throws Error for sizes that make no sense.
void check_pictures(const PictureOptions& options);

// Whether there are a train folder and one of val and test, as read_image_folder() wants them.
bool is_image_folder(const std::filesystem::path& folder);

// One split. Classes are the names of the folders in train, in the order of their bytes; images
// follow class by class, in the same order: .jpg, .jpeg and .png, in either case. Other files and
// names that begin with a dot are passed over. Nothing is decoded yet.
// Throws Error for a missing folder, a train folder without classes, a class without images, and a
// class of val that train does not have.
ImageSet read_image_folder(const std::filesystem::path& folder, Split split,
                           const PictureOptions& options = {});

}  // namespace lienet
