// Loops over activations: elements of f32 or bf16, computed with as floats. Internal.
#pragma once

#include <cstring>
#include <type_traits>

#include "engine/check.h"
#include "engine/cpu/isa.h"
#include "engine/tensor.h"

namespace lienet::cpu {

using EightLanes [[gnu::vector_size(32), gnu::may_alias]] = float;

// Floats in V: a vector, or one float.
template <class V>
inline constexpr int64_t lanes_of = sizeof(V) / sizeof(float);

// As many unsigned integers, of a float's size and of half of it.
template <int64_t lanes>
struct Integers;
template <>
struct Integers<8> {
  using Words [[gnu::vector_size(32)]] = uint32_t;
  using Halves [[gnu::vector_size(16)]] = uint16_t;
};
template <>
struct Integers<16> {
  using Words [[gnu::vector_size(64)]] = uint32_t;
  using Halves [[gnu::vector_size(32)]] = uint16_t;
};

// v = the elements from p on.
template <class V, class T>
[[gnu::always_inline]] inline void load(V& v, const T* p) {
  if constexpr (std::is_same_v<T, float>) {
    std::memcpy(&v, p, sizeof(V));
  } else if constexpr (lanes_of<V> == 1) {
    v = static_cast<float>(*p);
  } else {
    using Words = typename Integers<lanes_of<V>>::Words;
    typename Integers<lanes_of<V>>::Halves upper;
    std::memcpy(&upper, p, sizeof(upper));
    const Words words = __builtin_convertvector(upper, Words) << 16;
    std::memcpy(&v, &words, sizeof(V));
  }
}

// The elements from p on = v, rounded as bfloat16's constructor does.
template <class V, class T>
[[gnu::always_inline]] inline void store(const V& v, T* p) {
  if constexpr (std::is_same_v<T, float>) {
    std::memcpy(p, &v, sizeof(V));
  } else if constexpr (lanes_of<V> == 1) {
    *p = T(v);
  } else {
    using Halves = typename Integers<lanes_of<V>>::Halves;
    typename Integers<lanes_of<V>>::Words words;
    std::memcpy(&words, &v, sizeof(V));
    const auto nan = (words & 0x7fffffffu) > 0x7f800000u;
    const auto rounded = words + 0x7fffu + ((words >> 16) & 1u);
    const Halves upper = __builtin_convertvector((nan ? words | 0x400000u : rounded) >> 16, Halves);
    std::memcpy(static_cast<void*>(p), &upper, sizeof(upper));
  }
}

// Channels of a map that lie side by side, one vector's lanes: 1, 8 or 16.
inline int64_t lanes_in(const Tensor& t) {
  if (t.layout() == Layout::nhwc) fail("device cpu: no kernel for {}; see as_layout()", t.str());
  return channel_block(t.layout(), t.dim(1));
}

// Calls f with a value of the type of the elements: what the backend has loops for.
template <class F>
void for_elements(DType t, F&& f) {
  if (t == DType::f32) return f(float{});
  if (t == DType::bf16) return f(bfloat16{});
  fail("device cpu: no kernel for elements of type {}; f32 and bf16 have one", name_of(t));
}

}  // namespace lienet::cpu
