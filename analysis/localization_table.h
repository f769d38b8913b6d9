// From how well each object was found to the figures of a table.
#pragma once

#include <span>
#include <vector>

#include "analysis/bootstrap.h"
#include "analysis/localization.h"

namespace lienet {

// What is asked of a map: to find one class in one image.
struct LocalizationCase {
  int64_t image = 0;  // its place in the set
  int64_t group = 0;  // number of the image among those that have a case: see Bootstrap
  int32_t label = 0;
  std::vector<PixelBox> objects;  // the class's instances that are not difficult
  bool single = false;            // whether the class has one instance in all
};

// One case for each class with an instance that is not difficult, by image, then by class.
std::vector<LocalizationCase> localization_cases(
    std::span<const std::vector<ObjectBox>> objects_of_images);

struct LocalizationRow {
  Estimate iou;            // mean of the largest IoU with an instance
  Estimate iou_of_union;   // with the box around all instances
  Estimate iou_single;     // where there is one instance in all
  Estimate half;           // share of cases with IoU >= 0.5
  Estimate pointed;        // share of cases whose highest value lies in an instance
  Estimate energy;         // mean share of the map that lies in instances
  Estimate beyond_centre;  // mean of IoU less that of the baseline, case by case
};

// `found` and `centre`, the baseline's: one for each case.
LocalizationRow localization_row(std::span<const LocalizationCase> cases,
                                 std::span<const Localization> found,
                                 std::span<const Localization> centre, const Bootstrap& bootstrap);

}  // namespace lienet
