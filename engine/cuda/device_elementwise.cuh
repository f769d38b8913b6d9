// Launches of elementwise.h's programs. Internal.
#pragma once

#include "engine/cuda/device_block.cuh"
#include "engine/cuda/elementwise.h"

namespace lienet::cuda {

// All of them tensors of T, or below of the same type.
template <class T, class Op, int inputs>
void run_elementwise_of(Context& ctx, Op op, const Tensor* const (&in)[inputs], Tensor& out) {
  Elementwise<T, inputs, Op> program{op, {}, elements<T>(out), out.size()};
  for (int k = 0; k < inputs; ++k) program.in[k] = elements<T>(*in[k]);
  run(ctx, program);
}
template <class Op, int inputs>
void run_elementwise(Context& ctx, Op op, const Tensor* const (&in)[inputs], Tensor& out) {
  for_elements(out.dtype(), [&]<class T>(T) { run_elementwise_of<T>(ctx, op, in, out); });
}

}  // namespace lienet::cuda
