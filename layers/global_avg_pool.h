// global_avg_pool:  y[n,c] = mean_ij x[n,c,i,j]        dx[n,c,i,j] = dy[n,c] / (H*W)
//   x [N,C,H,W]  y [N,C]: what torch.nn.AdaptiveAvgPool2d(1) and Flatten give together;
//   of bf16 maps the means are f32
#pragma once

#include "engine/backend.h"
#include "layers/layer.h"

namespace lienet {

struct GlobalAvgPoolSaved {
  Shape shape;
  DType dtype = DType::f32;
  Layout layout = Layout::plain;
};

// Throws Error unless rank is 4 and maps have a value.
Tensor global_avg_pool(Context& ctx, const Tensor& x, GlobalAvgPoolSaved* saved);
void global_avg_pool_backward(Context& ctx, const GlobalAvgPoolSaved& saved, const Tensor& dy,
                              std::span<GradSlot> d);
Value global_avg_pool(Tape& tape, const Value& x);

LIENET_HOST_AND_CUDA(void global_avg_pool(Context& ctx, const Tensor& x, Tensor& y);
                     void global_avg_pool_backward(Context& ctx, const Tensor& dy, Tensor& dx);)

}  // namespace lienet
