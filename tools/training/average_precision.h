// Average precision of a ranking, by PASCAL VOC's two rules: Everingham et al., "The PASCAL Visual
// Object Classes (VOC) Challenge", IJCV 2010. Images fall in the order of their scores; precision
// is the share of those so far that show the class, recall the share of all that show it.
#pragma once

#include <cstdint>
#include <span>

namespace lienet {

enum class PrecisionRule : uint8_t {
  eleven_points,  // VOC 2007: mean over recall 0, .1 ... 1 of the highest precision from there on
  area,           // later VOCs: the area under that highest precision
};

// tags: 1 shows the class, 0 does not, -1 does not count. Of equal scores the first counts first.
// NaN where no image shows the class.
double average_precision(std::span<const float> scores, std::span<const int8_t> tags,
                         PrecisionRule rule);

// The mean over the classes that some image shows; scores and tags [N, classes]. NaN where none is.
double mean_average_precision(std::span<const float> scores, std::span<const int8_t> tags,
                              int64_t classes, PrecisionRule rule);

}  // namespace lienet
