#include "engine/allocator.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include "engine/check.h"

namespace lienet {
namespace {

constexpr size_t huge_page = size_t{2} << 20;

class HostMemory final : public MemorySource {
 public:
  void* acquire(size_t bytes) override {
    const size_t alignment = bytes >= huge_page ? huge_page : 64;
    void* block = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    if (!block)
      fail("out of memory: {:.1f} MiB more were asked for; a smaller batch needs less",
           static_cast<double>(bytes) / (1 << 20));
    if (alignment == huge_page) madvise(block, bytes, MADV_HUGEPAGE);  // a hint; may fail
    return block;
  }
  void release(void* block, size_t) noexcept override { std::free(block); }
};

size_t rounded_up(size_t bytes, size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

}  // namespace

std::unique_ptr<MemorySource> make_host_memory() {
  return std::make_unique<HostMemory>();
}

Allocator::Allocator(std::unique_ptr<MemorySource> source, bool poison)
    : source_(std::move(source)), poison_(poison) {}

Allocator::~Allocator() {
  trim();
}

// A new segment: large ones, so that few cuts fall at their ends, but in proportion to what there
// is. Pages that are never touched cost nothing.
void Allocator::grow(size_t bytes) {
  const size_t size = rounded_up(std::max(bytes, stats_.reserved / 8), huge_page);
  auto* segment = static_cast<std::byte*>(source_->acquire(size));
  stats_.reserved += size;
  ++stats_.source_requests;
  add_free(blocks_.emplace(segment, Block{size, false, true}).first);
}

// Makes one block of a free one and the next, where that is free and of the same segment.
void Allocator::join_next(Blocks::iterator block) {
  const auto next = std::next(block);
  if (next == blocks_.end() || next->second.used || next->second.first) return;
  free_.erase({next->second.bytes, next->first});
  block->second.bytes += next->second.bytes;
  blocks_.erase(next);
}

void* Allocator::allocate(size_t bytes) {
  constexpr size_t alignment = 64;
  const size_t size = rounded_up(std::max<size_t>(bytes, 1), alignment);
  std::lock_guard lock(mutex_);
  auto found = free_.lower_bound({size, nullptr});
  if (found == free_.end()) {
    grow(size);
    found = free_.lower_bound({size, nullptr});
  }
  const auto block = blocks_.find(found->second);
  free_.erase(found);
  if (const size_t rest = block->second.bytes - size; rest > 0) {
    add_free(blocks_.emplace(block->first + size, Block{rest, false, false}).first);
    block->second.bytes = size;
  }
  block->second.used = true;
  stats_.in_use += size;
  stats_.peak_in_use = std::max(stats_.peak_in_use, stats_.in_use);
  if (poison_) std::memset(block->first, 0xff, size);
  return block->first;
}

void Allocator::release(void* address) noexcept {
  std::lock_guard lock(mutex_);
  auto block = blocks_.find(static_cast<std::byte*>(address));
  if (block == blocks_.end()) return;
  block->second.used = false;
  stats_.in_use -= block->second.bytes;
  join_next(block);
  if (!block->second.first && !std::prev(block)->second.used) {
    const auto previous = std::prev(block);
    free_.erase({previous->second.bytes, previous->first});
    previous->second.bytes += block->second.bytes;
    blocks_.erase(block);
    block = previous;
  }
  add_free(block);
}

void Allocator::trim() {
  std::lock_guard lock(mutex_);
  for (auto block = blocks_.begin(); block != blocks_.end();) {
    const auto next = std::next(block);
    const bool whole = block->second.first && (next == blocks_.end() || next->second.first);
    if (whole && !block->second.used) {
      free_.erase({block->second.bytes, block->first});
      source_->release(block->first, block->second.bytes);
      stats_.reserved -= block->second.bytes;
      blocks_.erase(block);
    }
    block = next;
  }
}

Allocator::Stats Allocator::stats() const {
  std::lock_guard lock(mutex_);
  return stats_;
}

}  // namespace lienet
