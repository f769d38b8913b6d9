#include "analysis/prune.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "analysis/on_host.h"
#include "engine/check.h"
#include "engine/words.h"
#include "models/resnet.h"

namespace lienet {
namespace {

std::vector<Parameter*> weights_of(Layer& model) {
  std::vector<Parameter*> weights;
  model.visit([&](Layer& layer) {
    if (auto* conv = dynamic_cast<Conv2d*>(&layer)) weights.push_back(&conv->weight);
    if (auto* linear = dynamic_cast<Linear*>(&layer)) weights.push_back(&linear->weight);
  });
  return weights;
}

std::vector<ResidualBlock::Inner> inner_of(Layer& model) {
  std::vector<ResidualBlock::Inner> all;
  model.visit([&](Layer& layer) {
    if (auto* block = dynamic_cast<ResidualBlock*>(&layer))
      for (const ResidualBlock::Inner& inner : block->inner()) all.push_back(inner);
  });
  return all;
}

std::vector<double> values_of(Context& ctx, const Tensor& t) {
  const Tensor host = convert(ctx, to_host(ctx, t), DType::f64, Layout::plain);
  return {host.data<double>(), host.data<double>() + host.size()};
}

std::vector<double> magnitudes_of(Context& ctx, const Tensor& t) {
  std::vector<double> values = values_of(ctx, t);
  for (double& v : values) v = std::abs(v);
  return values;
}

PruneMask all_of(Parameter& p) {
  return {&p, std::vector<uint8_t>(static_cast<size_t>(p.value.size()), 1)};
}

// Whether each stays when the round(q n) smallest go, but at least `least` stay.
std::vector<uint8_t> largest(const std::vector<double>& sizes, double q, int64_t least = 0) {
  const auto n = std::ssize(sizes);
  const int64_t count = std::min<int64_t>(std::llround(q * static_cast<double>(n)), n - least);
  std::vector<size_t> order(sizes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::nth_element(order.begin(), order.begin() + count, order.end(), [&](size_t a, size_t b) {
    return sizes[a] < sizes[b] || (sizes[a] == sizes[b] && a < b);
  });
  std::vector<uint8_t> kept(sizes.size(), 1);
  for (int64_t i = 0; i < count; ++i) kept[order[static_cast<size_t>(i)]] = 0;
  return kept;
}

PruneMasks masks_by_layer(Context& ctx, const std::vector<Parameter*>& weights, double q) {
  PruneMasks masks;
  for (Parameter* p : weights) masks.push_back({p, largest(magnitudes_of(ctx, p->value), q)});
  return masks;
}

PruneMasks masks_over_all(Context& ctx, const std::vector<Parameter*>& weights, double q) {
  std::vector<double> sizes;
  for (const Parameter* p : weights) {
    const std::vector<double> own = magnitudes_of(ctx, p->value);
    sizes.insert(sizes.end(), own.begin(), own.end());
  }
  const std::vector<uint8_t> kept = largest(sizes, q);
  PruneMasks masks;
  auto begin = kept.begin();
  for (Parameter* p : weights) {
    masks.push_back({p, {begin, begin + p->value.size()}});
    begin += p->value.size();
  }
  return masks;
}

PruneMasks masks_of_channels(Context& ctx, const std::vector<ResidualBlock::Inner>& all, double q) {
  PruneMasks masks;
  // A convolution may both follow channels and make some: its masks come one after the other.
  for (const auto& [before, norm, after] : all) {
    const std::vector<double> w = magnitudes_of(ctx, before->weight.value);
    const int64_t C = before->weight.value.dim(0), filter = std::ssize(w) / C;
    std::vector<double> norms(static_cast<size_t>(C));
    for (size_t i = 0; i < w.size(); ++i) norms[i / static_cast<size_t>(filter)] += w[i];
    const std::vector<uint8_t> kept = largest(norms, q, 1);
    PruneMask filters = all_of(before->weight), readers = all_of(after->weight);
    const int64_t window = after->weight.value.dim(2) * after->weight.value.dim(3);
    for (size_t i = 0; i < filters.kept.size(); ++i)
      filters.kept[i] = kept[i / static_cast<size_t>(filter)];
    for (size_t i = 0; i < readers.kept.size(); ++i)
      readers.kept[i] = kept[i / static_cast<size_t>(window) % static_cast<size_t>(C)];
    masks.push_back(std::move(filters));
    masks.push_back({&norm->weight, kept});
    masks.push_back({&norm->bias, kept});
    masks.push_back(std::move(readers));
  }
  return masks;
}

// t without the places along the axis that do not stay.
Tensor select(Context& ctx, const Tensor& t, int axis, const std::vector<int64_t>& kept) {
  const Tensor from = plain_on_host(ctx, t);
  int64_t outer = 1, inner = 1;
  std::vector<int64_t> extents;
  for (int i = 0; i < from.shape().rank(); ++i) {
    (i < axis ? outer : inner) *= i == axis ? 1 : from.dim(i);
    extents.push_back(i == axis ? std::ssize(kept) : from.dim(i));
  }
  Tensor to = ctx.empty_on_host(Shape(extents), from.dtype());
  for_floating(from.dtype(), [&]<class T>(T) {
    T* out = to.data<T>();
    for (int64_t o = 0; o < outer; ++o)
      for (const int64_t k : kept)
        out = std::copy_n(from.data<T>() + (o * from.dim(axis) + k) * inner, inner, out);
  });
  return to_device(ctx, to);
}

}  // namespace

PruneScope prune_scope(std::string_view name) {
  if (name == "layer") return PruneScope::layer;
  if (name == "global") return PruneScope::global;
  if (name == "channels") return PruneScope::channels;
  fail("scope {} is not known; did you mean {}?", name,
       nearest_word(name, {"layer", "global", "channels"}));
}

PruneMasks prune_masks(Context& ctx, Layer& model, double sparsity, PruneScope scope) {
  if (!(sparsity >= 0 && sparsity <= 1)) fail("sparsity {}: expected 0 to 1", sparsity);
  if (scope == PruneScope::channels) {
    const std::vector<ResidualBlock::Inner> inner = inner_of(model);
    if (inner.empty()) fail("pruning by channels: the model has no residual block");
    return masks_of_channels(ctx, inner, sparsity);
  }
  const std::vector<Parameter*> weights = weights_of(model);
  if (weights.empty()) fail("pruning: the model has neither convolution nor linear layer");
  return scope == PruneScope::layer ? masks_by_layer(ctx, weights, sparsity)
                                    : masks_over_all(ctx, weights, sparsity);
}

PruneMasks zero_masks(Context& ctx, Layer& model) {
  PruneMasks masks;
  for (Parameter* p : weights_of(model)) {
    PruneMask mask = all_of(*p);
    const std::vector<double> values = values_of(ctx, p->value);
    std::transform(values.begin(), values.end(), mask.kept.begin(),
                   [](double v) { return v != 0; });
    if (std::find(mask.kept.begin(), mask.kept.end(), 0) != mask.kept.end())
      masks.push_back(std::move(mask));
  }
  return masks;
}

void apply_masks(Context& ctx, const PruneMasks& masks) {
  for (const PruneMask& mask : masks) {
    Tensor values = plain_on_host(ctx, mask.parameter->value);
    if (values.size() != std::ssize(mask.kept))
      fail("a mask of {} elements for {} {}", mask.kept.size(), mask.parameter->name, values.str());
    for_floating(values.dtype(), [&]<class T>(T) {
      for (size_t i = 0; i < mask.kept.size(); ++i)
        if (!mask.kept[i]) values.data<T>()[i] = 0;
    });
    copy(ctx, values, mask.parameter->value);
  }
}

int64_t remove_zero_channels(Context& ctx, Layer& model) {
  int64_t removed = 0;
  for (const auto& [before, norm, after] : inner_of(model)) {
    const std::vector<double> g = values_of(ctx, norm->weight.value);
    const std::vector<double> b = values_of(ctx, norm->bias.value);
    std::vector<int64_t> kept;
    for (size_t i = 0; i < g.size(); ++i)
      if (g[i] != 0 || b[i] != 0) kept.push_back(static_cast<int64_t>(i));
    if (kept.empty()) kept = {0};
    if (kept.size() == g.size()) continue;
    removed += std::ssize(g) - std::ssize(kept);
    for (Tensor* t : {&before->weight.value, &norm->weight.value, &norm->bias.value,
                      &norm->running_mean.value, &norm->running_var.value})
      *t = select(ctx, *t, 0, kept);
    after->weight.value = select(ctx, after->weight.value, 1, kept);
  }
  return removed;
}

WeightCount count_weights(Context& ctx, Layer& model) {
  WeightCount count;
  for (const Parameter* p : weights_of(model)) {
    const std::vector<double> values = values_of(ctx, p->value);
    count.all += std::ssize(values);
    count.zeros += std::count(values.begin(), values.end(), 0.0);
  }
  return count;
}

}  // namespace lienet
