// softmax_cross_entropy as block programs, a group of threads for each sample; in double, as on the
// host. Formulas: layers/softmax_cross_entropy.h.
#pragma once

#include <cmath>

#include "engine/cuda/block.h"

namespace lienet::cuda {

LIENET_DEVICE bool is_class(int64_t label, int K) {
  return label >= 0 && label < K;
}

struct SoftmaxCrossEntropy {
  static constexpr int threads = 256, samples_per_block = threads / 32;
  const float* x;         // [N,K]
  const int64_t* labels;  // [N], or null:
  const float* targets;   // [N,K]
  int64_t N;
  int K;
  double smoothing;
  double* losses;  // [N]
  float* dx;       // [N,K], for dloss = 1; may be null

  LIENET_HOST_DEVICE int64_t blocks() const { return divided_up(N, samples_per_block); }
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const int64_t first = block.index() * samples_per_block;
    block.groups(static_cast<int>(lesser<int64_t>(samples_per_block, N - first)),
                 [&](auto& group, int i) { sample(group, first + i); });
  }

 private:
  template <class Group>
  LIENET_DEVICE void sample(Group& group, int64_t n) const {
    const float* row = x + n * K;
    const bool known = !labels || is_class(labels[n], K);
    const auto target = [&](int k) {
      if (!known) return static_cast<double>(NAN);
      const double hard =
          labels ? static_cast<double>(labels[n] == k) : static_cast<double>(targets[n * K + k]);
      return (1 - smoothing) * hard + smoothing / K;
    };
    const double highest =
        group.largest(K, static_cast<double>(row[0]), [&](int k) { return double(row[k]); });
    const double log_sum =
        log(group.sum(K, [&](int k) { return exp(double(row[k]) - highest); })) + highest;
    const double loss =
        group.sum(K, [&](int k) { return -target(k) * (double(row[k]) - log_sum); });
    group.each(1, [&](int) { losses[n] = loss; });
    if (!dx) return;
    const double total = group.sum(K, target), scale = 1 / static_cast<double>(N);
    group.each(K, [&](int k) {
      dx[n * K + k] =
          static_cast<float>(scale * (total * exp(double(row[k]) - log_sum) - target(k)));
    });
  }
};

// out = sum of values / n
struct MeanOf {
  static constexpr int threads = 256;
  const double* values;
  int64_t n;
  float* out;

  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const double sum = block.sum(static_cast<int>(n), [&](int i) { return values[i]; });
    block.each(1, [&](int) { *out = static_cast<float>(sum / static_cast<double>(n)); });
  }
};

// *count += samples of which no logit is above the label's, which is a number; it is 0 before.
struct CountCorrect {
  static constexpr int threads = 256, samples_per_block = threads / 32;
  const float* x;         // [N,K]
  const int64_t* labels;  // [N]
  int64_t N;
  int K;
  int64_t* count;

  LIENET_HOST_DEVICE int64_t blocks() const { return divided_up(N, samples_per_block); }
  LIENET_HOST_DEVICE Array<int> carve(Carve& memory) const {
    return memory.take<int>(samples_per_block);
  }
  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const Array<int> correct = carve(block.shared());
    const int64_t first = block.index() * samples_per_block;
    const int samples = static_cast<int>(lesser<int64_t>(samples_per_block, N - first));
    block.groups(samples, [&](auto& group, int i) {
      const float* row = x + (first + i) * K;
      const int64_t label = labels[first + i];
      const float own = is_class(label, K) ? row[label] : NAN;
      const int above = group.count(K, [&](int k) { return row[k] > own; });
      group.each(1, [&](int) { correct[i] = own == own && above == 0; });
    });
    block.add(count, block.sum(samples, [&](int i) { return correct[i]; }));
  }
};

}  // namespace lienet::cuda
