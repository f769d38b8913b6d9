#include "models/onnx_export.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "engine/tensor_ops.h"
#include "layers/add.h"
#include "layers/avg_pool2d.h"
#include "layers/batch_norm2d.h"
#include "layers/conv2d.h"
#include "layers/global_avg_pool.h"
#include "layers/linear.h"
#include "layers/max_pool2d.h"
#include "layers/relu.h"
#include "models/initialise.h"
#include "models/resnet.h"
#include "op_case.h"
#include "temporary_directory.h"

using namespace lienet;
using test::message_of;

namespace {

// The operators as ONNX defines them, for such attributes as the tests' models have.
class Runtime {
 public:
  Runtime(Context& ctx, const OnnxModel& model) : ctx_(ctx), model_(model) {}

  Tensor run(const Tensor& images) {
    values_ = {{"images", images}};
    for (const NamedTensor& t : model_.initializers) values_[t.name] = t.tensor;
    for (const OnnxNode& node : model_.nodes) values_[node.output] = compute(node);
    return values_.at("logits");
  }

 private:
  Tensor compute(const OnnxNode& node) {
    const auto in = [&](size_t i) {
      return i < node.inputs.size() ? values_.at(node.inputs[i]) : Tensor();
    };
    if (node.op == "Conv")
      return conv2d(ctx_, in(0), in(1), in(2),
                    {ints(node, "strides")[0], ints(node, "pads")[0], ints(node, "dilations")[0],
                     std::get<int64_t>(value(node, "group"))},
                    nullptr);
    if (node.op == "BatchNormalization") {
      BatchNormState state{in(3), in(4), 0.1, std::get<float>(value(node, "epsilon"))};
      return batch_norm2d(ctx_, in(0), in(1), in(2), state, false, false, nullptr);
    }
    if (node.op == "Relu") return relu(ctx_, in(0));
    if (node.op == "Add") return add(ctx_, in(0), in(1));
    if (node.op == "MaxPool")
      return max_pool2d(
          ctx_, in(0),
          {ints(node, "kernel_shape")[0], ints(node, "strides")[0], ints(node, "pads")[0]},
          nullptr);
    if (node.op == "AveragePool")
      return avg_pool2d(
          ctx_, in(0),
          {{ints(node, "kernel_shape")[0], ints(node, "strides")[0], ints(node, "pads")[0]},
           std::get<int64_t>(value(node, "count_include_pad")) != 0},
          nullptr);
    if (node.op == "GlobalAveragePool") return global_avg_pool(ctx_, in(0), nullptr);
    if (node.op == "Flatten") return in(0);  // which global_avg_pool has done
    REQUIRE(node.op == "Gemm");
    REQUIRE(std::get<int64_t>(value(node, "transB")) == 1);
    return linear(ctx_, in(0), in(1), in(2), nullptr);
  }

  static decltype(OnnxAttribute::value) value(const OnnxNode& node, const std::string& name) {
    for (const OnnxAttribute& a : node.attributes)
      if (a.name == name) return a.value;
    FAIL(node.name << " has no " << name);
    return {};
  }
  static std::vector<int64_t> ints(const OnnxNode& node, const std::string& name) {
    return std::get<std::vector<int64_t>>(value(node, name));
  }

  Context& ctx_;
  const OnnxModel& model_;
  std::map<std::string, Tensor> values_;
};

// With statistics that are not those of a new net.
void train_a_little(Context& ctx, ResNet& net, const Tensor& x) {
  for (int i = 0; i < 3; ++i) {
    Tape tape(ctx, {.training = true});
    net(tape, tape.constant(x));
  }
}

ResNetOptions options_of(const char* name, int64_t width, Stem stem) {
  ResNetOptions options = resnet_options(name, 7, width);
  options.stem = stem;
  return options;
}

const OnnxNode& node_of(const OnnxModel& model, const std::string& name) {
  const auto found = std::find_if(model.nodes.begin(), model.nodes.end(),
                                  [&](const OnnxNode& node) { return node.name == name; });
  REQUIRE(found != model.nodes.end());
  return *found;
}

}  // namespace

