#include "engine/allocator.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>

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

// Requests that differ by less than an eighth share blocks.
size_t rounded(size_t bytes) {
  const size_t step = std::max<size_t>(64, std::bit_floor(std::max<size_t>(bytes, 1)) / 8);
  return std::max<size_t>((bytes + step - 1) / step * step, 64);
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

void* Allocator::allocate(size_t bytes) {
  const size_t size = rounded(bytes);
  std::lock_guard lock(mutex_);
  void* block = nullptr;
  size_t block_size = size;
  // Best fit, unless it wastes more than an eighth.
  if (auto it = free_.lower_bound(size); it != free_.end() && it->first <= size + size / 8) {
    block_size = it->first;
    block = it->second;
    free_.erase(it);
  } else {
    block = source_->acquire(size);
    stats_.reserved += size;
    ++stats_.source_requests;
  }
  used_.emplace(block, block_size);
  stats_.in_use += block_size;
  stats_.peak_in_use = std::max(stats_.peak_in_use, stats_.in_use);
  if (poison_) std::memset(block, 0xff, block_size);
  return block;
}

void Allocator::release(void* block) noexcept {
  std::lock_guard lock(mutex_);
  const auto it = used_.find(block);
  if (it == used_.end()) return;
  stats_.in_use -= it->second;
  free_.emplace(it->second, block);
  used_.erase(it);
}

void Allocator::trim() {
  std::lock_guard lock(mutex_);
  for (const auto& [size, block] : free_) {
    source_->release(block, size);
    stats_.reserved -= size;
  }
  free_.clear();
}

Allocator::Stats Allocator::stats() const {
  std::lock_guard lock(mutex_);
  return stats_;
}

}  // namespace lienet
