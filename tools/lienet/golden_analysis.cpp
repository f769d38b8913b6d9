#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "analysis/attack.h"
#include "analysis/background.h"
#include "analysis/enhance.h"
#include "analysis/gsnr.h"
#include "analysis/saliency.h"
#include "engine/check.h"
#include "engine/tensor_ops.h"
#include "tools/lienet/golden_judge.h"

namespace lienet {
namespace {

constexpr double limit = 1e-4;  // in f32

struct Case {
  Context& ctx;
  const SafetensorsFile& file;
  ResNet net;
  ChannelStats stats;
  Tensor pixels, labels;
  LogFilter filter;
  Judge judge;

  Case(Context& c, const SafetensorsFile& f, const nlohmann::json& params)
      : ctx(c), file(f), net(c, network_of(params)), judge(c, f) {
    load_initial_state(ctx, net, file);
    for (const auto& [name, to] : {std::pair("mean", &stats.mean), {"std", &stats.deviation}}) {
      const Tensor values = answer(name, 3);
      std::transform(values.data<double>(), values.data<double>() + 3, to->begin(),
                     [](double v) { return static_cast<float>(v); });
    }
    pixels = as_type(ctx, file.load(ctx, "pixels"), ctx.dtype());
    labels = file.load(ctx, "y");
    filter = inhibition_of(params.at("inhibition")).filter;
  }

  // An answer that is read element by element has to have as many as what it is held against.
  Tensor answer(const std::string& name, int64_t elements) const {
    Tensor t = file.load(ctx, name);
    if (t.size() != elements)
      fail("{}: {} is {}; expected {} elements", file.path().string(), name, t.str(), elements);
    return t.dtype() == DType::u8 ? t : judge.in_double(t);
  }
};

void verify_saliency(Case& c) {
  const std::span classes(c.labels.data<int64_t>(), static_cast<size_t>(c.labels.size()));
  const Tensor x = normalise(c.ctx, c.pixels, c.stats);
  const Saliency result = saliency(c.ctx, c.net, x, classes, {.li_map = {.filter = c.filter}});
  for (const SaliencyMap& map : result.maps) {
    const std::string name = std::string("saliency.") + name_of(map.method);
    if (map.method == SaliencyMethod::grad_cam) c.judge.compare(name + "_raw", map.raw, limit);
    c.judge.compare(name, map.method == SaliencyMethod::cam ? map.raw : map.map, limit);
  }
  const Saliency literal = saliency(
      c.ctx, c.net, x, classes,
      {.methods = {SaliencyMethod::li_map}, .li_map = {.filter = c.filter, .literal_sign = true}});
  c.judge.compare("saliency.li_map_literal_sign", literal.maps[0].map, limit);
}

// Answers of other programs are right where the slope's sign is not in doubt.
void verify_fgsm(Case& c, double epsilon) {
  const Tensor gradient = loss_gradient(c.ctx, c.net, c.pixels, c.labels, c.stats).gradient;
  c.judge.compare("fgsm.gradient", gradient, limit);
  const Tensor moved = c.judge.in_double(fgsm(c.ctx, c.pixels, gradient, epsilon));
  const Tensor slopes = c.answer("fgsm.gradient", moved.size());
  const Tensor answer = c.answer("fgsm.pixels", moved.size());
  double worst = 0;
  for (int64_t i = 0; i < moved.size(); ++i)
    if (std::abs(slopes.data<double>()[i]) > 1e-7)
      worst = std::max(worst, magnitude_of(moved.data<double>()[i] - answer.data<double>()[i]));
  c.judge.judge("fgsm.pixels", worst, limit);
}

void verify_gsnr(Case& c) {
  const Tensor x = normalise(c.ctx, c.pixels, c.stats);
  for (const GradientMoments& m : gradient_moments(c.ctx, c.net, x, c.labels)) {
    c.judge.compare("gsnr.mean." + m.name, m.mean, limit);
    c.judge.compare("gsnr.var." + m.name, m.variance, limit);
  }
}

void verify_enhancement(Case& c, const EnhanceOptions& options) {
  const std::span classes(c.labels.data<int64_t>(), static_cast<size_t>(c.labels.size()));
  const Enhanced got = enhance(c.ctx, c.net, normalise(c.ctx, c.pixels, c.stats), classes, options);
  c.judge.compare("enhance.threshold", got.thresholds, limit);
  const int64_t N = c.pixels.dim(0), n = c.pixels.dim(2) * c.pixels.dim(3);
  const Tensor f = c.answer("saliency.li_map", N * n), q = c.answer("enhance.threshold", N);
  const Tensor mask = c.answer("enhance.mask", N * n);
  const Tensor answer = c.answer("enhance.pixels", N * 3 * n);
  const Tensor pixels =
      c.judge.in_double(blur_background(c.ctx, c.pixels, got.mask, options.blur_sigma));
  double worst = 0;
  int64_t wrong = 0;
  for (int64_t s = 0; s < N; ++s) {
    const double* map = f.data<double>() + s * n;
    double largest = 0;
    for (int64_t i = 0; i < n; ++i) largest = std::max(largest, std::abs(map[i]));
    for (int64_t i = 0; i < n; ++i) {
      if (std::abs(map[i] - q.data<double>()[s]) < 1e-5 * largest) continue;  // too close to tell
      wrong += got.mask.data<uint8_t>()[s * n + i] != mask.data<uint8_t>()[s * n + i];
      for (int64_t at = s * 3 * n + i; at < (s + 1) * 3 * n; at += n)
        worst =
            std::max(worst, magnitude_of(pixels.data<double>()[at] - answer.data<double>()[at]));
    }
  }
  c.judge.judge("enhance.mask", wrong ? 1 : 0, 0.5);
  c.judge.judge("enhance.pixels", worst, limit);
}

}  // namespace

Verdict verify_analysis(Context& ctx, const SafetensorsFile& file, const nlohmann::json& params) {
  Case c(ctx, file, params);
  verify_saliency(c);
  verify_fgsm(c, params.at("epsilon").get<double>());
  verify_gsnr(c);
  verify_enhancement(c, {.rate = params.at("enhance_rate").get<double>(),
                         .blur_sigma = params.at("blur_sigma").get<double>(),
                         .li_map = {.filter = c.filter}});
  return c.judge.verdict();
}

}  // namespace lienet
