// How well a map finds the object. What is compared is a map with one number for each pixel, before
// any ReLU, so that there is no plateau of zeros.
#pragma once

#include <span>
#include <vector>

#include "datasets/box.h"

namespace lienet {

// The box around the ceil(share * H * W) pixels of the highest values; of equal values the first
// count. map: [height,width]. Throws Error for a share outside (0, 1] and a map of another size.
PixelBox salient_box(std::span<const double> map, int64_t height, int64_t width,
                     double share = 0.15);

// Area of the intersection over that of the union; pixels at both ends belong to a box.
double iou(const PixelBox& a, const PixelBox& b);

struct Localization {
  PixelBox box;             // salient_box()
  double iou = 0;           // the largest with any of the objects
  double iou_of_union = 0;  // with the box around all of them
  bool pointed = false;     // the highest value lies in an object: Zhang et al., "Top-down Neural
                            // Attention by Excitation Backprop", ECCV 2016 (without its margin)
  double energy = 0;        // share of the map above its minimum that lies in objects: after Wang
                            // et al., "Score-CAM", CVPRW 2020
};

// `objects`: the boxes of the class's instances that are not difficult, at least one.
Localization localize(std::span<const double> map, int64_t height, int64_t width,
                      std::span<const PixelBox> objects, double share = 0.15);

// The baseline that looks at no image: how near a pixel is to the centre, [height,width]. Its
// salient_box() is the box of a disc with that share of the area.
std::vector<double> centre_map(int64_t height, int64_t width);

}  // namespace lienet
