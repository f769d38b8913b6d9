// The host's memory for an Allocator. A segment reserves addresses for as much as the machine has
// and is given pages as it grows, so that it never has to move.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "engine/allocator.h"
#include "engine/check.h"
#include "engine/huge_page.h"

namespace lienet {
namespace {

size_t machine_memory() {
  return static_cast<size_t>(sysconf(_SC_PHYS_PAGES)) * static_cast<size_t>(sysconf(_SC_PAGESIZE));
}

class HostMemory final : public MemorySource {
 public:
  void* acquire(size_t bytes) override {
    const size_t wanted = rounded_up(bytes);
    // Fewer addresses where a limit allows no more.
    for (size_t size = std::max(wanted, rounded_up(machine_memory()));;
         size = rounded_up(size / 2)) {
      void* mapped = mmap(nullptr, size + huge_page, PROT_NONE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      if (mapped != MAP_FAILED) return begin_segment(mapped, size, bytes);
      if (size <= wanted) out_of_memory(bytes);
      if (size / 2 < wanted) size = 2 * wanted;
    }
  }

  void release(void* segment, size_t) noexcept override {
    const auto it = ranges_.find(segment);
    munmap(it->second.mapped, it->second.size + huge_page);
    ranges_.erase(it);
  }

  bool resize(void* segment, size_t bytes, size_t wanted) noexcept override {
    auto* begin = static_cast<std::byte*>(segment);
    if (wanted > ranges_.at(segment).size) return false;
    if (wanted > bytes) return mprotect(begin + bytes, wanted - bytes, PROT_READ | PROT_WRITE) == 0;
    madvise(begin + wanted, bytes - wanted, MADV_DONTNEED);
    return mprotect(begin + wanted, bytes - wanted, PROT_NONE) == 0;
  }

 private:
  struct Range {
    void* mapped;
    size_t size;  // of addresses behind the segment's begin
  };

  [[noreturn]] static void out_of_memory(size_t bytes) {
    fail("out of memory: {:.1f} MiB more were asked for; a smaller batch needs less",
         static_cast<double>(bytes) / (1 << 20));
  }

  void* begin_segment(void* mapped, size_t size, size_t bytes) {
    auto* begin = reinterpret_cast<std::byte*>(rounded_up(reinterpret_cast<uintptr_t>(mapped)));
    ranges_[begin] = {mapped, size};
    madvise(begin, size, MADV_HUGEPAGE);  // a hint; may fail
    if (resize(begin, 0, bytes)) return begin;
    release(begin, 0);
    out_of_memory(bytes);
  }

  std::map<void*, Range> ranges_;
};

}  // namespace

std::unique_ptr<MemorySource> make_host_memory() {
  return std::make_unique<HostMemory>();
}

}  // namespace lienet
