// What forward records, so that backward can run. Read this first, then scheduler.h.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/context.h"
#include "engine/inhibition.h"

namespace lienet {

// A tensor on its way through the network, and the place on the tape that made it. A value that no
// gradient flows to is not on the tape. Copies refer to the same node.
class Value {
 public:
  Value() = default;
  explicit Value(Tensor tensor, int node = -1) : tensor_(std::move(tensor)), node_(node) {}

  const Tensor& tensor() const { return tensor_; }
  const Shape& shape() const { return tensor_.shape(); }
  bool tracked() const { return node_ >= 0; }
  int node() const { return node_; }  // index into the tape, or -1

 private:
  Tensor tensor_;
  int node_ = -1;
};

// Where a backward function puts the gradient of one input. The one accumulation contract of the
// engine: a slot is null when that gradient is not wanted; the first part given is taken as it is,
// every later one is added. A part may share its storage with other tensors (an addition gives the
// same tensor to both its inputs): nothing shared is ever written to.
class GradSlot {
 public:
  GradSlot() = default;  // not wanted
  explicit GradSlot(Tensor* sum) : sum_(sum) {}

  explicit operator bool() const { return sum_ != nullptr; }
  void give(Context& ctx, Tensor part);

 private:
  Tensor* sum_ = nullptr;
};

// One op that ran forward, together with its output.
struct Node {
  static constexpr int max_inputs = 4;
  using Backward = std::function<void(Context&, const Tensor& dy, std::span<GradSlot> dx)>;

  const char* op = "";          // "conv2d"; a leaf is "leaf"
  std::string name;             // of the layer, "layer1.0.conv1"; may be empty
  int inputs[max_inputs] = {};  // nodes, -1 where not tracked
  int input_count = 0;
  Shape shape;  // of the output, and so of its gradient
  DType dtype = DType::f32;
  Backward backward;                           // holds what the op saved; empty for a leaf
  Tensor* leaf_gradient = nullptr;             // where a leaf's gradient is accumulated
  std::shared_ptr<const Inhibitor> inhibitor;  // applied to the complete gradient of the output
  Tensor rectified;  // the output y = max(0, z), where `backward` takes dz in dy's place
};

// What kind of pass is made. BatchNorm's statistics, dropout and inhibition depend on it.
struct TapeOptions {
  bool training = false;   // batch statistics, dropout
  bool record = false;     // for a backward pass
  bool inhibit = false;    // outputs carry their layer's inhibition
  bool parameters = true;  // gradients flow to the parameters that are not frozen
};

class Tape {
 public:
  Tape(Context& ctx, const TapeOptions& options) : ctx_(&ctx), options_(options) {}
  static Tape training(Context& ctx) { return {ctx, {true, true, true}}; }
  // Gradients of a trained network: for saliency, attacks, measurements. Nothing is inhibited.
  static Tape evaluation(Context& ctx) { return {ctx, {false, true, false}}; }
  static Tape inference(Context& ctx) { return {ctx, {false, false, false}}; }

  Context& context() const { return *ctx_; }
  const TapeOptions& options() const { return options_; }

  // An input that gradients flow to: backward adds to *gradient, which outlives the pass.
  Value leaf(const Tensor& tensor, Tensor* gradient, std::string name = {});
  // An input that none flows to.
  Value constant(Tensor tensor) const { return Value(std::move(tensor)); }

  // Whether an op on these inputs is recorded, and so has to save what backward reads.
  bool records(std::initializer_list<const Value*> inputs) const;

  // Records y = op(inputs). `backward(ctx, saved, dy, dx)` gives dx one slot for each input, in
  // order. Without a tracked input only y is kept.
  template <class Saved, class F>
  Value record(const char* op, std::initializer_list<const Value*> inputs, Tensor y, Saved saved,
               F backward) {
    if (!records(inputs)) return Value(std::move(y));
    return push(op, inputs, std::move(y),
                [saved = std::move(saved), backward](Context& ctx, const Tensor& dy,
                                                     std::span<GradSlot> dx) {
                  backward(ctx, saved, dy, dx);
                });
  }

  // The same for an op that saves nothing: `backward(ctx, dy, dx)`.
  template <class F>
  Value record(const char* op, std::initializer_list<const Value*> inputs, Tensor y, F backward) {
    if (!records(inputs)) return Value(std::move(y));
    return push(op, inputs, std::move(y), backward);
  }
  // Records an op that ends with ReLU, y = max(0, z), and leaves ReLU's backward to the scheduler:
  // `backward` takes dz. It reads y and nothing else, so that nothing more is saved.
  template <class F>
  Value record_rectified(const char* op, std::initializer_list<const Value*> inputs, Tensor y,
                         F backward) {
    if (!records(inputs)) return Value(std::move(y));
    Value v = push(op, inputs, std::move(y), backward);
    node(v).rectified = v.tensor();
    return v;
  }

  // Called after each op that is recorded, with its node and its output: for measurements, and for
  // who wants outputs kept. The layer's name comes to the node after that.
  void on_record(std::function<void(const Node&, const Value&)> f) { on_record_ = std::move(f); }

  // Tells apart the random ops of one pass, whether it is recorded or not.
  uint32_t next_stream() { return streams_++; }

  int size() const { return static_cast<int>(nodes_.size()); }
  Node& node(const Value& v) { return nodes_[static_cast<size_t>(v.node())]; }
  Node& node(int i) { return nodes_[static_cast<size_t>(i)]; }
  const Node& node(int i) const { return nodes_[static_cast<size_t>(i)]; }

 private:
  Value push(const char* op, std::initializer_list<const Value*> inputs, Tensor y,
             Node::Backward backward);

  Context* ctx_;
  TapeOptions options_;
  uint32_t streams_ = 0;
  std::function<void(const Node&, const Value&)> on_record_;
  std::vector<Node> nodes_;  // in the order in which they ran: inputs before their consumers
};

}  // namespace lienet
