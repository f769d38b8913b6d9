#include "analysis/saliency.h"

#include <doctest/doctest.h>

#include <cmath>

#include "analysis/cam.h"
#include "engine/check.h"
#include "engine/tensor_ops.h"
#include "layers/avg_pool2d.h"
#include "layers/global_avg_pool.h"
#include "layers/relu.h"
#include "models/initialise.h"
#include "models/resnet.h"
#include "op_case.h"

using namespace lienet;

namespace {

ResNetOptions small(int64_t width = 16) {
  return {.depths = {1, 1, 1}, .width = width, .classes = 7};
}

Context in_double() {
  return Context({.device = Device::ref, .dtype = DType::f64, .seed = 3, .poison = true});
}

const SaliencyMap& of(const Saliency& s, SaliencyMethod method) {
  for (const SaliencyMap& m : s.maps)
    if (m.method == method) return m;
  throw Error("no such map");
}

std::vector<double> values_of(Context& ctx, const Tensor& t) {
  const Tensor d = convert(ctx, t, DType::f64, Layout::plain);
  return {d.data<double>(), d.data<double>() + d.size()};
}

}  // namespace

TEST_CASE("saliency: every method on every backend, and on images one by one") {
  Context ref({.device = Device::ref, .seed = 3, .poison = true});
  Context cpu({.seed = 3, .poison = true});
  ResNet on_ref(ref, small()), on_cpu(cpu, small());
  const std::vector<int64_t> classes{4, 0, 6};
  const Tensor x = test::random_tensor(ref, {3, 3, 13, 10}, 5);
  const Saliency expected = saliency(ref, on_ref, x, classes, {});
  const Saliency got =
      saliency(cpu, on_cpu, test::random_tensor(cpu, {3, 3, 13, 10}, 5), classes, {});
  REQUIRE(got.maps.size() == 6);
  for (size_t i = 0; i < got.maps.size(); ++i) {
    CAPTURE(name_of(got.maps[i].method));
    double largest = 0;
    for (const double v : values_of(ref, expected.maps[i].map))
      largest = std::max(largest, std::abs(v));
    REQUIRE(largest > 0);
    test::expect_close(ref, got.maps[i].map, expected.maps[i].map, 0, 1e-4 * largest);
  }
  // The second image alone.
  Tensor second = ref.empty({1, 3, 13, 10});
  std::copy_n(x.data<float>() + second.size(), second.size(), second.data<float>());
  const Saliency alone = saliency(ref, on_ref, second, std::span(classes).subspan(1, 1), {});
  for (size_t i = 0; i < alone.maps.size(); ++i) {
    const std::vector<double> all = values_of(ref, expected.maps[i].map);
    const std::vector<double> one = values_of(ref, alone.maps[i].map);
    CHECK(std::equal(one.begin(), one.end(), all.begin() + std::ssize(one)));
  }
}

TEST_CASE("saliency: the input gradient is the logit's derivative") {
  Context ctx = in_double();
  ResNet net(ctx, small(4));
  Tensor x = test::random_tensor(ctx, {1, 3, 8, 8}, 5);
  const int64_t k = 2;
  const Saliency s = saliency(ctx, net, x, {&k, 1}, {.methods = {SaliencyMethod::input_grad}});
  const auto logit = [&] {
    Tape tape = Tape::inference(ctx);
    return net(tape, tape.constant(x)).tensor().data<double>()[k];
  };
  for (const int64_t i : {0, 77, 191}) {
    double& pixel = x.data<double>()[i];
    const double before = pixel, h = 1e-6;
    pixel = before + h;
    const double above = logit();
    pixel = before - h;
    const double below = logit();
    pixel = before;
    CHECK(s.maps[0].map.data<double>()[i] == doctest::Approx((above - below) / (2 * h)));
  }
}

