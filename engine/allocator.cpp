#include "engine/allocator.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "engine/error.h"
#include "engine/huge_page.h"

namespace lienet {

bool MemorySource::resize(void*, size_t, size_t) noexcept {
  return false;
}

void MemorySource::poison(void* block, size_t bytes) {
  std::memset(block, 0xff, bytes);
}

Allocator::Allocator(std::unique_ptr<MemorySource> source, bool poison)
    : source_(std::move(source)), poison_(poison) {}

Allocator::~Allocator() {
  trim();
}

Allocator::Blocks::iterator Allocator::last_block(Segments::iterator segment) {
  return std::prev(blocks_.upper_bound(segment->first + segment->second - 1));
}

// So much that `bytes` are free at the newest segment's end.
bool Allocator::grow_newest(size_t bytes) {
  const auto segment = segments_.find(newest_);
  if (segment == segments_.end()) return false;
  const auto last = last_block(segment);
  const size_t there = last->second.used ? 0 : last->second.bytes;
  const size_t more = rounded_up(bytes - there);
  if (!source_->resize(segment->first, segment->second, segment->second + more)) return false;
  if (!last->second.used) {
    remove_free(last);
    last->second.bytes += more;
    add_free(last);
  } else {
    add_free(blocks_.emplace(segment->first + segment->second, Block{more, false, false}).first);
  }
  segment->second += more;
  stats_.reserved += more;
  return true;
}

// A new segment where none can grow: large ones, so that few cuts fall at their ends, but in
// proportion to what there is.
void Allocator::grow(size_t bytes) {
  ++stats_.source_requests;
  if (grow_newest(bytes)) return;
  const size_t least = rounded_up(bytes);
  size_t size = std::max(least, rounded_up(stats_.reserved / 8));
  try {
    newest_ = static_cast<std::byte*>(source_->acquire(size));
  } catch (const Error&) {
    if (size == least) throw;
    size = least;
    newest_ = static_cast<std::byte*>(source_->acquire(size));
  }
  segments_.emplace(newest_, size);
  stats_.reserved += size;
  add_free(blocks_.emplace(newest_, Block{size, false, true}).first);
}

// Makes one block of a free one and the next, where that is free and of the same segment.
void Allocator::join_next(Blocks::iterator block) {
  const auto next = std::next(block);
  if (next == blocks_.end() || next->second.used || next->second.first) return;
  remove_free(next);
  block->second.bytes += next->second.bytes;
  blocks_.erase(next);
}

void* Allocator::allocate(size_t bytes) {
  constexpr size_t alignment = 256;  // as cudaMalloc's, on which cuDNN may rely for its workspace
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
  if (poison_) source_->poison(block->first, size);
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
    remove_free(previous);
    previous->second.bytes += block->second.bytes;
    blocks_.erase(block);
    block = previous;
  }
  add_free(block);
}

void Allocator::trim() {
  std::lock_guard lock(mutex_);
  for (auto segment = segments_.begin(); segment != segments_.end();) {
    const auto here = segment++;
    const auto last = last_block(here);
    if (last->second.used) continue;
    const bool whole = last->second.first;
    const size_t bytes = here->second, rest = last->second.bytes;
    const size_t idle = whole ? rest : rest / huge_page * huge_page;
    if (!whole && (idle == 0 || !source_->resize(here->first, bytes, bytes - idle))) continue;
    remove_free(last);
    stats_.reserved -= idle;
    here->second -= idle;
    if (rest > idle) {
      last->second.bytes = rest - idle;
      add_free(last);
    } else {
      blocks_.erase(last);
    }
    if (!whole) continue;
    source_->release(here->first, bytes);
    segments_.erase(here);
  }
}

Allocator::Stats Allocator::stats() const {
  std::lock_guard lock(mutex_);
  return stats_;
}

}  // namespace lienet
