// The controls of inhibition.
#include <algorithm>
#include <numeric>
#include <vector>

#include "engine/dispatch.h"
#include "layers/inhibit.h"

namespace lienet::host {
namespace {

// One sample's gradient g [C,n], its channels in blocks, where its set's mask [K,n] is 1, else 0.
template <class T>
void apply_mask(const T* g, const uint8_t* mask, int64_t C, int64_t K, int64_t n, int64_t block,
                T* masked) {
  for (int64_t c = 0; c < C; ++c) {
    const int64_t begin = c / block * block * n + c % block;
    const uint8_t* keep = mask + c / (C / K) * n;
    for (int64_t i = 0; i < n; ++i)
      masked[begin + i * block] = keep[i] ? g[begin + i * block] : T(0);
  }
}

}  // namespace

void draw_masks(Context& ctx, const Inhibition& inhibition, uint32_t stream, Tensor& mask) {
  const int64_t maps = mask.dim(0) * mask.dim(1), u = mask.dim(2), v = mask.dim(3), n = u * v;
  const int64_t kept = kept_positions(inhibition.rate, n);
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), int64_t{0});
  const auto from_center = [&](int64_t i) {  // squared, doubled coordinates
    const int64_t y = 2 * (i / v) - (u - 1), x = 2 * (i % v) - (v - 1);
    return y * y + x * x;
  };
  if (inhibition.mode == InhibitionMode::center)
    std::stable_sort(order.begin(), order.end(),
                     [&](int64_t a, int64_t b) { return from_center(a) < from_center(b); });
  Random random(ctx.random_key(RandomUse::inhibit, stream));
  for (int64_t m = 0; m < maps; ++m) {
    uint8_t* p = mask.data<uint8_t>() + m * n;
    std::fill_n(p, n, uint8_t{0});
    for (int64_t i = 0; i < kept; ++i) {
      if (inhibition.mode == InhibitionMode::random) {  // Fisher-Yates, as far as needed
        const int64_t j = i + random.below(static_cast<uint32_t>(n - i));
        std::swap(order[static_cast<size_t>(i)], order[static_cast<size_t>(j)]);
      }
      p[order[static_cast<size_t>(i)]] = 1;
    }
  }
}

void apply_masks(Context&, const Tensor& gradient, const Tensor& mask, Tensor& masked) {
  const int64_t N = gradient.dim(0), C = gradient.dim(1), n = gradient.dim(2) * gradient.dim(3);
  const int64_t K = mask.dim(1), block = channel_block(gradient.layout(), C);
  for_activations(gradient.dtype(), [&]<class T>(T, auto) {
    const T* g = gradient.data<T>();
    const uint8_t* keep = mask.data<uint8_t>();
    T* out = masked.data<T>();
#pragma omp parallel for schedule(static)
    for (int64_t s = 0; s < N; ++s)
      apply_mask(g + s * C * n, keep + s * K * n, C, K, n, block, out + s * C * n);
  });
}

}  // namespace lienet::host
