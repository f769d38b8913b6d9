#include "models/weight_names.h"

#include <doctest/doctest.h>

#include <cstring>
#include <set>

#include "models/resnet.h"
#include "models/weights.h"
#include "temporary_directory.h"

using namespace lienet;
using test::message_of;
using test::TemporaryDirectory;

namespace {

std::vector<NamedTensor> renamed(ResNet& net, WeightNames names, const std::string& prefix = "") {
  std::vector<NamedTensor> state = net.state();
  for (NamedTensor& t : state) t.name = prefix + name_in(names, t.name);
  return state;
}

}  // namespace

TEST_CASE("weight names: pytorch-cifar's") {
  const std::pair<const char*, const char*> names[] = {
      {"conv1.weight", "conv1.weight"},
      {"layer1.0.bn1.running_mean", "layer1.0.bn1.running_mean"},
      {"layer2.0.downsample.0.weight", "layer2.0.shortcut.0.weight"},
      {"layer4.0.downsample.1.num_batches_tracked", "layer4.0.shortcut.1.num_batches_tracked"},
      {"fc.weight", "linear.weight"},
      {"fc.bias", "linear.bias"}};
  for (const auto& [ours, theirs] : names) {
    CHECK(name_in(WeightNames::kuangliu, ours) == theirs);
    CHECK(name_in(WeightNames::torchvision, ours) == ours);
  }
  CHECK(weight_names("kuangliu") == WeightNames::kuangliu);
  CHECK(weight_names("torchvision") == WeightNames::torchvision);
  CHECK(message_of([] { weight_names("torchvison"); }) ==
        "weight names torchvison are not known; did you mean torchvision?");
}

TEST_CASE("weight names: files with any of them load by themselves") {
  const TemporaryDirectory dir;
  for (const char* model : {"resnet18", "resnet50"})
    for (const WeightNames names : {WeightNames::torchvision, WeightNames::kuangliu})
      for (const char* prefix : {"", "module."}) {
        CAPTURE(model);
        CAPTURE(prefix);
        Context ctx({.seed = 1}), other({.seed = 2});
        ResNet from(ctx, resnet_options(model, 10, 4)), to(other, resnet_options(model, 10, 4));
        save_safetensors(dir / "w", renamed(from, names, prefix));
        const SafetensorsFile file = SafetensorsFile::open(dir / "w");
        CHECK(find_weight(file, "fc.bias")->shape == std::vector<int64_t>{10});
        const WeightsMatch match = load_weights(other, to, file);
        CHECK(match.complete());
        const auto expected = from.state(), loaded = to.state();
        CHECK(match.matched.size() == expected.size());
        for (size_t i = 0; i < expected.size(); ++i)
          CHECK(std::memcmp(expected[i].tensor.raw(), loaded[i].tensor.raw(),
                            expected[i].tensor.bytes()) == 0);
      }
}

TEST_CASE("weight names: what is there under two names is one too many") {
  const TemporaryDirectory dir;
  Context ctx;
  ResNet net(ctx, resnet_options("resnet20", 10, 4));
  std::vector<NamedTensor> state = net.state();
  state.push_back({"linear.bias", state.back().tensor});
  save_safetensors(dir / "w", state);
  const SafetensorsFile file = SafetensorsFile::open(dir / "w");
  CHECK(find_weight(file, "fc.bias")->name == "fc.bias");
  CHECK(find_weight(file, "fc.weigh") == nullptr);
  CHECK(match_weights(net, file).unexpected == std::vector<std::string>{"linear.bias"});
}
