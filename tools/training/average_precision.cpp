#include "tools/training/average_precision.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "engine/check.h"

namespace lienet {

double average_precision(std::span<const float> scores, std::span<const int8_t> tags,
                         PrecisionRule rule) {
  LIENET_CHECK(scores.size() == tags.size(), "average_precision: {} scores, {} tags", scores.size(),
               tags.size());
  std::vector<size_t> order(scores.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return scores[a] > scores[b]; });
  std::vector<double> precision;  // at each image that shows the class
  int64_t seen = 0;
  for (const size_t i : order) {
    seen += tags[i] >= 0;
    if (tags[i] == 1) precision.push_back(double(precision.size() + 1) / double(seen));
  }
  const auto all = std::ssize(precision);
  if (all == 0) return std::numeric_limits<double>::quiet_NaN();
  for (auto p = precision.rbegin() + 1; p < precision.rend(); ++p) *p = std::max(*p, *(p - 1));
  if (rule == PrecisionRule::area)
    return std::accumulate(precision.begin(), precision.end(), 0.0) / double(all);
  double sum = 0;
  for (int64_t tenth = 0; tenth <= 10; ++tenth) {
    // The first of the images with which recall reaches tenth/10.
    const int64_t needed = std::max<int64_t>((tenth * all + 9) / 10, 1);
    sum += precision[static_cast<size_t>(needed - 1)];
  }
  return sum / 11;
}

double mean_average_precision(std::span<const float> scores, std::span<const int8_t> tags,
                              int64_t classes, PrecisionRule rule) {
  double sum = 0;
  int64_t shown = 0;
  for (int64_t k = 0; k < classes; ++k) {
    std::vector<float> column;
    std::vector<int8_t> column_tags;
    for (size_t i = static_cast<size_t>(k); i < tags.size(); i += static_cast<size_t>(classes)) {
      column.push_back(scores[i]);
      column_tags.push_back(tags[i]);
    }
    const double ap = average_precision(column, column_tags, rule);
    if (std::isnan(ap)) continue;
    sum += ap;
    ++shown;
  }
  return shown ? sum / double(shown) : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace lienet
