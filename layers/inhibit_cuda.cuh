// The Gradient Mask as a block program: a block takes some whole sets of one sample from the sum of
// the gradient's parts to the masked result. Maps are NHWC. Formulas: engine/inhibition.h.
#pragma once

#include <cmath>

#include "layers/inhibit_filter_cuda.h"
#include "layers/inhibit_task_cuda.cuh"

namespace lienet::cuda {

// `width` channels are read and written at a time; they divide a set's channels, or these divide
// them, and they divide the channels of a block. Maps that shared memory cannot hold lie in memory.
template <class T, int width, bool in_memory = false>
struct Inhibit {
  static constexpr int threads = 256, beside = 3;
  InhibitTask task;
  const T *a, *b, *y;  // b and y may be null
  T* masked;           // may be a or b

  struct Shared {
    Array<Pack<T, width>> gradient;      // [position][channels of the block / width]
    Array<Pack<float, 4>> taps;          // of a narrow filter
    Array<float> limits;                 // [sets]
    Array<float> norms, product, delta;  // [sets] maps
  };

  LIENET_HOST_DEVICE Shared carve(Carve& memory) const {
    Shared s;
    if (task.keep_gradient) s.gradient = memory.take<Pack<T, width>>(task.positions() * vectors());
    if (task.lateral && task.narrow)
      s.taps = memory.take<Pack<float, 4>>((task.u + task.v) * InhibitFilter::row / 4);
    s.limits = memory.take<float>(task.sets);
    if (!in_memory) take_maps(s, memory.take<float>(static_cast<int>(task.work_floats())));
    return s;
  }
  LIENET_HOST_DEVICE void take_maps(Shared& s, Array<float> work) const {
    const int map = task.sets * task.norms_stride();
    s.norms = work;
    s.delta = task.lateral ? work.from(map) : work;
    if (task.lateral && !task.narrow)
      s.product = work.from(static_cast<int>(task.work_floats()) - map);
  }

  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    Shared s = carve(block.shared());
    if constexpr (in_memory)
      take_maps(s, {task.scratch + block.index() * task.work_floats(),
                    static_cast<int>(task.work_floats())});
    const int64_t sample = block.index() / task.blocks_per_sample();
    const int first_set = static_cast<int>(block.index() % task.blocks_per_sample()) * task.sets;
    const Part part{sample, first_set,
                    sample * task.positions() * task.channels + first_set * task.set_channels};
    if (task.lateral && task.narrow) prepare_narrow(block, s);
    if (task.keep_gradient) add_parts(block, part, s);
    take_norms(block, part, s);
    if (task.lateral) respond(block, part, s);
    find_limits(block, s);
    multiply(block, part, s);
    if (task.norms) record(block, part, s);
  }

  // Vectors of a block at one position, and of one set; sets of one vector.
  LIENET_HOST_DEVICE int vectors() const { return task.block_channels() / width; }
  LIENET_HOST_DEVICE int per_set() const { return greater(task.set_channels / width, 1); }
  LIENET_HOST_DEVICE int per_vector() const { return greater(width / task.set_channels, 1); }

 private:
  struct Part {
    int64_t sample;
    int first_set;
    int64_t begin;  // of its channels at the sample's first position
  };

  // Where vector i of the block's [position][vectors] lies in the activation.
  LIENET_DEVICE int64_t at(const Part& part, int i) const {
    const int position = i / task.by_vectors;
    return part.begin + static_cast<int64_t>(position) * task.channels +
           (i - position * vectors()) * width;
  }

  struct Parts {
    Pack<T, width> a, b;
  };
  LIENET_DEVICE Parts read_parts(int64_t from) const {
    Parts p;
    p.a = read<T, width>(a + from);
    if (b) p.b = read<T, width>(b + from);
    return p;
  }
  // In the elements' precision: what the sum would be in memory of its own.
  LIENET_DEVICE Pack<T, width> sum_of(const Parts& p) const {
    if (!b) return p.a;
    float x[width], other[width];
    unpack(p.a, x);
    unpack(p.b, other);
    for (int k = 0; k < width; ++k) x[k] += other[k];
    return pack<T>(x);
  }

