// What the mask's blocks have to do, and how they share it: worked out on the host.
#pragma once

#include "layers/inhibit_cuda.cuh"

namespace lienet::cuda {

// What there is to do, apart from how blocks share it. The filter's values lie where the program
// runs; without LI there is none.
inline InhibitTask make_inhibit_task(const Inhibition& inhibition, const Shape& shape,
                                     const InhibitFilter* filter, const float* values) {
  const auto extent = [](int64_t n) { return static_cast<int>(n); };
  const int64_t C = shape[1];
  InhibitTask task;
  task.channels = extent(C), task.u = extent(shape[2]), task.v = extent(shape[3]);
  task.set_channels = extent(C / inhibition.sets_for(C));
  task.everything_stays = inhibition.rate == 0 || task.positions() == 1;
  task.rate = inhibition.rate;
  task.lateral = inhibition.mode != InhibitionMode::no_lateral;
  if (!task.lateral) return task;
  task.subtract_mean =
      inhibition.filter.zero_sum && inhibition.filter.padding != FilterPadding::zero;
  task.narrow = filter->narrow, task.terms = filter->terms, task.scale = filter->scale;
  task.filter = values;
  return task;
}

// Whether vectors of `width` channels fit the sets.
inline bool inhibit_fits(int width, int channels, int set_channels) {
  return channels % width == 0 && (set_channels % width == 0 || width % set_channels == 0);
}

// Shared memory that lets several blocks run beside each other.
inline constexpr size_t inhibit_shared = 72 * 1024;

// Chooses how many sets a block takes, and whether it keeps the gradient. False where `most` bytes
// of shared memory cannot hold the maps.
template <class T, int width, bool in_memory>
bool plan_inhibit(Inhibit<T, width, in_memory>& program, size_t most) {
  InhibitTask& task = program.task;
  const int all = task.all_sets();
  constexpr int least_bytes = 32;  // that lie side by side: what memory is read in
  const auto bytes = [&](int sets, bool keep) {
    task.sets = sets;
    task.keep_gradient = keep;
    return shared_bytes(program);
  };
  int least = 1;
  while (least < all && (all % least != 0 || least * task.set_channels % width != 0 ||
                         least * task.set_channels * static_cast<int>(sizeof(T)) < least_bytes))
    ++least;
  int sets = least;
  const bool keep = bytes(least, true) <= inhibit_shared;
  // What is not kept is read again, while the second cache still has it: it must not be too much.
  for (int more = least; keep && more <= all; ++more)
    if (all % more == 0 && more * task.set_channels % width == 0 &&
        bytes(more, keep) <= inhibit_shared)
      sets = more;
  const size_t taken = bytes(sets, keep);
  task.by_columns = Divisor(task.v);
  task.by_vectors = Divisor(program.vectors());
  task.by_units = Divisor(sets / program.per_vector());
  task.by_set_channels = Divisor(task.set_channels);
  return taken <= most;
}

}  // namespace lienet::cuda
