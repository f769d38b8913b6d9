#include "tools/bench/op_times.h"

#include <string_view>

namespace lienet {
namespace {

bool is_leaf(const Node& node) {
  return node.op == std::string_view("leaf");
}

bool is_matrix(const Node& node) {
  return node.leaf_gradient && node.shape.rank() >= 2;
}

// Factors of the product that gradients flow to.
int tracked_factors(const Tape& tape, const Node& node) {
  int tracked = 0;
  for (const int input : std::span(node.inputs, static_cast<size_t>(node.input_count)))
    if (input >= 0) tracked += is_matrix(tape.node(input)) || !tape.node(input).leaf_gradient;
  return tracked;
}

}  // namespace

// An inhibitor that measures another.
class OpTimes::TimedInhibitor final : public Inhibitor {
 public:
  TimedInhibitor(std::shared_ptr<const Inhibitor> inner, OpTimes& times, OpTime& time)
      : inner_(std::move(inner)), times_(times), time_(time) {}
  Tensor apply(Context& ctx, GradientParts gradient, uint32_t stream,
               MaskRecord* record) const override {
    times_.laps_.end(time_.complete);
    Tensor masked = inner_->apply(ctx, std::move(gradient), stream, record);
    times_.laps_.end(time_.inhibit);
    return masked;
  }

 private:
  std::shared_ptr<const Inhibitor> inner_;
  OpTimes& times_;
  OpTime& time_;
};

int64_t macs_of(const Tape& tape, const Node& node) {
  for (const int input : std::span(node.inputs, static_cast<size_t>(node.input_count)))
    if (input >= 0 && is_matrix(tape.node(input))) {
      const Shape& w = tape.node(input).shape;
      return node.shape.size() * (w.size() / w[0]);
    }
  return 0;
}

double forward_operations(const Tape& tape) {
  double operations = 0;
  for (int n = 0; n < tape.size(); ++n)
    operations += 2 * static_cast<double>(macs_of(tape, tape.node(n)));
  return operations;
}

void OpTimes::watch_forward(Tape& tape) {
  next_ = 0;
  laps_.begin();
  tape.on_record([this](const Node& node, const Value&) {
    if (next_ == ops_.size()) ops_.push_back({.op = node.op, .layer = {}});
    laps_.end(ops_[next_++].forward);
  });
}

void OpTimes::watch_backward(Tape& tape) {
  operations_ = 0;
  size_t i = 0;
  for (int n = 0; n < tape.size(); ++n) {
    Node& node = tape.node(n);
    if (is_leaf(node)) continue;
    operations_ += 2 * static_cast<double>(macs_of(tape, node)) * (1 + tracked_factors(tape, node));
    OpTime& time = ops_[i++];
    time.layer = node.name;
    if (node.inhibitor)
      node.inhibitor = std::make_shared<TimedInhibitor>(std::move(node.inhibitor), *this, time);
    node.backward = [this, inner = std::move(node.backward), &time](Context& ctx, const Tensor& dy,
                                                                    std::span<GradSlot> dx) {
      laps_.end(time.complete);
      inner(ctx, dy, dx);
      laps_.end(time.backward);
    };
  }
  laps_.begin();
}

void OpTimes::reset() {
  for (OpTime& t : ops_) t.forward = t.backward = t.complete = t.inhibit = 0;
}

}  // namespace lienet
