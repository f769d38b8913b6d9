#include "engine/scheduler.h"

#include <algorithm>
#include <vector>

#include "engine/check.h"
#include "engine/tensor_ops.h"

namespace lienet {
namespace {

struct Pending {
  Tensor sum;       // of the parts so far
  Tensor last;      // the last part, where it is added together with what else is done
  int awaited = 0;  // parts still to come
  int fan_in = 0;   // parts in all
};

// One part for each use of a node's output by what the root depends on.
std::vector<Pending> count_consumers(const Tape& tape, int root) {
  std::vector<Pending> pending(static_cast<size_t>(root) + 1);
  pending[static_cast<size_t>(root)].fan_in = 1;  // the seed
  for (int i = root; i >= 0; --i) {
    if (pending[static_cast<size_t>(i)].fan_in == 0) continue;
    const Node& node = tape.node(i);
    for (const int input : std::span(node.inputs, static_cast<size_t>(node.input_count)))
      if (input >= 0) ++pending[static_cast<size_t>(input)].fan_in;
  }
  for (Pending& p : pending) p.awaited = p.fan_in;
  return pending;
}

// The complete gradient of a node's output as its backward takes it: put together, inhibited and
// through ReLU in one pass where nobody looks at what is between.
Tensor complete(Context& ctx, int i, const Node& node, Pending& p,
                std::span<Observer* const> observers) {
  GradientParts parts(std::move(p.sum), std::move(p.last));
  const auto stream = static_cast<uint32_t>(i);
  if (observers.empty()) {
    parts.rectified = node.rectified;
    return node.inhibitor ? node.inhibitor->apply(ctx, std::move(parts), stream, nullptr)
                          : complete(ctx, std::move(parts));
  }
  Tensor gradient = complete(ctx, std::move(parts)), before;
  const bool masks = node.inhibitor && std::any_of(observers.begin(), observers.end(),
                                                   [](Observer* o) { return o->wants_masks(); });
  MaskRecord record;
  if (masks) before = gradient;  // sharing it also keeps the mask from overwriting it
  if (node.inhibitor)
    gradient = node.inhibitor->apply(ctx, std::move(gradient), stream, masks ? &record : nullptr);
  const GradientEvent event{
      i, node, p.fan_in, gradient, masks ? &before : nullptr, masks ? &record : nullptr};
  for (Observer* o : observers) o->on_gradient(ctx, event);
  return complete(ctx, {std::move(gradient), {}, node.rectified});
}

void give_part(Context& ctx, const Node& node, Pending& p, Tensor part) {
  LIENET_CHECK(part.shape() == node.shape && part.dtype() == node.dtype,
               "{} {}: the output is {} {}, a part of its gradient {}", node.op, node.name,
               name_of(node.dtype), node.shape.str(), part.str());
  const bool last = --p.awaited == 0;
  if (p.sum && last && (node.inhibitor || node.rectified))
    p.last = std::move(part);
  else
    GradSlot(&p.sum).give(ctx, std::move(part));
}

void run_backward(Context& ctx, Tape& tape, const Node& node, std::vector<Pending>& pending,
                  const Tensor& dy) {
  GradSlot slots[Node::max_inputs];
  Tensor parts[Node::max_inputs];
  const auto count = static_cast<size_t>(node.input_count);
  for (size_t k = 0; k < count; ++k)
    if (node.inputs[k] >= 0) slots[k] = GradSlot(&parts[k]);
  node.backward(ctx, dy, std::span(slots, count));
  for (size_t k = 0; k < count; ++k) {
    if (node.inputs[k] < 0) continue;
    LIENET_CHECK(parts[k], "{} {}: backward gave no gradient for input {}", node.op, node.name, k);
    give_part(ctx, tape.node(node.inputs[k]), pending[static_cast<size_t>(node.inputs[k])],
              std::move(parts[k]));
  }
}

}  // namespace

void backward(Tape& tape, const Value& root, const Tensor& seed,
              std::span<Observer* const> observers) {
  Context& ctx = tape.context();
  if (!root.tracked())
    fail("backward: the root is not on the tape; nothing it is made of is a leaf");
  if (!seed && root.tensor().size() != 1)
    fail("backward from {}: only a scalar has the gradient 1; give a seed", root.tensor().str());
  std::vector<Pending> pending = count_consumers(tape, root.node());
  Tensor first = seed;
  if (!first) {
    first = ctx.empty_like(root.tensor());
    fill(ctx, first, 1);
  }
  give_part(ctx, tape.node(root), pending[static_cast<size_t>(root.node())], std::move(first));
  for (int i = root.node(); i >= 0; --i) {
    Pending& p = pending[static_cast<size_t>(i)];
    if (p.fan_in == 0) continue;
    Node& node = tape.node(i);
    LIENET_CHECK(p.awaited == 0, "{} {}: the gradient is not complete", node.op, node.name);
    if (!node.backward && !node.leaf_gradient)
      fail("backward: {} {} ran backward before; record the pass again", node.op, node.name);
    Tensor gradient = complete(ctx, i, node, p, observers);
    if (node.leaf_gradient) {
      GradSlot(node.leaf_gradient).give(ctx, std::move(gradient));
      continue;
    }
    node.rectified = {};
    run_backward(ctx, tape, node, pending, gradient);
    node.backward = nullptr;
  }
}

}  // namespace lienet
