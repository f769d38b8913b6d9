#include "analysis/randomize.h"

#include <doctest/doctest.h>

#include "engine/tensor_ops.h"
#include "models/resnet.h"
#include "op_case.h"

using namespace lienet;

namespace {

std::vector<std::vector<double>> values_of(Context& ctx, Layer& model) {
  std::vector<std::vector<double>> all;
  for (const auto& [name, tensor] : model.state()) {
    const Tensor t = as_type(ctx, as_plain(ctx, tensor), DType::f64);
    all.emplace_back(t.data<double>(), t.data<double>() + t.size());
  }
  return all;
}

}  // namespace

TEST_CASE("randomize: from the logits to the stem, each convolution with its BatchNorm") {
  Context ctx;
  ResNet net(ctx, resnet_options("resnet18", 10, 16));
  const std::vector<RandomizedStage> stages = randomization_stages(net);
  REQUIRE(stages.size() == 21);  // 17 convolutions, 3 shortcuts, fc
  CHECK(stages.front().name == "fc");
  CHECK(stages[1].name == "layer4.1.conv2");
  CHECK(stages[1].layers.size() == 2);
  CHECK(stages.back().name == "conv1");
  CHECK(stages.back().layers.back()->path() == "bn1");
}

TEST_CASE("randomize: a stage is drawn anew, and nothing else; seeds and stages differ") {
  Context ctx({.device = Device::ref, .dtype = DType::f64, .seed = 3});
  ResNet net(ctx, {.depths = {1, 1}, .width = 4, .classes = 5});
  for (auto& [name, tensor] : net.state())
    if (is_floating(tensor.dtype())) {
      Tensor t = tensor;
      for (int64_t i = 0; i < t.size(); ++i) t.data<double>()[i] += 0.25;  // as if trained
    }
  const std::vector<RandomizedStage> stages = randomization_stages(net);
  const auto trained = values_of(ctx, net);
  const RandomizedStage& stage = stages[1];
  CHECK(stage.name == "layer2.0.downsample.0");
  randomize(ctx, stage, 7, 1);
  const auto once = values_of(ctx, net);
  size_t i = 0;
  for (const auto& [name, tensor] : net.state()) {
    CAPTURE(name);
    const bool touched = name.starts_with("layer2.0.downsample.") && is_floating(tensor.dtype());
    CHECK((once[i] != trained[i]) == touched);
    if (name == "layer2.0.downsample.1.running_var") CHECK(once[i] == std::vector<double>(8, 1.0));
    ++i;
  }
  randomize(ctx, stage, 7, 1);
  CHECK(values_of(ctx, net) == once);
  randomize(ctx, stage, 8, 1);
  CHECK(values_of(ctx, net) != once);
  randomize(ctx, stage, 7, 2);
  CHECK(values_of(ctx, net) != once);
}
