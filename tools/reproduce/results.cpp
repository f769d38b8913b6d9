#include "tools/reproduce/results.h"

#include <cmath>
#include <string_view>

#include "engine/check.h"
#include "engine/file.h"

namespace lienet::reproduce {
namespace {

constexpr uint64_t largest = uint64_t{256} << 20;

}  // namespace

std::vector<EpochRecord> epochs_of(const std::filesystem::path& run) {
  const std::filesystem::path file = run / "metrics.jsonl";
  std::vector<EpochRecord> epochs = parse_json_lines(read_file(file, largest), file.string());
  if (epochs.empty()) fail("{}: has no epoch", file.string());
  return epochs;
}

void for_each_line(const std::filesystem::path& file,
                   const std::function<void(const nlohmann::json&)>& f) {
  const std::string all = read_file(file, largest);
  std::string_view text = all;
  if (text.empty()) fail("{}: is empty", file.string());
  for (int line = 1; !text.empty(); ++line) {
    const size_t end = std::min(text.find('\n'), text.size());
    try {
      f(nlohmann::json::parse(text.substr(0, end)));
    } catch (const nlohmann::json::exception& e) {
      fail("{}: line {}: {}", file.string(), line, e.what());
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

double number(const nlohmann::json& object, const char* key) {
  const nlohmann::json& value = object.at(key);
  return value.is_null() ? std::nan("") : value.get<double>();
}

std::string variant_of(const std::string& network) {
  return network.substr(0, network.rfind("-s"));
}

std::string picture(const std::filesystem::path& file) {
  return read_file(file, largest);
}

}  // namespace lienet::reproduce
