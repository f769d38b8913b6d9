// How alike two maps are. Each throws Error for maps that are empty, of unequal sizes, or hold a
// NaN.
#pragma once

#include <cstdint>
#include <span>

namespace lienet {

// Spearman's rank correlation, equal values sharing their mean rank; 0 where a map is constant.
double spearman(std::span<const double> a, std::span<const double> b);
// The same of magnitudes.
double spearman_of_magnitudes(std::span<const double> a, std::span<const double> b);

// Structural similarity: Wang et al., "Image Quality Assessment: From Error Visibility to
// Structural Similarity", 2004. Both maps are first brought to 0..1, from their least to their
// greatest value; a constant one to 0.
//   SSIM = mean over windows of (2 ma mb + c1)(2 cov + c2) / ((ma^2 + mb^2 + c1)(va + vb + c2))
// with Gaussian windows of sigma 1.5 on 11 x 11 pixels that lie all inside, c1 = 0.01^2 and
// c2 = 0.03^2 for the range 1. Throws Error for maps of fewer than 11 x 11 pixels.
double ssim(std::span<const double> a, std::span<const double> b, int64_t height, int64_t width);

}  // namespace lienet
