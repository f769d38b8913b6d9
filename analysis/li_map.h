// LI-Map: Jiang, Liu, Xiao, Chua, "Gradient Mask: Lateral Inhibition Mechanism Improves Performance
// in Artificial Neural Networks". For one sample, a class's logit P and activations a^l:
//   D^l     = l2 norm over all channels of dP/da^l, at each position of its u x v map
//   delta^l = -LoG * D^l, the filter of engine/inhibition.h; with the sign turned, so that its
//             centre is positive: the paper's equation 2, taken literally, peaks around an object
//   F       = sum_l resize(delta^l), to the size of the image; see analysis/resize.h
// Filter and resizing are both linear along each axis and are done as one product of matrices.
#pragma once

#include <map>
#include <span>
#include <utility>
#include <vector>

#include "analysis/band.h"
#include "engine/scheduler.h"

namespace lienet {

struct LiMapOptions {
  LogFilter filter{};         // preset paper
  bool literal_sign = false;  // delta = LoG * D
};

// Sums the map up as the backward pass comes by.
class LiMap final : public Observer {
 public:
  // `nodes`: the activations on the tape. N images of height x width.
  LiMap(std::span<const int> nodes, int64_t images, int64_t height, int64_t width,
        const LiMapOptions& options);
  void on_gradient(Context& ctx, const GradientEvent& event) override;
  Tensor map(Context& ctx) const;  // F [N,1,height,width] so far

 private:
  // Filter and resizing in one: [height,u] and [v,width].
  const std::vector<BandTerm>& terms_for(int64_t u, int64_t v);

  std::vector<int> nodes_;
  int64_t images_, height_, width_;
  LiMapOptions options_;
  std::map<std::pair<int64_t, int64_t>, std::vector<BandTerm>> terms_;  // by size of the activation
  std::vector<double> sum_;                                             // [N,height,width]
};

}  // namespace lienet
