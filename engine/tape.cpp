#include "engine/tape.h"

#include <algorithm>

#include "engine/check.h"
#include "engine/tensor_ops.h"

namespace lienet {

void GradSlot::give(Context& ctx, Tensor part) {
  LIENET_CHECK(sum_ && part, "a gradient was given where none is wanted, or none was given");
  *sum_ = *sum_ ? sum(ctx, std::move(*sum_), part) : std::move(part);
}

Value Tape::leaf(const Tensor& tensor, Tensor* gradient, std::string name) {
  if (!options_.record) return Value(tensor);
  LIENET_CHECK(is_floating(tensor.dtype()), "leaf {}: no gradient flows to {}", name, tensor.str());
  LIENET_CHECK(gradient, "leaf {}: nowhere to put its gradient", name);
  Node& node = nodes_.emplace_back();
  node.op = "leaf";
  node.name = std::move(name);
  node.shape = tensor.shape();
  node.dtype = tensor.dtype();
  node.leaf_gradient = gradient;
  return Value(tensor, size() - 1);
}

bool Tape::records(std::initializer_list<const Value*> inputs) const {
  return options_.record &&
         std::any_of(inputs.begin(), inputs.end(), [](const Value* v) { return v->tracked(); });
}

Value Tape::push(const char* op, std::initializer_list<const Value*> inputs, Tensor y,
                 Node::Backward backward) {
  LIENET_CHECK(inputs.size() <= Node::max_inputs, "{}: too many inputs", op);
  Node& node = nodes_.emplace_back();
  node.op = op;
  for (const Value* v : inputs) node.inputs[node.input_count++] = v->node();
  node.shape = y.shape();
  node.dtype = y.dtype();
  node.backward = std::move(backward);
  Value output(std::move(y), size() - 1);
  if (on_record_) on_record_(node, output);
  return output;
}

}  // namespace lienet
