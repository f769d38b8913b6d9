// The GPU's block programs, run on the host, against the host's loops.
#include "optim/update_cuda.cuh"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "block_program.h"
#include "op_case.h"
#include "optim/adamw.h"
#include "optim/clip.h"
#include "optim/ema.h"
#include "optim/grad_scaler.h"
#include "optim/sgd.h"
#include "optim/step_moments.h"

using namespace lienet;

namespace {

// Tensors of several blocks, of one, and of one element.
const std::vector<Shape> shapes{{9000}, {5, 3}, {1}};

struct Tensors {
  Context ctx{{.device = Device::ref}};
  std::vector<std::vector<Tensor>> of;  // [kind][parameter]

  explicit Tensors(int kinds) {
    for (int k = 0; k < kinds; ++k) {
      of.emplace_back();
      for (size_t i = 0; i < shapes.size(); ++i)
        of.back().push_back(test::random_tensor(ctx, shapes[i], static_cast<uint64_t>(k) * 9 + i,
                                                k == 2 ? 0 : -1, 1));
    }
  }
  Tensor number(double v) {
    Tensor t = ctx.empty({1}, DType::f64);
    *t.data<double>() = v;
    return t;
  }
  float* data(size_t kind, size_t i) { return of[kind][i].data<float>(); }
};

void expect_equal(Tensors& a, Tensors& b) {
  for (size_t k = 0; k < a.of.size(); ++k)
    for (size_t i = 0; i < shapes.size(); ++i)
      test::expect_close(a.ctx, a.of[k][i], b.of[k][i], 1e-6, 1e-7);
}

}  // namespace

TEST_CASE("the GPU's sgd is the host's") {
  for (const bool nesterov : {false, true})
    for (const int64_t skipped : {0, 1}) {
      Tensors device(3), host(3);
      Tensor skip = host.ctx.zeros({1}, DType::i64);
      *skip.data<int64_t>() = skipped;
      const Tensor rate = host.number(0.1);
      std::vector<SgdPart> parts;
      cuda::SgdUpdate program{{}, rate.data<double>(), skip.data<int64_t>(), 0.9f, nesterov};
      for (size_t i = 0; i < shapes.size(); ++i) {
        const double decay = i == 0 ? 5e-4 : 0;
        parts.push_back({host.of[0][i], host.of[1][i], host.of[2][i], decay});
        REQUIRE(program.parts.add({device.data(0, i), device.data(1, i), device.data(2, i),
                                   static_cast<float>(decay), shapes[i].size()}));
      }
      cuda::run_on_host(program.parts.blocks(), program);
      host::sgd(host.ctx, {.momentum = 0.9, .nesterov = nesterov}, rate, skip, parts);
      expect_equal(device, host);
    }
}

TEST_CASE("the GPU's adamw is the host's") {
  Tensors device(4), host(4);
  const Tensor rate = host.number(1e-3);
  Tensor skip = host.ctx.zeros({1}, DType::i64), steps = host.ctx.zeros({}, DType::i64);
  int64_t counted = 0;
  double rests[2] = {};
  const AdamWOptions o;
  const cuda::AdamWCount count{skip.data<int64_t>(), o.beta1, o.beta2, &counted, rests};
  cuda::AdamWUpdate program{
      {}, rate.data<double>(), rests, skip.data<int64_t>(), o.beta1, o.beta2, o.eps};
  std::vector<AdamWPart> parts;
  for (size_t i = 0; i < shapes.size(); ++i) {
    const double decay = i == 0 ? 0.01 : 0;
    parts.push_back({host.of[0][i], host.of[1][i], host.of[2][i], host.of[3][i], decay});
    REQUIRE(program.parts.add({device.data(0, i), device.data(1, i), device.data(2, i),
                               device.data(3, i), decay, shapes[i].size()}));
  }
  for (const int64_t skipped : {1, 0, 3, 0}) {
    *skip.data<int64_t>() = skipped;
    cuda::run_on_host(1, count);
    cuda::run_on_host(program.parts.blocks(), program);
    host::adamw(host.ctx, o, rate, skip, steps, parts);
    expect_equal(device, host);
    CHECK(counted == *steps.data<int64_t>());
  }
  CHECK(counted == 2);
  CHECK(rests[1] == doctest::Approx(1 - 0.999 * 0.999));
}

TEST_CASE("the GPU's averages are the host's") {
  Tensors device(2), host(2);
  const Tensor share = host.number(0.3);
  cuda::EmaUpdate update{{}, share.data<double>()};
  std::vector<EmaPart> parts;
  for (size_t i = 0; i < shapes.size(); ++i) {
    parts.push_back({host.of[0][i], host.of[1][i]});
    REQUIRE(update.parts.add({device.data(0, i), device.data(1, i), shapes[i].size()}));
  }
  cuda::run_on_host(update.parts.blocks(), update);
  host::ema_update(host.ctx, share, parts);
  expect_equal(device, host);
  cuda::run_on_host(update.parts.blocks(), cuda::Exchange{update.parts});
  host::ema_exchange(host.ctx, parts);
  expect_equal(device, host);
}

