// Element types.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

namespace lienet {

enum class DType : uint8_t { f32, f64, bf16, f16, i64, u8 };

// The upper half of a float; arithmetic happens in float.
struct bfloat16 {
  uint16_t bits = 0;

  bfloat16() = default;
  // Rounds to nearest, ties to even; a NaN stays a (quiet) NaN.
  constexpr explicit bfloat16(float value) {
    const uint32_t u = std::bit_cast<uint32_t>(value);
    const bool nan = (u & 0x7fffffffu) > 0x7f800000u;
    bits = static_cast<uint16_t>(nan ? (u >> 16) | 0x40u : (u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
  }
  constexpr operator float() const {
    return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
  }
};

// IEEE 754's binary16: 1 sign, 5 exponent and 10 fraction bits; arithmetic happens in float.
struct float16 {
  uint16_t bits = 0;

  float16() = default;
  // Rounds to nearest, ties to even; what is too large becomes infinite.
  constexpr explicit float16(float value) {
    const uint32_t u = std::bit_cast<uint32_t>(value);
    bits = static_cast<uint16_t>((u >> 16 & 0x8000u) | magnitude(u & 0x7fffffffu));
  }
  constexpr operator float() const {
    const uint32_t sign = static_cast<uint32_t>(bits & 0x8000u) << 16, fraction = bits & 0x3ffu,
                   exponent = bits >> 10 & 0x1fu;
    if (exponent == 0)  // 0 and subnormal values, in units of 2^-24
      return (sign ? -0x1p-24f : 0x1p-24f) * static_cast<float>(fraction);
    const uint32_t wide = exponent == 31 ? 255 : exponent + 112;
    return std::bit_cast<float>(sign | wide << 23 | fraction << 13);
  }

 private:
  static constexpr uint32_t magnitude(uint32_t u) {
    if (u > 0x7f800000u) return 0x7e00u;   // NaN
    if (u >= 0x47800000u) return 0x7c00u;  // 2^16 and more
    if (u >= 0x38800000u) {                // 2^-14 and more: normal
      const uint32_t rebiased = u - 0x38000000u;
      return (rebiased + 0xfffu + (rebiased >> 13 & 1u)) >> 13;
    }
    const uint32_t exponent = u >> 23, shift = 126 - exponent;
    if (shift > 24) return 0;
    const uint32_t fraction = (u & 0x7fffffu) | 0x800000u, rest = fraction & ((1u << shift) - 1),
                   half = 1u << (shift - 1), whole = fraction >> shift;
    return whole + (rest > half || (rest == half && (whole & 1u)));
  }
};

template <class T>
struct DTypeOf;
template <>
struct DTypeOf<float> {
  static constexpr DType value = DType::f32;
};
template <>
struct DTypeOf<double> {
  static constexpr DType value = DType::f64;
};
template <>
struct DTypeOf<bfloat16> {
  static constexpr DType value = DType::bf16;
};
template <>
struct DTypeOf<float16> {
  static constexpr DType value = DType::f16;
};
template <>
struct DTypeOf<int64_t> {
  static constexpr DType value = DType::i64;
};
template <>
struct DTypeOf<uint8_t> {
  static constexpr DType value = DType::u8;
};
template <class T>
inline constexpr DType dtype_of = DTypeOf<T>::value;

constexpr size_t size_of(DType t) {
  switch (t) {
    case DType::f32:
      return 4;
    case DType::f64:
      return 8;
    case DType::bf16:
    case DType::f16:
      return 2;
    case DType::i64:
      return 8;
    case DType::u8:
      return 1;
  }
  return 0;
}

constexpr bool is_floating(DType t) {
  return t != DType::i64 && t != DType::u8;
}

// "f32", "f64", "bf16", "f16", "i64", "u8".
const char* name_of(DType t);

}  // namespace lienet
