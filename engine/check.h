// How the library's own code throws. Internal: formatting stays out of public headers.
#pragma once

#include <fmt/format.h>

#include "engine/error.h"

namespace lienet {

// Throws Error with a formatted message: for what a user did or gave.
template <class... Args>
[[noreturn]] void fail(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(fmt::format(format, std::forward<Args>(args)...));
}

namespace detail {
[[noreturn]] inline void check_failed(const char* expression, const char* file, int line,
                                      const std::string& message) {
  throw Error(fmt::format("{} [{} is false, {}:{}]", message, expression, file, line));
}
}  // namespace detail

}  // namespace lienet

// For what must hold between parts of the engine: evaluated once, in every build type.
#define LIENET_CHECK(condition, ...)                                                            \
  do {                                                                                          \
    if (!(condition)) [[unlikely]]                                                              \
      ::lienet::detail::check_failed(#condition, __FILE__, __LINE__, fmt::format(__VA_ARGS__)); \
  } while (false)
