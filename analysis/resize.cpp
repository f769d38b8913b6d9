#include "analysis/resize.h"

#include <algorithm>

#include "analysis/band.h"
#include "engine/dispatch.h"
#include "engine/tensor_ops.h"

namespace lienet {

std::vector<double> resize_matrix(int64_t from, int64_t to) {
  std::vector<double> m(static_cast<size_t>(to * from));
  for (int64_t i = 0; i < to; ++i) {
    const double at = std::max(
        0.0,
        (static_cast<double>(i) + 0.5) * static_cast<double>(from) / static_cast<double>(to) - 0.5);
    const int64_t below = std::min(static_cast<int64_t>(at), from - 1);
    const double t = at - static_cast<double>(below);
    m[static_cast<size_t>(i * from + below)] += 1 - t;
    m[static_cast<size_t>(i * from + std::min(below + 1, from - 1))] += t;
  }
  return m;
}

Tensor resize(Context& ctx, const Tensor& maps, int64_t height, int64_t width) {
  if (maps.shape().rank() != 4 || maps.size() == 0 || height < 1 || width < 1)
    fail("resize: {} to {} x {}; expected maps [N, C, H, W]", maps.str(), height, width);
  const int64_t count = maps.dim(0) * maps.dim(1), u = maps.dim(2), v = maps.dim(3);
  const Band rows(resize_matrix(u, height), height, u);
  const Band columns = Band(resize_matrix(v, width), width, v).transposed();
  const Tensor plain = as_plain(ctx, maps);
  Tensor result = ctx.empty_on_host({maps.dim(0), maps.dim(1), height, width}, maps.dtype());
  for_floating(maps.dtype(), [&]<class T>(T) {
    const T* from = plain.data<T>();
    T* to = result.data<T>();
#pragma omp parallel for schedule(static) num_threads(ctx.threads())
    for (int64_t m = 0; m < count; ++m) {
      const std::vector<double> x(from + m * u * v, from + (m + 1) * u * v);
      std::vector<double> y(static_cast<size_t>(height * width)), scratch;
      add_product(rows, x.data(), columns, scratch, y.data());
      std::transform(y.begin(), y.end(), to + m * height * width,
                     [](double value) { return static_cast<T>(value); });
    }
  });
  return result;
}

}  // namespace lienet
