#include "analysis/localization.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "engine/check.h"

namespace lienet {
namespace {

void check_size(std::span<const double> map, int64_t height, int64_t width) {
  if (height < 1 || width < 1 || std::ssize(map) != height * width)
    fail("localization: a map of {} values; expected {} x {}", map.size(), height, width);
}

double area(const PixelBox& b) {
  return b.xmax < b.xmin || b.ymax < b.ymin
             ? 0
             : double(b.xmax - b.xmin + 1) * double(b.ymax - b.ymin + 1);
}

bool holds(const PixelBox& b, int64_t y, int64_t x) {
  return x >= b.xmin && x <= b.xmax && y >= b.ymin && y <= b.ymax;
}

PixelBox around(std::span<const PixelBox> boxes) {
  PixelBox all = boxes.front();
  for (const PixelBox& b : boxes)
    all = {std::min(all.xmin, b.xmin), std::min(all.ymin, b.ymin), std::max(all.xmax, b.xmax),
           std::max(all.ymax, b.ymax)};
  return all;
}

}  // namespace

PixelBox salient_box(std::span<const double> map, int64_t height, int64_t width, double share) {
  check_size(map, height, width);
  if (!(share > 0 && share <= 1)) fail("localization: share {}; expected 0 < share <= 1", share);
  const auto count = static_cast<int64_t>(std::ceil(share * static_cast<double>(map.size())));
  // All above the count-th highest value, and of those equal to it the first, so many as it takes:
  // what a stable sort would choose.
  std::vector<double> values(map.begin(), map.end());
  std::nth_element(values.begin(), values.begin() + (count - 1), values.end(), std::greater<>());
  const double last = values[static_cast<size_t>(count - 1)];
  int64_t equal = count - std::count_if(map.begin(), map.end(), [=](double v) { return v > last; });
  PixelBox box{static_cast<int>(width), static_cast<int>(height), -1, -1};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const double value = map[static_cast<size_t>(y * width + x)];
      if (value < last || (value == last && equal-- <= 0)) continue;
      box = {std::min(box.xmin, x), std::min(box.ymin, y), std::max(box.xmax, x),
             std::max(box.ymax, y)};
    }
  return box;
}

double iou(const PixelBox& a, const PixelBox& b) {
  const double common = area({std::max(a.xmin, b.xmin), std::max(a.ymin, b.ymin),
                              std::min(a.xmax, b.xmax), std::min(a.ymax, b.ymax)});
  return common / (area(a) + area(b) - common);
}

Localization localize(std::span<const double> map, int64_t height, int64_t width,
                      std::span<const PixelBox> objects, double share) {
  if (objects.empty()) fail("localization: there is no object");
  Localization result{.box = salient_box(map, height, width, share)};
  for (const PixelBox& object : objects) result.iou = std::max(result.iou, iou(result.box, object));
  result.iou_of_union = iou(result.box, around(objects));
  const auto in_objects = [&](int64_t i) {
    return std::any_of(objects.begin(), objects.end(),
                       [&](const PixelBox& b) { return holds(b, i / width, i % width); });
  };
  const auto [lowest, highest] = std::minmax_element(map.begin(), map.end());
  result.pointed = in_objects(std::max_element(map.begin(), map.end()) - map.begin());
  double inside = 0, total = 0;
  for (int64_t i = 0; i < height * width; ++i) {
    const double above = map[static_cast<size_t>(i)] - *lowest;
    total += above;
    if (in_objects(i)) inside += above;
  }
  result.energy = *highest > *lowest ? inside / total : 0;
  return result;
}

std::vector<double> centre_map(int64_t height, int64_t width) {
  std::vector<double> map;
  for (int64_t y = 0; y < height; ++y)
    for (int64_t x = 0; x < width; ++x)
      map.push_back(-std::hypot(static_cast<double>(2 * y - height + 1) / double(height),
                                static_cast<double>(2 * x - width + 1) / double(width)));
  return map;
}

}  // namespace lienet
