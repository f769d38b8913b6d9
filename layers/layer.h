// Layer: parameters, children, and an output that may carry inhibition.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/named_tensor.h"
#include "engine/tape.h"

namespace lienet {

// A trainable tensor. `gradient` is empty until a backward pass has reached it.
struct Parameter {
  std::string name;  // within its layer: "weight"
  Tensor value;
  Tensor gradient{};
  bool decay = true;    // weight decay applies; false for BatchNorm's and biases
  bool frozen = false;  // no gradient is computed

  // The parameter as an input of an op.
  Value on(Tape& tape);
};

// State that is not trained but saved: BatchNorm's running statistics.
struct Buffer {
  std::string name;
  Tensor value;
};

// Layers own parameters; ops own mathematics. A layer is built in one context and used with tapes
// of that context; it does not move, since others point to it.
class Layer {
 public:
  Layer() = default;
  virtual ~Layer() = default;
  Layer(const Layer&) = delete;
  Layer& operator=(const Layer&) = delete;

  // Runs forward. The output carries the layer's name and, on a tape that inhibits, its inhibition.
  Value operator()(Tape& tape, const Value& x);

  // "layer1.0.conv1": the path from the root, torchvision's names. Empty for the root.
  std::string path() const;

  // The layer below this one with that path. Throws Error that names the nearest.
  Layer& find(const std::string& path);

  // Lateral inhibition of this layer's output, see engine/inhibition.h. The number of channels is
  // checked when the layer runs; check() it earlier where it is known.
  void inhibit(const Inhibition& inhibition);
  void inhibit_off();
  const std::optional<Inhibition>& inhibition() const { return inhibition_; }

  // This layer's own, then its children's, in order of registration.
  void visit(const std::function<void(Layer&)>& f);
  void visit_parameters(const std::function<void(const std::string& path, Parameter&)>& f);
  std::vector<Parameter*> parameters();
  int64_t parameter_count();
  void zero_gradients();  // releases them
  void freeze(bool frozen = true);

  // All that a checkpoint of the model holds, in torchvision's order and names; tensors share their
  // storage with the model.
  std::vector<NamedTensor> state();

 protected:
  virtual Value forward(Tape& tape, const Value& x) = 0;

  // Call these from the constructor, on members.
  void add_child(std::string name, Layer& child);
  void add_parameter(Parameter& parameter) { parameters_.push_back(&parameter); }
  void add_buffer(Buffer& buffer) { buffers_.push_back(&buffer); }

 private:
  // The path of what has that name in this layer.
  std::string path_of(const std::string& name) const;

  std::string name_;
  Layer* parent_ = nullptr;
  std::vector<Layer*> children_;
  std::vector<Parameter*> parameters_;
  std::vector<Buffer*> buffers_;
  std::optional<Inhibition> inhibition_;
  std::shared_ptr<const Inhibitor> inhibitor_;
};

}  // namespace lienet
