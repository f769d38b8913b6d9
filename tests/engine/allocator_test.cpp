#include "engine/allocator.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <new>
#include <vector>

#include "engine/context.h"
#include "engine/error.h"

using namespace lienet;

TEST_CASE("released memory is handed out again") {
  Allocator a(make_host_memory());
  for (int step = 0; step < 5; ++step) {
    void* x = a.allocate(1000);
    void* y = a.allocate(3 << 20);
    CHECK(reinterpret_cast<uintptr_t>(x) % 256 == 0);
    a.release(y);
    a.release(x);
  }
  CHECK(a.stats().source_requests <= 2);
  CHECK(a.stats().in_use == 0);
  CHECK(a.stats().peak_in_use >= (3 << 20));
  a.trim();
  CHECK(a.stats().reserved == 0);
}

TEST_CASE("blocks never overlap, join again when they are free, and go back whole") {
  Allocator a(make_host_memory());
  Random random({.seed = 1, .use = RandomUse::test});
  struct Held {
    uint8_t* bytes;
    size_t size;
    uint8_t mark;
  };
  std::vector<Held> held;
  const auto release = [&](size_t i) {
    const Held h = held[i];
    CHECK(std::all_of(h.bytes, h.bytes + h.size, [&](uint8_t b) { return b == h.mark; }));
    a.release(h.bytes);
    held.erase(held.begin() + static_cast<std::ptrdiff_t>(i));
  };
  for (int i = 0; i < 2000; ++i) {
    if (held.size() > 40 || (!held.empty() && random.chance(0.4))) {
      release(random.below(static_cast<uint32_t>(held.size())));
    } else {
      const size_t size = random.below(random.chance(0.1) ? 300'000 : 5'000);
      auto* bytes = static_cast<uint8_t*>(a.allocate(size));
      CHECK(reinterpret_cast<uintptr_t>(bytes) % 256 == 0);
      held.push_back({bytes, size, static_cast<uint8_t>(i)});
      std::fill_n(bytes, size, held.back().mark);
    }
  }
  while (!held.empty()) release(held.size() - 1);
  CHECK(a.stats().in_use == 0);
  CHECK(a.stats().reserved < 2 * a.stats().peak_in_use + (8 << 20));
  // What was one segment is one block again.
  const size_t requests = a.stats().source_requests;
  a.release(a.allocate(1 << 20));
  CHECK(a.stats().source_requests == requests);
  a.trim();
  CHECK(a.stats().reserved == 0);
}

TEST_CASE("a segment grows by what is missing") {
  constexpr size_t mib = size_t{1} << 20;
  Allocator a(make_host_memory());
  void* first = a.allocate(10 * mib);
  void* second = a.allocate(20 * mib);
  a.release(second);
  auto* third = static_cast<uint8_t*>(a.allocate(24 * mib));
  std::fill_n(third, 24 * mib, uint8_t{1});
  CHECK(a.stats().reserved == 34 * mib);
  a.release(first);
  a.release(third);
  CHECK(a.allocate(34 * mib) == first);
}

TEST_CASE("more memory than there is is asked for in vain") {
  Allocator a(make_host_memory());
  void* held = a.allocate(100);
  CHECK_THROWS_WITH_AS(
      a.allocate(size_t{1} << 60),
      "out of memory: 1099511627776.0 MiB more were asked for; a smaller batch needs less", Error);
  a.release(held);
  a.release(a.allocate(1000));
}

namespace {

// Segments on the heap, which do not grow, as a device's; so many bytes in all.
class FewBytes : public MemorySource {
 public:
  explicit FewBytes(size_t bytes) : left_(bytes) {}
  void* acquire(size_t bytes) override {
    if (bytes > left_) throw Error("none left");
    left_ -= bytes;
    return ::operator new(bytes, std::align_val_t(256));
  }
  void release(void* segment, size_t bytes) noexcept override {
    left_ += bytes;
    ::operator delete(segment, std::align_val_t(256));
  }

 private:
  size_t left_;
};

}  // namespace

TEST_CASE("where there is no memory for a large segment, one of the size that is needed will do") {
  constexpr size_t mib = size_t{1} << 20;
  Allocator a(std::make_unique<FewBytes>(82 * mib));
  void* most = a.allocate(80 * mib);
  void* last = a.allocate(2 * mib);  // a larger segment, of 80/8 MiB, is asked for first
  CHECK(a.stats().reserved == 82 * mib);
  CHECK_THROWS_WITH_AS(a.allocate(1), "none left", Error);
  a.release(most);
  a.release(last);
}

TEST_CASE("a segment in use stays when others are given back") {
  Allocator a(make_host_memory());
  void* kept = a.allocate(100);
  void* big = a.allocate(50 << 20);
  a.release(big);
  a.trim();
  CHECK(a.stats().reserved == (2 << 20));
  CHECK(a.stats().in_use == 256);
  a.release(kept);
  a.trim();
  CHECK(a.stats().reserved == 0);
}

TEST_CASE("a tensor outlives its context, and poisoned memory is NaN") {
  Tensor t;
  {
    Context ctx({.device = Device::ref, .poison = true});
    t = ctx.empty({3, 5});
  }
  for (int64_t i = 0; i < t.size(); ++i) CHECK(std::isnan(t.data<float>()[i]));
  CHECK_THROWS_AS(t.data<double>(), Error);
}

TEST_CASE("shapes and tensors refuse what cannot be") {
  CHECK_THROWS_AS((Shape{2, -1}), Error);
  CHECK_THROWS_AS((Shape{int64_t{1} << 40, int64_t{1} << 40}), Error);
  CHECK_THROWS_WITH_AS((Shape{int64_t{1} << 53, 512}),
                       "shape [9007199254740992, 512]: too many elements", Error);
  CHECK((Shape{int64_t{1} << 50, 512}).size() == Shape::max_size);
  CHECK_THROWS_AS((Shape{1, 1, 1, 1, 1, 1}), Error);
  Context ctx;
  CHECK_THROWS_AS(ctx.empty({2, 12, 3, 3}, DType::f32, Layout::nChw16c), Error);
  CHECK_THROWS_AS(ctx.zeros({2, 3}).reshape({7}), Error);
  CHECK_THROWS_AS(Context({.device = Device::cpu, .dtype = DType::f64}), Error);
}
