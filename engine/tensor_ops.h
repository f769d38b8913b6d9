// What the engine itself does to tensors: fill, convert, add. On every device, any dtype that makes
// sense; it happens where the tensors lie, and what is made lies beside them. Ops with gradients
// live in layers/.
#pragma once

#include <initializer_list>
#include <span>

#include "engine/backend.h"
#include "engine/gradient_parts.h"

namespace lienet {

void fill(Context& ctx, Tensor& t, double value);

// t's elements are these few numbers (at most 16), f64 or i64. On a device they travel with the
// launch, so that nobody waits.
void store(Context& ctx, Tensor& t, std::initializer_list<double> values);

// The same elements in another type or layout, in fresh memory.
Tensor convert(Context& ctx, const Tensor& t, DType dtype, Layout layout);
Tensor clone(Context& ctx, const Tensor& t);
// t itself where it is so already, else a converted copy.
Tensor as_type(Context& ctx, const Tensor& t, DType dtype);
Tensor as_layout(Context& ctx, const Tensor& t, Layout layout);
Tensor as_plain(Context& ctx, const Tensor& t);

// Copies src's values into dst: equal shapes, types and layouts may differ, and so may the memories
// that they are in. Waits where dst is in the host's memory and src is not.
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
// The same of each of several tensors of one memory: i64 [tensors], there, without waiting.
Tensor count_non_finite(Context& ctx, std::span<const Tensor> tensors);

// copy: both in the same memory. sum, complete: one layout, out may be a part. complete: parts that
// go through ReLU. count_non_finite: counts i64 [n].
LIENET_HOST_AND_CUDA(void fill(Context& ctx, Tensor& t, double value);
                     void store(Context& ctx, Tensor& t, std::span<const double> values);
                     void copy(Context& ctx, const Tensor& src, Tensor& dst);
                     void sum(Context& ctx, const Tensor& a, const Tensor& b, Tensor& out);
                     void complete(Context& ctx, const GradientParts& parts, Tensor& out);
                     void count_non_finite(Context& ctx, std::span<const Tensor> tensors,
                                           Tensor& counts);)

}  // namespace lienet
