#include "engine/allocator.h"

#include <doctest/doctest.h>

#include <cmath>

#include "engine/context.h"
#include "engine/error.h"

using namespace lienet;

TEST_CASE("released memory is handed out again") {
  Allocator a(make_host_memory());
  for (int step = 0; step < 5; ++step) {
    void* x = a.allocate(1000);
    void* y = a.allocate(3 << 20);
    CHECK(reinterpret_cast<uintptr_t>(x) % 64 == 0);
    a.release(y);
    a.release(x);
  }
  CHECK(a.stats().source_requests == 2);
  CHECK(a.stats().in_use == 0);
  CHECK(a.stats().peak_in_use >= (3 << 20));
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
  CHECK_THROWS_AS((Shape{1, 1, 1, 1, 1, 1}), Error);
  Context ctx;
  CHECK_THROWS_AS(ctx.empty({2, 12, 3, 3}, DType::f32, Layout::nChw16c), Error);
  CHECK_THROWS_AS(ctx.zeros({2, 3}).reshape({7}), Error);
  CHECK_THROWS_AS(Context({.device = Device::cpu, .dtype = DType::f64}), Error);
}
