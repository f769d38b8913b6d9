#include "optim/clip.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "engine/error.h"
#include "layers/linear.h"
#include "op_case.h"
#include "two_parameters.h"

using namespace lienet;
using test::TwoParameters;
using test::values_of;

namespace {

double norm_of(const Tensor& norm) {
  return *norm.data<double>();
}

}  // namespace

TEST_CASE("clip: one norm over all gradients") {
  Context ctx({.device = Device::ref, .dtype = DType::f64});
  TwoParameters model(ctx);
  model.a.gradient = model.tensor({1, -2, 3});
  model.b.gradient = model.tensor({0.5, 4});
  CHECK(norm_of(clip_gradient_norm(ctx, model, 5.5001)) == doctest::Approx(5.5));
  CHECK(values_of(model.a.gradient) == std::vector<double>{1, -2, 3});
  const void* before = model.a.gradient.raw();
  CHECK(norm_of(clip_gradient_norm(ctx, model, 2)) == doctest::Approx(5.5));
  CHECK(model.a.gradient.raw() == before);
  const double factor = 2 / (5.5 + 1e-6);
  CHECK(values_of(model.a.gradient) == std::vector<double>{factor, -2 * factor, 3 * factor});
  CHECK(values_of(model.b.gradient) == std::vector<double>{0.5 * factor, 4 * factor});
}

TEST_CASE("clip: parameters without a gradient, and none at all") {
  Context ctx({.device = Device::ref, .dtype = DType::f64});
  TwoParameters model(ctx);
  CHECK(norm_of(clip_gradient_norm(ctx, model, 1)) == 0);
  model.b.gradient = model.tensor({3, -4});
  CHECK(norm_of(clip_gradient_norm(ctx, model, 1)) == doctest::Approx(5));
  CHECK(!model.a.gradient);
  CHECK(values_of(model.b.gradient)[1] == doctest::Approx(-0.8));
}

TEST_CASE("clip: what others share is not written to") {
  Context ctx({.device = Device::ref, .dtype = DType::f64});
  TwoParameters model(ctx);
  const Tensor shared = model.tensor({3, 4});
  model.a.gradient = model.b.gradient = shared;
  CHECK(norm_of(clip_gradient_norm(ctx, model, 1)) == doctest::Approx(std::sqrt(50.0)));
  CHECK(values_of(shared) == std::vector<double>{3, 4});
  for (const Parameter* p : {&model.a, &model.b})
    CHECK(values_of(p->gradient)[1] == doctest::Approx(4 / std::sqrt(50.0)));
}

TEST_CASE("clip: the number of threads changes no bit") {
  std::vector<double> norms;
  for (const int threads : {1, 2, 5}) {
    Context ctx({.threads = threads});
    Linear layer(ctx, 251, 199);
    layer.weight.gradient = test::random_tensor(ctx, {199, 251}, 1);
    norms.push_back(norm_of(clip_gradient_norm(ctx, layer, 1e6)));
  }
  CHECK(norms[0] > 1);
  CHECK(norms[1] == norms[0]);
  CHECK(norms[2] == norms[0]);
}

TEST_CASE("clip: a norm that is not finite is told, and nothing is scaled") {
  Context ctx({.device = Device::ref, .dtype = DType::f64});
  TwoParameters model(ctx);
  model.a.gradient = model.tensor({1, 2, 3});
  for (const double bad : {std::numeric_limits<double>::infinity(), std::nan("")}) {
    model.b.gradient = model.tensor({bad, 1});
    CHECK(!std::isfinite(norm_of(clip_gradient_norm(ctx, model, 1))));
    CHECK(values_of(model.a.gradient) == std::vector<double>{1, 2, 3});
  }
}

TEST_CASE("clip refuses a norm of 0 or less") {
  Context ctx;
  TwoParameters model(ctx);
  CHECK_THROWS_WITH_AS(clip_gradient_norm(ctx, model, 0),
                       "gradient clipping: norm 0; expected above 0", Error);
  CHECK_THROWS_WITH_AS(clip_gradient_norm(ctx, model, NAN),
                       "gradient clipping: norm nan; expected above 0", Error);
}
