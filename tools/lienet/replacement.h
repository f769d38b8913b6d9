// Deletion and insertion for the saliency command: analysis/deletion.h with a network's probability
// of a class as the score.
#pragma once

#include <string>
#include <vector>

#include "analysis/normalise.h"
#include "layers/layer.h"
#include "tools/training/evaluate.h"

namespace lienet::commands {

struct ReplacementAreas {
  double deletion = 0, insertion = 0;
};

// What pixels are replaced by: "black"; "mean", the data's mean colour; "blur", the image blurred
// by a Gaussian of a tenth of its height.
class Replacement {
 public:
  // pixels [B,3,H,W] in 0..1; one class for each, whose probability is the metric's. Throws Error
  // for an unknown baseline.
  Replacement(Context& ctx, Layer& network, const Tensor& pixels, const ChannelStats& stats,
              std::vector<int64_t> classes, const std::string& baseline, Metric metric);

  // Of each image, ranked by its map of `ranking` [B,1,H,W], in `steps` steps.
  std::vector<ReplacementAreas> areas(const Tensor& ranking, int64_t steps = 32);

 private:
  std::vector<double> probabilities_of(int64_t k, const Tensor& images);

  Context& ctx_;
  Layer& network_;
  Tensor x_, baseline_;  // normalised
  std::vector<int64_t> classes_;
  Metric metric_;
};

}  // namespace lienet::commands