  template <class Block>
  LIENET_DEVICE void add_parts(Block& block, const Part& part, const Shared& s) const {
    block.template stream<4>(
        task.positions() * vectors(), [&](int i) { return read_parts(at(part, i)); },
        [&](int i, const Parts& p) { s.gradient[i] = sum_of(p); });
  }

  LIENET_DEVICE Pack<T, width> gradient(const Part& part, const Shared& s, int i) const {
    return task.keep_gradient ? s.gradient[i] : sum_of(read_parts(at(part, i)));
  }

  // D. An item is a position's channels of one set, or of the several sets of one vector.
  template <class Block>
  LIENET_DEVICE void take_norms(Block& block, const Part& part, const Shared& s) const {
    const int units = task.by_units.value();
    for_power<width>(per_vector(), [&]<int sets>(std::integral_constant<int, sets>) {
      block.each(task.positions() * units, [&](int item) {
        const int position = item / task.by_units, unit = item - position * units;
        float sum[sets] = {};
        // Neighbours begin on different banks.
        int turn = per_set() == 1 ? 0 : item % per_set();
        for (int j = 0; j < per_set(); ++j) {
          float x[width];
          unpack(gradient(part, s, position * vectors() + unit * per_set() + turn), x);
          for (int k = 0; k < width; ++k) sum[k * sets / width] += x[k] * x[k];
          turn = turn + 1 == per_set() ? 0 : turn + 1;
        }
        const int at = unit * sets * task.norms_stride() + task.place(position);
        for (int q = 0; q < sets; ++q) s.norms[at + q * task.norms_stride()] = root(sum[q]);
      });
    });
  }
  // f(p) as a type, for a power of two p up to `most`.
  template <int most, class F>
  LIENET_DEVICE void for_power(int p, F f) const {
    if constexpr (most > 1)
      if (p < most) return for_power<most / 2>(p, f);
    f(std::integral_constant<int, most>{});
  }

  // delta = sum_r A_r D B_r^T
  template <class Block>
  LIENET_DEVICE void respond(Block& block, const Part& part, const Shared& s) const {
    if (task.norms) record_map(block, part, s.norms, true, 1, task.norms);
    if (task.subtract_mean) subtract_mean(block, s);
    if (task.narrow) return respond_narrow(block, s);
    const int u = task.u, v = task.v;
    const float* matrix = task.filter;
    for (int r = 0; r < task.terms; ++r) {
      const float* columns = matrix + u * InhibitFilter::padded(u);
      multiply_maps(
          block, columns, v, u, v,
          [&](int k, int i, int l) -> float& { return s.norms[at_map(k, i, l)]; }, false,
          [&](int k, int i, int j) -> float& { return s.product[at_map(k, i, j)]; });
      multiply_maps(
          block, matrix, u, v, u,
          [&](int k, int j, int l) -> float& { return s.product[at_map(k, l, j)]; }, r > 0,
          [&](int k, int j, int i) -> float& { return s.delta[k * task.stride() + i * v + j]; });
      matrix = columns + v * InhibitFilter::padded(v);
    }
  }

  LIENET_DEVICE int at_map(int set, int i, int j) const {
    return set * task.norms_stride() + i * task.pitch() + j;
  }

