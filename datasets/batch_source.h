// What a batch is, and where an epoch's batches come from: Loader makes them on the host,
// ResidentSet on the device.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "datasets/augment.h"
#include "datasets/image_set.h"
#include "datasets/mix.h"
#include "engine/tensor.h"

namespace lienet {

struct LoaderOptions {
  int64_t batch = 128;
  bool shuffle = false;    // a new order every epoch, from (seed, epoch)
  bool drop_last = false;  // leave out a last batch that is not full
  int workers = 1;   // of a Loader: threads; 0: batches are made when asked for, by the caller
  int prefetch = 4;  // of a Loader: batches that may be ready or in work, 1 or more
  uint64_t seed = 0;
  AugmentOptions augment = {};  // all off: what a test set wants
  MixOptions mix = {};
  ChannelStats stats = {};  // for the normalisation
};

// In the host's memory or in the device's.
struct Batch {
  Tensor images;  // f32 [B,3,H,W]
  Tensor labels;  // i64 [B]; where images are mixed, those of the first partner
  // f32 [B,classes]: rows of sum 1 where images are mixed; the tags of a set that has them; else
  // refers to nothing.
  Tensor targets;
  std::vector<int64_t> indices;  // [B], places in the image set
  int64_t number = 0;            // of the batch in its epoch
};

// The same options, epoch and first batch give the same batches, wherever they come from. One
// thread may use a source at a time.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  BatchSource(const BatchSource&) = delete;
  BatchSource& operator=(const BatchSource&) = delete;

  int64_t batches() const;  // in an epoch
  const LoaderOptions& options() const { return options_; }
  const ImageSet& set() const { return *set_; }

  // Begins an epoch at one of its batches; what was left of another epoch is dropped.
  // Throws Error for a first batch outside 0 .. batches().
  void start(uint32_t epoch, int64_t first_batch = 0);
  // The next batch in order, or nothing at the end of the epoch. Throws what making this batch
  // threw. Needs start() before.
  virtual std::optional<Batch> next() = 0;

 protected:
  // Throws Error for an empty set and for options that make no sense.
  BatchSource(std::shared_ptr<const ImageSet> set, const LoaderOptions& options);
  // Images of batch `number`.
  int64_t size_of_batch(int64_t number) const;

 private:
  // `order` has the set's images as the epoch goes through them.
  virtual void begin(uint32_t epoch, int64_t first_batch, std::vector<int64_t> order) = 0;

  std::shared_ptr<const ImageSet> set_;
  LoaderOptions options_;
};

// The order in which an epoch goes through n samples.
std::vector<int64_t> shuffled(int64_t n, uint64_t seed, uint32_t epoch);

}  // namespace lienet
