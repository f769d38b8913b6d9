// Options that hold several values: "rate=0.3,sets=8". Internal.
#pragma once

#include <charconv>
#include <functional>
#include <string_view>

#include "engine/check.h"

namespace lienet {

// Calls set(key, value) for each, in order. Throws Error, which begins with `what`, for a word
// without '='.
void for_each_setting(std::string_view what, std::string_view text,
                      const std::function<void(std::string_view, std::string_view)>& set);

// The value as a T. Throws Error where it is not a number.
template <class T>
T number_of(std::string_view what, std::string_view key, std::string_view value) {
  T number{};
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (error != std::errc() || end != value.data() + value.size())
    fail("{}: {}={} is not a number", what, key, value);
  return number;
}

}  // namespace lienet
