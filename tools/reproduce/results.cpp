#include "tools/reproduce/results.h"

#include <cmath>

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

std::vector<nlohmann::json> lines_of(const std::filesystem::path& file) {
  const std::string text = read_file(file, largest);
  std::vector<nlohmann::json> lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    try {
      lines.push_back(nlohmann::json::parse(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                            text.begin() + static_cast<std::ptrdiff_t>(end)));
    } catch (const nlohmann::json::exception&) {
      fail("{}: line {} is no JSON", file.string(), lines.size() + 1);
    }
    begin = end + 1;
  }
  return lines;
}

double number(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number()) return std::nan("");
  return found->get<double>();
}

std::string variant_of(const std::string& network) {
  return network.substr(0, network.rfind("-s"));
}

std::string picture(const std::filesystem::path& file) {
  return read_file(file, largest);
}

}  // namespace lienet::reproduce
