// What is measured in an epoch, and its two forms on disk: metrics.csv and metrics.jsonl.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace lienet {

inline constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();

// What says how good a network is, in percent.
enum class Metric : uint8_t {
  top1,   // share of the images whose largest logit is that of their class
  map11,  // of images that show several classes: see tools/training/average_precision.h
};
std::string_view key_of(Metric metric);    // "top1", "map11": on disk
std::string_view title_of(Metric metric);  // "top-1", "mAP": for people

struct EpochMetrics {
  int epoch = 0;                                                 // from 1
  Metric metric = Metric::top1;                                  // that of both scores
  double train_loss = not_measured, train_score = not_measured;  // in percent
  double test_loss = not_measured, test_score = not_measured;    // not in every epoch
  double learning_rate = not_measured;                           // of the last step
  double seconds = not_measured;                                 // the test included
  double images_per_second = not_measured;                       // of the training alone
  double peak_mib = not_measured;
  double gsnr = not_measured;  // mean over convolutions
};

// What inhibition did to the gradient G of one layer's output, in the last step of an epoch. Where
// the network has none, the flux alone.
struct LayerTelemetry {
  std::string layer;                  // "layer1.0"
  double norm = not_measured;         // mean l2 norm of G's minicolumns
  double threshold = not_measured;    // mean Q, see engine/inhibition.h
  double inhibited = not_measured;    // share of positions, 0 to 1
  double energy_kept = not_measured;  // share of |G|^2, 0 to 1
  double agreement = not_measured;    // of the masks of two images, share of positions
  double border_kept = not_measured;  // share of the map's border positions
  double flux = not_measured;         // mean |LoG * g_c|, see analysis/flux.h
  double flux_kept = not_measured;    // share of it, 0 to 1
};

// The estimate from the mini-batches of an epoch, see analysis/gsnr.h.
struct ConvolutionTelemetry {
  std::string layer;  // "layer1.0.conv1"
  double gsnr = not_measured;
};

struct EpochRecord {
  EpochMetrics metrics;
  std::vector<LayerTelemetry> layers{};              // empty where nothing was looked at
  std::vector<ConvolutionTelemetry> convolutions{};  // empty without --gsnr
};

// Lines of metrics.csv, without a line's end: the names of EpochMetrics, and their values with as
// many digits as it takes to read the same number back. What was not measured, or is not finite,
// is an empty cell.
// The scores are named after their metric: train_top1, test_top1.
std::string csv_header(Metric metric = Metric::top1);
std::string csv_row(const EpochMetrics& metrics);

// A line of metrics.jsonl, without its end: one object with the keys of csv_header(), and "layers"
// and "convolutions", lists of objects with the names of their telemetry. What is not finite is
// null.
std::string json_line(const EpochRecord& record);

// Reads lines of json_line() back, whether or not the last has its end; null becomes not_measured,
// and so does what runs of earlier versions did not measure. `file` is for messages. Throws Error
// that names the line.
std::vector<EpochRecord> parse_json_lines(std::string_view text, const std::string& file);

}  // namespace lienet
