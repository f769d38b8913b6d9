// How a convolution is put to cuDNN. Internal.
#pragma once

#include "engine/cuda/cudnn_graph.h"
#include "layers/conv2d.h"

namespace lienet::cuda {

// One convolution: all that a plan for it depends on. Forward, its sums may be finished as they are
// written: max(0, sum + add + bias). cuDNN wants the bias there, and in the maps' type.
struct Convolution {
  ConvolutionKind kind = ConvolutionKind::forward;
  Shape x, w, y;
  DType type = DType::f32;  // of all of them, in the layout nhwc
  Conv2dOptions options;
  bool bias = false, add = false, relu = false;

  friend bool operator==(const Convolution&, const Convolution&) = default;
};

// Its tensors are numbered x, w, y, then the bias and the summand where there are any.
// Without a handle, as OperationGraph::finalize says.
std::shared_ptr<const OperationGraph> make_graph(const Convolution& convolution,
                                                 cudnnHandle_t handle = nullptr);

}  // namespace lienet::cuda
