// An image and what attacks made of it, side by side, with the differences amplified.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tools/pictures/canvas.h"

namespace lienet {

struct AttackPanel {
  std::string title;              // "PGD"
  std::string note;               // "spotted star"
  std::span<const float> pixels;  // [3,height,width] in 0..1
};

struct AttackPicture {
  std::string caption;
  int64_t height = 0, width = 0;
  double epsilon = 0;  // what a difference is at most; above 0
  AttackPanel clean;
  std::vector<AttackPanel> attacks;
};

// The clean image, then for each attack its image and the difference: grey where there is none,
// black and white at -epsilon and epsilon.
Canvas draw_attack(const AttackPicture& picture);

}  // namespace lienet
