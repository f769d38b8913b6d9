// The recipes of experiments/ as text: the build makes the definition out of the files.
#pragma once

#include <span>
#include <string_view>
#include <utility>

namespace lienet::reproduce {

// Names without ".toml".
extern const std::span<const std::pair<std::string_view, std::string_view>> built_in_recipes;

}  // namespace lienet::reproduce
