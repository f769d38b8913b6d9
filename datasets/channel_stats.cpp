#include "datasets/channel_stats.h"

#include <cmath>

#include "engine/check.h"

namespace lienet {

ChannelStats measure_stats(const ImageSet& set) {
  if (set.size() == 0) fail("'{}': has no images to measure", set.name);
  LIENET_CHECK(set.in_memory(), "'{}' is in files", set.name);
  ChannelStats stats;
  const int64_t plane = set.height * set.width;
  for (int64_t c = 0; c < 3; ++c) {
    std::array<int64_t, 256> count{};  // whole numbers: the order of adding cannot matter
    for (int64_t i = 0; i < set.size(); ++i) {
      const uint8_t* p = set.image(i) + c * plane;
      for (int64_t k = 0; k < plane; ++k) ++count[p[k]];
    }
    const auto n = static_cast<double>(set.size() * plane);
    double mean = 0, variance = 0;
    for (int v = 0; v < 256; ++v) mean += v / 255.0 * static_cast<double>(count[v]) / n;
    for (int v = 0; v < 256; ++v)
      variance += (v / 255.0 - mean) * (v / 255.0 - mean) * static_cast<double>(count[v]) / n;
    if (variance < 1e-12) fail("'{}': channel {} is {} in every pixel", set.name, c, mean * 255);
    stats.mean[c] = static_cast<float>(mean);
    stats.deviation[c] = static_cast<float>(std::sqrt(variance));
  }
  return stats;
}

}  // namespace lienet
