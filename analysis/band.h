// Matrices whose rows are zero but for a short run: what filters and resizes lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/context.h"
#include "engine/inhibition.h"

namespace lienet {

class Band {
 public:
  // values: rows x columns, row by row.
  Band(const std::vector<double>& values, int64_t rows, int64_t columns);

  int64_t rows() const { return rows_; }
  int64_t columns() const { return columns_; }
  // Calls f(column, value) for the run of row i.
  template <class F>
  void for_each(int64_t i, F f) const {
    const Run& run = runs_[static_cast<size_t>(i)];
    for (int64_t j = run.begin; j < run.end; ++j)
      f(j, values_[static_cast<size_t>(i * columns_ + j)]);
  }

  // The product of two; this has as many columns as `right` has rows.
  Band times(const Band& right) const;
  Band transposed() const;

 private:
  struct Run {
    int64_t begin, end;
  };

  int64_t rows_, columns_;
  std::vector<double> values_;
  std::vector<Run> runs_;
};

// y [rows.rows, columns.rows] += rows * x [rows.columns, columns.columns] * columns^T. `transposed`
// is columns^T; `scratch` is overwritten.
void add_product(const Band& rows, const double* x, const Band& transposed,
                 std::vector<double>& scratch, double* y);

// The same of every map of maps [N,C,u,v], f32 or f64, on the host -> [N,C,rows.rows,columns.rows].
Tensor product(Context& ctx, const Band& rows, const Tensor& maps, const Band& transposed);

// A filter of maps u x v is the sum of such products.
struct BandTerm {
  Band rows, columns;  // [u,u]; [v,v], transposed
};
std::vector<BandTerm> bands_of(const LogFilter& filter, int64_t u, int64_t v);

}  // namespace lienet
