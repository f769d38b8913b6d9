#include "analysis/gsnr.h"

#include <algorithm>

#include "analysis/on_host.h"
#include "engine/scheduler.h"
#include "layers/softmax_cross_entropy.h"

namespace lienet {
namespace {

struct Weight {
  std::string name;
  Parameter* parameter;
  MomentsSum sum;
};

std::vector<Weight> convolution_weights(Layer& network) {
  std::vector<Weight> weights;
  network.visit_parameters([&](const std::string& path, Parameter& p) {
    if (p.value.shape().rank() == 4)
      weights.push_back({path, &p, MomentsSum(static_cast<size_t>(p.value.size()))});
  });
  return weights;
}

Tensor tensor_of(Context& ctx, std::span<const double> values, const Shape& shape) {
  Tensor t = ctx.empty_on_host(shape, DType::f64);
  std::copy(values.begin(), values.end(), t.data<double>());
  return t;
}

}  // namespace

std::string GradientMoments::layer() const {
  return name.substr(0, name.rfind('.'));
}

void MomentsSum::add(std::span<const double> sample) {
  LIENET_CHECK(sample.size() == mean_.size(), "a sample of {} elements for {}", sample.size(),
               mean_.size());
  ++count_;
  for (size_t i = 0; i < mean_.size(); ++i) {
    const double before = sample[i] - mean_[i];
    mean_[i] += before / static_cast<double>(count_);
    squares_[i] += before * (sample[i] - mean_[i]);
  }
}

std::vector<double> MomentsSum::variance() const {
  std::vector<double> result(squares_);
  for (double& v : result) v /= static_cast<double>(count_);
  return result;
}

std::vector<GradientMoments> gradient_moments(Context& ctx, Layer& network, const Tensor& x,
                                              const Tensor& labels, bool inhibit) {
  if (x.shape().rank() != 4 || x.dim(0) == 0 || labels.shape() != Shape{x.dim(0)})
    fail("GSNR: images {} and labels {}; expected [N, 3, H, W] and [N]", x.str(), labels.str());
  std::vector<Weight> weights = convolution_weights(network);
  const Tensor images = plain_on_host(ctx, x), targets = to_host(ctx, labels);
  for (int64_t i = 0; i < x.dim(0); ++i) {
    ctx.set_position(0, static_cast<uint32_t>(i));
    Tape tape(ctx, {.record = true, .inhibit = inhibit});
    const Value logits = network(tape, tape.constant(to_device(ctx, slice(ctx, images, i))));
    network.zero_gradients();
    backward(tape, softmax_cross_entropy(tape, logits, to_device(ctx, slice(ctx, targets, i))));
    for (Weight& w : weights) {
      if (!w.parameter->gradient) fail("GSNR: {} is frozen; it has no gradient", w.name);
      const Tensor g = convert(ctx, to_host(ctx, w.parameter->gradient), DType::f64, Layout::plain);
      w.sum.add({g.data<double>(), static_cast<size_t>(g.size())});
    }
  }
  network.zero_gradients();
  std::vector<GradientMoments> result;
  for (const Weight& w : weights) {
    const Shape& shape = w.parameter->value.shape();
    result.push_back(
        {w.name, tensor_of(ctx, w.sum.mean(), shape), tensor_of(ctx, w.sum.variance(), shape)});
  }
  return result;
}

std::vector<GradientMoments> gradient_moments(const StepMoments& steps) {
  std::vector<GradientMoments> result;
  for (auto& [path, mean, variance] : steps.moments()) {
    for (int64_t i = 0; i < variance.size(); ++i)
      variance.data<double>()[i] *= static_cast<double>(steps.batch());
    result.push_back({path, mean, variance});
  }
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
