// Line charts as SVG.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace lienet {

struct PlotPoint {
  double x, y;
};

struct PlotSeries {
  std::string name;
  std::vector<PlotPoint> points;  // in the order in which they are joined
};

struct Plot {
  std::string title, x_label, y_label{};
  std::vector<PlotSeries> series{};
  bool log_y = false;
  std::optional<std::pair<double, double>> y_range{};  // from what the points have where not given
};

// One <svg> element, good in a page and as a file of its own: as wide as what holds it, and with
// colours of its own for light and dark. Points beyond 1e100 or not finite (and below 1e-100 where
// log_y) are gaps in their line; a point without neighbours is a dot; what is outside y_range is
// cut off. A plot without any point says so. Throws Error where y_range is empty or beyond that.
std::string svg_plot(const Plot& plot);

// The multiples of 1, 2 or 5 times a power of ten in [low, high], about `count` of them, and no
// closer than `min_step`. low < high, and not by rounding alone.
std::vector<double> nice_ticks(double low, double high, int count, double min_step = 0);

}  // namespace lienet
