#include "analysis/bootstrap.h"

#include <cmath>

#include "analysis/quantile.h"
#include "engine/check.h"
#include "engine/random.h"

namespace lienet {

Bootstrap::Bootstrap(int64_t groups, const BootstrapOptions& o) : groups_(groups), options_(o) {
  if (groups < 1 || groups > UINT32_MAX) fail("bootstrap: {} groups; expected 1 or more", groups);
  if (o.samples < 1) fail("bootstrap: {} samples; expected 1 or more", o.samples);
  if (!(o.level > 0 && o.level < 1)) fail("bootstrap: level {}; expected 0 < level < 1", o.level);
  drawn_.resize(static_cast<size_t>(o.samples) * static_cast<size_t>(groups));
  for (int s = 0; s < o.samples; ++s) {
    Random random(
        {.seed = o.seed, .sample = static_cast<uint32_t>(s), .use = RandomUse::bootstrap});
    uint16_t* row = drawn_.data() + s * groups;
    for (int64_t i = 0; i < groups; ++i) ++row[random.below(static_cast<uint32_t>(groups))];
  }
}

Estimate Bootstrap::mean(std::span<const double> values, std::span<const int64_t> groups) const {
  LIENET_CHECK(values.size() == groups.size(), "bootstrap: {} values, {} groups", values.size(),
               groups.size());
  std::vector<double> sums(static_cast<size_t>(groups_)), counts(sums.size());
  Estimate estimate;
  double total = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    LIENET_CHECK(groups[i] >= 0 && groups[i] < groups_, "bootstrap: group {}", groups[i]);
    if (std::isnan(values[i])) continue;
    sums[static_cast<size_t>(groups[i])] += values[i];
    counts[static_cast<size_t>(groups[i])] += 1;
    total += values[i];
    ++estimate.values;
  }
  estimate.mean = total / static_cast<double>(estimate.values);
  std::vector<double> means;
  for (const uint16_t* row = drawn_.data(); row < drawn_.data() + drawn_.size(); row += groups_) {
    double sum = 0, count = 0;
    for (size_t g = 0; g < sums.size(); ++g) {
      sum += row[g] * sums[g];
      count += row[g] * counts[g];
    }
    if (count > 0) means.push_back(sum / count);
  }
  estimate.low = quantile(means, (1 - options_.level) / 2);
  estimate.high = quantile(means, (1 + options_.level) / 2);
  return estimate;
}

}  // namespace lienet
