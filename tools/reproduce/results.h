// The files that trainings and analyses leave, read back.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "tools/training/metrics.h"

namespace lienet::reproduce {

// Of a run's directory; not empty. Throws Error.
std::vector<EpochRecord> epochs_of(const std::filesystem::path& run);

// Lines of JSON; a whole file of it is one line. Throws Error that names the line.
std::vector<nlohmann::json> lines_of(const std::filesystem::path& file);

// The value of a number's key; NaN for null.
double number(const nlohmann::json& object, const char* key);

// "paper" of "paper-s1".
std::string variant_of(const std::string& network);

// A picture's bytes.
std::string picture(const std::filesystem::path& file);

}  // namespace lienet::reproduce
