#include "engine/context.h"

#include <doctest/doctest.h>
#include <omp.h>

#include <thread>

#include "engine/error.h"
#include "engine/tensor_ops.h"
#include "op_case.h"

using namespace lienet;

TEST_CASE("activations have the parameters' type, or bf16") {
  CHECK(Context().activation_dtype() == DType::f32);
  CHECK(Context({.device = Device::ref, .dtype = DType::f64}).activation_dtype() == DType::f64);
  if (!test::can_do_bf16()) return;
  const Context bf16({.precision = Precision::bf16});
  CHECK(bf16.dtype() == DType::f32);
  CHECK(bf16.activation_dtype() == DType::bf16);
}

TEST_CASE("a context names what it cannot be") {
  CHECK_THROWS_WITH_AS(Context({.dtype = DType::f64}),
                       "device cpu: double precision is for --device ref", Error);
  CHECK_THROWS_WITH_AS(Context({.device = Device::ref, .precision = Precision::bf16}),
                       "device ref: no precision bf16; choose --precision fp32", Error);
  CHECK_THROWS_WITH_AS(Context({.precision = Precision::fp16}),
                       "device cpu: no precision fp16; choose --precision fp32 or bf16", Error);
  CHECK_THROWS_WITH_AS(precision_named("half"), "--precision half: not known; did you mean fp32?",
                       Error);
  CHECK_THROWS_WITH_AS(device_named("gpu"), "--device gpu: not known; did you mean cpu?", Error);
  CHECK_THROWS_WITH_AS(Context({.threads = -1}), "threads: -1; expected 0 (all) to 1024", Error);
  CHECK_THROWS_AS(Context({.threads = 1000000}), Error);
}

TEST_CASE("a context's loops run on its number of threads, whoever calls and whatever was before") {
  Context one({.threads = 1}), three({.threads = 3});
  const auto loops_of = [](Context& ctx) {
    const Tensor x = ctx.zeros({2, 3, 4, 5}), y = sum(ctx, x, x);
    return omp_get_max_threads();
  };
  const auto check = [&] {
    CHECK(loops_of(one) == 1);
    CHECK(loops_of(three) == 3);
    CHECK(loops_of(one) == 1);
  };
  check();
  std::thread(check).join();
}
