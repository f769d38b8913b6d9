// Colours for values. From 0 to 1: dark violet, blue, teal, green, yellow; lighter is more, also to
// the colour-blind and in grey.
//
// Perceptually uniform by construction: a curve through OKLab (Ottosson, "A perceptual color space
// for image processing", 2020), walked at constant speed. With t from 0 to 1 along the curve:
//   lightness 0.27 + 0.66 t, chroma 0.09 + 0.25 (t - 0.4)^2, hue 312 - 208 t degrees
// all of which sRGB can show.
#pragma once

#include <cstdint>

namespace lienet {

struct Rgb {
  uint8_t r = 0, g = 0, b = 0;
  friend bool operator==(const Rgb&, const Rgb&) = default;
};

// 0..1 to 0..255; what is beyond is cut off.
uint8_t byte_of(double value);

// What is below 0 or above 1 counts as 0 or 1, NaN as 0.
Rgb colour_of(double value);

// For values from -1 to 1: blue, white at 0, red. Two straight lines through OKLab from one white,
// equally long and equally dark at their ends: equal distances from 0 look equally far.
// What is beyond counts as -1 or 1, NaN as 0.
Rgb diverging_colour_of(double value);

// mixed = a + share * (b - a)
Rgb mix(const Rgb& a, const Rgb& b, double share);
// The grey of the same luma, Rec. 601.
Rgb grey_of(const Rgb& colour);

}  // namespace lienet
