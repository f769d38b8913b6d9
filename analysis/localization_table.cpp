#include "analysis/localization_table.h"

#include <algorithm>
#include <limits>
#include <map>

#include "engine/check.h"

namespace lienet {

std::vector<LocalizationCase> localization_cases(
    std::span<const std::vector<ObjectBox>> objects_of_images) {
  std::vector<LocalizationCase> cases;
  int64_t groups = 0;
  for (size_t i = 0; i < objects_of_images.size(); ++i) {
    std::map<int32_t, std::vector<const ObjectBox*>> classes;
    for (const ObjectBox& object : objects_of_images[i]) classes[object.label].push_back(&object);
    const size_t before = cases.size();
    for (const auto& [label, instances] : classes) {
      LocalizationCase c{.image = static_cast<int64_t>(i),
                         .group = groups,
                         .label = label,
                         .objects = {},
                         .single = instances.size() == 1};
      for (const ObjectBox* object : instances)
        if (!object->difficult) c.objects.push_back(object->box);
      if (!c.objects.empty()) cases.push_back(std::move(c));
    }
    groups += cases.size() > before;
  }
  return cases;
}

LocalizationRow localization_row(std::span<const LocalizationCase> cases,
                                 std::span<const Localization> found,
                                 std::span<const Localization> centre, const Bootstrap& bootstrap) {
  LIENET_CHECK(found.size() == cases.size() && centre.size() == cases.size(),
               "localization: {} cases, {} found, {} by the baseline", cases.size(), found.size(),
               centre.size());
  std::vector<int64_t> groups;
  for (const LocalizationCase& c : cases) groups.push_back(c.group);
  // value(i) of every case.
  const auto estimate = [&](auto value) {
    std::vector<double> values;
    for (size_t i = 0; i < cases.size(); ++i) values.push_back(value(i));
    return bootstrap.mean(values, groups);
  };
  constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
  return {
      .iou = estimate([&](size_t i) { return found[i].iou; }),
      .iou_of_union = estimate([&](size_t i) { return found[i].iou_of_union; }),
      .iou_single = estimate([&](size_t i) { return cases[i].single ? found[i].iou : nothing; }),
      .half = estimate([&](size_t i) { return found[i].iou >= 0.5 ? 1.0 : 0.0; }),
      .pointed = estimate([&](size_t i) { return found[i].pointed ? 1.0 : 0.0; }),
      .energy = estimate([&](size_t i) { return found[i].energy; }),
      .beyond_centre = estimate([&](size_t i) { return found[i].iou - centre[i].iou; })};
}

}  // namespace lienet
