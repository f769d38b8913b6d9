// Division of whole numbers by one that the launch knows: a multiplication and a shift, where the
// device has no instruction for division and would take some twenty.
#pragma once

#include "engine/cuda/block.h"

namespace lienet::cuda {

// n / d for 0 <= n < 2^31: Granlund & Montgomery, "Division by invariant integers using
// multiplication", PLDI 1994.
class Divisor {
 public:
  Divisor() = default;
  explicit Divisor(int d) : d_(d) {
    while ((int64_t{1} << shift_) < d) ++shift_;
    factor_ = static_cast<uint32_t>(
        ((((uint64_t{1} << shift_) - static_cast<uint64_t>(d)) << 32) / static_cast<uint64_t>(d)) +
        1);
  }
  LIENET_HOST_DEVICE int value() const { return d_; }

  friend LIENET_DEVICE int operator/(int n, const Divisor& d) {
    const uint32_t v = static_cast<uint32_t>(n);
#ifdef __CUDA_ARCH__
    const uint32_t high = __umulhi(v, d.factor_);
#else
    const uint32_t high = static_cast<uint32_t>(uint64_t{v} * d.factor_ >> 32);
#endif
    return static_cast<int>((high + v) >> d.shift_);
  }
  friend LIENET_DEVICE int operator%(int n, const Divisor& d) {
    return n - n / d * d.d_;
  }

 private:
  int d_ = 1;
  uint32_t factor_ = 1;
  int shift_ = 0;
};

}  // namespace lienet::cuda
