// What the README and docs/ say: code is quoted as it stands in files, links and paths lead
// somewhere, commands are those of the program, and those marked `sh run` run.
#include <doctest/doctest.h>
#include <glob.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "engine/error.h"
#include "temporary_directory.h"
#include "tools/lienet/command_line.h"

using namespace lienet;
using test::get;
using test::TemporaryDirectory;
namespace fs = std::filesystem;

namespace {

const fs::path root = LIENET_SOURCE_DIR;

std::string trimmed(const std::string& line) {
  const size_t first = line.find_first_not_of(" \t");
  if (first == line.npos) return "";
  return line.substr(first, line.find_last_not_of(" \t\r") + 1 - first);
}

// Without what stands before and behind each of them.
std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(trimmed(line));
  return lines;
}

// ```INFO ... ```
struct Fragment {
  std::string info;
  std::vector<std::string> lines;
};

struct Page {
  fs::path path;
  std::vector<Fragment> fragments;
  std::string prose;  // all that is in no fragment
};

Page page_of(const fs::path& path) {
  Page page{path, {}, {}};
  bool inside = false;
  for (const std::string& line : lines_of(get(path))) {
    if (line.starts_with("```")) {
      inside = !inside;
      if (inside) page.fragments.push_back({trimmed(line.substr(3)), {}});
    } else if (inside) {
      page.fragments.back().lines.push_back(line);
    } else {
      page.prose += line + "\n";
    }
  }
  return page;
}

std::vector<Page> pages() {
  std::vector<Page> all{page_of(root / "README.md")};
  for (const auto& entry : fs::directory_iterator(root / "docs"))
    if (entry.path().extension() == ".md") all.push_back(page_of(entry.path()));
  return all;
}

// Whether the file has these lines, one behind the other.
bool has_lines(const fs::path& file, const std::vector<std::string>& lines) {
  const std::vector<std::string> all = lines_of(get(file));
  return std::search(all.begin(), all.end(), lines.begin(), lines.end()) != all.end();
}

bool in_an_example(const std::vector<std::string>& lines) {
  for (const auto& entry : fs::recursive_directory_iterator(root / "examples"))
    if (entry.path().extension() == ".cpp" && has_lines(entry.path(), lines)) return true;
  return false;
}

// What stands between `begin` and `end` in the text, one after the other.
std::vector<std::string> between(const std::string& text, const std::string& begin, char end) {
  std::vector<std::string> found;
  for (size_t at = text.find(begin); at != text.npos;) {
    const size_t from = at + begin.size(), to = text.find(end, from);
    if (to == text.npos) break;
    found.push_back(text.substr(from, to - from));
    at = text.find(begin, to + 1);
  }
  return found;
}

// Whether a name, with * for anything, is that of a file or folder of the repository.
bool exists(const std::string& name) {
  glob_t found{};
  const bool any = glob((root / name).c_str(), 0, nullptr, &found) == 0;
  globfree(&found);
  return any;
}

// `engine/tape.h` or `engine/scheduler.cpp: complete`, which is said to be in that file.
struct Place {
  std::string path, name;
};
std::optional<Place> place_of(std::string code) {
  if (code.starts_with("./")) code.erase(0, 2);
  for (const char* folder :
       {"analysis/", "datasets/", "docs/", "engine/", "examples/", "experiments/", "layers/",
        "models/", "optim/", "python/", "tests/", "third_party/", "tools/"})
    if (code.starts_with(folder)) {
      const size_t end = code.find_first_of(": \n");
      Place place{code.substr(0, end), {}};
      if (end != code.npos && code[end] == ':') place.name = trimmed(code.substr(end + 1));
      return place;
    }
  return std::nullopt;
}

// The words of a line of the shell, up to a comment or what another program does.
std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  bool begun = false;
  char quote = 0;
  for (const char c : line + " ") {
    if (quote != 0 && c == quote) {
      quote = 0;
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
      begun = true;
    } else if (quote == 0 && c == ' ') {
      if (word == "|" || word == ">" || word == "&&" || word.starts_with("#")) return words;
      if (begun) words.push_back(word);
      word.clear();
      begun = false;
    } else {
      word += c;
      begun = true;
    }
  }
  return words;
}

