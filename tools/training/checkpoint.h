// A training on disk: all that resuming needs in one safetensors file, and a model's weights with
// what it takes to build the model again.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "datasets/augment.h"
#include "engine/safetensors.h"
#include "models/resnet.h"
#include "tools/training/config.h"

namespace lienet {

// Where a training stands. Random numbers and the learning rate are functions of seed, epoch and
// step: no generator or schedule has a state of its own.
struct Position {
  int64_t epoch = 0;                // finished epochs
  int64_t step = 0;                 // finished steps of the next
  double loss_sum = 0;              // of those steps: loss times images,
  int64_t correct = 0, images = 0;  // images that were classified right, and all
  double seconds = 0;
  int64_t best_epoch = 0;  // of the highest test_score; 0: none yet
  double best_score = 0;
};

// What must be as it was for a resumed run to be the run that was not interrupted.
struct Circumstances {
  std::string data_hash;
  int threads = 0;
  std::string device = "cpu";
};

// What a model was made from and how its input is normalised, as a file's metadata.
struct ModelDescription {
  std::string dataset, model, stem;
  int64_t width = 0, classes = 0;
  ChannelStats stats;
  std::string inhibit_forward = "off";  // see ResNetOptions

  ResNetOptions options() const;
  std::map<std::string, std::string> metadata() const;
  // Throws Error where the file has no such metadata: it was not saved by a training of lienet.
  static ModelDescription of(const SafetensorsFile& file);
};

// The model's state alone, under torchvision's names.
void save_weights(Context& ctx, const std::filesystem::path& path, Layer& model,
                  const ModelDescription& description);

// `tensors` are the model's, the optimiser's ("optimizer.NAME") and the average's ("ema.NAME").
void save_checkpoint(Context& ctx, const std::filesystem::path& path,
                     std::span<const NamedTensor> tensors, const ModelDescription& description,
                     const Position& position, const Circumstances& circumstances);

// Copies the file's tensors into `tensors`, all of which it must have. Throws Error, with nothing
// changed, where one is missing or differs in shape or type, where there is no position, and where
// circumstances are not what they were.
Position load_checkpoint(Context& ctx, const SafetensorsFile& file,
                         std::span<const NamedTensor> tensors, const Circumstances& circumstances);

}  // namespace lienet
