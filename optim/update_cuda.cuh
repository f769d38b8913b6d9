// What optimisers do to many parameters, each in one launch over all of them; numbers that change
// from step to step are read from the device's memory, so that a recorded step can be replayed.
#pragma once

#include <cmath>

#include "engine/cuda/parts.h"

namespace lienet::cuda {

// f(element) of one block's elements of one part, with the part.
template <class P, class Block, class Load, class F>
LIENET_DEVICE void each_of_part(Block& block, const Parts<P>& parts, Load load, F f) {
  const auto place = parts.place(block.index());
  const P& part = parts.part[place.part];
  block.template stream<4>(
      place.n, [&](int i) { return load(part, place.first + i); },
      [&](int i, const auto& loaded) { f(part, place.first + i, loaded); });
}

struct SgdPieces {
  const float* gradient;
  float *velocity, *weight;
  float decay;
  int64_t n;
};
// Formulas: optim/sgd.h.
struct SgdUpdate {
  static constexpr int threads = 256;
  Parts<SgdPieces> parts;
  const double* rate;
  const int64_t* skip;  // null, or nothing changes unless it is 0
  float momentum;
  bool nesterov;

  struct Loaded {
    float gradient, velocity, weight;
  };
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    if (skip && *skip != 0) return;
    const float lr = static_cast<float>(*rate);
    each_of_part(
        block, parts,
        [](const SgdPieces& p, int64_t i) {
          return Loaded{p.gradient[i], p.velocity[i], p.weight[i]};
        },
        [&](const SgdPieces& p, int64_t i, const Loaded& l) {
          const float d = l.gradient + p.decay * l.weight;
          const float v = momentum * l.velocity + d;
          p.velocity[i] = v;
          p.weight[i] = l.weight - lr * (nesterov ? d + momentum * v : v);
        });
  }
};

struct AdamWPieces {
  const float* gradient;
  float *m, *v, *weight;
  double decay;
  int64_t n;
};
// Counts the step, unless it is skipped.
struct AdamWCount {
  static constexpr int threads = 32;
  const int64_t* skip;  // as SgdUpdate's
  double beta1, beta2;
  int64_t* steps;  // t
  double* rests;   // 1 - beta1^t, 1 - beta2^t

  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    if (skip && *skip != 0) return;
    block.each(1, [&](int) {
      const double t = static_cast<double>(++*steps);
      rests[0] = 1 - pow(beta1, t);
      rests[1] = 1 - pow(beta2, t);
    });
  }
};
// Formulas: optim/adamw.h.
struct AdamWUpdate {
  static constexpr int threads = 256;
  Parts<AdamWPieces> parts;
  const double* rate;
  const double* rests;  // AdamWCount's
  const int64_t* skip;  // as SgdUpdate's
  double beta1, beta2, eps;

  struct Loaded {
    float gradient, m, v, weight;
  };
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    if (skip && *skip != 0) return;
    const double lr = *rate;
    const float step = static_cast<float>(lr / rests[0]);
    const float inverse_root = static_cast<float>(1 / sqrt(rests[1]));
    const float b1 = static_cast<float>(beta1), b2 = static_cast<float>(beta2);
    const float rest1 = static_cast<float>(1 - beta1), rest2 = static_cast<float>(1 - beta2);
    const float small = static_cast<float>(eps);
    each_of_part(
        block, parts,
        [](const AdamWPieces& p, int64_t i) {
          return Loaded{p.gradient[i], p.m[i], p.v[i], p.weight[i]};
        },
        [&](const AdamWPieces& p, int64_t i, const Loaded& l) {
          const float keep = static_cast<float>(1 - lr * p.decay);
          const float m = b1 * l.m + rest1 * l.gradient;
          const float v = b2 * l.v + rest2 * l.gradient * l.gradient;
          p.m[i] = m;
          p.v[i] = v;
          p.weight[i] = keep * l.weight - step * m / (sqrtf(v) * inverse_root + small);
        });
  }
};

struct PairPieces {
  float *a, *b;
  int64_t n;
};
// b += share * (a - b): the average b of the value a.
struct EmaUpdate {
  static constexpr int threads = 256;
  Parts<PairPieces> parts;
  const double* share;

  struct Loaded {
    float a, b;
  };
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const float rest = static_cast<float>(*share);
    each_of_part(
        block, parts,
        [](const PairPieces& p, int64_t i) {
          return Loaded{p.a[i], p.b[i]};
        },
        [&](const PairPieces& p, int64_t i, const Loaded& l) {
          p.b[i] = l.b + rest * (l.a - l.b);
        });
  }
};

