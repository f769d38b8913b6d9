// Mean and variance of the gradients of a model's convolutions over the steps of a training, one
// step at a time (Welford, "Note on a Method for Calculating Corrected Sums of Squares and
// Products", 1962): of the gradient g of step t, counted from 1,
//   d = g - mean;  mean += d / t;  squares += d * (g - mean)
#pragma once

#include <string>
#include <vector>

#include "engine/backend.h"
#include "layers/layer.h"

namespace lienet {

// One parameter's part of a step.
struct StepMomentsPart {
  Tensor gradient, mean, squares;
};

// Of one parameter's gradient, element by element.
struct GradientMoments {
  std::string name;       // "layer1.0.conv1.weight"
  Tensor mean, variance;  // f64, of the parameter's shape, on the host

  std::string layer() const;  // "layer1.0.conv1"
};

class StepMoments {
 public:
  // Of steps of `batch` images. The context and the model outlive it.
  StepMoments(Context& ctx, Layer& model, int64_t batch);

  void restart();
  // The model's gradients of a step of so many images; another number than `batch` is left out,
  // since its gradients vary otherwise. `skip` as for Optimizer::step.
  void add(int64_t images, const Tensor& skip = {});

  // In the model's order; the work so far is waited for. The variance with division by the steps, 0
  // before the first.
  std::vector<GradientMoments> moments() const;
  int64_t steps() const;
  int64_t batch() const { return batch_; }

  // "gsnr.mean.conv1.weight", "gsnr.squares.conv1.weight"; "gsnr.steps", f64 [1]. Shares storage,
  // so that copying into it restores them.
  std::vector<NamedTensor> state() const;

 private:
  struct Slot {
    std::string path;
    Parameter* parameter;
    Tensor mean, squares;
  };

  Context& ctx_;
  int64_t batch_;
  std::vector<Slot> slots_;
  Tensor steps_;  // f64 [1], where the kernels read and count it
};

// The rule above, with steps f64 [1], which becomes one more; skip as for Optimizer::step.
LIENET_HOST_AND_CUDA(void add_step(Context& ctx, const Tensor& skip, Tensor& steps,
                                   std::span<const StepMomentsPart> parts);)

}  // namespace lienet
