#include "tools/lienet/golden.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <vector>

#include "engine/error.h"
#include "op_case.h"

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

TEST_CASE("what is not a case is said to be none") {
  Context ctx;
  CHECK_THROWS_AS(verify_case(ctx, golden / "missing.safetensors"), Error);
  CHECK_THROWS_AS(verify_case(ctx, LIENET_SOURCE_DIR "/README.md"), Error);
}
