#include "tools/lienet/replacement.h"

#include <algorithm>

#include "analysis/blur.h"
#include "analysis/deletion.h"
#include "analysis/on_host.h"
#include "engine/check.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"
#include "engine/words.h"

namespace lienet::commands {
namespace {

Tensor baseline_of(Context& ctx, const Tensor& pixels, const ChannelStats& stats,
                   const std::string& name) {
  if (name == "blur")
    return normalise(ctx, gaussian_blur(ctx, pixels, static_cast<double>(pixels.dim(2)) / 10),
                     stats);
  if (name != "black" && name != "mean")
    fail("baseline {}: not known; did you mean {}?", name,
         nearest_word(name, {"black", "mean", "blur"}));
  Tensor empty = ctx.empty_on_host(pixels.shape(), ctx.dtype());
  fill(ctx, empty, 0);
  return name == "mean" ? empty : normalise(ctx, empty, stats);
}

}  // namespace

Replacement::Replacement(Context& ctx, Layer& network, const Tensor& pixels,
                         const ChannelStats& stats, std::vector<int64_t> classes,
                         const std::string& baseline, Metric metric)
    : ctx_(ctx),
      network_(network),
      x_(normalise(ctx, pixels, stats)),
      baseline_(baseline_of(ctx, pixels, stats, baseline)),
      classes_(std::move(classes)),
      metric_(metric) {}

std::vector<ReplacementAreas> Replacement::areas(const Tensor& ranking, int64_t steps) {
  const int64_t n = ranking.dim(2) * ranking.dim(3);
  std::vector<ReplacementAreas> result;
  for (int64_t i = 0; i < ranking.dim(0); ++i) {
    const float* values = ranking.data<float>() + i * n;
    const std::vector<int64_t> order = replacement_order(std::vector<double>(values, values + n));
    const Tensor image = slice(ctx_, x_, i), baseline = slice(ctx_, baseline_, i);
    const auto score = [&](const Tensor& images) {
      return probabilities_of(classes_[static_cast<size_t>(i)], images);
    };
    result.push_back({replace_pixels(ctx_, image, baseline, order, steps, score).area(),
                      replace_pixels(ctx_, baseline, image, order, steps, score).area()});
  }
  return result;
}

std::vector<double> Replacement::probabilities_of(int64_t k, const Tensor& images) {
  Tape tape = Tape::inference(ctx_);
  const Tensor logits =
      to_host(ctx_, network_(tape, tape.constant(to_device(ctx_, images))).tensor());
  std::vector<double> result;
  for (int64_t n = 0; n < logits.dim(0); ++n)
    result.push_back(probabilities(logits, n, metric_)[static_cast<size_t>(k)]);
  return result;
}

}  // namespace lienet::commands