  // out(k, line, t) (+)= sum_l in(k, line, l) * matrix[l][t] for each set k, `lines` lines and
  // `extent` values t, of which a thread makes several: these of the matrix are the same for the
  // threads beside it, and come 16 bytes at a time.
  template <class Block, class In, class Out>
  LIENET_DEVICE void multiply_maps(Block& block, const float* matrix, int depth, int lines,
                                   int extent, In in, bool add, Out out) const {
    constexpr int tile = InhibitFilter::tile;
    const int wide = InhibitFilter::padded(extent), tiles = wide / tile;
    block.each(task.sets * tiles * lines, [&](int item) {
      const int line = item % lines, t = item / lines % tiles * tile, k = item / (lines * tiles);
      float sum[tile] = {};
      for (int l = 0; l < depth; ++l) {
        const float x = in(k, line, l);
        for (int part = 0; part < tile; part += 4) {
          float m[4];
          unpack(read<float, 4>(matrix + l * wide + t + part), m);
          for (int q = 0; q < 4; ++q) sum[part + q] += x * m[q];
        }
      }
      for (int q = 0; q < tile; ++q) {
        if (t + q >= extent) break;
        float& value = out(k, line, t + q);
        value = add ? value + sum[q] : sum[q];
      }
    });
  }

  // Down a column, with the last rows' products along the rows in registers.
  template <class Block>
  LIENET_DEVICE void respond_narrow(Block& block, const Shared& s) const {
    constexpr int taps = InhibitFilter::taps, reach = InhibitFilter::reach, rows = 8;
    const int u = task.u, v = task.v, pieces = static_cast<int>(divided_up(u, rows));
    block.each(task.sets * pieces * v, [&](int item) {
      const int j = item % v, begin = item / v % pieces * rows, k = item / (v * pieces);
      float across[InhibitFilter::row], down[InhibitFilter::row], p0[taps] = {}, p1[taps] = {};
      read_taps(s, u + j, across);
      LIENET_UNROLL
      for (int r = 0; r < rows + 2 * reach; ++r) {
        for (int t = 0; t + 1 < taps; ++t) p0[t] = p0[t + 1], p1[t] = p1[t + 1];
        const int l = lesser(greater(begin + r - reach, 0), u - 1);  // outside: the tap is 0
        const int row = at_map(k, l, j);
        p0[taps - 1] = p1[taps - 1] = 0;
        for (int t = 0; t < taps; ++t) {
          const float d = s.norms[row + t];
          p0[taps - 1] += across[t] * d;
          p1[taps - 1] += across[taps + t] * d;
        }
        const int i = begin + r - 2 * reach;
        if (r < 2 * reach || i >= u) continue;
        read_taps(s, i, down);
        float sum = 0;
        for (int t = 0; t < taps; ++t) sum += down[t] * p0[t];
        for (int t = 0; t < taps; ++t) sum += down[taps + t] * p1[t];
        s.delta[k * task.stride() + i * v + j] = sum;
      }
    });
  }
  LIENET_DEVICE void read_taps(const Shared& s, int line, float (&taps)[InhibitFilter::row]) const {
    for (int q = 0; q < InhibitFilter::row; q += 4) {
      float four[4];
      unpack(s.taps[(line * InhibitFilter::row + q) / 4], four);
      for (int t = 0; t < 4; ++t) taps[q + t] = four[t];
    }
  }
  // The taps, and zeros beside the rows of D.
  template <class Block>
  LIENET_DEVICE void prepare_narrow(Block& block, const Shared& s) const {
    block.each(s.taps.size(), [&](int i) { s.taps[i] = read<float, 4>(task.filter + 4 * i); });
    const int both = 2 * task.margin();
    block.each(task.sets * task.u * both, [&](int item) {
      const int row = item / both, side = item % both;
      const int at = at_map(row / task.u, row % task.u, side);
      s.norms[side < task.margin() ? at : at + task.v] = 0;
    });
  }

  // A zero-sum filter answers a constant with 0 where the padding keeps it constant: taking the
  // mean away first spares the digits.
  template <class Block>
  LIENET_DEVICE void subtract_mean(Block& block, const Shared& s) const {
    const int n = task.positions();
    block.groups(task.sets, [&](auto& group, int k) {
      const Array<float> map = s.norms.from(k * task.norms_stride());
      const double sum =
          group.sum(n, [&](int i) { return static_cast<double>(map[task.place(i)]); });
      const float mean = static_cast<float>(sum / n);
      group.each(n, [&](int i) { map[task.place(i)] -= mean; });
    });
  }

