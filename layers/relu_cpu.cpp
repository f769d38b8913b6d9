#include "layers/relu.h"

#include "engine/cpu/lanes.h"
#include "engine/cpu/parallel.h"

namespace lienet::cpu {
namespace {

template <class T>
LIENET_CLONES void forward(const T* x, int64_t n, T* y) {
  for (int64_t i = 0; i < n; ++i) y[i] = float(x[i]) > 0 ? x[i] : T{};
}

// Without a branch, which half of random signs would mispredict: dy as its bits.
template <class T, class Word>
LIENET_CLONES void backward(const T* y, const Word* dy, int64_t n, Word* dx) {
  for (int64_t i = 0; i < n; ++i) dx[i] = static_cast<Word>(dy[i] & -Word(float(y[i]) > 0));
}

}  // namespace

void relu(Context&, const Tensor& x, Tensor& y) {
  for_elements(x.dtype(), [&]<class T>(T) {
    const T* px = x.data<T>();
    T* py = y.data<T>();
    for_each_range(x.size(), [=](int64_t i, int64_t end) { forward(px + i, end - i, py + i); });
  });
}

void relu_backward(Context&, const Tensor& y, const Tensor& dy, Tensor& dx) {
  for_elements(y.dtype(), [&]<class T>(T) {
    using Word = std::conditional_t<std::is_same_v<T, float>, int32_t, int16_t>;
    const T* py = y.data<T>();
    const auto* pdy = reinterpret_cast<const Word*>(dy.data<T>());
    auto* pdx = reinterpret_cast<Word*>(dx.data<T>());
    for_each_range(y.size(),
                   [=](int64_t i, int64_t end) { backward(py + i, pdy + i, end - i, pdx + i); });
  });
}

}  // namespace lienet::cpu
