// The smallest model that tests of optimisers need.
#pragma once

#include <algorithm>
#include <vector>

#include "layers/layer.h"

namespace lienet::test {

// Parameters `a` [3] and `b` [2], of which `b` is spared from weight decay.
struct TwoParameters : Layer {
  explicit TwoParameters(Context& ctx) : ctx_(ctx) {
    a = {.name = "a", .value = ctx.zeros({3})};
    b = {.name = "b", .value = ctx.zeros({2}), .decay = false};
    add_parameter(a);
    add_parameter(b);
  }
  Value forward(Tape&, const Value& x) override { return x; }

  // A fresh f64 tensor.
  Tensor tensor(const std::vector<double>& values) {
    Tensor t = ctx_.empty({static_cast<int64_t>(values.size())}, DType::f64);
    std::copy(values.begin(), values.end(), t.data<double>());
    return t;
  }

  Parameter a, b;

 private:
  Context& ctx_;
};

inline std::vector<double> values_of(const Tensor& t) {
  return {t.data<double>(), t.data<double>() + t.size()};
}

}  // namespace lienet::test
