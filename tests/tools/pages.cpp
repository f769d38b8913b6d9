#include "pages.h"

#include <sstream>

#include "temporary_directory.h"

namespace fs = std::filesystem;

namespace lienet::test {

std::string trimmed(const std::string& line) {
  const size_t first = line.find_first_not_of(" \t");
  if (first == line.npos) return "";
  return line.substr(first, line.find_last_not_of(" \t\r") + 1 - first);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(trimmed(line));
  return lines;
}

namespace {

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

}  // namespace

std::vector<Page> pages() {
  const fs::path root = LIENET_SOURCE_DIR;
  std::vector<Page> all{page_of(root / "README.md")};
  for (const auto& entry : fs::directory_iterator(root / "docs"))
    if (entry.path().extension() == ".md") all.push_back(page_of(entry.path()));
  return all;
}

}  // namespace lienet::test
