// The subcommands, one file each. Internal to the program.
#pragma once

#include <functional>
#include <string>

#include "engine/error.h"

namespace CLI {
class App;
}

namespace lienet::commands {

// A command line that cannot be meant: exit code 2.
class UsageError : public Error {
  using Error::Error;
};

// Runs a check of what the command line said.
template <class F>
void check_usage(F check) {
  try {
    check();
  } catch (const Error& e) {
    throw UsageError(e.what());
  }
}

enum ExitCode { done = 0, failed = 1, wrong_usage = 2, interrupted = 130 };

// Each adds its subcommand and returns what runs it once the command line is parsed; that returns
// the exit code.
using Run = std::function<int()>;
Run add_train(CLI::App& app);
Run add_eval(CLI::App& app);
Run add_enhance(CLI::App& app);
Run add_prune(CLI::App& app);
Run add_attack(CLI::App& app);
Run add_gsnr(CLI::App& app);
Run add_data(CLI::App& app);
Run add_export(CLI::App& app);
Run add_info(CLI::App& app);
Run add_localize(CLI::App& app);
Run add_bench(CLI::App& app);
Run add_saliency(CLI::App& app);
Run add_randomize(CLI::App& app);
Run add_reproduce(CLI::App& app);
Run add_trace(CLI::App& app);
Run add_verify(CLI::App& app);
Run add_completion(CLI::App& app);
Run add_manual(CLI::App& app);

}  // namespace lienet::commands
