#include "tools/training/tensorboard.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstring>

#include "protobuf_fields.h"
#include "temporary_directory.h"
#include "tools/training/crc32c.h"
#include "tools/training/run_directory.h"

using namespace lienet;
namespace fs = std::filesystem;
using test::Contains;
using test::get;
using test::message_of;
using test::ProtobufFields;
using test::TemporaryDirectory;

namespace {

// The data of a file's records, by the format alone; checks both checksums of each.
std::vector<ProtobufFields> events_in(const fs::path& file) {
  const std::string bytes = get(file);
  const auto check_crc = [](const std::string& data, const std::string& masked) {
    uint32_t stored = 0;
    std::memcpy(&stored, masked.data(), sizeof stored);
    const uint32_t rotated = stored - 0xa282ead8;
    CHECK((rotated << 15 | rotated >> 17) == crc32c(data));
  };
  std::vector<ProtobufFields> events;
  for (size_t at = 0; at < bytes.size();) {
    uint64_t length = 0;
    REQUIRE(bytes.size() - at >= 16);
    std::memcpy(&length, bytes.data() + at, sizeof length);
    REQUIRE(bytes.size() - at >= 16 + length);
    check_crc(bytes.substr(at, 8), bytes.substr(at + 8, 4));
    check_crc(bytes.substr(at + 12, length), bytes.substr(at + 12 + length, 4));
    events.emplace_back(bytes.substr(at + 12, length));
    at += 16 + length;
  }
  return events;
}

// In the order in which TensorBoard reads them.
std::vector<fs::path> event_files(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().filename().string().starts_with("events.out.tfevents."))
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<Scalar> scalars_in(const ProtobufFields& event) {
  std::vector<Scalar> scalars;
  for (const auto& value : event.message(5).all_of(1)) {
    const ProtobufFields fields(value.bytes);
    scalars.push_back({fields.at(1).bytes, fields.at(2).as_float()});
  }
  return scalars;
}

double value_of(const std::vector<Scalar>& scalars, const std::string& tag) {
  for (const Scalar& s : scalars)
    if (s.tag == tag) return s.value;
  return not_measured;
}

EpochRecord epoch(int number) {
  return {
      .metrics = {.epoch = number, .train_loss = 1.0 / number, .test_score = 50.5},
      .layers = {{.layer = "layer1.0", .inhibited = 0.25, .flux = 2e-7}, {.layer = "layer1.1"}}};
}

}  // namespace

TEST_CASE("tensorboard: the version, the start, then scalars at their steps") {
  const TemporaryDirectory dir;
  EventFile file(dir.path(), 3);
  file.add(3, std::vector<Scalar>{{"loss/train", 0.1}, {"top1/test", 61.25}});
  file.add(4, std::vector<Scalar>{{"loss/train", 0.05}});
  const std::vector<fs::path> files = event_files(dir.path());
  REQUIRE(files.size() == 1);
  const std::vector<ProtobufFields> events = events_in(files[0]);
  REQUIRE(events.size() == 4);
  CHECK(events[0].at(3).bytes == "brain.Event:2");
  CHECK(events[1].at(2).integer == 3);
  CHECK(events[1].message(7).at(1).integer == 1);
  CHECK(events[2].at(2).integer == 3);
  const std::vector<Scalar> scalars = scalars_in(events[2]);
  REQUIRE(scalars.size() == 2);
  CHECK(value_of(scalars, "loss/train") == double(0.1f));
  CHECK(value_of(scalars, "top1/test") == 61.25);
  CHECK(events[3].at(2).integer == 4);
  for (const ProtobufFields& event : events) CHECK(event.at(1).as_double() > 0);
}

TEST_CASE("tensorboard: an epoch's curves, and none of what was not measured") {
  const std::vector<Scalar> scalars = scalars_of(epoch(4));
  CHECK(scalars.size() == 4);
  CHECK(value_of(scalars, "loss/train") == 0.25);
  CHECK(value_of(scalars, "top1/test") == 50.5);
  CHECK(value_of(scalars, "kept/layer1.0") == 0.75);
  CHECK(value_of(scalars, "flux/layer1.0") == 2e-7);
  EpochRecord several = epoch(1);
  several.metrics.metric = Metric::map11;
  CHECK(value_of(scalars_of(several), "map11/test") == 50.5);
}

TEST_CASE("tensorboard: a run that goes on writes another file, behind the first by name") {
  const TemporaryDirectory dir;
  {
    RunDirectory run = RunDirectory::create(dir / "run", {});
    run.save_config();
    CHECK(event_files(dir / "run").empty());
    run.add_epoch(epoch(1));
    run.add_epoch(epoch(2));
  }
  RunDirectory run = RunDirectory::open(dir / "run");
  run.rewind(1);
  run.add_epoch(epoch(2));
  const std::vector<fs::path> files = event_files(dir / "run");
  REQUIRE(files.size() == 2);
  CHECK(events_in(files[0]).size() == 4);
  const std::vector<ProtobufFields> events = events_in(files[1]);
  REQUIRE(events.size() == 3);
  CHECK(events[1].at(2).integer == 2);
  CHECK(value_of(scalars_in(events[2]), "loss/train") == 0.5);
}

TEST_CASE("tensorboard: a folder that cannot be written to") {
  const TemporaryDirectory dir;
  CHECK(message_of([&] { EventFile(dir / "none", 1); }) ==
        Contains(": cannot be written: No such file or directory"));
}
