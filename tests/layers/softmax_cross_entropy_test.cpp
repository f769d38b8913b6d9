#include "layers/softmax_cross_entropy.h"

#include <doctest/doctest.h>

#include <cmath>

#include "engine/error.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"
#include "op_case.h"

using namespace lienet;

namespace {

Tensor labels(Context& ctx, std::initializer_list<int64_t> values) {
  Tensor t = ctx.empty_on_host({static_cast<int64_t>(values.size())}, DType::i64);
  std::copy(values.begin(), values.end(), t.data<int64_t>());
  return to_device(ctx, t);
}

}  // namespace

TEST_CASE("softmax_cross_entropy") {
  for (const double smoothing : {0.0, 0.1}) {
    const auto hard = [=](Tape& t, std::span<const Value> in) {
      return softmax_cross_entropy(t, in[0], labels(t.context(), {1, 4, 0}), smoothing);
    };
    const auto soft = [=](Tape& t, std::span<const Value> in) {
      return softmax_cross_entropy(t, in[0], test::random_tensor(t.context(), {3, 5}, 2, 0, 1),
                                   smoothing);
    };
    test::expect_correct({.op = hard, .shapes = {{3, 5}}, .low = -4, .high = 4});
    test::expect_correct({.op = soft, .shapes = {{3, 5}}, .low = -4, .high = 4});
  }
}

TEST_CASE("softmax_cross_entropy stays finite for large logits") {
  Context ctx;
  Tensor x = ctx.zeros({1, 2});
  x.data<float>()[1] = 1e4f;
  const Tensor wrong = softmax_cross_entropy(ctx, x, labels(ctx, {0}), 0, nullptr);
  CHECK(*wrong.data<float>() == doctest::Approx(1e4));
  fill(ctx, x, 0);
  CHECK(*softmax_cross_entropy(ctx, x, labels(ctx, {1}), 0, nullptr).data<float>() ==
        doctest::Approx(std::log(2.0)));
}

TEST_CASE("softmax_cross_entropy names a bad target") {
  Context ctx;
  const Tensor x = ctx.zeros({2, 3});
  CHECK_THROWS_WITH_AS(softmax_cross_entropy(ctx, x, labels(ctx, {1, 3}), 0, nullptr),
                       "softmax_cross_entropy: label 3 of sample 1; expected 0 to 2", Error);
  CHECK_THROWS_AS(softmax_cross_entropy(ctx, x, labels(ctx, {1}), 0, nullptr), Error);
  CHECK_THROWS_AS(softmax_cross_entropy(ctx, x, labels(ctx, {1, 2}), 1, nullptr), Error);
  for (const Shape& empty : {Shape{0, 3}, Shape{2, 0}}) {
    const Tensor none = ctx.zeros(empty);
    CHECK_THROWS_WITH_AS(softmax_cross_entropy(ctx, none, none, 0, nullptr),
                         ("softmax_cross_entropy: x " + none.str() + "; expected [N, K]").c_str(),
                         Error);
  }
}

TEST_CASE("count_correct: a tie is right, no number is wrong, and a bad label is named") {
  Context ctx({.device = Device::cpu});
  Tensor x = ctx.zeros({4, 3});
  const float nan = std::nanf("");
  const float values[] = {1, 1, 0, 1, 2, 0, nan, 1, 0, nan, 1, 0};
  std::copy(std::begin(values), std::end(values), x.data<float>());
  CHECK(*count_correct(ctx, x, labels(ctx, {0, 0, 0, 1})).data<int64_t>() == 2);
  CHECK_THROWS_WITH_AS(count_correct(ctx, x, labels(ctx, {0, 0, 3, 1})),
                       "count_correct: label 3 of sample 2; expected 0 to 2", Error);
  CHECK_THROWS_AS(count_correct(ctx, x, labels(ctx, {0, 0, 0})), Error);
  CHECK_THROWS_AS(count_correct(ctx, x, x), Error);
}
