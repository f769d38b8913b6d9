#include "analysis/band.h"

#include <algorithm>

#include "engine/cpu/isa.h"

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

}  // namespace lienet
