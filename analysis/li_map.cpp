#include "analysis/li_map.h"

#include <algorithm>
#include <cmath>

#include "analysis/on_host.h"
#include "analysis/resize.h"
#include "engine/cpu/isa.h"
#include "engine/dispatch.h"

namespace lienet {
namespace {

// squares[i] += sum of g's squares over `block` channels that lie side by side, at n positions.
template <class T>
LIENET_CLONES void add_squares(const T* g, int64_t block, int64_t n, double* squares) {
  for (int64_t i = 0; i < n; ++i) {
    double sum = 0;
    for (int64_t c = 0; c < block; ++c) sum += double(g[i * block + c]) * double(g[i * block + c]);
    squares[i] += sum;
  }
}

}  // namespace

LiMap::LiMap(std::span<const int> nodes, int64_t images, int64_t height, int64_t width,
             const LiMapOptions& options)
    : nodes_(nodes.begin(), nodes.end()),
      images_(images),
      height_(height),
      width_(width),
      options_(options),
      sum_(static_cast<size_t>(images * height * width)) {
  Inhibition{.filter = options.filter}.check(0, "LI-Map");
}

const std::vector<BandTerm>& LiMap::terms_for(int64_t u, int64_t v) {
  const auto [it, is_new] = terms_.try_emplace({u, v});
  if (!is_new) return it->second;
  const Band to_height(resize_matrix(u, height_), height_, u);
  const Band to_width = Band(resize_matrix(v, width_), width_, v).transposed();
  for (const BandTerm& term : bands_of(options_.filter, u, v))
    it->second.push_back({to_height.times(term.rows), term.columns.times(to_width)});
  return it->second;
}

void LiMap::on_gradient(Context& ctx, const GradientEvent& event) {
  if (std::find(nodes_.begin(), nodes_.end(), event.node) == nodes_.end()) return;
  const Tensor g = on_host(ctx, event.gradient);
  LIENET_CHECK(g.shape().rank() == 4 && g.dim(0) == images_, "LI-Map: {} for {} images", g.str(),
               images_);
  const int64_t C = g.dim(1), u = g.dim(2), v = g.dim(3), n = u * v;
  const int64_t block = channel_block(g.layout(), C);
  const std::vector<BandTerm>& terms = terms_for(u, v);
  const double sign = options_.literal_sign ? 1 : -1;
  for_floating(g.dtype(), [&]<class T>(T) {
    const T* values = g.data<T>();
#pragma omp parallel for schedule(static) num_threads(ctx.threads())
    for (int64_t s = 0; s < images_; ++s) {
      std::vector<double> norms(static_cast<size_t>(n)), scratch;
      for (int64_t c = 0; c < C; c += block)
        add_squares(values + (s * C + c) * n, block, n, norms.data());
      for (double& d : norms) d = sign * std::sqrt(d);
      for (const BandTerm& term : terms)
        add_product(term.rows, norms.data(), term.columns, scratch,
                    sum_.data() + s * height_ * width_);
    }
  });
}

Tensor LiMap::map(Context& ctx) const {
  Tensor f = ctx.empty_on_host({images_, 1, height_, width_}, ctx.dtype());
  for_floating(f.dtype(), [&]<class T>(T) {
    std::transform(sum_.begin(), sum_.end(), f.data<T>(),
                   [](double value) { return static_cast<T>(value); });
  });
  return f;
}

}  // namespace lienet
