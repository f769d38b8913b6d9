// One sample at a time stays in a core's cache: norms of all its sets, filter as small matrix
// products, quantile by selection, multiply. Samples are shared out over threads.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <tuple>
#include <vector>

#include "layers/inhibit.h"

namespace lienet::cpu {
namespace {

// The filter's matrices in single precision, scaled to O(1), which no mask can tell; B transposed.
struct Filter {
  struct Term {
    std::vector<float> rows, columns_transposed;
  };
  std::vector<Term> terms;
  double scale = 1;
};

Filter make_filter(const LogFilter& filter, int64_t u, int64_t v) {
  Filter f;
  const std::vector<SeparableTerm> terms = separable_filter(filter, u, v);
  double largest = 0;
  for (const SeparableTerm& t : terms)
    for (const double a : t.rows)
      for (const double b : {*std::max_element(t.columns.begin(), t.columns.end()),
                             *std::min_element(t.columns.begin(), t.columns.end())})
        largest = std::max(largest, std::abs(a * b));
  f.scale = largest;
  for (const SeparableTerm& t : terms) {
    // Balance the two factors, so that neither is out of a float's comfortable range.
    double column = 0;
    for (const double b : t.columns) column = std::max(column, std::abs(b));
    Filter::Term term;
    for (const double a : t.rows) term.rows.push_back(static_cast<float>(a * column / largest));
    term.columns_transposed.resize(t.columns.size());
    for (int64_t i = 0; i < v; ++i)
      for (int64_t j = 0; j < v; ++j)
        term.columns_transposed[static_cast<size_t>(j * v + i)] =
            static_cast<float>(t.columns[static_cast<size_t>(i * v + j)] / column);
    f.terms.push_back(std::move(term));
  }
  return f;
}

// Made once for each filter and map size.
struct Filters {
  using Key = std::tuple<double, int, FilterTaps, bool, FilterPadding, int64_t, int64_t>;
  std::map<Key, Filter> made;

  const Filter& get(const LogFilter& f, int64_t u, int64_t v) {
    const Key key{f.sigma, f.size, f.taps, f.zero_sum, f.padding, u, v};
    const auto it = made.find(key);
    return it != made.end() ? it->second : made.emplace(key, make_filter(f, u, v)).first->second;
  }
};

// out[m x n] (+)= a[m x k] * b[k x n]
void multiply(const float* a, const float* b, int64_t m, int64_t k, int64_t n, bool add,
              float* out) {
  for (int64_t i = 0; i < m; ++i) {
    float* row = out + i * n;
    if (!add) std::fill_n(row, n, 0.0f);
    for (int64_t l = 0; l < k; ++l) {
      const float s = a[i * k + l];
      const float* from = b + l * n;
#pragma omp simd
      for (int64_t j = 0; j < n; ++j) row[j] += s * from[j];
    }
  }
}

// norms of all K sets of one sample, whatever the layout.
void norms(const float* g, int64_t C, int64_t K, int64_t n, int64_t block, float* d) {
  std::fill_n(d, K * n, 0.0f);
  for (int64_t c = 0; c < C; ++c) {
    const float* from = g + (c / block * block) * n + c % block;
    float* to = d + c / (C / K) * n;
    for (int64_t i = 0; i < n; ++i) to[i] += from[i * block] * from[i * block];
  }
#pragma omp simd
  for (int64_t i = 0; i < K * n; ++i) d[i] = std::sqrt(d[i]);
}

// |delta| is compared with its quantile; both lie between order statistics `below` and the next.
float quantile(const float* delta, int64_t n, double rate, std::vector<float>& work) {
  work.resize(static_cast<size_t>(n));
  for (int64_t i = 0; i < n; ++i) work[static_cast<size_t>(i)] = std::abs(delta[i]);
  const double at = rate * static_cast<double>(n - 1);
  const auto below = static_cast<int64_t>(at);
  std::nth_element(work.begin(), work.begin() + below, work.end());
  const double low = work[static_cast<size_t>(below)];
  const double high = below + 1 < n ? *std::min_element(work.begin() + below + 1, work.end()) : low;
  return static_cast<float>(low + (at - double(below)) * (high - low));
}

struct Workspace {
  std::vector<float> d, delta, product, sorted;
  std::vector<uint8_t> keep;
};

class SampleMask {
 public:
  SampleMask(const Inhibition& inhibition, const Filter& filter, const Tensor& gradient)
      : inhibition_(inhibition),
        filter_(filter),
        C_(gradient.dim(1)),
        K_(inhibition.sets_for(C_)),
        u_(gradient.dim(2)),
        v_(gradient.dim(3)),
        n_(u_ * v_),
        block_(channel_block(gradient.layout())) {}

