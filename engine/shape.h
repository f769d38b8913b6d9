// The extents of a tensor.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace lienet {

// Up to five extents, outermost first: N,C,H,W for activations, O,I,H,W for weights. A value type.
class Shape {
 public:
  static constexpr int max_rank = 5;
  static constexpr int64_t max_size = int64_t{1} << 59;  // so that bytes can be counted, too

  Shape() = default;  // rank 0: a scalar, one element
  Shape(std::initializer_list<int64_t> dims) : Shape(std::span(dims.begin(), dims.size())) {}
  // Throws Error for a negative extent, more than max_rank of them, or a product over max_size.
  explicit Shape(std::span<const int64_t> dims);

  int rank() const { return rank_; }
  int64_t operator[](int i) const { return dims_[static_cast<size_t>(i)]; }
  int64_t size() const;  // number of elements
  std::span<const int64_t> dims() const { return {dims_.data(), static_cast<size_t>(rank_)}; }
  std::string str() const;  // "[128, 64, 32, 32]"

  friend bool operator==(const Shape&, const Shape&) = default;

 private:
  std::array<int64_t, max_rank> dims_{};
  int rank_ = 0;
};

}  // namespace lienet