TEST_CASE("saliency: under pooling and a linear layer Grad-CAM is CAM over the map's area") {
  Context ctx = in_double();
  ResNet net(ctx, small(4));
  const Tensor x = test::random_tensor(ctx, {2, 3, 12, 8}, 5);
  const Saliency s = saliency(ctx, net, x, {}, {});
  const Tensor& cam = of(s, SaliencyMethod::cam).raw;
  const Tensor& grad_cam = of(s, SaliencyMethod::grad_cam).raw;
  REQUIRE(cam.shape() == Shape{2, 1, 3, 2});
  Tensor scaled = clone(ctx, grad_cam);
  for (int64_t i = 0; i < scaled.size(); ++i) scaled.data<double>()[i] *= 6;
  test::expect_close(ctx, scaled, cam, 1e-12, 1e-15);
}

TEST_CASE("saliency: LI-Map of the last activation alone is a zero-sum filter's zero") {
  Context ctx = in_double();
  ResNet net(ctx, small(4));
  const Tensor x = test::random_tensor(ctx, {2, 3, 12, 12}, 5);
  SaliencyOptions options{.methods = {SaliencyMethod::li_map}, .layers = {"layer3.0"}};
  options.li_map.filter = Inhibition::log().filter;
  for (const double v : values_of(ctx, saliency(ctx, net, x, {}, options).maps[0].map))
    CHECK(std::abs(v) < 1e-15);
  options.li_map.filter =
      LogFilter();  // no zero sum: a constant, and positive with the sign turned
  const std::vector<double> paper = values_of(ctx, saliency(ctx, net, x, {}, options).maps[0].map);
  for (size_t i = 0; i < paper.size(); ++i) {
    CHECK(paper[i] > 0);
    CHECK(paper[i] == doctest::Approx(paper[i / 144 * 144]).scale(0));
  }
}

TEST_CASE("saliency: LI-Map is the sum over its layers, and turns over with its sign") {
  Context ctx = in_double();
  ResNet net(ctx, small(4));
  const Tensor x = test::random_tensor(ctx, {2, 3, 9, 12}, 5);
  const auto map = [&](std::vector<std::string> layers, bool literal = false) {
    return values_of(ctx, saliency(ctx, net, x, {},
                                   {.methods = {SaliencyMethod::li_map},
                                    .layers = std::move(layers),
                                    .li_map = {.literal_sign = literal}})
                              .maps[0]
                              .map);
  };
  const std::vector<std::string> names{"bn1",      "layer1.0.bn1", "layer1.0", "layer2.0.bn1",
                                       "layer2.0", "layer3.0.bn1", "layer3.0"};
  const std::vector<double> all = map({}), literal = map({}, true);
  std::vector<double> sum(all.size());
  for (const std::string& name : names) {
    const std::vector<double> one = map({name});
    for (size_t i = 0; i < sum.size(); ++i) sum[i] += one[i];
  }
  for (size_t i = 0; i < all.size(); ++i) {
    CHECK(all[i] == doctest::Approx(sum[i]).scale(0));
    CHECK(all[i] == -literal[i]);
  }
}

TEST_CASE("saliency: classes, as asked for or of the largest logit") {
  Context ctx = in_double();
  ResNet net(ctx, small(4));
  const Tensor x = test::random_tensor(ctx, {3, 3, 8, 8}, 5);
  const Saliency top = saliency(ctx, net, x, {}, {});
  for (int64_t n = 0; n < 3; ++n) {
    const double* row = top.logits.data<double>() + n * 7;
    CHECK(*std::max_element(row, row + 7) == row[top.classes[static_cast<size_t>(n)]]);
  }
  const Saliency same = saliency(ctx, net, x, top.classes, {});
  for (size_t i = 0; i < same.maps.size(); ++i)
    CHECK(values_of(ctx, same.maps[i].map) == values_of(ctx, top.maps[i].map));
  const std::vector<int64_t> few{1}, wrong{1, 7, 2};
  CHECK_THROWS_WITH_AS(saliency(ctx, net, x, few, {}), "saliency: 1 classes for 3 images", Error);
  CHECK_THROWS_WITH_AS(saliency(ctx, net, x, wrong, {}), "saliency: class 7; expected 0 to 6",
                       Error);
}

