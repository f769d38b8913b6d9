#include "models/resnet.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/error.h"
#include "engine/scheduler.h"
#include "layers/softmax_cross_entropy.h"
#include "op_case.h"
#include "optim/sgd.h"

using namespace lienet;

TEST_CASE("sizes and names are torchvision's") {
  Context ctx;
  ResNet resnet18(ctx, resnet_options("resnet18", 100));
  CHECK(resnet18.parameter_count() == 11220132);
  const auto state = resnet18.state();
  CHECK(state.size() == 122);
  CHECK(state[0].name == "conv1.weight");
  CHECK(state[0].tensor.shape() == Shape{64, 3, 3, 3});
  CHECK(state[5].name == "bn1.num_batches_tracked");
  CHECK(state[6].name == "layer1.0.conv1.weight");
  CHECK(state.back().name == "fc.bias");
  ResNet resnet50(ctx, resnet_options("resnet50", 10, 8));
  CHECK(resnet50.state().size() == 320);
  CHECK_THROWS_AS(resnet50.find("maxpool"), Error);
  ResNetOptions imagenet = resnet_options("resnet18", 10, 4);
  imagenet.stem = Stem::imagenet;
  CHECK(ResNet(ctx, imagenet).find("maxpool").path() == "maxpool");
  CHECK(resnet50.blocks()[3]->path() == "layer2.0");
}

TEST_CASE("an unknown model is answered with the nearest") {
  CHECK_THROWS_WITH_AS(resnet_options("resnet19", 10),
                       "model resnet19 is not known; did you mean resnet18?", Error);
}

TEST_CASE("every block but the last two is inhibited, and sets must divide its channels") {
  Context ctx;
  ResNet net(ctx, resnet_options("resnet18", 10, 16));
  net.inhibit_blocks(Inhibition::paper());
  int count = 0;
  for (const auto& block : net.blocks()) count += block->inhibition().has_value();
  CHECK(count == 6);
  CHECK(!net.blocks()[6]->inhibition());
  CHECK_THROWS_WITH_AS(net.inhibit_blocks(Inhibition::parse("paper,sets=12")),
                       "layer1.0: 16 channels cannot be split into 12 even sets; choose sets that "
                       "divide them",
                       Error);
  CHECK(net.blocks_to_inhibit().size() == 6);
  CHECK(ResNet(ctx, {.depths = {1}, .width = 4}).blocks_to_inhibit().empty());
  CHECK_THROWS_WITH_AS(net.inhibit_block(8, Inhibition::paper()),
                       "ResNet: block 8; expected 0 to 7", Error);
}

namespace {

// Ten steps of training on one batch; the losses.
std::vector<float> train(Context& ctx, const char* inhibition, size_t* requests_after_third) {
  ResNet net(ctx, resnet_options("resnet20", 10));
  if (inhibition) net.inhibit_blocks(Inhibition::parse(inhibition));
  Sgd sgd(ctx, net, {.lr = 0.05, .weight_decay = 5e-4, .nesterov = true});
  const Tensor x = test::random_tensor(ctx, {8, 3, 12, 12}, 1);
  Tensor y = ctx.empty({8}, DType::i64);
  for (int64_t i = 0; i < 8; ++i) y.data<int64_t>()[i] = i;
  std::vector<float> losses;
  for (int step = 0; step < 10; ++step) {
    Tape tape = Tape::training(ctx);
    const Value loss = softmax_cross_entropy(tape, net(tape, tape.constant(x)), y);
    net.zero_gradients();
    backward(tape, loss);
    sgd.step();
    losses.push_back(*loss.tensor().data<float>());
    if (step == 2 && requests_after_third)
      *requests_after_third = ctx.allocator().stats().source_requests;
  }
  return losses;
}

}  // namespace

TEST_CASE("training lowers the loss, is repeatable, and takes no memory after the third step") {
  for (const char* inhibition : {static_cast<const char*>(nullptr), "paper", "log"}) {
    Context ctx({.seed = 3}), again({.seed = 3});
    size_t requests = 0;
    const std::vector<float> losses = train(ctx, inhibition, &requests);
    CHECK(losses.back() < 0.5 * losses.front());
    CHECK(ctx.allocator().stats().source_requests == requests);
    CHECK(train(again, inhibition, nullptr) == losses);
  }
}

TEST_CASE("an evaluation that records nothing gives the logits of one that does") {
  for (const auto& [name, width] : {std::pair{"resnet18", 16}, {"resnet50", 8}})
    for (const Stem stem : {Stem::cifar, Stem::imagenet}) {
      CAPTURE(name);
      Context ctx({.seed = 3});
      ResNetOptions options = resnet_options(name, 10, width);
      options.stem = stem;
      ResNet net(ctx, options);
      const Tensor x = test::random_tensor(ctx, {5, 3, 33, 31}, 1);
      for (int i = 0; i < 3; ++i) {  // statistics that are not those of a new net
        Tape tape(ctx, {.training = true});
        net(tape, tape.constant(x));
      }
      Tape recorded = Tape::evaluation(ctx), inference = Tape::inference(ctx);
      const Tensor expected = net(recorded, recorded.constant(x)).tensor();
      const Tensor logits = net(inference, inference.constant(x)).tensor();
      CHECK(inference.size() == 0);
      float largest = 0;
      for (int64_t i = 0; i < expected.size(); ++i)
        largest = std::max(largest, std::abs(expected.data<float>()[i]));
      REQUIRE(largest > 0);
      test::expect_close(ctx, logits, expected, 0, 1e-5 * double(largest));
    }
}

TEST_CASE("inhibition changes gradients below it, and none in evaluation") {
  const auto gradient = [](bool inhibit, const TapeOptions& options) {
    Context ctx({.device = Device::ref, .seed = 3});
    ResNet net(ctx, resnet_options("resnet20", 10, 4));
    if (inhibit) net.inhibit_blocks(Inhibition::parse("paper,sets=4"));
    Tape tape(ctx, options);
    const Value y = net(tape, tape.constant(test::random_tensor(ctx, {2, 3, 8, 8}, 1)));
    Tensor label = ctx.zeros({2}, DType::i64);
    backward(tape, softmax_cross_entropy(tape, y, label));
    std::vector<float> result;
    const Tensor g = net.parameters().front()->gradient;
    result.assign(g.data<float>(), g.data<float>() + g.size());
    return result;
  };
  const TapeOptions training{true, true, true}, evaluation{false, true, false};
  CHECK(gradient(true, training) != gradient(false, training));
  CHECK(gradient(true, evaluation) == gradient(false, evaluation));
}

TEST_CASE("inhibition in the forward pass: every block but the last two, in tests as in training") {
  ResNetOptions options = resnet_options("resnet20", 10, 16);
  options.forward_inhibition = Inhibition::parse("paper,rate=0.25");
  Context ctx;
  ResNet net(ctx, options);
  const Value x{test::random_tensor(ctx, {2, 3, 12, 12}, 1)};
  std::vector<std::string> masked;
  for (Tape tape : {Tape::training(ctx), Tape::evaluation(ctx)}) {
    masked.clear();
    net(tape, x);
    for (int i = 0; i < tape.size(); ++i)
      if (tape.node(i).op == std::string_view("inhibit")) masked.push_back(tape.node(i).name);
    REQUIRE(masked.size() == 7);
    CHECK(masked.front() == "layer1.0");
    CHECK(masked.back() == "layer3.0");
  }
  options.forward_inhibition = Inhibition::parse("paper,sets=7");
  CHECK_THROWS_AS(ResNet(ctx, options), Error);
}
