// How often a page or a picture has what a test looks for.
#pragma once

#include <string>

namespace lienet::test {

inline int count(const std::string& text, const std::string& what) {
  int n = 0;
  for (size_t at = text.find(what); at != text.npos; at = text.find(what, at + 1)) ++n;
  return n;
}

}  // namespace lienet::test
