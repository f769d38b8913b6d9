#include "engine/cpu/isa.h"
#include "engine/cpu/parallel.h"
#include "engine/dispatch.h"
#include "optim/step_moments.h"

namespace lienet::host {
namespace {

template <class T>
LIENET_CLONES void add(T share, int64_t n, const T* gradient, T* mean, T* squares) {
  for (int64_t i = 0; i < n; ++i) {
    const T before = gradient[i] - mean[i];
    mean[i] += share * before;
    squares[i] += before * (gradient[i] - mean[i]);
  }
}

}  // namespace

void add_step(Context&, const Tensor& skip, Tensor& steps, std::span<const StepMomentsPart> parts) {
  if (skip && *skip.data<int64_t>() != 0) return;
  const double step = ++*steps.data<double>();
  for (const StepMomentsPart& part : parts) {
    Tensor mean = part.mean, squares = part.squares;
    for_floating(mean.dtype(), [&]<class T>(T) {
      const T* g = part.gradient.data<T>();
      T *m = mean.data<T>(), *s = squares.data<T>();
      const T share = static_cast<T>(1 / step);
      cpu::for_each_range(
          mean.size(), [=](int64_t i, int64_t end) { add(share, end - i, g + i, m + i, s + i); });
    });
  }
}

}  // namespace lienet::host
