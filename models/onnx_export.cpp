#include "models/onnx_export.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>

#include "engine/check.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"
#include "layers/avg_pool2d.h"
#include "layers/batch_norm2d.h"
#include "layers/conv2d.h"
#include "layers/linear.h"
#include "layers/max_pool2d.h"

namespace lienet {
namespace {

// Of ops into operators, one after the other. Each function returns the name of its output.
class Translation {
 public:
  Translation(Context& ctx, Layer& model) : ctx_(ctx) {
    model.visit([&](Layer& layer) { layers_[layer.path()] = &layer; });
  }

  std::string normalise(const std::string& x, const OnnxExportOptions::Normalisation& n) {
    const std::string centred =
        add("Sub", "normalize.sub", {x, channels("normalize.mean", n.mean)});
    return add("Div", "normalize.div", {centred, channels("normalize.deviation", n.deviation)});
  }

  // A node of the tape, given the names of its inputs.
  std::string translate(const Node& node, const std::vector<std::string>& x) {
    const std::string_view op = node.op;
    const std::string& layer = node.name;
    if (x.size() < 2 && (op == "add" || op == "add_relu"))
      fail("onnx: {} adds what does not depend on the images, which is not translated",
           own_name(node));
    if (op == "conv2d") return conv2d(layer, x[0]);
    if (op == "batch_norm2d") return batch_norm2d(layer, x[0]);
    if (op == "batch_norm2d_relu") return add("Relu", layer + ".relu", {batch_norm2d(layer, x[0])});
    if (op == "relu") return add("Relu", own_name(node), x);
    if (op == "add") return add("Add", own_name(node), x);
    if (op == "add_relu") {
      const std::string name = own_name(node);
      return add("Relu", name, {add("Add", name + ".add", x)});
    }
    if (op == "max_pool2d") return max_pool2d(layer, x[0]);
    if (op == "avg_pool2d") return avg_pool2d(layer, x[0]);
    if (op == "global_avg_pool") {
      const std::string name = own_name(node);
      return flatten(name + ".flatten", add("GlobalAveragePool", name, x));
    }
    if (op == "flatten") return flatten(own_name(node), x[0]);
    if (op == "linear") return linear(layer, x[0]);
    fail("onnx: {} has no counterpart there{}", op,
         op == "inhibit" ? "; a network that inhibits its maps going forward runs in lienet alone"
                         : "");
  }

  // The last node's output is called `name`.
  void finish(OnnxModel& onnx, const std::string& name) {
    nodes_.back().output = name;
    onnx.nodes = std::move(nodes_);
    onnx.initializers = std::move(initializers_);
  }

 private:
  std::string add(const char* op, const std::string& name, std::vector<std::string> inputs,
                  std::vector<OnnxAttribute> attributes = {}) {
    if (!taken_.insert(name).second)
      fail("onnx: layer {} runs twice in one pass, which is not translated", name);
    nodes_.push_back({name, op, std::move(inputs), name, std::move(attributes)});
    return name;
  }

  // A function's output has no layer's name; it is called after the op.
  std::string own_name(const Node& node) {
    if (!node.name.empty()) return node.name;
    std::string name = node.op;
    for (int i = 2; taken_.contains(name); ++i) name = fmt::format("{}.{}", node.op, i);
    return name;
  }

  template <class T>
  T& layer_of(const std::string& name, const char* op) {
    const auto found = layers_.find(name);
    T* layer = found == layers_.end() ? nullptr : dynamic_cast<T*>(found->second);
    if (!layer) fail("onnx: {} is not that of a layer, which says its options", op);
    return *layer;
  }

  std::string initializer(const std::string& name, const Tensor& t) {
    initializers_.push_back({name, to_host(ctx_, as_plain(ctx_, as_type(ctx_, t, DType::f32)))});
    return name;
  }
  std::string channels(const std::string& name, const std::array<float, 3>& values) {
    Tensor t = ctx_.empty_on_host({1, 3, 1, 1}, DType::f32);
    std::copy(values.begin(), values.end(), t.data<float>());
    initializers_.push_back({name, t});
    return name;
  }
  // A parameter or buffer.
  template <class T>
  std::string state(const std::string& layer, const T& member) {
    return initializer(layer + "." + member.name, member.value);
  }

