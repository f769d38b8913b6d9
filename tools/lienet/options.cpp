#include "tools/lienet/options.h"

namespace lienet::commands {

LIENET_OPTION(std::string);
LIENET_OPTION(std::vector<std::string>);
LIENET_OPTION(int);
LIENET_OPTION(int64_t);
LIENET_OPTION(uint64_t);
LIENET_OPTION(double);

CLI::Option* add_switch(CLI::App* command, const std::string& name, bool& value,
                        const std::string& help) {
  return command->add_flag("--" + name + ",!--no-" + name, value,
                           help + (value ? " [on]" : " [off]"));
}

CLI::Option* add_device_option(CLI::App* command, std::string& device) {
  return add_option(command, "--device", device, "auto, cpu, cuda or ref")
      ->check(CLI::IsMember({"auto", "cpu", "cuda", "ref"}));
}

}  // namespace lienet::commands