TEST_CASE("onnx: the graph gives the network's logits") {
  const std::pair<const char*, int64_t> models[] = {
      {"resnet18", 4}, {"resnet50", 4}, {"resnet20", 5}};
  for (const auto& [name, width] : models)
    for (const Stem stem : {Stem::cifar, Stem::imagenet}) {
      CAPTURE(name);
      Context ctx({.device = Device::ref, .seed = 3});
      ResNet net(ctx, options_of(name, width, stem));
      const Tensor x = test::random_tensor(ctx, {3, 3, 33, 31}, 1);
      train_a_little(ctx, net, x);
      Tape tape = Tape::inference(ctx);
      const Tensor expected = net(tape, tape.constant(x)).tensor();
      const OnnxModel onnx = onnx_model_of(ctx, net);
      test::expect_close(ctx, Runtime(ctx, onnx).run(x), expected, 1e-5, 1e-5);
    }
}

TEST_CASE("onnx: names are those of layers and of a state dict, and each value is made once") {
  Context ctx;
  ResNet net(ctx, options_of("resnet18", 4, Stem::imagenet));
  const OnnxModel onnx = onnx_model_of(ctx, net);
  std::set<std::string> known{"images"}, names;
  std::map<std::string, Shape> state;
  for (const NamedTensor& t : net.state()) state[t.name] = t.tensor.shape();
  for (const NamedTensor& t : onnx.initializers) {
    CHECK(known.insert(t.name).second);
    CHECK(state.at(t.name) == t.tensor.shape());
  }
  CHECK(onnx.initializers.size() == 102);  // all but num_batches_tracked
  for (const OnnxNode& node : onnx.nodes) {
    CHECK(names.insert(node.name).second);
    for (const std::string& input : node.inputs) CHECK(known.contains(input));
    CHECK(known.insert(node.output).second);
  }
  for (const char* name : {"conv1", "bn1", "bn1.relu", "maxpool", "layer2.0.downsample.0",
                           "layer2.0.add", "layer2.0", "global_avg_pool", "fc"})
    CHECK(names.contains(name));
  CHECK(onnx.nodes.back().output == "logits");
  CHECK(onnx.outputs[0].extents.size() == 2);
  CHECK(onnx.outputs[0].extents[1] == std::variant<int64_t, std::string>(int64_t{7}));
}

TEST_CASE("onnx: images of any size, or of one") {
  Context ctx;
  ResNet net(ctx, options_of("resnet18", 4, Stem::cifar));
  using Extents = std::vector<std::variant<int64_t, std::string>>;
  CHECK(onnx_model_of(ctx, net).inputs[0].extents ==
        Extents{"batch", int64_t{3}, "height", "width"});
  CHECK(onnx_model_of(ctx, net, {.side = 40}).inputs[0].extents ==
        Extents{"batch", int64_t{3}, int64_t{40}, int64_t{40}});
}

TEST_CASE("onnx: a graph that normalises pixels itself") {
  Context ctx;
  ResNet net(ctx, options_of("resnet20", 4, Stem::cifar));
  const OnnxExportOptions::Normalisation pixels{.mean = {0.5f, 0.25f, 0.125f},
                                                .deviation = {2, 3, 4}};
  const OnnxModel onnx = onnx_model_of(ctx, net, {.normalisation = pixels});
  const OnnxNode &sub = node_of(onnx, "normalize.sub"), &div = node_of(onnx, "normalize.div");
  CHECK(sub.op == "Sub");
  CHECK(sub.inputs == std::vector<std::string>{"images", "normalize.mean"});
  CHECK(div.op == "Div");
  CHECK(div.inputs == std::vector<std::string>{sub.output, "normalize.deviation"});
  CHECK(node_of(onnx, "conv1").inputs[0] == div.output);
  CHECK(onnx.initializers[0].tensor.shape() == Shape{1, 3, 1, 1});
  CHECK(onnx.initializers[0].tensor.data<float>()[1] == 0.25f);
  CHECK(onnx.initializers[1].tensor.data<float>()[2] == 4);
}

