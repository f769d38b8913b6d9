// What the README and docs/ say: code is quoted as it stands in files, links and paths lead
// somewhere, commands are those of the program.
#include <doctest/doctest.h>
#include <glob.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "pages.h"
#include "temporary_directory.h"
#include "tools/lienet/command_line.h"

using namespace lienet;
using test::Fragment;
using test::get;
using test::lines_of;
using test::Page;
using test::pages;
using test::trimmed;
namespace fs = std::filesystem;

namespace {

const fs::path root = LIENET_SOURCE_DIR;

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
