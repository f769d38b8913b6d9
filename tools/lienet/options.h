// How subcommands declare their options.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace lienet::commands {

// The last one given counts, so that a command line overrides a configuration file.
template <class T>
CLI::Option* add_option(CLI::App* command, const std::string& name, T& value,
                        const std::string& help) {
  CLI::Option* option = command->add_option(name, value, help)->capture_default_str();
  return option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
}

// Made once, in options.cpp: a parser is much code.
#define LIENET_OPTION(T) \
  template CLI::Option* add_option(CLI::App*, const std::string&, T&, const std::string&)
extern LIENET_OPTION(std::string);
extern LIENET_OPTION(std::vector<std::string>);
extern LIENET_OPTION(int);
extern LIENET_OPTION(int64_t);
extern LIENET_OPTION(uint64_t);
extern LIENET_OPTION(double);

// --NAME and --no-NAME.
CLI::Option* add_switch(CLI::App* command, const std::string& name, bool& value,
                        const std::string& help);

// --device
CLI::Option* add_device_option(CLI::App* command, std::string& device);

}  // namespace lienet::commands
