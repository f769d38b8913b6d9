// The manual and the completions are made of the program's own options.
#include <doctest/doctest.h>

#include <sstream>

#include "engine/file.h"
#include "program.h"

using namespace lienet;
namespace fs = std::filesystem;
using test::check_refused;
using test::Contains;
using test::run;
using test::TemporaryDirectory;

namespace {

// The first words of the help's entries that begin with `begin`: "  train   Train a network".
std::vector<std::string> entries(const std::string& help, const std::string& begin) {
  std::vector<std::string> found;
  std::istringstream lines(help);
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(begin)) {
      const size_t end = line.find_first_of(" ,", begin.size());
      found.push_back(line.substr(2, end - 2));
    }
  return found;
}

std::string with_hyphens_of_roff(const std::string& text) {
  std::string out;
  for (const char c : text) out += c == '-' ? "\\-" : std::string(1, c);
  return out;
}

}  // namespace

TEST_CASE("manual: a page for each command, with every option that --help names") {
  const TemporaryDirectory folder;
  CHECK(run(folder, "manual " + folder.path().string()).code == 0);
  const std::string program = read_file(folder.path() / "lienet.1", 1 << 20);
  const std::string help = run(folder, "--help").out;
  const std::vector<std::string> commands = entries(help.substr(help.find("Subcommands:")), "  ");
  REQUIRE(commands.size() > 10);
  for (const std::string& command : commands) {
    CHECK(program == Contains("lienet\\-" + command + "(1)"));
    const std::string page = read_file(folder.path() / ("lienet-" + command + ".1"), 1 << 20);
    for (const std::string& option : entries(run(folder, command + " --help").out, "  --")) {
      CAPTURE(command);
      CHECK(page == Contains("\\fB" + with_hyphens_of_roff(option)));
    }
    CHECK(page == Contains("\n.SH EXAMPLES\n.EX\nlienet " + command));
  }
  for (const char* command : {"make", "fetch", "check"})
    CHECK(read_file(folder.path() / (std::string("lienet-data-") + command + ".1"), 1 << 20) ==
          Contains(std::string(".EX\nlienet data ") + command));
  CHECK(read_file(folder.path() / "lienet-reproduce.1", 1 << 20) ==
        Contains(".EE\n.PP\nWhat is there already"));
  CHECK(read_file(folder.path() / "lienet-data-make.1", 1 << 20) ==
        Contains(".SH \"SEE ALSO\"\nlienet\\-data(1)"));
  CHECK(read_file(folder.path() / "lienet-train.1", 1 << 20) ==
        Contains(".TP\n\\fB\\-\\-lr\\fR \\fIFLOAT\\fR\nPeak learning rate\n.br\nDefault: 0.1.\n"));
}

TEST_CASE("completion: commands, options and what these may be") {
  const TemporaryDirectory folder;
  const std::string bash = run(folder, "completion bash").out;
  CHECK(bash == Contains("\"lienet prune --stem\") words=\"cifar imagenet\" ;;\n"));
  const std::string zsh = run(folder, "completion zsh").out;
  CHECK(zsh == Contains("#compdef lienet\n"));
  CHECK(zsh == Contains("'*--stem[Likewise\\: cifar or imagenet]:TEXT:(cifar imagenet)'"));
  const std::string fish = run(folder, "completion fish").out;
  CHECK(fish == Contains("complete -c lienet -n '__fish_seen_subcommand_from prune' -l stem -x -a "
                         "'cifar imagenet' -d 'Likewise: cifar or imagenet'\n"));
  check_refused("completion tcsh", 2,
                "SHELL: tcsh not in {bash,zsh,fish} (see lienet completion --help)");
  check_refused("manual", 2, "FOLDER is required (see lienet manual --help)");
}