TEST_CASE("onnx: inhibition of gradients leaves no trace, that of maps has no counterpart") {
  Context ctx;
  ResNetOptions options = options_of("resnet20", 16, Stem::cifar);
  ResNet plain(ctx, options), inhibited(ctx, options);
  inhibited.inhibit_blocks(Inhibition::paper());
  CHECK(onnx_bytes(onnx_model_of(ctx, inhibited)) == onnx_bytes(onnx_model_of(ctx, plain)));
  options.forward_inhibition = Inhibition::paper();
  ResNet forward(ctx, options);
  CHECK(message_of([&] { onnx_model_of(ctx, forward); }) ==
        "onnx: inhibit has no counterpart there; a network that inhibits its maps going forward "
        "runs in lienet alone");
}

namespace {

// What is made of functions, and what takes a layer twice.
struct Odd : Layer {
  explicit Odd(Context& ctx) : conv(ctx, {.in = 3, .out = 3, .bias = true}) {
    add_child("conv", conv);
  }
  Value forward(Tape& tape, const Value& x) override {
    Value y = relu(tape, conv(tape, x));
    if (pool) y = max_pool2d(tape, y, {});
    if (average) y = avg_pool2d(tape, y, {});
    if (twice) y = conv(tape, y);
    if (fixed) y = add(tape, y, tape.constant(tape.context().zeros(y.shape())));
    return global_avg_pool(tape, relu(tape, y));
  }
  Conv2d conv;
  bool pool = false, average = false, twice = false, fixed = false;
};

}  // namespace

TEST_CASE("onnx: functions have names of their own; what is not a layer's has no options") {
  Context ctx;
  Odd odd(ctx);
  const OnnxModel onnx = onnx_model_of(ctx, odd);
  std::vector<std::string> names;
  for (const OnnxNode& node : onnx.nodes) names.push_back(node.name);
  CHECK(names == std::vector<std::string>{"conv", "relu", "relu.2", "global_avg_pool",
                                          "global_avg_pool.flatten"});
  CHECK(onnx.nodes[0].inputs == std::vector<std::string>{"images", "conv.weight", "conv.bias"});
  odd.twice = true;
  CHECK(message_of([&] { onnx_model_of(ctx, odd); }) ==
        "onnx: layer conv runs twice in one pass, which is not translated");
  odd.pool = true;
  CHECK(message_of([&] { onnx_model_of(ctx, odd); }) ==
        "onnx: max_pool2d is not that of a layer, which says its options");
  odd.pool = false;
  odd.average = true;
  CHECK(message_of([&] { onnx_model_of(ctx, odd); }) ==
        "onnx: avg_pool2d is not that of a layer, which says its options");
}

TEST_CASE("onnx: what is added to a map has to come from the images, too") {
  Context ctx;
  Odd odd(ctx);
  odd.fixed = true;
  CHECK(message_of([&] { onnx_model_of(ctx, odd); }) ==
        "onnx: add adds what does not depend on the images, which is not translated");
}

namespace {

// As DenseNet's transitions and ResNet-D's shortcuts have it.
struct Averaging : Layer {
  Averaging(Context& ctx, const AvgPool2dOptions& options)
      : conv(ctx, {.in = 3, .out = 5}), pool(options) {
    add_child("conv", conv);
    add_child("pool", pool);
  }
  Value forward(Tape& tape, const Value& x) override {
    return global_avg_pool(tape, pool(tape, conv(tape, x)));
  }
  Conv2d conv;
  AvgPool2d pool;
};

}  // namespace

TEST_CASE("onnx: average pooling, with padding that counts or does not") {
  for (const bool counts : {false, true}) {
    Context ctx({.device = Device::ref, .seed = 3});
    Averaging net(ctx, {{.kernel = 3, .stride = 2, .padding = 1}, counts});
    initialise(ctx, net);
    const Tensor x = test::random_tensor(ctx, {2, 3, 9, 7}, 1);
    Tape tape = Tape::inference(ctx);
    const Tensor expected = net(tape, tape.constant(x)).tensor();
    const OnnxModel onnx = onnx_model_of(ctx, net);
    test::expect_close(ctx, Runtime(ctx, onnx).run(x), expected, 1e-5, 1e-5);
    const std::vector<OnnxAttribute>& attributes = node_of(onnx, "pool").attributes;
    REQUIRE(attributes.back().name == "count_include_pad");
    CHECK(std::get<int64_t>(attributes.back().value) == counts);
  }
}
