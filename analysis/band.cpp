#include "analysis/band.h"

#include <algorithm>

#include "engine/cpu/isa.h"
#include "engine/dispatch.h"
#include "engine/tensor_ops.h"
#include "layers/inhibit_filter.h"

namespace lienet {
namespace {

LIENET_CLONES void add_scaled(const double* x, double a, int64_t n, double* y) {
  for (int64_t i = 0; i < n; ++i) y[i] += a * x[i];
}

}  // namespace

Band::Band(const std::vector<double>& values, int64_t rows, int64_t columns)
    : rows_(rows), columns_(columns), values_(values) {
  for (int64_t i = 0; i < rows; ++i) {
    Run run{columns, 0};
    for (int64_t j = 0; j < columns; ++j) {
      if (values[static_cast<size_t>(i * columns + j)] == 0) continue;
      run.begin = std::min(run.begin, j);
      run.end = j + 1;
    }
    runs_.push_back(run);
  }
}

Band Band::times(const Band& right) const {
  std::vector<double> product(static_cast<size_t>(rows_ * right.columns_));
  for (int64_t i = 0; i < rows_; ++i)
    for_each(i, [&](int64_t k, double a) {
      right.for_each(k, [&](int64_t j, double b) {
        product[static_cast<size_t>(i * right.columns_ + j)] += a * b;
      });
    });
  return {product, rows_, right.columns_};
}

Band Band::transposed() const {
  std::vector<double> values(values_.size());
  for (int64_t i = 0; i < rows_; ++i)
    for_each(i, [&](int64_t j, double a) { values[static_cast<size_t>(j * rows_ + i)] = a; });
  return {values, columns_, rows_};
}

void add_product(const Band& rows, const double* x, const Band& transposed,
                 std::vector<double>& scratch, double* y) {
  const int64_t v = transposed.rows(), width = transposed.columns();
  scratch.resize(static_cast<size_t>(v));
  for (int64_t i = 0; i < rows.rows(); ++i) {
    std::fill(scratch.begin(), scratch.end(), 0.0);
    rows.for_each(i, [&](int64_t k, double a) { add_scaled(x + k * v, a, v, scratch.data()); });
    double* to = y + i * width;
    for (int64_t k = 0; k < v; ++k) {
      const double s = scratch[static_cast<size_t>(k)];
      transposed.for_each(k, [&](int64_t j, double b) { to[j] += s * b; });
    }
  }
}

Tensor product(Context& ctx, const Band& rows, const Tensor& maps, const Band& transposed) {
  const int64_t from = maps.dim(2) * maps.dim(3), to = rows.rows() * transposed.columns();
  const Tensor plain = as_plain(ctx, maps);
  Tensor result = ctx.empty_on_host({maps.dim(0), maps.dim(1), rows.rows(), transposed.columns()},
                                    maps.dtype());
  for_floating(maps.dtype(), [&]<class T>(T) {
    const T* in = plain.data<T>();
    T* out = result.data<T>();
#pragma omp parallel for schedule(static) num_threads(ctx.threads())
    for (int64_t m = 0; m < maps.dim(0) * maps.dim(1); ++m) {
      const std::vector<double> x(in + m * from, in + (m + 1) * from);
      std::vector<double> y(static_cast<size_t>(to)), scratch;
      add_product(rows, x.data(), transposed, scratch, y.data());
      std::transform(y.begin(), y.end(), out + m * to,
                     [](double value) { return static_cast<T>(value); });
    }
  });
  return result;
}

std::vector<BandTerm> bands_of(const LogFilter& filter, int64_t u, int64_t v) {
  std::vector<BandTerm> terms;
  for (const SeparableTerm& t : separable_filter(filter, u, v))
    terms.push_back({Band(t.rows, u, u), Band(t.columns, v, v).transposed()});
  return terms;
}

}  // namespace lienet
