#include "tools/training/telemetry.h"

#include <algorithm>
#include <utility>

#include "analysis/flux.h"
#include "engine/check.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"

namespace lienet {
namespace {

double mean_of(Context& ctx, const Tensor& t) {
  if (!t || t.size() == 0) return not_measured;
  const Tensor values = as_type(ctx, to_host(ctx, t), DType::f64);
  double sum = 0;
  for (int64_t i = 0; i < values.size(); ++i) sum += values.data<double>()[i];
  return sum / static_cast<double>(values.size());
}

// The share of equal decisions over all pairs of samples, set by set and position by position: of N
// samples k keep a position, so k(k-1) + (N-k)(N-k-1) of its N(N-1) ordered pairs agree.
double agreement(const Tensor& mask) {
  const int64_t N = mask.dim(0), per_sample = mask.size() / N;
  if (N < 2) return not_measured;
  double equal = 0;
  for (int64_t i = 0; i < per_sample; ++i) {
    int64_t k = 0;
    for (int64_t n = 0; n < N; ++n) k += mask.data<uint8_t>()[n * per_sample + i];
    equal += static_cast<double>(k * (k - 1) + (N - k) * (N - k - 1));
  }
  return equal / static_cast<double>(N * (N - 1) * per_sample);
}

double border_kept(const Tensor& mask) {
  const int64_t u = mask.dim(2), v = mask.dim(3);
  int64_t kept = 0, border = 0;
  for (int64_t i = 0; i < mask.size(); ++i) {
    const int64_t y = i / v % u, x = i % v;
    if (y != 0 && y != u - 1 && x != 0 && x != v - 1) continue;
    ++border;
    kept += mask.data<uint8_t>()[i];
  }
  return static_cast<double>(kept) / static_cast<double>(border);
}

double energy_kept(Context& ctx, const Tensor& gradient, const Tensor& mask) {
  const Tensor g = convert(ctx, to_host(ctx, gradient), DType::f64, Layout::plain);
  const int64_t n = mask.dim(2) * mask.dim(3), channels = g.dim(1) / mask.dim(1);
  double all = 0, kept = 0;
  for (int64_t i = 0; i < g.size(); ++i) {
    const double square = g.data<double>()[i] * g.data<double>()[i];
    all += square;
    if (mask.data<uint8_t>()[i / n / channels * n + i % n]) kept += square;
  }
  return all > 0 ? kept / all : not_measured;
}

}  // namespace

LayerTelemetry measure_mask(Context& ctx, const std::string& layer, const Tensor& gradient,
                            const MaskRecord& record) {
  const Tensor mask = to_host(ctx, record.mask);
  int64_t kept = 0;
  for (int64_t i = 0; i < mask.size(); ++i) kept += mask.data<uint8_t>()[i];
  return {.layer = layer,
          .norm = mean_of(ctx, record.norms),
          .threshold = mean_of(ctx, record.thresholds),
          .inhibited = 1 - static_cast<double>(kept) / static_cast<double>(mask.size()),
          .energy_kept = energy_kept(ctx, gradient, mask),
          .agreement = agreement(mask),
          .border_kept = border_kept(mask)};
}

std::vector<std::string> blocks_of_paper(ResNet& model) {
  bool plain = true;
  model.visit([&](Layer& layer) { plain = plain && !layer.inhibition(); });
  std::vector<std::string> names;
  if (plain)
    for (const auto& block : model.blocks_to_inhibit()) names.push_back(block->path());
  return names;
}

Telemetry::Telemetry(ResNet& model) {
  model.visit([&](Layer& layer) {
    if (layer.inhibition()) filters_[layer.path()] = layer.inhibition()->filter;
  });
  for (const std::string& name : blocks_of_paper(model))
    filters_[name] = Inhibition::paper().filter;
}

void Telemetry::on_gradient(Context& ctx, const GradientEvent& event) {
  const std::string& name = event.record.name;
  const auto found = filters_.find(name);
  if (found == filters_.end()) return;
  const Tensor& gradient = event.mask ? *event.uninhibited : event.gradient;
  LayerTelemetry layer =
      event.mask ? measure_mask(ctx, name, gradient, *event.mask) : LayerTelemetry{.layer = name};
  const Tensor mask = event.mask ? to_host(ctx, event.mask->mask) : Tensor();
  const Flux flux = gradient_flux(ctx, gradient, found->second, mask);
  layer.flux = flux.mean;
  layer.flux_kept = flux.kept.value_or(not_measured);
  layers_.push_back(std::move(layer));
}

std::vector<LayerTelemetry> Telemetry::take() {
  std::reverse(layers_.begin(), layers_.end());
  return std::exchange(layers_, {});
}

}  // namespace lienet
