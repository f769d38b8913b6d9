// Memory that is taken from the system once and used again every step.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

namespace lienet {

// Where an allocator gets its blocks from: the host's heap, or a device.
class MemorySource {
 public:
  virtual ~MemorySource() = default;
  virtual void* acquire(size_t bytes) = 0;  // throws Error when there is none left
  virtual void release(void* block, size_t bytes) noexcept = 0;
};

// 64-byte aligned host memory; big blocks ask the system for huge pages.
std::unique_ptr<MemorySource> make_host_memory();

// Takes segments from a source and cuts blocks out of them: the smallest free one that is large
// enough, split where it is larger; released blocks join their free neighbours. Segments are kept,
// so that after the first steps of a training with fixed shapes nothing more comes from the source.
// Thread-safe.
class Allocator {
 public:
  struct Stats {
    size_t in_use = 0;           // bytes handed out now
    size_t peak_in_use = 0;      // the most there ever was
    size_t reserved = 0;         // bytes held from the source
    size_t source_requests = 0;  // how often the source was asked
  };

  // With `poison`, memory is filled with 0xff (NaN in every floating type) each time it is handed
  // out: whoever reads what was not written, or forgets to write, is found out.
  explicit Allocator(std::unique_ptr<MemorySource> source, bool poison = false);
  ~Allocator();
  Allocator(const Allocator&) = delete;
  Allocator& operator=(const Allocator&) = delete;

  void* allocate(size_t bytes);
  void release(void* block) noexcept;
  void trim();  // gives unused segments back to the source
  Stats stats() const;

 private:
  struct Block {
    size_t bytes;
    bool used;
    bool first;  // of its segment
  };
  using Blocks = std::map<std::byte*, Block>;

  void grow(size_t bytes);
  void add_free(Blocks::iterator block) { free_.emplace(block->second.bytes, block->first); }
  void join_next(Blocks::iterator block);

  std::unique_ptr<MemorySource> source_;
  const bool poison_;
  mutable std::mutex mutex_;
  Blocks blocks_;  // they cover the segments
  std::set<std::pair<size_t, std::byte*>> free_;
  Stats stats_;
};

}  // namespace lienet
