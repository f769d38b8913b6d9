#include "tools/lienet/data_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "tools/lienet/commands.h"
#include "tools/lienet/options.h"

namespace lienet::commands {

void take_folder(std::string& name, std::string& path) {
  const auto& names = data_set_names();
  std::error_code error;
  if (std::find(names.begin(), names.end(), name) != names.end() ||
      !std::filesystem::is_directory(name, error))
    return;
  if (!path.empty())
    throw UsageError(
        fmt::format("--data {}: {} is a folder already; name one of them", path, name));
  path = std::exchange(name, "folder");
}

void take_from_run(const CLI::App& command, const TrainConfig& run, std::string& name,
                   DataOptions& data) {
  if (!name.empty()) return;
  name = run.dataset;
  if (!given(command, "--data")) data.path = run.data;
  if (!given(command, "--train")) data.train = run.train;
  if (!given(command, "--test")) data.test = run.test;
  if (!given(command, "--background")) data.background = run.background;
}

void keep_part(std::shared_ptr<const ImageSet>& set, std::vector<std::vector<ObjectBox>>& objects,
               int64_t count) {
  if (count == 0 || count >= set->size()) return;
  std::vector<std::vector<ObjectBox>> kept;
  if (!objects.empty())
    for (const int64_t i : places_of_part(*set, count))
      kept.push_back(std::move(objects[static_cast<size_t>(i)]));
  objects = std::move(kept);
  set = std::make_shared<const ImageSet>(part_of(*set, count));
}

DataSet open_data_of(const std::string& name, const DataOptions& o) {
  DataRequest request{.name = name,
                      .path = o.path,
                      .train_limit = o.train,
                      .test_limit = o.test,
                      .pictures = o.pictures,
                      .boxes = o.boxes};
  request.shapes.background_goes_with_class = o.background;
  if (o.train > 0) request.shapes.train = o.train;
  if (o.test > 0) request.shapes.test = o.test;
  if (!isatty(STDERR_FILENO)) return open_data(request);
  bool shown = false;
  DataSet data = open_data(request, [&](int64_t bytes, int64_t total) {
    fmt::print(stderr, "\r{}: {:.1f} of {:.1f} MB", name, static_cast<double>(bytes) / 1e6,
               static_cast<double>(total) / 1e6);
    shown = true;
  });
  if (shown) fmt::print(stderr, "\n");
  return data;
}

}  // namespace lienet::commands
