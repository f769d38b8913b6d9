// For tests of what is read and written: a directory of their own, and what errors say.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <stdexcept>
#include <string>
#include <utility>

#include "engine/error.h"

namespace lienet::test {

// Fresh, and removed with all in it.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "lienet-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("cannot make " + name);
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// The whole file: written, read. Plain streams, so that they owe nothing to what is tested.
inline void put(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream(file, std::ios::binary) << bytes;
}
inline std::string get(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// CHECK(text == Contains("a part of it"))
struct Contains {
  explicit Contains(std::string text) : part(std::move(text)) {}
  std::string part;
};
inline bool operator==(const std::string& text, const Contains& c) {
  return text.find(c.part) != std::string::npos;
}
inline std::ostream& operator<<(std::ostream& out, const Contains& c) {
  return out << "a text with " << c.part;
}

// What the Error that f() throws says; empty where it throws none.
template <class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace lienet::test
