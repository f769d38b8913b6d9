// lienet verify: does this machine compute what the golden cases say?
#include <fmt/format.h>

#include "tools/lienet/commands.h"
#include "tools/lienet/golden.h"
#include "tools/lienet/options.h"

namespace lienet::commands {
namespace {

struct Options {
  std::string device = "cpu", precision = "fp32";
  std::vector<std::string> files;
};

// One line a file; 1 when a case failed or is not one.
int verify(const Options& o) {
  int failures = 0;
  for (const std::string& file : o.files) {
    try {
      Context ctx({.device = device_named(o.device),
                   .dtype = o.precision == "fp64" ? DType::f64 : DType::f32});
      const Verdict v = verify_case(ctx, file);
      if (v.kind == Verdict::Kind::unsupported) {
        fmt::print("unsupported  {}  {}\n", file, v.reason);
        continue;
      }
      const bool ok = v.kind == Verdict::Kind::ok;
      fmt::print("{}  {}  worst {} {:.1e}\n", ok ? "ok    " : "FAILED", file, v.worst_tensor,
                 v.error);
      failures += !ok;
    } catch (const Error& e) {
      fmt::print("FAILED  {}\n", e.what());
      ++failures;
    }
  }
  return failures ? failed : done;
}

}  // namespace

Run add_verify(CLI::App& app) {
  auto o = std::make_shared<Options>();
  CLI::App* command = add_command(app, "verify", "Replay golden cases on this machine");
  add_option(command, "--device", o->device, "ref, cpu or cuda").one_of({"ref", "cpu", "cuda"});
  add_option(command, "--precision", o->precision, "fp32, or fp64 on ref").one_of({"fp32", "fp64"});
  add_several(command, "FILE", o->files, "Cases (safetensors)").required();
  add_config_option(command);
  set_examples(command, {"lienet verify --device ref --precision fp64 tests/golden/*.safetensors"});
  return [o] { return verify(*o); };
}

}  // namespace lienet::commands
