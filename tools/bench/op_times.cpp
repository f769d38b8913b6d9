#include "tools/bench/op_times.h"

#include <string_view>

#include "tools/training/progress.h"

namespace lienet {
namespace {

bool is_leaf(const Node& node) {
  return node.op == std::string_view("leaf");
}

// An inhibitor that measures another.
class TimedInhibitor final : public Inhibitor {
 public:
  TimedInhibitor(std::shared_ptr<const Inhibitor> inner, double& seconds)
      : inner_(std::move(inner)), seconds_(seconds) {}
  Tensor apply(Context& ctx, Tensor gradient, uint32_t stream, MaskRecord* record) const override {
    const double begin = steady_seconds();
    Tensor masked = inner_->apply(ctx, std::move(gradient), stream, record);
    seconds_ += steady_seconds() - begin;
    return masked;
  }

 private:
  std::shared_ptr<const Inhibitor> inner_;
  double& seconds_;
};

struct Operations {
  double forward = 0;
  int tracked = 0;  // factors of the product that gradients flow to
};

Operations operations_of(const Tape& tape, const Node& node) {
  Operations result;
  for (const int input : std::span(node.inputs, static_cast<size_t>(node.input_count))) {
    if (input < 0) continue;
    const Node& from = tape.node(input);
    const bool matrix = from.leaf_gradient && from.shape.rank() >= 2;
    if (matrix)  // each value of the output is a sum over a filter
      result.forward =
          2 * static_cast<double>(node.shape.size() * (from.shape.size() / from.shape[0]));
    result.tracked += matrix || !from.leaf_gradient;
  }
  return result;
}

}  // namespace

double forward_operations(const Tape& tape) {
  double operations = 0;
  for (int n = 0; n < tape.size(); ++n) operations += operations_of(tape, tape.node(n)).forward;
  return operations;
}

void OpTimes::watch_forward(Tape& tape) {
  next_ = 0;
  since_ = steady_seconds();
  tape.on_record([this](const Node& node) {
    const double now = steady_seconds();
    if (next_ == ops_.size()) ops_.push_back({.op = node.op, .layer = {}});
    ops_[next_++].forward += now - since_;
    since_ = steady_seconds();
  });
}

void OpTimes::watch_backward(Tape& tape) {
  operations_ = 0;
  size_t i = 0;
  for (int n = 0; n < tape.size(); ++n) {
    Node& node = tape.node(n);
    if (is_leaf(node)) continue;
    const Operations one = operations_of(tape, node);
    operations_ += one.forward * (1 + one.tracked);
    OpTime& time = ops_[i++];
    time.layer = node.name;
    if (node.inhibitor)
      node.inhibitor = std::make_shared<TimedInhibitor>(std::move(node.inhibitor), time.inhibit);
    node.backward = [inner = std::move(node.backward), &time](Context& ctx, const Tensor& dy,
                                                              std::span<GradSlot> dx) {
      const double begin = steady_seconds();
      inner(ctx, dy, dx);
      time.backward += steady_seconds() - begin;
    };
  }
}

void OpTimes::reset() {
  for (OpTime& t : ops_) t.forward = t.backward = t.inhibit = 0;
}

}  // namespace lienet
