#include "engine/gradcheck.h"

#include <cmath>

#include "engine/check.h"
#include "engine/scheduler.h"
#include "engine/tensor_ops.h"

namespace lienet {
namespace {

using Op = std::function<Value(Tape&, std::span<const Value>)>;

class Check {
 public:
  Check(Context& ctx, const Op& op, std::span<const Tensor> inputs, const GradcheckOptions& options)
      : ctx_(ctx), op_(op), options_(options) {
    for (const Tensor& t : inputs) inputs_.push_back(clone(ctx, t));
  }

  // Backward's gradients with input `frozen` (or none, -1) a constant.
  std::vector<Tensor> analytic(int frozen) {
    Tape tape(ctx_, {options_.training, true, false});
    std::vector<Tensor> gradients(inputs_.size());
    std::vector<Value> values;
    for (size_t i = 0; i < inputs_.size(); ++i) {
      const bool constant = static_cast<int>(i) == frozen || !is_floating(inputs_[i].dtype());
      values.push_back(constant ? tape.constant(inputs_[i]) : tape.leaf(inputs_[i], &gradients[i]));
    }
    const Value y = op_(tape, values);
    if (y.tracked()) backward(tape, y, direction(y.tensor()));
    return gradients;
  }

  // Central differences of input i: they do not depend on which one is frozen.
  std::vector<double> differences(size_t i) {
    std::vector<double> d;
    double* x = inputs_[i].data<double>();
    for (int64_t e = 0; e < inputs_[i].size(); ++e) {
      const double kept = x[e], h = options_.step;
      x[e] = kept + h;
      const double above = scalar();
      x[e] = kept - h;
      const double below = scalar();
      x[e] = kept;
      d.push_back((above - below) / (2 * h));
    }
    return d;
  }

  void compare(size_t i, const Tensor& gradient, const std::vector<double>& differences,
               int frozen) const {
    for (int64_t e = 0; e < gradient.size(); ++e) {
      const double expected = differences[static_cast<size_t>(e)];
      const double got = gradient.data<double>()[e];
      if (!(std::abs(got - expected) <= options_.atol + options_.rtol * std::abs(expected)))
        fail("gradcheck: input {}, element {}: backward gives {:.9g}, central differences {:.9g}{}",
             i, e, got, expected, frozen < 0 ? "" : fmt::format(" (input {} frozen)", frozen));
    }
  }

  size_t size() const { return inputs_.size(); }
  bool checked(size_t i) const { return is_floating(inputs_[i].dtype()); }

 private:
  Tensor direction(const Tensor& y) {
    Random random({.seed = options_.seed, .use = RandomUse::test});
    Tensor r = ctx_.empty_like(y);
    for (int64_t e = 0; e < y.size(); ++e) r.data<double>()[e] = random.uniform(-1, 1);
    return r;
  }

  double scalar() {
    Tape tape(ctx_, {options_.training, false, false});
    std::vector<Value> values;
    for (const Tensor& t : inputs_) values.push_back(tape.constant(t));
    const Value y = op_(tape, values);
    const Tensor r = direction(y.tensor());
    double total = 0;
    for (int64_t e = 0; e < r.size(); ++e)
      total += r.data<double>()[e] * y.tensor().data<double>()[e];
    return total;
  }

  Context& ctx_;
  const Op& op_;
  GradcheckOptions options_;
  std::vector<Tensor> inputs_;
};

}  // namespace

void gradcheck(Context& ctx, const Op& op, std::span<const Tensor> inputs,
               const GradcheckOptions& options) {
  if (ctx.device() != Device::ref || ctx.dtype() != DType::f64)
    fail("gradcheck: needs a context on device ref in f64");
  Check check(ctx, op, inputs, options);
  std::vector<std::vector<double>> differences;
  for (size_t i = 0; i < check.size(); ++i)
    differences.push_back(check.checked(i) ? check.differences(i) : std::vector<double>());
  for (int frozen = -1; frozen < static_cast<int>(check.size()); ++frozen) {
    const std::vector<Tensor> gradients = check.analytic(frozen);
    for (size_t i = 0; i < check.size(); ++i) {
      if (static_cast<int>(i) == frozen || !check.checked(i)) continue;
      if (!gradients[i]) fail("gradcheck: no gradient reached input {}", i);
      check.compare(i, gradients[i], differences[i], frozen);
    }
  }
}

}  // namespace lienet
