#include "analysis/relu_outputs.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "engine/error.h"
#include "layers/relu.h"
#include "models/resnet.h"
#include "op_case.h"

using namespace lienet;

TEST_CASE("relu outputs: as many as torchvision's networks have ReLUs, in forward order") {
  for (const auto& [name, count] : {std::pair("resnet18", 17), {"resnet50", 49}}) {
    Context ctx;
    ResNet net(ctx, resnet_options(name, 10, 16));
    Tape tape = Tape::evaluation(ctx);
    const ReluPass pass =
        run_with_relus(tape, net, tape.constant(test::random_tensor(ctx, {1, 3, 16, 16}, 1)));
    REQUIRE(std::ssize(pass.relus) == count);
    CHECK(pass.relus.front().layer == "bn1");
    CHECK(pass.relus.back().layer == "layer4." + std::to_string(net.options().depths.back() - 1));
    for (const ReluOutput& relu : pass.relus) {
      CHECK(relu.value.shape() == tape.node(relu.node).shape);
      const float* values = relu.value.data<float>();
      CHECK(*std::min_element(values, values + relu.value.size()) == 0);
    }
  }
}

TEST_CASE("relu outputs: only those with a map; without any, no layer can be chosen") {
  Context ctx;
  Relu relu;
  Tensor gradient;
  Tape tape = Tape::evaluation(ctx);
  const ReluPass pass =
      run_with_relus(tape, relu, tape.leaf(test::random_tensor(ctx, {3, 4}, 1), &gradient));
  CHECK(pass.output.tracked());
  CHECK(pass.relus.empty());
  const std::string name = "layer1.0";
  CHECK_THROWS_WITH_AS(select_layers(pass.relus, {&name, 1}),
                       "layer layer1.0: the network has no ReLU with a map", Error);
}
