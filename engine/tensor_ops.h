// What the engine itself does to tensors: fill, convert, add. On every device, any dtype that makes
// sense; ops with gradients live in layers/.
#pragma once

#include "engine/context.h"
#include "engine/gradient_parts.h"

namespace lienet {

void fill(Context& ctx, Tensor& t, double value);

// The same elements in another type or layout, in fresh memory.
Tensor convert(Context& ctx, const Tensor& t, DType dtype, Layout layout);
Tensor clone(Context& ctx, const Tensor& t);
// t itself where it is so already, else a converted copy.
Tensor as_type(Context& ctx, const Tensor& t, DType dtype);
Tensor as_layout(Context& ctx, const Tensor& t, Layout layout);
Tensor as_plain(Context& ctx, const Tensor& t);

// Copies src's values into dst: equal shapes, types and layouts may differ.
void copy(Context& ctx, const Tensor& src, Tensor& dst);

// a + b, floating, in a's layout. Uses a's storage when nobody shares it.
Tensor sum(Context& ctx, Tensor a, const Tensor& b);

// Where the gradient that the parts make up is put: a part that nobody shares, or fresh memory.
// Brings all parts to a's layout. Throws Error where they do not fit each other.
Tensor result_for(Context& ctx, GradientParts& parts);
// The gradient that the parts make up, in a's layout, in one pass.
Tensor complete(Context& ctx, GradientParts parts);

// The number of elements that are NaN or infinite.
int64_t count_non_finite(Context& ctx, const Tensor& t);

}  // namespace lienet
