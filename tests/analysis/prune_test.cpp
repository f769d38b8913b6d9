#include "analysis/prune.h"

#include <doctest/doctest.h>

#include "engine/error.h"
#include "engine/tensor_ops.h"
#include "layers/linear.h"
#include "models/resnet.h"
#include "op_case.h"

using namespace lienet;

namespace {

using Values = std::vector<float>;

// Two linear layers of four weights each.
class TwoLayers : public Layer {
 public:
  TwoLayers(Context& ctx, const Values& first, const Values& second) : a(ctx, 2, 2), b(ctx, 2, 2) {
    add_child("a", a);
    add_child("b", b);
    std::copy_n(first.begin(), 4, a.weight.value.data<float>());
    std::copy_n(second.begin(), 4, b.weight.value.data<float>());
  }
  Linear a, b;

 protected:
  Value forward(Tape& tape, const Value& x) override { return b(tape, a(tape, x)); }
};

Values values(const Linear& layer) {
  const float* w = layer.weight.value.data<float>();
  return {w, w + 4};
}

void prune(Context& ctx, Layer& model, double sparsity, PruneScope scope) {
  apply_masks(ctx, prune_masks(ctx, model, sparsity, scope));
}

Tensor logits_of(Context& ctx, Layer& net) {
  Tape tape = Tape::inference(ctx);
  return net(tape, tape.constant(test::random_tensor(ctx, {2, 3, 9, 7}, 5))).tensor();
}

}  // namespace

TEST_CASE("prune: half of the weights, of each layer or of all") {
  Context ctx;
  const Values small{0.1f, -0.2f, 0.3f, -0.4f}, large{1, 2, 3, 4};
  TwoLayers by_layer(ctx, small, large), over_all(ctx, small, large);
  prune(ctx, by_layer, 0.5, PruneScope::layer);
  CHECK(values(by_layer.a) == Values{0, 0, 0.3f, -0.4f});
  CHECK(values(by_layer.b) == Values{0, 0, 3, 4});
  prune(ctx, over_all, 0.5, PruneScope::global);
  CHECK(values(over_all.a) == Values{0, 0, 0, 0});
  CHECK(values(over_all.b) == large);
  CHECK(count_weights(ctx, over_all).zeros == 4);
  CHECK(count_weights(ctx, over_all).all == 8);
}

TEST_CASE("prune: of equal weights the first go, exactly round(q n); 0 is the identity, 1 all") {
  Context ctx;
  const Values equal{2, -2, 2, -2}, zero{0, 0, 0, 0};
  TwoLayers net(ctx, equal, equal);
  prune(ctx, net, 0, PruneScope::global);
  CHECK(values(net.a) == equal);
  CHECK(values(net.b) == equal);
  CHECK(zero_masks(ctx, net).empty());
  prune(ctx, net, 0.6, PruneScope::layer);  // round(2.4)
  CHECK(values(net.a) == Values{0, 0, 2, -2});
  prune(ctx, net, 0.63, PruneScope::global);  // round(5.04), what is 0 already among them
  CHECK(values(net.a) == Values{0, 0, 0, -2});
  CHECK(values(net.b) == Values{0, 0, 2, -2});
  prune(ctx, net, 1, PruneScope::layer);
  CHECK(values(net.a) == zero);
  CHECK(values(net.b) == zero);
}

TEST_CASE("prune: what is 0 stays 0, and nothing else changes") {
  Context ctx;
  TwoLayers net(ctx, {0, 1, 2, 0}, {5, 6, 7, 8});
  const PruneMasks zeros = zero_masks(ctx, net);
  CHECK(zeros.size() == 1);
  fill(ctx, net.a.weight.value, 9);
  apply_masks(ctx, zeros);
  CHECK(values(net.a) == Values{0, 9, 9, 0});
  CHECK(values(net.b) == Values{5, 6, 7, 8});
}

TEST_CASE("prune: channels that are 0 can be removed, and the network computes what it did") {
  Context ctx({.device = Device::ref, .dtype = DType::f64, .poison = true});
  for (const BlockKind kind : {BlockKind::basic, BlockKind::bottleneck}) {
    ResNet net(ctx, {.block = kind, .depths = {1, 1}, .width = 6, .classes = 5});
    net.visit_parameters([&](const std::string& path, Parameter& p) {
      if (path.find("bn") != path.npos)
        copy(ctx, test::random_tensor(ctx, p.value.shape(), 8), p.value);
    });
    const Tensor dense = logits_of(ctx, net);
    prune(ctx, net, 0.4, PruneScope::channels);
    const Tensor zeroed = logits_of(ctx, net);
    CHECK(zeroed.data<double>()[0] != dense.data<double>()[0]);
    const int64_t layers = kind == BlockKind::basic ? 1 : 2;
    const int64_t before = net.parameter_count();
    CHECK(remove_zero_channels(ctx, net) == layers * (2 + 5));  // of 6 and of 12
    CHECK(net.parameter_count() < before);
    CHECK(dynamic_cast<Conv2d&>(net.find("layer2.0.conv1")).weight.value.dim(0) == 7);
    CHECK(dynamic_cast<Conv2d&>(net.find("layer2.0.conv2")).weight.value.dim(1) == 7);
    CHECK(dynamic_cast<BatchNorm2d&>(net.find("layer2.0.bn1")).running_var.value.size() == 7);
    test::expect_close(ctx, logits_of(ctx, net), zeroed, 1e-12, 1e-12);
    CHECK(remove_zero_channels(ctx, net) == 0);
  }
}

TEST_CASE("prune: the channels that go are those of the smallest filters; one always stays") {
  Context ctx;
  ResNet net(ctx, {.depths = {1, 1}, .width = 6, .classes = 5});
  auto& conv = dynamic_cast<Conv2d&>(net.find("layer1.0.conv1"));
  const int64_t filter = conv.weight.value.size() / 6;
  const float sizes[] = {3, -1, 5, 2, -6, 4};
  for (int64_t i = 0; i < conv.weight.value.size(); ++i)
    conv.weight.value.data<float>()[i] = sizes[i / filter];
  prune(ctx, net, 0.5, PruneScope::channels);
  const float* g = dynamic_cast<BatchNorm2d&>(net.find("layer1.0.bn1")).weight.value.data<float>();
  CHECK(Values(g, g + 6) == Values{0, 0, 1, 0, 1, 1});
  prune(ctx, net, 1, PruneScope::channels);
  CHECK(Values(g, g + 6) == Values{0, 0, 0, 0, 1, 0});
  CHECK(remove_zero_channels(ctx, net) == 5 + 11);
}

TEST_CASE("prune: what cannot be done is said") {
  Context ctx;
  TwoLayers net(ctx, {1, 2, 3, 4}, {1, 2, 3, 4});
  CHECK_THROWS_AS(prune_masks(ctx, net, -0.1, PruneScope::layer), Error);
  CHECK_THROWS_AS(prune_masks(ctx, net, 1.1, PruneScope::layer), Error);
  CHECK_THROWS_AS(prune_masks(ctx, net, 0.5, PruneScope::channels), Error);
  CHECK_THROWS_AS(prune_scope("globl"), Error);
}
