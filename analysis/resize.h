// Bilinear resizing of maps, with half-pixel centres: as PyTorch's interpolate(mode="bilinear",
// align_corners=False), which does not smooth where it makes a map smaller.
//   y[i] = (1 - t) x[j] + t x[j+1],  j + t = max(0, (i + 1/2) * from / to - 1/2),  along each axis,
// where an index past the end reads the last element.
#pragma once

#include <vector>

#include "engine/context.h"

namespace lienet {

// The matrix [to, from] that resizes a line, row by row.
std::vector<double> resize_matrix(int64_t from, int64_t to);

// maps [N,C,u,v] -> [N,C,height,width], plain, f32 or f64, on the host. Throws Error unless there
// are four extents, none of them 0.
Tensor resize(Context& ctx, const Tensor& maps, int64_t height, int64_t width);

}  // namespace lienet
