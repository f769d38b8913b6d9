#include "tools/training/evaluate.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "datasets/loader.h"
#include "models/resnet.h"
#include "op_case.h"
#include "temporary_directory.h"

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

// A network that says what it is told to, image after image.
class Says : public Layer {
 public:
  Says(int64_t K, std::vector<float> logits) : K_(K), logits_(std::move(logits)) {}

 protected:
  Value forward(Tape& tape, const Value& x) override {
    Tensor y = tape.context().empty_on_host({x.tensor().dim(0), K_}, DType::f32);
    std::copy_n(logits_.begin() + said_, y.size(), y.data<float>());
    said_ += y.size();
    return tape.constant(y);
  }

 private:
  int64_t K_, said_ = 0;
  std::vector<float> logits_;
};

std::shared_ptr<ImageSet> images_of(int set_classes, std::vector<int32_t> labels) {
  auto set = std::make_shared<ImageSet>();
  set->name = "some test";
  set->height = set->width = 2;
  set->classes = set_classes;
  set->labels = std::move(labels);
  set->pixels.resize(set->labels.size() * set->image_bytes());
  return set;
}

}  // namespace

TEST_CASE(
    "evaluate: top-1 and top-5 with ties, logits that are no numbers, and what is predicted") {
  Context ctx({.device = Device::cpu});
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> logits = {
      5,   4,   3,   2,   1,   0,  // label 0: first
      5,   4,   3,   2,   1,   0,  // label 4: fifth
      5,   4,   3,   2,   1,   0,  // label 5: sixth
      1,   1,   1,   1,   1,   1,  // label 3: none is above it
      0,   0,   nan, 0,   0,   0,  // label 2: no number
      nan, nan, nan, nan, nan, 0,  // label 0: neither
  };
  Loader loader(images_of(6, {0, 4, 5, 3, 2, 0}), {.batch = 2, .workers = 0});
  Says all(6, logits);
  const Evaluation e = evaluate(ctx, all, loader);
  CHECK(e.top1 == doctest::Approx(200.0 / 6));
  CHECK(e.top5 == doctest::Approx(300.0 / 6));
  CHECK(std::isnan(e.loss));
  Says few(6, logits);
  const std::vector<Prediction> first = predict_first(ctx, few, loader, 3);
  REQUIRE(first.size() == 3);
  CHECK(first[0].label == 0);
  CHECK(first[0].probability == doctest::Approx(1 / (1 + std::exp(-1) + std::exp(-2) +
                                                     std::exp(-3) + std::exp(-4) + std::exp(-5))));
}

TEST_CASE("evaluate: images of several classes") {
  Context ctx({.device = Device::cpu});
  auto set = images_of(2, {0, 0, 1});
  set->tags = {1, 0, 1, -1, 0, 1};
  Loader loader(set, {.batch = 2, .workers = 0});
  const std::vector<float> logits = {0, 2, 3, 0, 1, 1};
  Says says(2, logits);
  const Evaluation e = evaluate(ctx, says, loader);
  // log 2, log(1+e^2); log(1+e^-3), what does not count; log(1+e), log(1+e^-1)
  const double loss = std::log(2.0) + std::log1p(std::exp(2.0)) + std::log1p(std::exp(-3.0)) +
                      std::log1p(std::exp(1.0)) + std::log1p(std::exp(-1.0));
  CHECK(e.loss == doctest::Approx(loss / 6));
  // Class 0 is found first and third: precision 1 up to recall 1/2, then 2/3; class 1 second.
  CHECK(e.map_area == doctest::Approx(100 * ((1 + 2.0 / 3) / 2 + 0.5) / 2));
  CHECK(std::isnan(e.top1));
  Says again(2, logits);
  const std::vector<Prediction> first = predict_first(ctx, again, loader, 1);
  CHECK(first.at(0).label == 1);
  CHECK(first[0].probability == doctest::Approx(1 / (1 + std::exp(-2.0))));
}

TEST_CASE("evaluate: the network has to know the set's classes") {
  Context ctx({.device = Device::cpu});
  const auto said = [&](const std::shared_ptr<ImageSet>& set, int64_t K) {
    Loader loader(set, {.batch = 2, .workers = 0});
    Says says(K, std::vector<float>(8));
    return test::message_of([&] { evaluate(ctx, says, loader); });
  };
  auto set = images_of(3, {0, 2});
  CHECK(said(set, 2) == "'some test' has 3 classes, and the network tells 2 apart");
  CHECK(said(set, 4) == "");
  set->tags.assign(6, 1);
  CHECK(said(set, 4) == "'some test' has 3 classes, and the network tells 4 apart");
}

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
