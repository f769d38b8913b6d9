// Memory that is taken from the system once and used again every step.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <utility>

namespace lienet {

// Where an allocator gets its segments from: the host, or a device.
class MemorySource {
 public:
  virtual ~MemorySource() = default;
  virtual void* acquire(size_t bytes) = 0;  // throws Error when there is none left
  virtual void release(void* segment, size_t bytes) noexcept = 0;
  // Makes a segment longer or shorter at its end, where it lies; false: it cannot.
  virtual bool resize(void* segment, size_t bytes, size_t wanted) noexcept;
  // Whether the host can read and write it.
  virtual bool on_host() const { return true; }
  // Sets every byte to 0xff, after the work on it that was issued before.
  virtual void poison(void* block, size_t bytes);
};

// Page-aligned host memory, in huge pages where the system has them. A segment can grow to the size
// of the machine's memory.
std::unique_ptr<MemorySource> make_host_memory();

// Takes segments from a source and cuts blocks out of them: the smallest free one that is large
// enough, split where it is larger; released blocks join their free neighbours. The newest segment
// grows by what is missing, where the source can: then there is one, and little of it lies idle.
// Segments are kept, so that after the first steps of a training with fixed shapes nothing more
// comes from the source. Thread-safe. A block of a device's memory may be handed out again while
// work on it is under way: all work of a context is ordered on one stream, so that the next owner's
// comes after.
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
  void trim();  // gives what lies unused at segments' ends back to the source
  bool on_host() const { return source_->on_host(); }
  Stats stats() const;

 private:
  struct Block {
    size_t bytes;
    bool used;
    bool first;  // of its segment
  };
  using Blocks = std::map<std::byte*, Block>;

  using Segments = std::map<std::byte*, size_t>;

  void grow(size_t bytes);
  bool grow_newest(size_t bytes);
  Blocks::iterator last_block(Segments::iterator segment);
  void add_free(Blocks::iterator block) { free_.emplace(block->second.bytes, block->first); }
  void remove_free(Blocks::iterator block) { free_.erase({block->second.bytes, block->first}); }
  void join_next(Blocks::iterator block);

  std::unique_ptr<MemorySource> source_;
  const bool poison_;
  mutable std::mutex mutex_;
  Segments segments_;
  std::byte* newest_ = nullptr;  // segment
  Blocks blocks_;                // they cover the segments
  std::set<std::pair<size_t, std::byte*>> free_;
  Stats stats_;
};

}  // namespace lienet
