// Between the image as it is and what a network sees of it.
#pragma once

#include <span>
#include <vector>

#include "datasets/box.h"
#include "datasets/image_set.h"
#include "engine/tensor.h"

namespace lienet {

// Where ImageSet::view() of an image of height x width lies in it: the image resized to
// resized_height x resized_width, and the window's first pixel there.
struct ViewGeometry {
  int64_t height, width;  // of the image
  int64_t resized_height, resized_width;
  int64_t top, left;  // of the window
  int64_t view_height, view_width;
};
ViewGeometry geometry_of(const ImageSet& set, int64_t height, int64_t width);

// Boxes in image i at the pixels of its view that they touch. What lies outside is cut off, and a
// box of which nothing is left is left out. Of a file the image is read.
std::vector<PixelBox> in_view(const ImageSet& set, int64_t i, std::span<const PixelBox> boxes);
// The same by the geometry.
std::vector<PixelBox> in_view(const ViewGeometry& geometry, std::span<const PixelBox> boxes);

// A map [view_height,view_width] at the image's pixels, [height,width]: bilinear with half-pixel
// centres; NaN where the network did not look.
std::vector<double> to_original(std::span<const double> map, const ViewGeometry& geometry);
// The same of map i of maps f32 [N,1,view_height,view_width].
std::vector<double> to_original(const Tensor& maps, int64_t i, const ViewGeometry& geometry);

// The map's lowest value in the place of each NaN: where the network did not look nothing is
// salient.
std::vector<double> without_gaps(std::vector<double> map);

}  // namespace lienet
