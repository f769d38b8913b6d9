// Up to 16 sets of one sample at a time, one in each lane of a vector, so that everything between
// the squares and the multiplication runs over lanes: maps lie as [position][16]. They stay in a
// core's cache from the first step to the last. Samples are shared out over threads.
#include <omp.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <vector>

#include "engine/cpu/lanes.h"
#include "layers/inhibit.h"
#include "layers/inhibit_filter.h"
#include "layers/inhibit_quantile_cpu.h"

namespace lienet::cpu {
namespace {

constexpr int64_t lanes = 16;

// An n x n matrix by rows, and where each row is not zero.
struct Band {
  std::vector<float> values;
  std::vector<int64_t> begin, end;
};

Band make_band(const std::vector<double>& matrix, int64_t n) {
  Band band;
  for (int64_t i = 0; i < n; ++i) {
    int64_t begin = n, end = 0;
    for (int64_t j = 0; j < n; ++j) {
      const double a = matrix[static_cast<size_t>(i * n + j)];
      band.values.push_back(static_cast<float>(a));
      if (a == 0) continue;
      begin = std::min(begin, j);
      end = j + 1;
    }
    band.begin.push_back(begin);
    band.end.push_back(end);
  }
  return band;
}

// A scaled_filter's matrices.
struct Filter {
  struct Term {
    Band rows, columns;
  };
  std::vector<Term> terms;
  double scale = 1;
};

// Made once for each filter and map size.
struct Filters {
  std::map<std::tuple<LogFilter, int64_t, int64_t>, Filter> made;

  const Filter& get(const LogFilter& filter, int64_t u, int64_t v) {
    const std::tuple key(filter, u, v);
    if (const auto it = made.find(key); it != made.end()) return it->second;
    const ScaledFilter scaled = scaled_filter(filter, u, v);
    Filter f{.terms = {}, .scale = scaled.scale};
    for (const SeparableTerm& t : scaled.terms)
      f.terms.push_back({make_band(t.rows, u), make_band(t.columns, v)});
    return made.emplace(key, std::move(f)).first->second;
  }
};

// One sample's channels of up to 16 sets, beginning with `first`.
struct Group {
  int64_t block, n;         // channels side by side; positions
  int64_t first, channels;  // the group's first channel, and how many each set has
  int64_t sets;             // 1 to 16

  // Whether 16 channels at one position lie side by side and are some whole sets, or a part of one:
  // then squares and mask take whole vectors.
  bool aligned() const {
    return block == lanes && sets == lanes && (channels & (channels - 1)) == 0;
  }
  int64_t at(int64_t c) const { return c / block * block * n + c % block; }
};

// [a0+a1, a2+a3, ..., b0+b1, ...]
[[gnu::always_inline]] inline void add_pairs(Lanes& a, const Lanes& b) {
  constexpr Bits even{0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30};
  a = __builtin_shuffle(a, b, even) + __builtin_shuffle(a, b, even + 1);
}

// One sample's gradient. Where it has two parts, their sum is put into `masked` as it is read.
template <class T>
struct Gradient {
  const T *a, *b;     // its parts, b may be null
  const T* positive;  // what it goes through is above 0 here; may be null
  T* masked;