TEST_CASE("the GPU's moments are the host's") {
  for (const int64_t skipped : {0, 1}) {
    Tensors device(3), host(3);
    Tensor skip = host.ctx.zeros({1}, DType::i64);
    *skip.data<int64_t>() = skipped;
    Tensor steps = host.number(2), expected = host.number(2);
    cuda::MomentsUpdate update{{}, steps.data<double>(), skip.data<int64_t>()};
    std::vector<StepMomentsPart> parts;
    for (size_t i = 0; i < shapes.size(); ++i) {
      parts.push_back({host.of[0][i], host.of[1][i], host.of[2][i]});
      REQUIRE(update.parts.add(
          {device.data(0, i), device.data(1, i), device.data(2, i), shapes[i].size()}));
    }
    cuda::run_on_host(update.parts.blocks(), update);
    cuda::run_on_host(1, cuda::CountStep{steps.data<double>(), skip.data<int64_t>()});
    host::add_step(host.ctx, skip, expected, parts);
    expect_equal(device, host);
    CHECK(*steps.data<double>() == 3 - double(skipped));
    CHECK(*expected.data<double>() == *steps.data<double>());
  }
}

TEST_CASE("the GPU clips gradients as the host does") {
  for (const double max_norm : {1.0, 1000.0})
    for (const bool finite : {true, false}) {
      Tensors device(1), host(1);
      if (!finite)
        device.data(0, 1)[3] = host.data(0, 1)[3] = std::numeric_limits<float>::quiet_NaN();
      cuda::SumOfSquares squares{};
      cuda::ClipGradients clip{};
      for (size_t i = 0; i < shapes.size(); ++i) {
        REQUIRE(squares.parts.add({device.data(0, i), shapes[i].size()}));
        REQUIRE(clip.parts.add({device.data(0, i), device.data(0, i), shapes[i].size()}));
      }
      std::vector<double> partial(static_cast<size_t>(squares.parts.blocks())), norm(1);
      squares.squares = partial.data();
      test::run_program(squares.parts.blocks(), squares, partial);
      test::run_program(1, cuda::RootOfSum{partial.data(), squares.parts.blocks(), norm.data()},
                        norm);
      Tensor expected = host.number(0);
      host::gradient_norm(host.ctx, host.of[0], expected);
      if (!finite) {
        CHECK(std::isnan(norm[0]));
        continue;
      }
      CHECK(norm[0] == doctest::Approx(*expected.data<double>()).epsilon(1e-12));
      clip.norm = norm.data(), clip.max_norm = max_norm;
      cuda::run_on_host(clip.parts.blocks(), clip);
      host::clip_gradients(host.ctx, expected, max_norm, host.of[0], host.of[0]);
      expect_equal(device, host);
    }
}

TEST_CASE("the GPU unscales gradients as the host does") {
  Tensors device(2), host(2);
  for (Tensors* t : {&device, &host}) {
    t->data(0, 0)[0] = t->data(0, 0)[8999] = std::numeric_limits<float>::infinity();
    t->data(0, 1)[7] = std::numeric_limits<float>::quiet_NaN();
  }
  Tensor scale = host.ctx.empty({1}, DType::f32), expected = host.ctx.zeros({1}, DType::i64);
  *scale.data<float>() = 48;
  int64_t found = 0;
  cuda::Unscale program{{}, scale.data<float>(), &found};
  for (size_t i = 0; i < shapes.size(); ++i)  // the last in its place
    REQUIRE(
        program.parts.add({device.data(0, i), device.data(i == 2 ? 0 : 1, i), shapes[i].size()}));
  cuda::run_on_host(program.parts.blocks(), program);
  std::vector<Tensor> to{host.of[1][0], host.of[1][1], host.of[0][2]};
  host::unscale(host.ctx, scale, host.of[0], to, expected);
  CHECK(found == 3);
  CHECK(*expected.data<int64_t>() == 3);
  for (const size_t kind : {0, 1})
    for (size_t i = 0; i < shapes.size(); ++i)
      for (int64_t k = 0; k < shapes[i].size(); ++k) {
        const float a = device.data(kind, i)[k], b = host.data(kind, i)[k];
        REQUIRE((a == b || (std::isnan(a) && std::isnan(b))));
      }
}

TEST_CASE("the GPU's loss scale is the host's") {
  Context ctx;
  const GradScalerOptions o{.growth = 4, .backoff = 0.25, .interval = 3};
  Tensor skipped = ctx.empty({1}, DType::i64), scale = ctx.empty({1}, DType::f32);
  Tensor good_steps = ctx.zeros({1}, DType::i64);
  *scale.data<float>() = 64;
  float device_scale = 64;
  int64_t good = 0;
  const cuda::UpdateScale program{4, 0.25f, 3, skipped.data<int64_t>(), &device_scale, &good};
  for (const int64_t bad : {0, 0, 7, 0, 0, 0, 0, 1, 1}) {
    *skipped.data<int64_t>() = bad;
    cuda::run_on_host(1, program);
    host::update_scale(ctx, o, skipped, scale, good_steps);
    CHECK(device_scale == *scale.data<float>());
    CHECK(good == *good_steps.data<int64_t>());
  }
  CHECK(device_scale == 4);
}