  std::string conv2d(const std::string& name, const std::string& x) {
    const auto& layer = layer_of<Conv2d>(name, "conv2d");
    const Conv2dLayerOptions& o = layer.options();
    std::vector<std::string> inputs{x, state(name, layer.weight)};
    if (o.bias) inputs.push_back(state(name, layer.bias));
    return add("Conv", name, std::move(inputs),
               {{"kernel_shape", std::vector{o.kernel, o.kernel}},
                {"strides", std::vector{o.stride, o.stride}},
                {"pads", std::vector<int64_t>(4, o.padding)},
                {"dilations", std::vector{o.dilation, o.dilation}},
                {"group", o.groups}});
  }

  std::string batch_norm2d(const std::string& name, const std::string& x) {
    const auto& layer = layer_of<BatchNorm2d>(name, "batch_norm2d");
    return add("BatchNormalization", name,
               {x, state(name, layer.weight), state(name, layer.bias),
                state(name, layer.running_mean), state(name, layer.running_var)},
               {{"epsilon", static_cast<float>(layer.eps())}});
  }

  std::string max_pool2d(const std::string& name, const std::string& x) {
    const auto& layer = layer_of<MaxPool2d>(name, "max_pool2d");
    return add("MaxPool", name, {x}, window(layer.options()));
  }

  std::string avg_pool2d(const std::string& name, const std::string& x) {
    const AvgPool2dOptions& o = layer_of<AvgPool2d>(name, "avg_pool2d").options();
    std::vector<OnnxAttribute> attributes = window(o.window);
    attributes.push_back({"count_include_pad", int64_t{o.count_include_pad}});
    return add("AveragePool", name, {x}, std::move(attributes));
  }

  static std::vector<OnnxAttribute> window(const Pool2dOptions& o) {
    return {{"kernel_shape", std::vector{o.kernel, o.kernel}},
            {"strides", std::vector{o.stride, o.stride}},
            {"pads", std::vector<int64_t>(4, o.padding)}};
  }

  std::string flatten(const std::string& name, const std::string& x) {
    return add("Flatten", name, {x}, {{"axis", int64_t{1}}});
  }

  // y = x * w^T + b
  std::string linear(const std::string& name, const std::string& x) {
    const auto& layer = layer_of<Linear>(name, "linear");
    std::vector<std::string> inputs{x, state(name, layer.weight)};
    if (layer.bias.value) inputs.push_back(state(name, layer.bias));
    return add("Gemm", name, std::move(inputs), {{"transB", int64_t{1}}});
  }

  Context& ctx_;
  std::map<std::string, Layer*> layers_;
  std::set<std::string> taken_;  // names of nodes
  std::vector<OnnxNode> nodes_;
  std::vector<NamedTensor> initializers_;
};

}  // namespace

OnnxModel onnx_model_of(Context& ctx, Layer& model, const OnnxExportOptions& options) {
  constexpr int64_t any_side = 32;
  const int64_t side = options.side ? options.side : any_side;
  // The image is all that is tracked: the tape then has the way from it to the logits.
  Tape tape(ctx, {.record = true, .parameters = false});
  Tensor gradient;
  const Value logits = model(tape, tape.leaf(ctx.zeros({1, 3, side, side}), &gradient, "images"));
  LIENET_CHECK(logits.tracked() && tape.size() > 1, "onnx: the model does nothing to its input");

  OnnxModel onnx;
  OnnxValue in{"images", {"batch", int64_t{3}, "height", "width"}}, out{"logits", {"batch"}};
  if (options.side) in.extents = {"batch", int64_t{3}, side, side};
  for (int i = 1; i < logits.shape().rank(); ++i) out.extents.emplace_back(logits.shape()[i]);
  onnx.inputs.push_back(std::move(in));
  onnx.outputs.push_back(std::move(out));

  Translation translation(ctx, model);
  std::vector<std::string> names;  // of the nodes' outputs
  names.push_back(options.normalisation ? translation.normalise("images", *options.normalisation)
                                        : "images");
  for (int i = 1; i <= logits.node(); ++i) {
    const Node& node = tape.node(i);
    std::vector<std::string> inputs;
    for (const int input : std::span(node.inputs, static_cast<size_t>(node.input_count)))
      if (input >= 0) inputs.push_back(names[static_cast<size_t>(input)]);
    names.push_back(translation.translate(node, inputs));
  }
  translation.finish(onnx, "logits");
  return onnx;
}

}  // namespace lienet
