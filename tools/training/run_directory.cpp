#include "tools/training/run_directory.h"

#include <algorithm>

#include "engine/check.h"
#include "engine/file.h"

namespace lienet {

namespace fs = std::filesystem;

namespace {

constexpr uint64_t largest_metrics = uint64_t{256} << 20;

}  // namespace

RunDirectory RunDirectory::create(const fs::path& path, const TrainConfig& config) {
  make_folder(path);
  RunDirectory run(path);
  std::error_code error;
  if (fs::exists(path / "config.json", error))
    fail("{}: has a run already; go on with it by --resume {}, or choose another --out",
         path.string(), path.string());
  run.set_config(config);
  return run;
}

RunDirectory RunDirectory::open(const fs::path& path) {
  std::error_code error;
  const fs::path config = path / "config.json", metrics = path / "metrics.jsonl";
  if (!fs::exists(config, error))
    fail("{}: is no run's directory; it has no config.json", path.string());
  RunDirectory run(path);
  run.config_ = read_config(config);
  run.config_.check();
  if (fs::exists(metrics, error))
    run.epochs_ = parse_json_lines(read_file(metrics, largest_metrics), metrics.string());
  return run;
}

void RunDirectory::save_config() const {
  write_atomically(path_ / "config.json", to_json(config_));
}

void RunDirectory::add_epoch(EpochRecord record) {
  epochs_.push_back(std::move(record));
  std::string lines, rows = csv_header(epochs_.back().metrics.metric) + "\n";
  for (const EpochRecord& e : epochs_) {
    lines += json_line(e) + "\n";
    rows += csv_row(e.metrics) + "\n";
  }
  write_atomically(path_ / "metrics.jsonl", lines);
  write_atomically(path_ / "metrics.csv", rows);
  const int64_t epoch = epochs_.back().metrics.epoch;
  if (!events_) events_.emplace(path_, epoch);
  events_->add(epoch, scalars_of(epochs_.back()));
}

void RunDirectory::rewind(int64_t epoch) {
  std::erase_if(epochs_, [=](const EpochRecord& e) { return e.metrics.epoch > epoch; });
  watched().rewind(epoch);
  events_.reset();  // the next file says that epochs begin anew
}

void RunDirectory::keep_previous() const {
  std::error_code error;
  if (!fs::exists(last(), error)) return;
  // A second name for the file, which keeps it when the first is given to the new one.
  const fs::path link = path_ / ".previous.tmp";
  fs::remove(link, error);
  fs::create_hard_link(last(), link, error);
  if (error) fs::copy_file(last(), link, error);  // a file system without links
  if (!error) fs::rename(link, previous(), error);
  if (error) fail("{}: cannot be kept: {}", last().string(), error.message());
}

fs::path default_run_path(const TrainConfig& c) {
  const std::string width = c.width ? fmt::format("-w{}", c.width) : "";
  const std::string preset = c.inhibit.substr(0, c.inhibit.find_first_of(",;"));
  const std::string name = fmt::format("{}-{}{}-{}-s{}", c.dataset, c.model, width,
                                       preset == "off" ? "plain" : preset, c.seed);
  std::error_code error;
  fs::path path = fs::path("runs") / name;
  for (int i = 2; fs::exists(path / "config.json", error); ++i)
    path = fs::path("runs") / fmt::format("{}-{}", name, i);
  return path;
}

}  // namespace lienet
