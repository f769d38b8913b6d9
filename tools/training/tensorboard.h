// TensorBoard's event files: what `tensorboard --logdir runs` draws.
//   record: u64 length of the data, its masked CRC-32C, the data, their masked CRC-32C
//   mask of c: (c >> 15 | c << 17) + 0xa282ead8, in 32 bits; all numbers are little-endian
//   data: an Event, a protocol buffer; that of the first record is the version "brain.Event:2"
// Source: TensorFlow's record_writer.h, event.proto and summary.proto.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "engine/file.h"
#include "engine/protobuf.h"
#include "tools/training/metrics.h"

namespace lienet {

// A point of the curve `tag`; what stands before a slash groups curves.
struct Scalar {
  std::string tag;
  double value;
};
// An epoch's, without what was not measured.
std::vector<Scalar> scalars_of(const EpochRecord& record);

class EventFile {
 public:
  // Makes FOLDER/events.out.tfevents.SECONDS.HOST; seconds are those since 1970, later ones where
  // that name is taken, since files are read in the order of their names. TensorBoard then forgets
  // what earlier files have of `step` and the steps behind it. Throws Error, as add() does.
  EventFile(const std::filesystem::path& folder, int64_t step);

  // On the disk when it returns.
  void add(int64_t step, std::span<const Scalar> scalars);

 private:
  // An event without its time, which is now.
  void write(ProtobufMessage event);

  OutputFile out_;
};

}  // namespace lienet
