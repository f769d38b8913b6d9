// Batches of augmented images, made ahead of time by worker threads.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "datasets/augment.h"
#include "datasets/image_set.h"
#include "engine/tensor.h"

namespace lienet {

struct LoaderOptions {
  int64_t batch = 128;
  bool shuffle = false;    // a new order every epoch, from (seed, epoch)
  bool drop_last = false;  // leave out a last batch that is not full
  int workers = 1;         // threads; 0: batches are made when asked for, by the caller
  int prefetch = 4;        // batches that may be ready or in work, 1 or more
  uint64_t seed = 0;
  AugmentOptions augment = {};  // all off: what a test set wants
  MixOptions mix = {};
  ChannelStats stats = {};  // for the normalisation
};

struct Batch {
  Tensor images;  // f32 [B,3,H,W] plain
  Tensor labels;  // i64 [B]; where images are mixed, those of the first partner
  // f32 [B,classes]: rows of sum 1 where images are mixed; the tags of a set that has them; else
  // refers to nothing.
  Tensor targets;
  std::vector<int64_t> indices;  // [B], places in the image set
  int64_t number = 0;            // of the batch in its epoch
};

// The same options, epoch and first batch give the same batches, bit for bit, whatever the number
// of workers. One thread may use a loader at a time.
class Loader {
 public:
  // Throws Error for an empty set and for options that make no sense.
  Loader(std::shared_ptr<const ImageSet> set, const LoaderOptions& options);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  int64_t batches() const;  // in an epoch
  const LoaderOptions& options() const;
  const ImageSet& set() const;

  // Begins an epoch at one of its batches; what was left of another epoch is dropped.
  // Throws Error for a first batch outside 0 .. batches().
  void start(uint32_t epoch, int64_t first_batch = 0);

  // The next batch in order, or nothing at the end of the epoch. Throws what making this batch
  // threw: Error for a label out of range. Needs start() before.
  std::optional<Batch> next();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

// The order in which an epoch goes through n samples.
std::vector<int64_t> shuffled(int64_t n, uint64_t seed, uint32_t epoch);

}  // namespace lienet
