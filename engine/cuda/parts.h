// Several tensors in one launch: the launch's arguments hold a table of them, so that nothing has
// to lie in the device's memory before.
#pragma once

#include "engine/cuda/block.h"

namespace lienet::cuda {

// Part is a struct with `n`, the number of its elements; each block takes `per_block` of one.
template <class Part>
struct Parts {
  static constexpr int64_t per_block = 4096;
  static constexpr int most = 3072 / (sizeof(Part) + sizeof(int64_t));  // arguments are few KB
  Part part[most];
  int64_t end[most];  // blocks of the parts up to this one
  int count = 0;

  // False where there is no more room.
  bool add(const Part& p) {
    if (count == most) return false;
    part[count] = p;
    end[count] = blocks() + divided_up(p.n, per_block);
    ++count;
    return true;
  }
  LIENET_HOST_DEVICE int64_t blocks() const { return count == 0 ? 0 : end[count - 1]; }

  // Which part a block belongs to, where its elements begin, and how many they are.
  struct Place {
    int part;
    int64_t first;
    int n;
  };
  LIENET_DEVICE Place place(int64_t block) const {
    int low = 0, high = count - 1;  // the first whose end is beyond the block
    while (low < high) {
      const int middle = (low + high) / 2;
      if (block < end[middle])
        high = middle;
      else
        low = middle + 1;
    }
    const int64_t first = (block - (low == 0 ? 0 : end[low - 1])) * per_block;
    return {low, first, static_cast<int>(lesser(per_block, part[low].n - first))};
  }
};

}  // namespace lienet::cuda
