// The page that shows a training: one HTML file without anything beside it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tools/training/metrics.h"
#include "tools/training/watch_files.h"

namespace lienet {

struct ReportExample {
  std::vector<uint8_t> pixels;  // 3 x height x width: the planes of red, green, blue
  int64_t height = 0, width = 0;
  std::string label, predicted;  // names of classes; the prediction is right where they are equal
  double probability = 0;        // of the predicted class, 0 to 1
};

struct Report {
  std::string title;  // "ResNet-18 on CIFAR-100, inhibition paper"
  // What the epochs do not tell: data set, parameters, seed, device, command line.
  std::vector<std::pair<std::string, std::string>> facts{};
  std::vector<std::pair<std::string, std::string>> configuration{};
  std::vector<EpochRecord> epochs{};
  std::vector<ReportExample> examples{};
  std::optional<WatchPictures> watch{};
};

// Best and last top-1, speed, time and memory; curves of loss, top-1 and learning rate; GSNR where
// it was estimated; where there is inhibition, curves of every layer; flux; what was watched; a
// table of all epochs; the examples; the configuration. Throws Error where an example's pixels are
// not 3 x height x width.
std::string report_html(const Report& report);

}  // namespace lienet
