// How far a mean may be off: the percentile bootstrap (Efron, Tibshirani, "An Introduction to the
// Bootstrap", 1993). What is drawn again are groups of values that belong together (all those of
// one image), since they are not independent. The same draws serve every mean, so that of two
// methods on the same images the difference can be judged, too.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace lienet {

struct Estimate {
  double mean = 0;
  double low = 0, high = 0;  // of the interval; NaN, as the mean, without values
  int64_t values = 0;
};

struct BootstrapOptions {
  int samples = 1000;
  double level = 0.95;
  uint64_t seed = 0;
};

class Bootstrap {
 public:
  // Throws Error for less than one group or sample, and a level outside (0, 1).
  explicit Bootstrap(int64_t groups, const BootstrapOptions& options = {});

  // Of values[i], which belongs to groups[i]; a NaN is left out.
  Estimate mean(std::span<const double> values, std::span<const int64_t> groups) const;

 private:
  int64_t groups_;
  BootstrapOptions options_;
  std::vector<uint16_t> drawn_;  // [samples, groups]: how often
};

}  // namespace lienet
