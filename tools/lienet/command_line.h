// The command line as a whole: finds the subcommand, turns errors into one line and an exit code.
#pragma once

#include <string>
#include <vector>

namespace lienet::commands {

// What the program does with its arguments. Returns the exit code.
int run_command_line(const std::vector<std::string>& words);

// Throws UsageError, one line, for words that the program would refuse.
void check_command_line(const std::vector<std::string>& words);

}  // namespace lienet::commands
