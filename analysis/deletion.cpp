#include "analysis/deletion.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/dispatch.h"
#include "engine/tensor_ops.h"

namespace lienet {
namespace {

// `image` with the first `count` pixels of the order taken from `other`, into batch row `row`.
template <class T>
void mix_pixels(const T* image, const T* other, std::span<const int64_t> order, size_t count,
                int64_t channels, T* row) {
  const auto n = std::ssize(order);
  std::copy_n(image, channels * n, row);
  for (const int64_t place : order.first(count))
    for (int64_t c = 0; c < channels; ++c) row[c * n + place] = other[c * n + place];
}

}  // namespace

double ReplacementCurve::area() const {
  double sum = 0;
  for (size_t k = 1; k < scores.size(); ++k) sum += (scores[k - 1] + scores[k]) / 2;
  return sum / static_cast<double>(scores.size() - 1);
}

std::vector<int64_t> replacement_order(std::span<const double> map) {
  std::vector<int64_t> order(map.size());
  std::iota(order.begin(), order.end(), int64_t{0});
  std::stable_sort(order.begin(), order.end(), [&](int64_t a, int64_t b) {
    return map[static_cast<size_t>(a)] > map[static_cast<size_t>(b)];
  });
  return order;
}

ReplacementCurve replace_pixels(
    Context& ctx, const Tensor& from, const Tensor& to, std::span<const int64_t> order,
    int64_t steps, const std::function<std::vector<double>(const Tensor& images)>& score) {
  if (from.shape().rank() != 4 || from.dim(0) != 1 || from.shape() != to.shape() ||
      from.dtype() != to.dtype())
    fail("replacement: {} by {}; expected two images [1, C, H, W]", from.str(), to.str());
  const int64_t channels = from.dim(1), n = from.dim(2) * from.dim(3);
  if (std::ssize(order) != n || steps < 1)
    fail("replacement: an order of {} of {} pixels, {} steps", order.size(), n, steps);
  ReplacementCurve curve;
  constexpr int64_t batch = 32;
  for (int64_t begin = 0; begin <= steps; begin += batch) {
    const int64_t count = std::min(batch, steps + 1 - begin);
    Tensor images = ctx.empty_on_host({count, channels, from.dim(2), from.dim(3)}, from.dtype());
    for_floating(from.dtype(), [&]<class T>(T) {
      for (int64_t k = 0; k < count; ++k) {
        const double share = static_cast<double>(begin + k) / static_cast<double>(steps);
        mix_pixels(from.data<T>(), to.data<T>(), order,
                   static_cast<size_t>(std::lround(share * static_cast<double>(n))), channels,
                   images.data<T>() + k * channels * n);
      }
    });
    const std::vector<double> scores = score(images);
    LIENET_CHECK(std::ssize(scores) == count, "{} scores of {} images", scores.size(), count);
    curve.scores.insert(curve.scores.end(), scores.begin(), scores.end());
  }
  return curve;
}

}  // namespace lienet