TEST_CASE("saliency: the network is not changed, and its inhibition is off unless asked for") {
  Context ctx = in_double();
  ResNet net(ctx, small(4));
  const Tensor x = test::random_tensor(ctx, {2, 3, 16, 16}, 5);
  const SaliencyOptions plain{.methods = {SaliencyMethod::input_grad}};
  const std::vector<double> before = values_of(ctx, saliency(ctx, net, x, {}, plain).maps[0].map);
  net.inhibit_blocks(Inhibition::parse("paper,sets=4"));
  std::vector<std::vector<double>> state;
  for (const auto& [name, tensor] : net.state()) state.push_back(values_of(ctx, tensor));
  SaliencyOptions masked = plain;
  masked.inhibit = true;
  CHECK(values_of(ctx, saliency(ctx, net, x, {}, plain).maps[0].map) == before);
  CHECK(values_of(ctx, saliency(ctx, net, x, {}, masked).maps[0].map) != before);
  size_t i = 0;
  for (const auto& [name, tensor] : net.state()) CHECK(values_of(ctx, tensor) == state[i++]);
  for (const Parameter* p : net.parameters()) CHECK(!p->gradient);
}

TEST_CASE("saliency: what is not there is refused with the nearest that is") {
  Context ctx;
  ResNet net(ctx, small());
  const Tensor x = test::random_tensor(ctx, {1, 3, 8, 8}, 5);
  CHECK_THROWS_WITH_AS(saliency_method("gradcam"),
                       "saliency method gradcam: not known; did you mean grad_cam?", Error);
  CHECK_THROWS_WITH_AS(saliency(ctx, net, x, {}, {.layers = {"layer3.1"}}),
                       "layer layer3.1: no ReLU's output with a map; did you mean layer3.0?",
                       Error);
  CHECK_THROWS_AS(saliency(ctx, net, ctx.zeros({3, 8, 8}), {}, {}), Error);
}

namespace {

// Ends with ReLU, pooling and a linear layer, or in another way.
struct Ending : Layer {
  explicit Ending(Context& ctx) : conv(ctx, {.in = 3, .out = 4}), fc(ctx, 4, 7) {
    add_child("conv", conv);
    add_child("fc", fc);
    initialise(ctx, *this);
  }
  Value forward(Tape& tape, const Value& x) override {
    Value y = relu(tape, conv(tape, x));
    if (pooled_before) y = avg_pool2d(tape, y, {});
    y = global_avg_pool(tape, y);
    return linear_last ? fc(tape, y) : y;
  }
  Conv2d conv;
  Linear fc;
  bool pooled_before = false, linear_last = true;
};

}  // namespace

TEST_CASE("CAM: a network that ends otherwise, and a class that it does not have, are refused") {
  Context ctx = in_double();
  Ending net(ctx);
  const Tensor x = test::random_tensor(ctx, {1, 3, 6, 4}, 5);
  const auto cam = [&](int64_t k) {
    Tape tape = Tape::evaluation(ctx);
    const ReluPass pass = run_with_relus(tape, net, tape.constant(x));
    return class_activation_map(tape, net, pass, std::vector<int64_t>{k});
  };
  CHECK(cam(6).shape() == Shape{1, 1, 6, 4});
  for (const int64_t k : {-1, 7})
    CHECK_THROWS_WITH_AS(cam(k), fmt::format("CAM: class {}; expected 0 to 6", k).c_str(), Error);
  const char* line =
      "CAM: the network does not end with ReLU, global average pooling and a linear layer";
  net.pooled_before = true;
  CHECK_THROWS_WITH_AS(cam(0), line, Error);
  net.pooled_before = net.linear_last = false;
  CHECK_THROWS_WITH_AS(cam(0), line, Error);
}
