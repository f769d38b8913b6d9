// A line of JSON as it is printed and kept.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace lienet {

// Bytes that are not UTF-8, which files' names may have, become U+FFFD.
inline std::string json_line(const nlohmann::ordered_json& value) {
  return value.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace lienet
