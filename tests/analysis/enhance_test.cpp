#include "analysis/enhance.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "analysis/blur.h"
#include "engine/error.h"
#include "engine/tensor_ops.h"
#include "models/resnet.h"
#include "op_case.h"

using namespace lienet;

TEST_CASE("blur: the taps are a normalised bell, and the edge is repeated") {
  Context ctx({.device = Device::ref, .dtype = DType::f64, .poison = true});
  Tensor point = ctx.zeros({1, 1, 1, 9});
  point.data<double>()[4] = 1;
  const Tensor bell = gaussian_blur(ctx, point, 1);
  double total = 0;
  for (int64_t i = 0; i < 9; ++i) total += bell.data<double>()[i];
  CHECK(total == doctest::Approx(1));
  CHECK(bell.data<double>()[5] / bell.data<double>()[4] == doctest::Approx(std::exp(-0.5)));
  CHECK(bell.data<double>()[7] / bell.data<double>()[4] == doctest::Approx(std::exp(-4.5)));
  CHECK(bell.data<double>()[8] == 0);  // beyond ceil(3 sigma)
  Tensor edge = ctx.zeros({1, 1, 1, 9});
  edge.data<double>()[0] = 1;
  const Tensor folded = gaussian_blur(ctx, edge, 1);
  CHECK(folded.data<double>()[0] / folded.data<double>()[1] ==
        doctest::Approx((1 + std::exp(-0.5)) / (std::exp(-0.5) + std::exp(-2))));
  Tensor constant = ctx.empty({2, 3, 4, 5});
  fill(ctx, constant, 0.3);
  test::expect_close(ctx, gaussian_blur(ctx, constant, 2.5), constant, 1e-14, 0);
  CHECK_THROWS_AS(gaussian_blur(ctx, constant, 0), Error);
}

TEST_CASE("enhance: the share kept is sharp, the rest blurred; a constant image stays") {
  Context ctx({.device = Device::ref, .dtype = DType::f64, .seed = 3, .poison = true});
  ResNet net(ctx, {.depths = {1, 1}, .width = 4, .classes = 5});
  Tensor x = test::random_tensor(ctx, {2, 3, 9, 8}, 4);
  std::fill_n(x.data<double>() + 3 * 72, 3 * 72, 0.25);
  const std::vector<int64_t> classes{0, 3};
  const Tensor blurred = gaussian_blur(ctx, x, 1.5);
  const Enhanced e = enhance(ctx, net, x, classes, {.rate = 0.75, .blur_sigma = 1.5});
  CHECK(e.classes == classes);
  int64_t kept = 0;
  for (int64_t i = 0; i < 3 * 72; ++i) {
    const bool keep = e.mask.data<uint8_t>()[i % 72];
    CHECK(e.images.data<double>()[i] == (keep ? x : blurred).data<double>()[i]);
    CHECK(keep == (e.map.data<double>()[i % 72] > e.thresholds.data<double>()[0]));
    if (i < 72) kept += keep;
  }
  CHECK(kept == 18);
  for (int64_t i = 3 * 72; i < 6 * 72; ++i)
    CHECK(e.images.data<double>()[i] == doctest::Approx(0.25));
  for (const EnhanceOptions& nothing : {EnhanceOptions{.rate = 0}, EnhanceOptions{.blur_sigma = 0}})
    test::expect_close(ctx, enhance(ctx, net, x, classes, nothing).images, x, 0, 0);
  const Enhanced best = enhance(ctx, net, x, {}, {});
  for (int64_t n = 0; n < 2; ++n) {
    const double* row = best.logits.data<double>() + n * 5;
    CHECK(best.classes[static_cast<size_t>(n)] == std::max_element(row, row + 5) - row);
  }
  CHECK_THROWS_AS(enhance(ctx, net, x, classes, {.rate = 1}), Error);
  CHECK_THROWS_AS(enhance(ctx, net, x, classes, {.blur_sigma = -1}), Error);
}

TEST_CASE("enhance: nothing changes in the network, and a map that is NaN blurs nothing") {
  Context ctx({.device = Device::ref, .dtype = DType::f64, .seed = 3, .poison = true});
  ResNet net(ctx, {.depths = {1, 1}, .width = 4, .classes = 5});
  net.inhibit_blocks(Inhibition::parse("paper,rate=0.9,sets=4"));
  const Tensor x = test::random_tensor(ctx, {2, 3, 8, 8}, 4);
  std::vector<Tensor> before;
  for (const NamedTensor& t : net.state()) before.push_back(clone(ctx, t.tensor));
  const Enhanced e = enhance(ctx, net, x, {}, {});
  const std::vector<NamedTensor> after = net.state();
  for (size_t i = 0; i < after.size(); ++i)
    test::expect_close(ctx, after[i].tensor, before[i], 0, 0);
  for (const Parameter* p : net.parameters()) CHECK(!p->gradient);
  net.inhibit_blocks(Inhibition::parse("paper,rate=0,sets=4"));
  test::expect_close(ctx, enhance(ctx, net, x, {}, {}).map, e.map, 0, 0);
  fill(ctx, net.find("fc").parameters()[0]->value, std::nan(""));
  test::expect_close(ctx, enhance(ctx, net, x, {}, {}).images, x, 0, 0);
}
