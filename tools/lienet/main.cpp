// The command line: finds the subcommand, turns errors into one line and an exit code.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "engine/error.h"
#include "tools/lienet/verify.h"

namespace {

using lienet::Verdict;

struct VerifyOptions {
  std::string device = "cpu", precision = "fp32";
  std::vector<std::string> files;
};

// One line a file; 1 when a case failed or is not one.
int verify(const VerifyOptions& o) {
  int failures = 0;
  for (const std::string& file : o.files) {
    try {
      lienet::Context ctx(
          {.device = o.device == "ref" ? lienet::Device::ref : lienet::Device::cpu,
           .dtype = o.precision == "fp64" ? lienet::DType::f64 : lienet::DType::f32});
      const Verdict v = lienet::verify_case(ctx, file);
      if (v.kind == Verdict::Kind::unsupported) {
        fmt::print("unsupported  {}  {}\n", file, v.reason);
        continue;
      }
      const bool ok = v.kind == Verdict::Kind::ok;
      fmt::print("{}  {}  worst {} {:.1e}\n", ok ? "ok    " : "FAILED", file, v.worst_tensor,
                 v.error);
      failures += !ok;
    } catch (const lienet::Error& e) {
      fmt::print("FAILED  {}\n", e.what());
      ++failures;
    }
  }
  return failures ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("lienet: deep learning with lateral inhibition", "lienet");
  app.require_subcommand(1);
  VerifyOptions verify_options;
  CLI::App* command = app.add_subcommand("verify", "Replay golden cases on this machine");
  command->add_option("--device", verify_options.device, "ref or cpu")
      ->check(CLI::IsMember({"ref", "cpu"}))
      ->capture_default_str();
  command->add_option("--precision", verify_options.precision, "fp32, or fp64 on ref")
      ->check(CLI::IsMember({"fp32", "fp64"}))
      ->capture_default_str();
  command->add_option("FILE", verify_options.files, "Cases (safetensors)")->required();
  command->footer(
      "Example: lienet verify --device ref --precision fp64 tests/golden/*.safetensors");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 2;
  }
  try {
    return verify(verify_options);
  } catch (const std::exception& e) {
    fmt::print(stderr, "lienet: {}\n", e.what());
    return 1;
  }
}
