// Sums over the rows of a matrix on the device. Internal.
#pragma once

#include "engine/context.h"

namespace lienet::cuda {

// sums[c] = sum_r x[r,c], f32; x of any floating type [rows, columns], each row without gaps. The
// same bits each time.
void column_sums(Context& ctx, const Tensor& x, int64_t rows, int64_t columns, Tensor& sums);

}  // namespace lienet::cuda
