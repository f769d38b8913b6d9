#include "tools/lienet/golden.h"

#include <doctest/doctest.h>

#include <filesystem>

#include "engine/error.h"

using namespace lienet;

namespace {

const std::filesystem::path golden = LIENET_SOURCE_DIR "/tests/golden";

}  // namespace

TEST_CASE("the golden cases are met by ref in double and single precision, and by cpu") {
  int cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(golden)) {
    if (entry.path().extension() != ".safetensors") continue;
    for (const ContextOptions& options :
         {ContextOptions{.device = Device::ref, .dtype = DType::f64, .poison = true},
          ContextOptions{.device = Device::ref, .poison = true},
          ContextOptions{.device = Device::cpu, .poison = true}}) {
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
