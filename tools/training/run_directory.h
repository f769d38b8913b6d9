// A training's directory: config.json, metrics.jsonl, metrics.csv, last.safetensors and the one
// before it, best.safetensors, report.html; what watching adds is in watch_files.h, what
// --keep keeps in epoch_files.h. Every file is replaced whole or not at all, but for TensorBoard's,
// which grow.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "engine/file.h"
#include "tools/training/config.h"
#include "tools/training/metrics.h"
#include "tools/training/tensorboard.h"
#include "tools/training/watch_files.h"

namespace lienet {

// Locked against a second run for as long as it lives.
class RunDirectory {
 public:
  // Makes the directory. Throws Error where there is a run already.
  static RunDirectory create(const std::filesystem::path& path, const TrainConfig& config);
  // An existing run. Throws Error where it has no readable config.json.
  static RunDirectory open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  const TrainConfig& config() const { return config_; }
  std::filesystem::path last() const { return path_ / "last.safetensors"; }
  std::filesystem::path previous() const { return path_ / "previous.safetensors"; }
  std::filesystem::path best() const { return path_ / "best.safetensors"; }
  WatchFiles watched() const { return WatchFiles(path_); }
  EpochFiles kept() const { return kept_weights(path_); }

  void set_config(const TrainConfig& config) { config_ = config; }
  // Writes config.json. From then on the directory has a run.
  void save_config() const;

  // Epochs so far, in order, as metrics.jsonl has them.
  const std::vector<EpochRecord>& epochs() const { return epochs_; }
  // Writes both files of metrics, and TensorBoard's.
  void add_epoch(EpochRecord record);
  // Forgets the epochs after `epoch`, and what was watched in them: a run that is resumed measures
  // them again.
  void rewind(int64_t epoch);

  // Keeps last.safetensors as previous.safetensors: call it before last is replaced.
  void keep_previous() const;

 private:
  explicit RunDirectory(const std::filesystem::path& path) : path_(path), lock_(path) {}

  std::filesystem::path path_;
  DirectoryLock lock_;
  TrainConfig config_;
  std::vector<EpochRecord> epochs_;
  std::optional<EventFile> events_;  // made by the first epoch that goes there
};

// "runs/cifar100-resnet18-w16-paper-s1", or the first of -2, -3, ... that has no run yet.
std::filesystem::path default_run_path(const TrainConfig& config);

}  // namespace lienet