  const T* sum() const { return b ? masked : a; }  // once it was read
  Gradient from(int64_t i) const {
    return {a + i, b ? b + i : nullptr, positive ? positive + i : nullptr, masked + i};
  }
};

// x = the sum of both parts at i, rounded to T.
template <bool two, class V, class T>
[[gnu::always_inline]] inline void read(const Gradient<T>& g, int64_t i, V& x) {
  load(x, g.a + i);
  if constexpr (two) {
    V y;
    load(y, g.b + i);
    store<V>(x + y, g.masked + i);
    load(x, g.masked + i);
  }
}

// Squares of 16 * `vectors` channels, summed within each of the 16 sets that they make, at each
// position. With more than 16 channels a set takes several vectors, which are summed first.
template <int vectors, bool two, class T>
[[gnu::always_inline]] inline void sum_squares(const Gradient<T>& g, int64_t n, int64_t per_set,
                                               Lanes* d) {
  for (int64_t i = 0; i < n; ++i) {
    Lanes s[vectors], x;
    for (int k = 0; k < vectors; ++k) {
      const int64_t at = (k * per_set * n + i) * lanes;
      read<two>(g, at, x);
      s[k] = x * x;
      for (int64_t j = 1; j < per_set; ++j) {
        read<two>(g, at + j * n * lanes, x);
        s[k] += x * x;
      }
    }
    for (int left = vectors; left > 1; left /= 2)
      for (int k = 0; k < left / 2; ++k) {
        s[k] = s[2 * k];
        add_pairs(s[k], s[2 * k + 1]);
      }
    d[i] = s[0];
  }
}

template <bool two, class T>
[[gnu::always_inline]] inline void sum_squares(const Gradient<T>& g, const Group& o, Lanes* d) {
  switch (o.channels) {
    case 1:
      return sum_squares<1, two>(g, o.n, 1, d);
    case 2:
      return sum_squares<2, two>(g, o.n, 1, d);
    case 4:
      return sum_squares<4, two>(g, o.n, 1, d);
    case 8:
      return sum_squares<8, two>(g, o.n, 1, d);
    default:
      return sum_squares<16, two>(g, o.n, o.channels / lanes, d);
  }
}

template <class T>
LIENET_CLONES void aligned_squares(const Gradient<T>& g, const Group& o, Lanes* d) {
  g.b ? sum_squares<true>(g, o, d) : sum_squares<false>(g, o, d);
}

template <class T>
LIENET_CLONES void any_squares(const Gradient<T>& g, const Group& o, Lanes* d) {
  std::fill_n(d, o.n, Lanes{});
  for (int64_t k = 0; k < o.sets; ++k)
    for (int64_t c = 0; c < o.channels; ++c) {
      const int64_t at = o.at(o.first + k * o.channels + c);
      for (int64_t i = 0; i < o.n; ++i) {
        float x;
        g.b ? read<true>(g, at + i * o.block, x) : read<false>(g, at + i * o.block, x);
        d[i][k] += x * x;
      }
    }
}

LIENET_CLONES void take_roots(Lanes* d, int64_t n) {
  auto* p = reinterpret_cast<float*>(d);
  for (int64_t i = 0; i < n * lanes; ++i) p[i] = std::sqrt(p[i]);
}

// A zero-sum filter answers a constant with 0 where the padding keeps it constant: taking the mean
// away first spares the digits.
LIENET_CLONES void subtract_mean(Lanes* d, int64_t n) {
  double mean[lanes] = {};
  for (int64_t i = 0; i < n; ++i)
    for (int64_t l = 0; l < lanes; ++l) mean[l] += double(d[i][l]);
  Lanes m;
  for (int64_t l = 0; l < lanes; ++l) m[l] = static_cast<float>(mean[l] / static_cast<double>(n));
  for (int64_t i = 0; i < n; ++i) d[i] -= m;
}

// `rows` x `width` values of out (+)= band * in, from row i and column j on.
template <int rows, int width>
[[gnu::always_inline]] inline void multiply_tile(const Band& band, int64_t n, int64_t i, int64_t j,
                                                 int64_t stride, const Lanes* in, bool add,
                                                 Lanes* out) {
  Lanes sum[rows][width] = {};
  int64_t begin = n, end = 0;
  for (int r = 0; r < rows; ++r) {
    begin = std::min(begin, band.begin[static_cast<size_t>(i + r)]);
    end = std::max(end, band.end[static_cast<size_t>(i + r)]);
    if (add)
      for (int c = 0; c < width; ++c) sum[r][c] = out[(i + r) * stride + j + c];
  }
  const float* a = band.values.data() + i * n;
  for (int64_t l = begin; l < end; ++l)
    for (int c = 0; c < width; ++c) {
      const Lanes x = in[l * stride + j + c];
      for (int r = 0; r < rows; ++r) sum[r][c] += a[r * n + l] * x;
    }
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < width; ++c) out[(i + r) * stride + j + c] = sum[r][c];
}

// out [n][width] (+)= band [n][n] * in [n][width], rows `stride` apart.
LIENET_CLONES void multiply(const Band& band, int64_t n, int64_t width, int64_t stride,
                            const Lanes* in, bool add, Lanes* out) {
  for (int64_t i = 0; i < n; i += n - i >= 4 ? 4 : 1)
    for (int64_t j = 0; j < width; j += width - j >= 4 ? 4 : 1) {
      const bool tall = n - i >= 4, wide = width - j >= 4;
      if (tall && wide)
        multiply_tile<4, 4>(band, n, i, j, stride, in, add, out);
      else if (tall)
        multiply_tile<4, 1>(band, n, i, j, stride, in, add, out);
      else if (wide)
        multiply_tile<1, 4>(band, n, i, j, stride, in, add, out);
      else
        multiply_tile<1, 1>(band, n, i, j, stride, in, add, out);
    }
}

// keep = all bits where delta > q or one of them is NaN, else none, in delta's place.
LIENET_CLONES void compare(Lanes* delta, int64_t n, const Lanes& limit) {
  const Lanes q = limit;
  auto* keep = reinterpret_cast<Bits*>(delta);
  for (int64_t i = 0; i < n; ++i) keep[i] = ~(delta[i] <= q);
}

template <bool rectified, class T>
[[gnu::always_inline]] inline void multiply_mask(const Gradient<T>& g, const Group& o,
                                                 const Bits* keep) {
  const T* sum = g.sum();
  for (int64_t c = 0; c < lanes * o.channels; c += lanes) {
    Bits set;  // which lane of the mask each channel follows
    for (int64_t l = 0; l < lanes; ++l) set[l] = static_cast<int32_t>((c + l) / o.channels);
    for (int64_t i = 0; i < o.n; ++i) {
      const int64_t at = c * o.n + i * lanes;
      Lanes x;
      load(x, sum + at);
      Bits kept = reinterpret_cast<const Bits&>(x) & __builtin_shuffle(keep[i], set);
      if constexpr (rectified) {
        Lanes y;
        load(y, g.positive + at);
        kept &= y > Lanes{};
      }
      store(reinterpret_cast<const Lanes&>(kept), g.masked + at);
    }
  }
}

template <class T>
LIENET_CLONES void aligned_mask(const Gradient<T>& g, const Group& o, const Bits* keep) {
  g.positive ? multiply_mask<true>(g, o, keep) : multiply_mask<false>(g, o, keep);
}

template <class T>
LIENET_CLONES void any_mask(const Gradient<T>& g, const Group& o, const Bits* keep) {
  for (int64_t k = 0; k < o.sets; ++k)
    for (int64_t c = 0; c < o.channels; ++c) {
      const int64_t first = o.at(o.first + k * o.channels + c);
      for (int64_t i = 0; i < o.n; ++i) {
        const int64_t at = first + i * o.block;
        const bool kept = keep[i][k] && (!g.positive || float(g.positive[at]) > 0);
        g.masked[at] = kept ? g.sum()[at] : T{};
      }
    }
}

// [position][lane] -> [set][position], times `scale`.
template <class To>
void write(const auto* maps, const Group& o, double scale, To* out) {
  for (int64_t k = 0; k < o.sets; ++k)
    for (int64_t i = 0; i < o.n; ++i)
      out[k * o.n + i] = static_cast<To>(scale * double(maps[i][k]));
}

class SampleMask {
 public:
  SampleMask(const Inhibition& inhibition, const Filter& filter, const Tensor& gradient)
      : inhibition_(inhibition),
        filter_(filter),
        K_(inhibition.sets_for(gradient.dim(1))),
        channels_(gradient.dim(1) / K_),
        u_(gradient.dim(2)),
        v_(gradient.dim(3)),
        n_(u_ * v_),
        block_(channel_block(gradient.layout(), gradient.dim(1))) {}

