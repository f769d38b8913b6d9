// What a block of the Gradient Mask has to do, and the threshold of one map.
#pragma once

#include "engine/cuda/divisor.h"
#include "engine/cuda/elements.h"
#include "layers/inhibit_filter_cuda.h"

namespace lienet::cuda {

// What does not depend on the type of the elements.
struct InhibitTask {
  int channels = 0, u = 0, v = 0;  // of the activation
  int set_channels = 0;            // channels of one set
  int sets = 0;                    // that a block takes; they divide the sample's
  bool lateral = true;             // else delta = D
  bool everything_stays = false;   // rate 0, or a map of one position
  bool subtract_mean = false;      // see Inhibition: zero_sum where padding keeps constants
  bool keep_gradient = true;       // the sum of the parts fits in shared memory
  bool narrow = true;              // see InhibitFilter
  int terms = 0;
  double rate = 0, scale = 1;     // of the response
  const float* filter = nullptr;  // InhibitFilter::values
  float* scratch = nullptr;       // for maps that shared memory cannot hold: see work_floats
  // What the record holds, where not null: [N,K,u,v], thresholds [N,K].
  float *norms = nullptr, *responses = nullptr, *thresholds = nullptr;
  uint8_t* mask = nullptr;

  // v, and what plan_inhibit finds: a block's vectors at one position, and its units (take_norms).
  Divisor by_columns, by_vectors, by_units, by_set_channels;

  LIENET_HOST_DEVICE int positions() const { return u * v; }
  LIENET_HOST_DEVICE int all_sets() const { return channels / set_channels; }
  LIENET_HOST_DEVICE int blocks_per_sample() const { return all_sets() / sets; }
  LIENET_HOST_DEVICE int block_channels() const { return sets * set_channels; }
  // D lies with zeros left and right of each row, which taps beyond the map meet, or, where rows
  // are multiplied by matrices, so that they begin on different banks. So do the maps of sets.
  LIENET_HOST_DEVICE int margin() const { return lateral && narrow ? InhibitFilter::reach : 0; }
  LIENET_HOST_DEVICE int pitch() const { return lateral && !narrow ? v | 1 : v + 2 * margin(); }
  LIENET_HOST_DEVICE int norms_stride() const { return u * pitch() | 1; }
  LIENET_HOST_DEVICE int stride() const { return positions() | 1; }  // of delta
  LIENET_DEVICE int place(int position) const {                      // of D
    return pitch() == v ? position : position + position / by_columns * (pitch() - v) + margin();
  }
  LIENET_HOST_DEVICE int64_t work_floats() const {
    const int64_t one = int64_t{sets} * norms_stride(), delta = int64_t{sets} * stride();
    return !lateral ? one : narrow ? one + delta : 2 * one + delta;
  }
};

// |delta|, as bits: those of floats that are not negative are ordered as these are, and NaN is
// above all others.
struct Magnitude {
  static constexpr int nan = 0x7f800001, beyond = 0x7fffffff;  // beyond: no value at all
  Array<float> delta;
  LIENET_DEVICE int operator()(int i) const {
    return lesser(static_cast<int>(bits_of(delta[i]) & 0x7fffffffu), nan);
  }
};
// More of them than registers hold, with what Block::hold gives.
template <class Group>
struct MagnitudesInMemory {
  Group& group;
  Magnitude of;
  int n;

  template <class F>
  LIENET_DEVICE int count(F f) {
    return group.count(n, [&](int i) { return f(of(i)); });
  }
  template <class F>
  LIENET_DEVICE int largest(int start, F f) {
    return group.largest(n, start, [&](int i) { return f(of(i)); });
  }
  template <class F>
  LIENET_DEVICE int smallest(int start, F f) {
    return group.smallest(n, start, [&](int i) { return f(of(i)); });
  }
};

// The rate-quantile of n magnitudes, linear between order statistics: the interval that holds it is
// cut until as many values lie below as should, or the one value is found at which too many tie.
template <class Values>
LIENET_DEVICE float quantile(Values values, int n, double rate) {
  constexpr int beyond = Magnitude::beyond;
  const double at = rate * (n - 1);
  const int wanted = static_cast<int>(at) + 1;  // values up to the lower order statistic
  int low = values.smallest(beyond, [](int m) { return m; }) - 1, up_to_low = 0;
  int high = values.largest(0, [](int m) { return m == beyond ? 0 : m; }), up_to_high = n;
  // In turns where the count would be right if it grew evenly, and in the middle, which ends.
  for (bool halve = false; up_to_high > wanted && low + 1 < high; halve = !halve) {
    const int span = high - low;
    const float share =
        static_cast<float>(wanted - up_to_low) / static_cast<float>(up_to_high - up_to_low);
    const int step = halve ? span / 2 : static_cast<int>(static_cast<float>(span) * share);
    const int cut = low + lesser(greater(step, 1), span - 1);
    const int found = values.count([&](int m) { return m <= cut; });
    if (found < wanted) {
      low = cut;
      up_to_low = found;
    } else {
      high = cut;
      up_to_high = found;
    }
  }
  const int below = values.largest(0, [&](int m) { return m <= high ? m : 0; });
  const int above = values.smallest(beyond, [&](int m) { return m > high ? m : beyond; });
  const double x = static_cast<double>(float_of(static_cast<uint32_t>(below)));
  const bool tie = up_to_high > wanted || wanted == n;
  const double y = tie ? x : static_cast<double>(float_of(static_cast<uint32_t>(above)));
  return static_cast<float>(x + (at - (wanted - 1)) * (y - x));
}

template <class Group>
LIENET_DEVICE float quantile_of_magnitudes(Group& group, Array<float> delta, int n, double rate) {
  const Magnitude of{delta};
  if (n <= 8 * group.size())
    return quantile(group.template hold<8>(n, Magnitude::beyond, of), n, rate);
  if (n <= 32 * group.size())
    return quantile(group.template hold<32>(n, Magnitude::beyond, of), n, rate);
  return quantile(MagnitudesInMemory<Group>{group, of, n}, n, rate);
}

}  // namespace lienet::cuda