  // One group of threads for each map where they are small and several, else all for one.
  template <class Block>
  LIENET_DEVICE void find_limits(Block& block, const Shared& s) const {
    const int n = task.positions();
    if (task.everything_stays && !task.norms) {
      // No magnitude is below 0.
      block.each(task.sets, [&](int k) { s.limits[k] = -1; });
    } else if (n <= 256 || (n <= 1024 && task.sets >= 4)) {
      block.groups(task.sets, [&](auto& group, int k) {
        const float q =
            quantile_of_magnitudes(group, s.delta.from(k * task.stride()), n, task.rate);
        group.each(1, [&](int) { s.limits[k] = q; });
      });
    } else {
      for (int k = 0; k < task.sets; ++k) {
        const float q =
            quantile_of_magnitudes(block, s.delta.from(k * task.stride()), n, task.rate);
        block.each(1, [&](int) { s.limits[k] = q; });
      }
    }
  }

  // NaN stays.
  LIENET_DEVICE bool stays(const Shared& s, int set, int position) const {
    return task.everything_stays |
           !(fabsf(s.delta[set * task.stride() + position]) <= s.limits[set]);
  }

  template <class Block>
  LIENET_DEVICE void multiply(Block& block, const Part& part, const Shared& s) const {
    for_power<width>(per_vector(), [&]<int sets>(std::integral_constant<int, sets>) {
      y ? multiply<sets, true>(block, part, s) : multiply<sets, false>(block, part, s);
    });
  }
  // Without branches, of which threads beside each other would take different ones.
  template <int sets, bool rectified, class Block>
  LIENET_DEVICE void multiply(Block& block, const Part& part, const Shared& s) const {
    struct Loaded {
      Pack<T, width> gradient, y;
    };
    const auto load = [&](int i) {
      Loaded l;
      l.gradient = gradient(part, s, i);
      if constexpr (rectified) l.y = read<T, width>(y + at(part, i));
      return l;
    };
    block.template stream<4>(task.positions() * vectors(), load, [&](int i, const Loaded& l) {
      const int position = i / task.by_vectors, channel = (i - position * vectors()) * width;
      const int set = channel / task.by_set_channels;
      bool keep[sets];
      for (int q = 0; q < sets; ++q) keep[q] = stays(s, set + q, position);
      float x[width], positive[width];
      unpack(l.gradient, x);
      if constexpr (rectified) unpack(l.y, positive);
      for (int k = 0; k < width; ++k) {
        bool stay = keep[k * sets / width];
        if constexpr (rectified) stay &= positive[k] > 0;
        x[k] = stay ? x[k] : 0;
      }
      write(pack<T>(x), masked + at(part, i));
    });
  }

  template <class Block, class To>
  LIENET_DEVICE void record_map(Block& block, const Part& part, Array<float> map, bool norms,
                                double scale, To* out) const {
    const int n = task.positions();
    const auto at = [&](int set, int position) {
      return norms ? set * task.norms_stride() + task.place(position)
                   : set * task.stride() + position;
    };
    To* mine = out + (part.sample * task.all_sets() + part.first_set) * n;
    block.each(task.sets * n, [&](int i) {
      mine[i] = static_cast<To>(scale * static_cast<double>(map[at(i / n, i % n)]));
    });
  }

  template <class Block>
  LIENET_DEVICE void record(Block& block, const Part& part, const Shared& s) const {
    const int n = task.positions();
    const double scale = task.lateral ? task.scale : 1;
    if (!task.lateral) record_map(block, part, s.norms, true, 1, task.norms);
    record_map(block, part, s.delta, false, scale, task.responses);
    const int64_t first = part.sample * task.all_sets() + part.first_set;
    block.each(task.sets, [&](int k) {
      task.thresholds[first + k] = static_cast<float>(scale * static_cast<double>(s.limits[k]));
    });
    block.each(task.sets * n, [&](int i) { task.mask[first * n + i] = stays(s, i / n, i % n); });
  }
};

}  // namespace lienet::cuda
