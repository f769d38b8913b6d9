// Batches of augmented images, made ahead of time by worker threads.
#pragma once

#include "datasets/batch_source.h"

namespace lienet {

// Its batches are in the host's memory, plain, and the same bit for bit whatever the number of
// workers.
class Loader final : public BatchSource {
 public:
  // Throws Error as BatchSource does, and where a worker cannot be started.
  Loader(std::shared_ptr<const ImageSet> images, const LoaderOptions& options);
  ~Loader() override;

  // Throws Error for a label out of range, in its batch's place.
  std::optional<Batch> next() override;

 private:
  void begin(uint32_t epoch, int64_t first_batch, std::vector<int64_t> order) override;

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lienet
