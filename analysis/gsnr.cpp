#include "analysis/gsnr.h"

#include <algorithm>

#include "analysis/on_host.h"
#include "engine/scheduler.h"
#include "layers/softmax_cross_entropy.h"

namespace lienet {

std::vector<GradientMoments> gradient_moments(Context& ctx, Layer& network, const Tensor& x,
                                              const Tensor& labels, bool inhibit) {
  if (x.shape().rank() != 4 || x.dim(0) == 0 || labels.shape() != Shape{x.dim(0)})
    fail("GSNR: images {} and labels {}; expected [N, 3, H, W] and [N]", x.str(), labels.str());
  StepMoments moments(ctx, network, 1);
  const Tensor images = plain_on_host(ctx, x), targets = to_host(ctx, labels);
  for (int64_t i = 0; i < x.dim(0); ++i) {
    ctx.set_position(0, static_cast<uint32_t>(i));
    Tape tape(ctx, {.record = true, .inhibit = inhibit});
    const Value logits = network(tape, tape.constant(to_device(ctx, slice(ctx, images, i))));
    network.zero_gradients();
    backward(tape, softmax_cross_entropy(tape, logits, to_device(ctx, slice(ctx, targets, i))));
    moments.add(1);
  }
  network.zero_gradients();
  return moments.moments();
}

std::vector<GradientMoments> gradient_moments(const StepMoments& steps) {
  std::vector<GradientMoments> result = steps.moments();
  for (GradientMoments& m : result)
    for (int64_t i = 0; i < m.variance.size(); ++i)
      m.variance.data<double>()[i] *= static_cast<double>(steps.batch());
  return result;
}

double gsnr(const GradientMoments& moments) {
  double sum = 0;
  int64_t count = 0;
  for (int64_t i = 0; i < moments.mean.size(); ++i) {
    const double mean = moments.mean.data<double>()[i], v = moments.variance.data<double>()[i];
    if (!(v > 0)) continue;
    sum += mean * mean / v;
    ++count;
  }
  return count ? sum / static_cast<double>(count) : 0;
}

}  // namespace lienet
