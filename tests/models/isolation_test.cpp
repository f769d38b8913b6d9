// Contexts do not know of each other: what one computes does not depend on what others do
// meanwhile.
#include <doctest/doctest.h>

#include <thread>

#include "engine/scheduler.h"
#include "layers/softmax_cross_entropy.h"
#include "models/resnet.h"
#include "op_case.h"
#include "optim/sgd.h"

using namespace lienet;

namespace {

// The weights after a few steps of training, as bytes.
std::string trained(const ContextOptions& options) {
  Context ctx(options);
  ResNet net(ctx, resnet_options("resnet20", 10, 16));
  net.inhibit_blocks(Inhibition::paper());
  Sgd sgd(ctx, net, {.lr = 0.1, .weight_decay = 5e-4});
  for (uint64_t step = 0; step < 3; ++step) {
    const Tensor x = test::random_tensor(ctx, {6, 3, 16, 16}, step);
    Tensor labels = ctx.empty_on_host({6}, DType::i64);
    for (int64_t i = 0; i < 6; ++i) labels.data<int64_t>()[i] = i;
    Tape tape = Tape::training(ctx);
    backward(tape, softmax_cross_entropy(tape, net(tape, tape.constant(x)), labels));
    sgd.step();
    net.zero_gradients();
  }
  std::string bytes;
  for (const NamedTensor& t : net.state())
    bytes.append(static_cast<const char*>(t.tensor.raw()), t.tensor.bytes());
  return bytes;
}

}  // namespace

TEST_CASE("two trainings in two threads end with the bits of each alone") {
  const ContextOptions options[] = {{.threads = 1, .seed = 1}, {.threads = 2, .seed = 2}};
  const std::string alone[] = {trained(options[0]), trained(options[1])};
  REQUIRE(alone[0] != alone[1]);
  std::string together[4];
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < 4; ++i)
      threads.emplace_back([&, i] { together[i] = trained(options[i % 2]); });
  }
  for (size_t i = 0; i < 4; ++i) CHECK(together[i] == alone[i % 2]);
}
