#include "tools/training/enhancement.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "engine/tensor_ops.h"
#include "models/resnet.h"
#include "op_case.h"
#include "temporary_directory.h"

using namespace lienet;
using test::message_of;

namespace {

constexpr int64_t pixels = 3 * 12 * 12;

Batch make_batch(Context& ctx, int64_t images) {
  Batch b{.images = test::random_tensor(ctx, {images, 3, 12, 12}, 1),
          .labels = ctx.zeros({images}, DType::i64),
          .targets = {},
          .indices = {}};
  for (int64_t i = 0; i < images; ++i) b.labels.data<int64_t>()[i] = i % 5;
  return b;
}

// The numbers of the images that are not what they were.
std::vector<int64_t> changed(const Batch& before, const Batch& after) {
  std::vector<int64_t> numbers;
  for (int64_t i = 0; i < before.images.dim(0); ++i) {
    const float* a = before.images.data<float>() + i * pixels;
    if (!std::equal(a, a + pixels, after.images.data<float>() + i * pixels)) numbers.push_back(i);
  }
  return numbers;
}

std::string refused(const char* text) {
  return message_of([&] { Enhancement::parse(text); });
}

}  // namespace

TEST_CASE("enhancement: its words, and the nearest to a wrong one") {
  const Enhancement e = Enhancement::parse("sigma=0,share=1,rate=0.25");
  CHECK(e.share == 1);
  CHECK(e.options.rate == 0.25);
  CHECK(e.options.blur_sigma == 0);
  CHECK(Enhancement::parse("rate=0.4").share == 0.3);
  CHECK(Enhancement::parse("rate=0.4").options.blur_sigma == 2);
  CHECK(refused("sigmma=2") == "enhancement: sigmma is not an option; did you mean sigma?");
  CHECK(refused("on") == "enhancement: on: expected key=value");
  CHECK(refused("rate=half") == "enhancement: rate=half is not a number");
  CHECK(refused("rate=1") == "enhancement: rate 1; expected 0 <= rate < 1");
  CHECK(refused("share=-0.1") == "enhancement: share -0.1; expected 0 to 1");
  CHECK(refused("sigma=-1") == "enhancement: sigma -1; expected 0 (no blur) to 1000");
  CHECK(refused("sigma=inf") == "enhancement: sigma inf; expected 0 (no blur) to 1000");
}

TEST_CASE("enhancement: exactly so many images are drawn, each as often as another") {
  CHECK(draw_share(100, 0.29, {}).size() == 29);
  CHECK(draw_share(10, 0.39, {}).size() == 3);
  CHECK(draw_share(3, 0.3, {}).empty());
  CHECK(draw_share(5, 1, {}) == std::vector<int64_t>{0, 1, 2, 3, 4});
  std::vector<int> count(10);
  for (uint32_t step = 0; step < 2000; ++step) {
    const auto drawn = draw_share(10, 0.3, {.sample = step, .use = RandomUse::enhance});
    CHECK(std::set<int64_t>(drawn.begin(), drawn.end()).size() == 3);
    CHECK(std::is_sorted(drawn.begin(), drawn.end()));
    for (const int64_t i : drawn) ++count[static_cast<size_t>(i)];
  }
  for (const int c : count) CHECK(std::abs(c - 600) < 5 * std::sqrt(2000 * 0.3 * 0.7));
}

TEST_CASE("enhancement: the images drawn are enhanced for their own labels, the others stay") {
  Context ctx({.threads = 1, .seed = 3});
  ResNet net(ctx, {.depths = {1, 1}, .width = 4, .classes = 5});
  const Enhancement enhancement = Enhancement::parse("share=0.35,sigma=1");
  const Batch before = make_batch(ctx, 10);
  Batch after = make_batch(ctx, 10);
  ctx.set_position(2, 7);
  enhance_batch(ctx, net, enhancement, after);
  const std::vector<int64_t> drawn = changed(before, after);
  CHECK(drawn.size() == 3);
  CHECK(drawn == draw_share(10, 0.35, ctx.random_key(RandomUse::enhance)));
  for (const int64_t i : drawn) {
    Tensor one = ctx.empty({1, 3, 12, 12});
    std::copy_n(before.images.data<float>() + i * pixels, pixels, one.data<float>());
    const Enhanced e =
        enhance(ctx, net, one, {before.labels.data<int64_t>() + i, 1}, enhancement.options);
    Tensor got = ctx.empty({1, 3, 12, 12});
    std::copy_n(after.images.data<float>() + i * pixels, pixels, got.data<float>());
    test::expect_close(ctx, got, e.images, 0, 1e-6);
  }
  ctx.set_position(2, 8);
  Batch next = make_batch(ctx, 10);
  enhance_batch(ctx, net, enhancement, next);
  CHECK(changed(before, next) != drawn);
  for (const char* nothing : {"share=0", "share=0.09", "share=1,sigma=0", "share=1,rate=0"}) {
    Batch same = make_batch(ctx, 10);
    enhance_batch(ctx, net, Enhancement::parse(nothing), same);
    CHECK(changed(before, same).empty());
  }
}
