#include "analysis/cam.h"

#include "analysis/grad_cam.h"
#include "engine/dispatch.h"
#include "engine/transfer.h"
#include "layers/linear.h"

namespace lienet {
namespace {

const Node* input_of(const Tape& tape, const Node& node, std::string_view op) {
  const int input = node.inputs[0];
  return node.input_count > 0 && input >= 0 && tape.node(input).op == op ? &tape.node(input)
                                                                         : nullptr;
}

// The last activation, where the network ends as CAM wants it.
const ReluOutput* pooled(const Tape& tape, const ReluPass& pass) {
  const Node& last = tape.node(pass.output.node());
  if (last.op != std::string_view("linear") || pass.relus.empty()) return nullptr;
  const Node* pool = input_of(tape, last, "global_avg_pool");
  return pool && pool->inputs[0] == pass.relus.back().node ? &pass.relus.back() : nullptr;
}

}  // namespace

Tensor class_activation_map(const Tape& tape, Layer& network, const ReluPass& pass,
                            std::span<const int64_t> classes) {
  const ReluOutput* at = pooled(tape, pass);
  const auto* linear =
      at ? dynamic_cast<const Linear*>(&network.find(tape.node(pass.output.node()).name)) : nullptr;
  if (!linear)
    fail("CAM: the network does not end with ReLU, global average pooling and a linear layer");
  const Tensor w = to_host(tape.context(), linear->weight.value);
  const int64_t K = w.dim(0), C = w.dim(1);
  for (const int64_t k : classes)
    if (k < 0 || k >= K) fail("CAM: class {}; expected 0 to {}", k, K - 1);
  std::vector<double> weights;
  for_floating(w.dtype(), [&]<class T>(T) {
    for (const int64_t k : classes)
      weights.insert(weights.end(), w.data<T>() + k * C, w.data<T>() + (k + 1) * C);
  });
  return weighted_channels(tape.context(), at->value, weights);
}

}  // namespace lienet