  int64_t groups() const { return (K_ + lanes - 1) / lanes; }
  int64_t workspace() const { return 3 * n_; }  // vectors

  // Sets 16*group ... of sample s, whose gradient g is.
  template <class T>
  void operator()(const Gradient<T>& g, Lanes* work, MaskRecord* record, int64_t s,
                  int64_t group) const {
    const int64_t k = group * lanes;
    const Group o{block_, n_, k * channels_, channels_, std::min(lanes, K_ - k)};
    Lanes *d = work, *product = work + n_, *delta = work + 2 * n_;
    if (o.aligned())
      aligned_squares(g.from(o.first * n_), o, d);
    else
      any_squares(g, o, d);
    take_roots(d, n_);
    const int64_t map = (s * K_ + k) * n_;
    if (record) write(d, o, 1, record->norms.data<float>() + map);
    respond(d, product, delta);
    const double scale = inhibition_.mode == InhibitionMode::no_lateral ? 1 : filter_.scale;
    if (record) write(delta, o, scale, record->responses.data<float>() + map);
    Lanes q;
    quantiles(reinterpret_cast<Bits*>(delta), n_, inhibition_.rate, q);
    if (record)
      for (int64_t l = 0; l < o.sets; ++l)
        record->thresholds.data<float>()[s * K_ + k + l] = static_cast<float>(scale * double(q[l]));
    // No magnitude is below 0.
    compare(delta, n_, inhibition_.rate == 0 || n_ == 1 ? Lanes{} - 1 : q);
    const auto* keep = reinterpret_cast<const Bits*>(delta);
    if (record) write(keep, o, -1, record->mask.data<uint8_t>() + map);
    if (o.aligned())
      aligned_mask(g.from(o.first * n_), o, keep);
    else
      any_mask(g, o, keep);
  }