  void operator()(const float* g, float* masked, Workspace& w, MaskRecord* record,
                  int64_t s) const {
    w.d.resize(static_cast<size_t>(K_ * n_));
    w.keep.resize(static_cast<size_t>(K_ * n_));
    w.delta.resize(static_cast<size_t>(n_));
    w.product.resize(static_cast<size_t>(n_));
    norms(g, C_, K_, n_, block_, w.d.data());
    for (int64_t k = 0; k < K_; ++k) {
      const float* d = w.d.data() + k * n_;
      respond(d, w);
      const float q = quantile(w.delta.data(), n_, inhibition_.rate, w.sorted);
      const bool all = inhibition_.rate == 0 || n_ == 1;
      uint8_t* keep = w.keep.data() + k * n_;
      for (int64_t i = 0; i < n_; ++i)
        keep[i] = all || std::abs(w.delta[static_cast<size_t>(i)]) > q;
      if (record) write(*record, s * K_ + k, d, w.delta.data(), q, keep);
    }
    apply_mask(g, w.keep.data(), C_, K_, n_, block_, masked);
  }

 private:
  // delta = sum_r A_r D B_r^T. A zero-sum filter answers a constant with 0 where the padding keeps
  // it constant: taking the mean away first spares the digits.
  void respond(const float* d, Workspace& w) const {
    if (inhibition_.mode == InhibitionMode::no_lateral) {
      std::copy_n(d, n_, w.delta.data());
      return;
    }
    w.sorted.assign(d, d + n_);
    if (inhibition_.filter.zero_sum && inhibition_.filter.padding != FilterPadding::zero) {
      double mean = 0;
      for (int64_t i = 0; i < n_; ++i) mean += d[i];
      mean /= static_cast<double>(n_);
      for (float& x : w.sorted) x -= static_cast<float>(mean);
    }
    bool add = false;
    for (const Filter::Term& t : filter_.terms) {
      multiply(t.rows.data(), w.sorted.data(), u_, u_, v_, false, w.product.data());
      multiply(w.product.data(), t.columns_transposed.data(), u_, v_, v_, add, w.delta.data());
      add = true;
    }
  }

  void write(MaskRecord& r, int64_t m, const float* d, const float* delta, float q,
             const uint8_t* keep) const {
    const double scale = inhibition_.mode == InhibitionMode::no_lateral ? 1 : filter_.scale;
    std::copy_n(d, n_, r.norms.data<float>() + m * n_);
    for (int64_t i = 0; i < n_; ++i)
      r.responses.data<float>()[m * n_ + i] = static_cast<float>(delta[i] * scale);
    r.thresholds.data<float>()[m] = static_cast<float>(q * scale);
    std::copy_n(keep, n_, r.mask.data<uint8_t>() + m * n_);
  }

  const Inhibition& inhibition_;
  const Filter& filter_;
  int64_t C_, K_, u_, v_, n_, block_;
};

}  // namespace

void inhibit(Context& ctx, const Inhibition& inhibition, const Tensor& gradient, Tensor& masked,
             MaskRecord* record) {
  const int64_t N = gradient.dim(0), u = gradient.dim(2), v = gradient.dim(3);
  const int64_t sample = gradient.size() / std::max<int64_t>(N, 1);
  const Filter& filter = ctx.state<Filters>().get(inhibition.filter, u, v);
  const SampleMask mask(inhibition, filter, gradient);
  if (record) {
    const int64_t K = inhibition.sets_for(gradient.dim(1));
    const Shape maps{N, K, u, v};
    *record = {ctx.empty(maps, DType::f32), ctx.empty(maps, DType::f32),
               ctx.empty({N, K}, DType::f32), ctx.empty(maps, DType::u8)};
  }
  const float* g = gradient.data<float>();
  float* out = masked.data<float>();
#pragma omp parallel
  {
    Workspace workspace;
#pragma omp for schedule(static)
    for (int64_t s = 0; s < N; ++s) mask(g + s * sample, out + s * sample, workspace, record, s);
  }
}

}  // namespace lienet::cpu
