#include "tools/training/tensorboard.h"

#include <unistd.h>

#include <bit>
#include <chrono>
#include <cmath>

#include "engine/check.h"
#include "tools/training/crc32c.h"

namespace lienet {
namespace {

namespace fs = std::filesystem;

enum EventField { wall_time = 1, step_field = 2, file_version = 3, summary = 5, session_log = 7 };

double now() {
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration<double>(since_1970).count();
}

std::string host_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "localhost";
}

OutputFile create_in(const fs::path& folder) {
  std::error_code error;
  auto seconds = static_cast<int64_t>(now());
  const auto path = [&] {
    return folder / fmt::format("events.out.tfevents.{:010}.{}", seconds, host_name());
  };
  while (fs::exists(path(), error)) ++seconds;
  return OutputFile::create(path());
}

template <class T>
std::string bytes_of(T number) {
  static_assert(std::endian::native == std::endian::little, "numbers are written as they lie");
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

std::string masked_crc(std::string_view bytes) {
  return bytes_of(std::rotr(crc32c(bytes), 15) + uint32_t{0xa282ead8});
}

}  // namespace

std::vector<Scalar> scalars_of(const EpochRecord& record) {
  const EpochMetrics& m = record.metrics;
  const std::string score(key_of(m.metric));
  std::vector<Scalar> all{{"loss/train", m.train_loss},
                          {"loss/test", m.test_loss},
                          {score + "/train", m.train_score},
                          {score + "/test", m.test_score},
                          {"learning_rate", m.learning_rate},
                          {"images_per_second", m.images_per_second},
                          {"gsnr", m.gsnr}};
  for (const LayerTelemetry& layer : record.layers) {
    all.push_back({"kept/" + layer.layer, 1 - layer.inhibited});
    all.push_back({"flux/" + layer.layer, layer.flux});
  }
  std::erase_if(all, [](const Scalar& s) { return !std::isfinite(s.value); });
  return all;
}

EventFile::EventFile(const fs::path& folder, int64_t step) : out_(create_in(folder)) {
  ProtobufMessage version, log, started;
  version.add_bytes(file_version, "brain.Event:2");
  write(version);
  log.add_integer(1, 1);  // SessionLog's status: START
  started.add_integer(step_field, step);
  started.add_message(session_log, log);
  write(started);
}

void EventFile::add(int64_t step, std::span<const Scalar> scalars) {
  ProtobufMessage all, event;
  for (const Scalar& scalar : scalars) {
    ProtobufMessage value;
    value.add_bytes(1, scalar.tag);
    value.add_float(2, static_cast<float>(scalar.value));
    all.add_message(1, value);
  }
  event.add_integer(step_field, step);
  event.add_message(summary, all);
  write(event);
  out_.sync();
}

void EventFile::write(ProtobufMessage event) {
  event.add_double(wall_time, now());
  const std::string& data = event.bytes();
  const std::string length = bytes_of(static_cast<uint64_t>(data.size()));
  out_.write(length + masked_crc(length) + data + masked_crc(data));
}

}  // namespace lienet
