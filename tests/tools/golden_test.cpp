#include "tools/lienet/golden.h"

#include <doctest/doctest.h>

#include <cmath>
#include <filesystem>
#include <vector>

#include "engine/error.h"
#include "engine/safetensors.h"
#include "engine/tensor_ops.h"
#include "op_case.h"
#include "temporary_directory.h"

using namespace lienet;

namespace {

const std::filesystem::path golden = LIENET_SOURCE_DIR "/tests/golden";

}  // namespace

TEST_CASE("the golden cases are met by ref in double and single precision, by cpu and by cuda") {
  int cases = 0;
  std::vector<ContextOptions> all{{.device = Device::ref, .dtype = DType::f64, .poison = true},
                                  {.device = Device::ref, .poison = true},
                                  {.device = Device::cpu, .poison = true}};
  if (test::can_do_cuda()) all.push_back({.device = Device::cuda, .poison = true});
  for (const auto& entry : std::filesystem::directory_iterator(golden)) {
    if (entry.path().extension() != ".safetensors") continue;
    for (const ContextOptions& options : all) {
      Context ctx(options);
      const Verdict v = verify_case(ctx, entry.path());
      INFO(entry.path().filename().string(), ": ", v.worst_tensor, " ", v.error, v.reason);
      CHECK(v.kind == Verdict::Kind::ok);
      ++cases;
    }
  }
  CHECK(cases >= 21);
}

TEST_CASE("a case whose answers are wrong fails by their name") {
  const test::TemporaryDirectory dir;
  Context ctx({.device = Device::ref, .dtype = DType::f64});
  // The first golden case of a kind, with `change` done to one of its tensors.
  const auto changed = [&](const std::string& kind, const std::string& name, auto change) {
    for (const auto& entry : std::filesystem::directory_iterator(golden)) {
      if (entry.path().extension() != ".safetensors") continue;
      const SafetensorsFile file = SafetensorsFile::open(entry.path());
      if (file.metadata().at("kind") != kind || !file.find(name)) continue;
      std::vector<NamedTensor> tensors;
      for (const SafetensorsEntry& e : file.entries()) {
        tensors.push_back({e.name, file.load(ctx, e.name)});
        if (e.name == name) change(tensors.back().tensor);
      }
      save_safetensors(dir / "case", tensors, file.metadata());
      return verify_case(ctx, dir / "case");
    }
    return Verdict{.kind = Verdict::Kind::unsupported};
  };
  const auto add = [](double what) {
    return [what](Tensor& t) { t.data<double>()[t.size() - 1] += what; };
  };
  const std::vector<std::pair<std::string, std::string>> answers{
      {"gradient_mask", "delta"},           {"train_step", "loss.0"},
      {"train_step", "after.conv1.weight"}, {"analysis", "fgsm.pixels"},
      {"analysis", "saliency.cam"},         {"analysis", "enhance.pixels"}};
  for (const auto& answer : answers)
    for (const double what : {1.0, std::nan("")}) {
      CAPTURE(answer.second);
      CAPTURE(what);
      const Verdict v = changed(answer.first, answer.second, add(what));
      CHECK(v.kind == Verdict::Kind::failed);
      CHECK(v.worst_tensor == answer.second);
      CHECK(std::isinf(v.error) == std::isnan(what));
    }
  const Verdict flipped = changed("gradient_mask", "mask", [](Tensor& t) {
    for (int64_t i = 0; i < t.size(); ++i) t.data<uint8_t>()[i] ^= 1;
  });
  CHECK(flipped.worst_tensor == "mask");
  const auto enlarge = [&](Tensor& t) {
    Tensor larger = ctx.empty({t.dim(0) + 1, t.dim(1), t.dim(2), t.dim(3)}, t.dtype());
    fill(ctx, larger, 1);
    t = larger;
  };
  CHECK(test::message_of([&] { changed("gradient_mask", "mask", enlarge); }) ==
        test::Contains("case: mask is "));
  const auto shorten = [&](Tensor& t) {
    Tensor one = ctx.empty({1, t.dim(1)}, t.dtype());
    std::copy_n(t.data<int64_t>(), one.size(), one.data<int64_t>());
    t = one;
  };
  CHECK(test::message_of([&] { changed("train_step", "y", shorten); }) ==
        test::Contains("steps of both"));
}

TEST_CASE("what is not a case is said to be none") {
  Context ctx;
  CHECK_THROWS_AS(verify_case(ctx, golden / "missing.safetensors"), Error);
  CHECK_THROWS_AS(verify_case(ctx, LIENET_SOURCE_DIR "/README.md"), Error);
}
