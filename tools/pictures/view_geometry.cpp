#include "tools/pictures/view_geometry.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/check.h"

namespace lienet {
namespace {

// A pixel of the view, or two neighbours and the second one's share; before < 0: outside.
struct Place {
  int64_t before, after;
  double share;
};

Place place_of(int64_t i, int64_t size, int64_t resized, int64_t begin, int64_t view) {
  const double at = (double(i) + 0.5) * double(resized) / double(size) - 0.5 - double(begin);
  if (at < -0.5 || at > double(view) - 0.5) return {-1, -1, 0};
  const double inside = std::clamp(at, 0.0, double(view - 1));
  const auto before = static_cast<int64_t>(inside);
  return {before, std::min(before + 1, view - 1), inside - double(before)};
}

}  // namespace

ViewGeometry geometry_of(const ImageSet& set, int64_t height, int64_t width) {
  ViewGeometry g{height, width, set.height, set.width, 0, 0, set.height, set.width};
  if (set.in_memory() || set.shorter == 0) return g;
  const int64_t shorter = std::min(height, width);  // as resize_shorter() and centre_crop()
  g.resized_height = height * set.shorter / shorter;
  g.resized_width = width * set.shorter / shorter;
  g.top = before_centre(g.resized_height - set.height);
  g.left = before_centre(g.resized_width - set.width);
  return g;
}

std::vector<PixelBox> in_view(const ViewGeometry& g, std::span<const PixelBox> boxes) {
  struct Range {
    int low, high;
  };
  const auto range = [](int low, int high, int64_t size, int64_t resized, int64_t begin,
                        int64_t view) {
    const double scale = double(resized) / double(size);
    const auto first = static_cast<int64_t>(std::floor(low * scale)) - begin;
    const auto last = static_cast<int64_t>(std::ceil((high + 1) * scale)) - 1 - begin;
    return Range{static_cast<int>(std::max<int64_t>(first, 0)),
                 static_cast<int>(std::min(last, view - 1))};
  };
  std::vector<PixelBox> result;
  for (const PixelBox& b : boxes) {
    const Range x = range(b.xmin, b.xmax, g.width, g.resized_width, g.left, g.view_width);
    const Range y = range(b.ymin, b.ymax, g.height, g.resized_height, g.top, g.view_height);
    if (x.low <= x.high && y.low <= y.high) result.push_back({x.low, y.low, x.high, y.high});
  }
  return result;
}

std::vector<PixelBox> in_view(const ImageSet& set, int64_t i, std::span<const PixelBox> boxes) {
  if (set.in_memory()) return in_view(geometry_of(set, set.height, set.width), boxes);
  const Image image = set.original(i);
  return in_view(geometry_of(set, image.height, image.width), boxes);
}

std::vector<double> to_original(std::span<const double> map, const ViewGeometry& g) {
  LIENET_CHECK(std::ssize(map) == g.view_height * g.view_width, "a map of {} values", map.size());
  std::vector<Place> columns;
  for (int64_t x = 0; x < g.width; ++x)
    columns.push_back(place_of(x, g.width, g.resized_width, g.left, g.view_width));
  std::vector<double> result;
  result.reserve(static_cast<size_t>(g.height * g.width));
  for (int64_t y = 0; y < g.height; ++y) {
    const Place row = place_of(y, g.height, g.resized_height, g.top, g.view_height);
    for (const Place& column : columns) {
      if (row.before < 0 || column.before < 0) {
        result.push_back(std::numeric_limits<double>::quiet_NaN());
        continue;
      }
      const auto line = [&](int64_t i) {
        const double* values = map.data() + i * g.view_width;
        return (1 - column.share) * values[column.before] + column.share * values[column.after];
      };
      result.push_back((1 - row.share) * line(row.before) + row.share * line(row.after));
    }
  }
  return result;
}

std::vector<double> to_original(const Tensor& maps, int64_t i, const ViewGeometry& geometry) {
  const int64_t n = maps.dim(2) * maps.dim(3);
  const float* values = maps.data<float>() + i * n;
  return to_original(std::vector<double>(values, values + n), geometry);
}

std::vector<double> without_gaps(std::vector<double> map) {
  double lowest = std::numeric_limits<double>::infinity();
  for (const double v : map)
    if (v < lowest) lowest = v;
  for (double& v : map)
    if (std::isnan(v)) v = lowest;
  return map;
}

}  // namespace lienet
