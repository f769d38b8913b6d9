// The README and docs/ as tests read them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace lienet::test {

// ```INFO ... ```, its lines without what stands before and behind them.
struct Fragment {
  std::string info;
  std::vector<std::string> lines;
};

struct Page {
  std::filesystem::path path;
  std::vector<Fragment> fragments;
  std::string prose;  // all that is in no fragment
};

// The repository's README and the pages of docs/.
std::vector<Page> pages();

std::string trimmed(const std::string& line);
// Each of them trimmed.
std::vector<std::string> lines_of(const std::string& text);

}  // namespace lienet::test