 private:
  // delta = sum_r A_r D B_r^T; D is used up.
  void respond(Lanes* d, Lanes* product, Lanes* delta) const {
    if (inhibition_.mode == InhibitionMode::no_lateral) {
      std::copy_n(d, n_, delta);
      return;
    }
    if (inhibition_.filter.zero_sum && inhibition_.filter.padding != FilterPadding::zero)
      subtract_mean(d, n_);
    bool add = false;
    for (const Filter::Term& t : filter_.terms) {
      for (int64_t i = 0; i < u_; ++i)
        multiply(t.columns, v_, 1, 1, d + i * v_, false, product + i * v_);
      multiply(t.rows, u_, v_, v_, product, add, delta);
      add = true;
    }
  }

  const Inhibition& inhibition_;
  const Filter& filter_;
  int64_t K_, channels_, u_, v_, n_, block_;
};

}  // namespace

void inhibit(Context& ctx, const Inhibition& inhibition, const GradientParts& parts, Tensor& masked,
             MaskRecord* record) {
  const Tensor& gradient = parts.a;
  const int64_t N = gradient.dim(0), u = gradient.dim(2), v = gradient.dim(3);
  const int64_t sample = gradient.size() / N;
  const SampleMask mask(inhibition, ctx.state<Filters>().get(inhibition.filter, u, v), gradient);
  if (record) {
    const int64_t K = inhibition.sets_for(gradient.dim(1));
    const Shape maps{N, K, u, v};
    *record = {ctx.empty(maps, DType::f32), ctx.empty(maps, DType::f32),
               ctx.empty({N, K}, DType::f32), ctx.empty(maps, DType::u8)};
  }
  const int64_t groups = mask.groups(), workspace = mask.workspace();
  Tensor work = ctx.empty({omp_get_max_threads(), workspace * lanes}, DType::f32);
  for_elements(gradient.dtype(), [&]<class T>(T) {
    const Gradient<T> g{parts.a.data<T>(), parts.b ? parts.b.data<T>() : nullptr,
                        parts.rectified ? parts.rectified.data<T>() : nullptr, masked.data<T>()};
#pragma omp parallel for collapse(2) schedule(static)
    for (int64_t s = 0; s < N; ++s)
      for (int64_t group = 0; group < groups; ++group) {
        auto* mine =
            reinterpret_cast<Lanes*>(work.data<float>()) + omp_get_thread_num() * workspace;
        mask(g.from(s * sample), mine, record, s, group);
      }
  });
}

}  // namespace lienet::cpu
