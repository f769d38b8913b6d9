// The columns of a matrix on the device. Internal.
#pragma once

#include "engine/context.h"

namespace lienet::cuda {

// sums[c] = sum_r x[r,c], f32; x of any floating type [rows, columns], each row without gaps. The
// same bits each time.
void column_sums(Context& ctx, const Tensor& x, int64_t rows, int64_t columns, Tensor& sums);

// y[r,c] += b[c]; b is f32.
void add_to_columns(Context& ctx, const Tensor& b, int64_t rows, int64_t columns, Tensor& y);

}  // namespace lienet::cuda
