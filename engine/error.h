// The one exception type of lienet.
#pragma once

#include <stdexcept>
#include <string>

namespace lienet {

// what() is one line: what was wrong, where (file and byte, layer and shape), what to do.
class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message) : std::runtime_error(message) {}
};

}  // namespace lienet
