#include "analysis/relu_outputs.h"

#include <algorithm>

#include "engine/check.h"
#include "engine/words.h"

namespace lienet {

bool is_relu(const Node& node) {
  return std::string_view(node.op).ends_with("relu");
}

ReluPass run_with_relus(Tape& tape, Layer& network, const Value& x) {
  ReluPass pass;
  tape.on_record([&](const Node& node, const Value& y) {
    if (is_relu(node) && node.shape.rank() == 4)
      pass.relus.push_back({.node = y.node(), .layer = {}, .value = y.tensor()});
  });
  pass.output = network(tape, x);
  tape.on_record({});
  for (ReluOutput& relu : pass.relus) relu.layer = tape.node(relu.node).name;
  return pass;
}

std::vector<ReluOutput> select_layers(std::span<const ReluOutput> relus,
                                      std::span<const std::string> layers) {
  std::vector<std::string_view> known;
  for (const ReluOutput& relu : relus) known.push_back(relu.layer);
  for (const std::string& layer : layers)
    if (std::find(known.begin(), known.end(), layer) == known.end()) {
      if (known.empty()) fail("layer {}: the network has no ReLU with a map", layer);
      fail("layer {}: no ReLU's output with a map; did you mean {}?", layer,
           nearest_word(layer, known));
    }
  std::vector<ReluOutput> selected;
  for (const ReluOutput& relu : relus)
    if (layers.empty() || std::find(layers.begin(), layers.end(), relu.layer) != layers.end())
      selected.push_back(relu);
  return selected;
}

}  // namespace lienet
