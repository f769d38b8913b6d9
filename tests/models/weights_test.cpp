#include "models/weights.h"

#include <doctest/doctest.h>

#include <cstring>
#include <limits>

#include "engine/tensor_ops.h"
#include "models/resnet.h"
#include "temporary_directory.h"

using namespace lienet;
using test::Contains;
using test::message_of;
using test::TemporaryDirectory;

namespace {

ResNetOptions small(int64_t classes = 10) {
  return resnet_options("resnet20", classes, 4);
}

std::vector<NamedTensor> without(std::vector<NamedTensor> state, const std::string& end) {
  std::erase_if(state, [&](const NamedTensor& t) { return t.name.ends_with(end); });
  return state;
}

bool equal(const Tensor& a, const Tensor& b) {
  return a.bytes() == b.bytes() && std::memcmp(a.raw(), b.raw(), a.bytes()) == 0;
}

bool equal(Layer& a, Layer& b) {
  const auto x = a.state(), y = b.state();
  for (size_t i = 0; i < x.size(); ++i)
    if (!equal(x[i].tensor, y[i].tensor)) return false;
  return true;
}

}  // namespace

TEST_CASE("weights come back, and what a training adds to them is passed over") {
  const TemporaryDirectory dir;
  Context one({.seed = 1}), two({.seed = 2});
  ResNet from(one, small()), to(two, small());
  std::vector<NamedTensor> all = from.state();
  all.push_back({"optimizer.momentum.fc.bias", one.zeros({10})});
  all.push_back({"ema.fc.bias", one.zeros({10})});
  save_safetensors(dir / "w", all);
  CHECK(!equal(from, to));
  const WeightsMatch match = load_weights(two, to, SafetensorsFile::open(dir / "w"));
  CHECK(match.complete());
  CHECK(match.matched.size() == from.state().size());
  CHECK(equal(from, to));
}

TEST_CASE("older files without num_batches_tracked are complete, others are not") {
  const TemporaryDirectory dir;
  Context ctx;
  ResNet net(ctx, small());
  save_safetensors(dir / "old", without(net.state(), "num_batches_tracked"));
  CHECK(match_weights(net, SafetensorsFile::open(dir / "old")).complete());
  save_safetensors(dir / "part", without(net.state(), "fc.bias"));
  CHECK(match_weights(net, SafetensorsFile::open(dir / "part")).missing ==
        std::vector<std::string>{"fc.bias"});
}

TEST_CASE("weights that do not fit are refused whole, or taken in part when told so") {
  const TemporaryDirectory dir;
  Context ctx({.seed = 1}), other({.seed = 2});
  ResNet ten(ctx, small(10)), seven(other, small(7)), untouched(other, small(7));
  save_safetensors(dir / "w", ten.state());
  const SafetensorsFile file = SafetensorsFile::open(dir / "w");
  CHECK(message_of([&] { load_weights(other, seven, file); }) ==
        (dir / "w").string() +
            ": does not fit the model: 126 matched, 2 mismatched (fc.weight: F32 [10, 16], "
            "expected f32 [7, 16], fc.bias: F32 [10], expected f32 [7]); name the model it was "
            "saved from");
  CHECK(equal(seven, untouched));
  const WeightsMatch match = load_weights(other, seven, file, true);
  CHECK(match.mismatched.size() == 2);
  REQUIRE(match.lines().size() == 2);
  CHECK(match.lines()[0] == Contains("126 matched: conv1.weight, bn1.weight, "));
  CHECK(match.lines()[1] ==
        "2 mismatched: fc.weight: F32 [10, 16], expected f32 [7, 16], fc.bias: F32 [10], expected "
        "f32 [7]");
  CHECK(equal(seven.state()[0].tensor, ten.state()[0].tensor));
}

TEST_CASE("another architecture, another type and NaN are refused") {
  const TemporaryDirectory dir;
  Context ctx;
  ResNet net(ctx, small());
  save_safetensors(dir / "other", std::vector<NamedTensor>{{"features.0.weight", ctx.zeros({3})}});
  CHECK(message_of([&] { load_weights(ctx, net, SafetensorsFile::open(dir / "other"), true); }) ==
        Contains("no tensor is the model's: 0 matched, 107 missing (conv1.weight, "));

  std::vector<NamedTensor> state = net.state();
  state.back().tensor = ctx.zeros({10}, DType::i64);
  save_safetensors(dir / "type", state);
  CHECK(message_of([&] { load_weights(ctx, net, SafetensorsFile::open(dir / "type")); }) ==
        Contains("1 mismatched (fc.bias: I64 [10], expected f32 [10])"));

  state = net.state();
  state.back().tensor = ctx.zeros({10});
  state.back().tensor.data<float>()[3] = std::numeric_limits<float>::quiet_NaN();
  save_safetensors(dir / "nan", state);
  CHECK(message_of([&] { load_weights(ctx, net, SafetensorsFile::open(dir / "nan")); }) ==
        Contains("1 of 10 values of fc.bias are NaN or infinite"));
}
