// The files that trainings and analyses leave, read back.
#pragma once

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <vector>

#include "tools/training/metrics.h"

namespace lienet::reproduce {

// Of a run's directory; not empty. Throws Error.
std::vector<EpochRecord> epochs_of(const std::filesystem::path& run);

// Calls f for each line of JSON, of which there is at least one; a whole file of it is one line.
// Throws Error that names file and line, also for what f asks an object for that it does not have.
void for_each_line(const std::filesystem::path& file,
                   const std::function<void(const nlohmann::json&)>& f);

// The value of a number's key; NaN for null. Throws as object.at(key) does, where it is neither.
double number(const nlohmann::json& object, const char* key);

// "paper" of "paper-s1".
std::string variant_of(const std::string& network);

// A picture's bytes.
std::string picture(const std::filesystem::path& file);

}  // namespace lienet::reproduce