// a and b change places.
struct Exchange {
  static constexpr int threads = 256;
  Parts<PairPieces> parts;

  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    each_of_part(
        block, parts,
        [](const PairPieces& p, int64_t i) {
          return EmaUpdate::Loaded{p.a[i], p.b[i]};
        },
        [&](const PairPieces& p, int64_t i, const EmaUpdate::Loaded& l) {
          p.a[i] = l.b;
          p.b[i] = l.a;
        });
  }
};

struct MomentsPieces {
  const float* gradient;
  float *mean, *squares;
  int64_t n;
};
// Formulas: optim/step_moments.h; `steps` is counted afterwards.
struct MomentsUpdate {
  static constexpr int threads = 256;
  Parts<MomentsPieces> parts;
  const double* steps;
  const int64_t* skip;  // as SgdUpdate's

  struct Loaded {
    float gradient, mean, squares;
  };
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    if (skip && *skip != 0) return;
    const float share = static_cast<float>(1 / (*steps + 1));
    each_of_part(
        block, parts,
        [](const MomentsPieces& p, int64_t i) {
          return Loaded{p.gradient[i], p.mean[i], p.squares[i]};
        },
        [&](const MomentsPieces& p, int64_t i, const Loaded& l) {
          const float before = l.gradient - l.mean;
          const float mean = l.mean + share * before;
          p.mean[i] = mean;
          p.squares[i] = l.squares + before * (l.gradient - mean);
        });
  }
};
struct CountStep {
  static constexpr int threads = 32;
  double* steps;
  const int64_t* skip;

  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    if (skip && *skip != 0) return;
    block.each(1, [&](int) { *steps += 1; });
  }
};

struct NormPieces {
  const float* x;
  int64_t n;
};
// squares[block] = sum of the block's x^2
struct SumOfSquares {
  static constexpr int threads = 256;
  Parts<NormPieces> parts;
  double* squares;

  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const auto place = parts.place(block.index());
    const float* x = parts.part[place.part].x + place.first;
    const double sum =
        block.sum(place.n, [&](int i) { return static_cast<double>(x[i]) * double(x[i]); });
    block.each(1, [&](int) { squares[block.index()] = sum; });
  }
};
// norm = the root of their sum
struct RootOfSum {
  static constexpr int threads = 1024;
  const double* squares;
  int64_t n;
  double* norm;

  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const double sum = block.sum(static_cast<int>(n), [&](int i) { return squares[i]; });
    block.each(1, [&](int) { *norm = sqrt(sum); });
  }
};

struct FromToPieces {
  const float* from;
  float* to;
  int64_t n;
};
// to = from * min(1, max_norm / (norm + 1e-6)); a norm that is not finite changes nothing.
struct ClipGradients {
  static constexpr int threads = 256;
  Parts<FromToPieces> parts;
  const double* norm;
  double max_norm;

  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const double n = *norm, factor = max_norm / (n + 1e-6);
    const bool clip = n - n == 0 && factor < 1;
    const float by = clip ? static_cast<float>(factor) : 1;
    each_of_part(
        block, parts, [](const FromToPieces& p, int64_t i) { return p.from[i]; },
        [&](const FromToPieces& p, int64_t i, float v) { p.to[i] = by * v; });
  }
};

// to = from / scale; *found += values that are not finite.
struct Unscale {
  static constexpr int threads = 256;
  Parts<FromToPieces> parts;
  const float* scale;
  int64_t* found;

  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const float by = 1 / *scale;
    const auto place = parts.place(block.index());
    const FromToPieces& p = parts.part[place.part];
    const int not_finite = block.count(place.n, [&](int i) {
      const float v = p.from[place.first + i];
      p.to[place.first + i] = v * by;
      return !(v - v == 0);
    });
    if (not_finite > 0) block.add(found, not_finite);
  }
};
// The rule of optim/grad_scaler.h.
struct UpdateScale {
  static constexpr int threads = 32;
  float growth, backoff;
  int64_t interval;
  const int64_t* skipped;
  float* scale;
  int64_t* good_steps;

  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    block.each(1, [&](int) {
      const bool bad = *skipped != 0;
      const int64_t good = bad ? 0 : *good_steps + 1;
      const bool grows = good >= interval;
      *scale *= bad ? backoff : grows ? growth : 1;
      *good_steps = grows ? 0 : good;
    });
  }
};

}  // namespace lienet::cuda