// The calls of lienet in a fragment.
std::vector<std::vector<std::string>> commands_in(const Fragment& fragment) {
  std::vector<std::vector<std::string>> commands;
  std::string whole;
  for (const std::string& line : fragment.lines) {
    const bool goes_on = line.ends_with('\\');
    whole += goes_on ? line.substr(0, line.size() - 1) : line;
    if (goes_on) continue;
    std::vector<std::string> words = words_of(whole);
    whole.clear();
    if (words.empty() || (words[0] != "lienet" && !words[0].ends_with("/bin/lienet"))) continue;
    words.erase(words.begin());
    commands.push_back(std::move(words));
  }
  return commands;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

// In front of the fragments that run: lienet, with so little work that it is done in a moment. Of
// an option that is given twice, the last one counts.
constexpr const char* prelude = R"(set -euo pipefail
export LIENET_DATA="$PWD" OMP_WAIT_POLICY=passive
lienet() {
  case $1 in
    # Drawn images in place of a download; a folder that an earlier fragment has trained into goes.
    train)
      set -- "${@/#cifar100/shapes100}"
      rm -rf "${@: -1}"
      command lienet "$@" --width 16 --train 64 --test 32 --batch 16 --epochs 1 --threads 1 ;;
    saliency | gsnr | enhance | prune) command lienet "$@" --images 2 --threads 1 ;;
    bench) command lienet "$@" --width 16 --batch 2 --steps 1 --warmup 0 --threads 1 ;;
    trace) command lienet "$@" --batch 2 --threads 1 ;;
    *) command lienet "$@" ;;
  esac
}
)";

}  // namespace

TEST_CASE("docs: code is quoted as it stands in its file") {
  int quoted = 0;
  for (const Page& page : pages())
    for (const Fragment& f : page.fragments) {
      const std::vector<std::string> info = words_of(f.info);
      if (info.empty() || info[0] != "cpp") continue;
      CAPTURE(page.path);
      CAPTURE(f.lines.at(0));
      CHECK((info.size() > 1 ? has_lines(root / info[1], f.lines) : in_an_example(f.lines)));
      ++quoted;
    }
  CHECK(quoted > 0);
}

TEST_CASE("docs: links and paths lead somewhere") {
  int places = 0;
  for (const Page& page : pages()) {
    CAPTURE(page.path);
    for (const std::string& link : between(page.prose, "](", ')')) {
      if (link.starts_with("http") || link.starts_with("#")) continue;
      CAPTURE(link);
      CHECK(fs::exists(page.path.parent_path() / link.substr(0, link.find('#'))));
    }
    for (const std::string& code : between(page.prose, "`", '`')) {
      const std::optional<Place> place = place_of(code);
      if (!place) continue;
      CAPTURE(code);
      CHECK(exists(place->path));
      if (!place->name.empty()) CHECK(get(root / place->path) == test::Contains(place->name));
      ++places;
    }
  }
  CHECK(places > 0);
}

TEST_CASE("docs: commands are those of the program") {
  int checked = 0;
  for (const Page& page : pages())
    for (const Fragment& f : page.fragments) {
      if (!f.info.starts_with("sh")) continue;
      for (const std::vector<std::string>& words : commands_in(f)) {
        CAPTURE(page.path);
        CAPTURE(joined(words));
        CHECK_NOTHROW(commands::check_command_line(words));
        ++checked;
      }
    }
  CHECK(checked > 0);
}

// Those of a page in one folder, from the first to the last, as a reader types them.
TEST_CASE("docs: what is marked as such runs") {
  int run = 0;
  for (const Page& page : pages()) {
    std::string script = prelude;
    for (const Fragment& f : page.fragments) {
      if (f.info != "sh run") continue;
      for (const std::string& line : f.lines) script += line + "\n";
      ++run;
    }
    if (script == prelude) continue;
    const TemporaryDirectory dir;
    test::put(dir / "script", script);
    const std::string command = "cd " + dir.path().string() +
                                " && PATH=" LIENET_BINARY_DIR
                                "/bin:\"$PATH\" bash script >out 2>&1";
    CAPTURE(page.path);
    const int code = std::system(command.c_str());
    const std::string out = get(dir / "out");
    CAPTURE(out);
    CHECK(code == 0);
  }
  CHECK(run > 0);
}
