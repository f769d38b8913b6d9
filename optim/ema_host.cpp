#include <algorithm>

#include "engine/cpu/isa.h"
#include "engine/cpu/parallel.h"
#include "engine/dispatch.h"
#include "optim/ema.h"

namespace lienet::host {
namespace {

template <class T>
LIENET_CLONES void move_towards(T share, int64_t n, const T* value, T* average) {
  for (int64_t i = 0; i < n; ++i) average[i] += share * (value[i] - average[i]);
}

}  // namespace

void ema_update(Context&, const Tensor& share, std::span<const EmaPart> parts) {
  for (const EmaPart& part : parts)
    for_floating(part.value.dtype(), [&]<class T>(T) {
      const T rest = static_cast<T>(*share.data<double>());
      const T* value = part.value.data<T>();
      Tensor target = part.average;
      T* average = target.data<T>();
      cpu::for_each_range(part.value.size(), [=](int64_t i, int64_t end) {
        move_towards(rest, end - i, value + i, average + i);
      });
    });
}

void ema_exchange(Context&, std::span<const EmaPart> parts) {
  for (EmaPart part : parts) {
    auto* value = static_cast<std::byte*>(part.value.raw());
    std::swap_ranges(value, value + part.value.bytes(),
                     static_cast<std::byte*>(part.average.raw()));
  }
}

}  // namespace lienet::host
