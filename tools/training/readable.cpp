#include "tools/training/readable.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>

namespace lienet {

std::string with_commas(double value) {
  std::string digits = fmt::format("{:.0f}", value);
  if (!std::isfinite(value)) return digits;
  for (size_t at = digits.size(); at > 3; digits.insert(at, ",")) at -= 3;
  return digits;
}

std::string duration(double seconds) {
  if (!std::isfinite(seconds)) return "?";
  const auto s = static_cast<int64_t>(std::clamp(std::ceil(seconds), 0.0, 1e9));
  if (s < 60) return fmt::format("{} s", s);
  const int64_t minutes = (s + 30) / 60;
  if (minutes < 60) return fmt::format("{} min", minutes);
  if (minutes < 24 * 60) return fmt::format("{} h {:02} min", minutes / 60, minutes % 60);
  return fmt::format("{} d {} h", minutes / (24 * 60), minutes / 60 % 24);
}

std::string byte_size(size_t bytes) {
  if (bytes < 1024) return fmt::format("{} B", bytes);
  double size = static_cast<double>(bytes) / 1024;
  const char* const units[] = {"KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  for (; size >= 1023.95 && unit + 1 < std::size(units); ++unit) size /= 1024;
  return fmt::format("{:.1f} {}", size, units[unit]);
}

std::vector<size_t> evenly_chosen(size_t n, size_t most) {
  const size_t count = std::min(n, most);
  std::vector<size_t> chosen;
  for (size_t i = 0; i < count; ++i) chosen.push_back(count == 1 ? 0 : i * (n - 1) / (count - 1));
  return chosen;
}

}  // namespace lienet
