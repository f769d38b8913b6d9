#include "tools/training/evaluate.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "datasets/loader.h"
#include "models/resnet.h"
#include "op_case.h"

using namespace lienet;

namespace {

constexpr int64_t images = 7, classes = 3;

std::shared_ptr<ImageSet> some_images() {
  auto set = std::make_shared<ImageSet>();
  set->height = set->width = 8;
  set->classes = classes;
  for (int64_t i = 0; i < images; ++i) set->labels.push_back(static_cast<int32_t>(i % classes));
  Random random({.seed = 5});
  set->pixels.resize(static_cast<size_t>(images) * set->image_bytes());
  for (uint8_t& p : set->pixels) p = static_cast<uint8_t>(random.below(256));
  return set;
}

// What the logits say, by the definitions.
struct Expected {
  double loss = 0, top1 = 0;
};
Expected expected_of(const std::vector<float>& logits, const std::vector<int32_t>& labels) {
  Expected result;
  for (int64_t n = 0; n < images; ++n) {
    const float* row = logits.data() + n * classes;
    const int32_t label = labels[static_cast<size_t>(n)];
    double sum = 0;
    for (int64_t k = 0; k < classes; ++k) sum += std::exp(double(row[k]));
    result.loss += (std::log(sum) - double(row[label])) / images;
    result.top1 += std::max_element(row, row + classes) == row + label ? 100.0 / images : 0;
  }
  return result;
}

}  // namespace

TEST_CASE("evaluate: logits of all images in order, whatever the batch") {
  std::vector<ContextOptions> devices{{.device = Device::cpu},
                                      {.device = Device::ref},
                                      {.device = Device::ref, .dtype = DType::f64}};
  if (test::can_do_cuda()) devices.push_back({.device = Device::cuda});
  for (const ContextOptions& options : devices) {
    Context ctx(options);
    ResNet model(ctx, {.depths = {1}, .width = 5, .classes = classes});
    const auto set = some_images();
    Loader all(set, {.batch = images, .workers = 0}), parts(set, {.batch = 3, .workers = 2});
    std::vector<float> logits(4, 17.0f), in_parts;  // what was in it goes
    const Evaluation e = evaluate(ctx, model, all, &logits);
    REQUIRE(logits.size() == images * classes);
    CHECK(e.images == images);
    const Expected expected = expected_of(logits, set->labels);
    CHECK(e.loss == doctest::Approx(expected.loss).epsilon(1e-5));
    CHECK(e.top1 == doctest::Approx(expected.top1));

    const Evaluation again = evaluate(ctx, model, parts, &in_parts);
    CHECK(again.loss == doctest::Approx(e.loss).epsilon(1e-5));
    REQUIRE(in_parts.size() == logits.size());
    for (size_t i = 0; i < logits.size(); ++i)
      CHECK(in_parts[i] == doctest::Approx(logits[i]).epsilon(1e-4));

    CHECK(evaluate(ctx, model, all).loss == e.loss);  // without logits
  }
}

TEST_CASE("evaluate takes no memory from the system after its first batches") {
  Context ctx;
  ResNet model(ctx, resnet_options("resnet18", classes, 16));
  Loader loader(some_images(), {.batch = 3, .workers = 0});
  evaluate(ctx, model, loader);
  const size_t requests = ctx.allocator().stats().source_requests;
  evaluate(ctx, model, loader);
  CHECK(ctx.allocator().stats().source_requests == requests);
}
