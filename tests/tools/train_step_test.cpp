#include "tools/training/train_step.h"

#include <doctest/doctest.h>

#include <limits>

#include "datasets/loader.h"
#include "datasets/resident_set.h"
#include "engine/tensor_ops.h"
#include "layers/batch_norm2d.h"
#include "layers/conv2d.h"
#include "layers/flatten.h"
#include "layers/global_avg_pool.h"
#include "layers/linear.h"
#include "layers/relu.h"
#include "models/initialise.h"
#include "op_case.h"
#include "optim/sgd.h"

using namespace lienet;

namespace {

struct Flat : Layer {
  explicit Flat(Context& ctx) : fc(ctx, 12, 3) {
    add_child("fc", fc);
    initialise(ctx, *this);
  }
  Value forward(Tape& tape, const Value& x) override { return fc(tape, flatten(tape, x)); }
  Linear fc;
};

// What a recorded step has besides: convolutions, running statistics, masks drawn by the host.
struct Network : Layer {
  explicit Network(Context& ctx)
      : conv(ctx, {.in = 3, .out = 16, .kernel = 3, .padding = 1}), norm(ctx, 16), fc(ctx, 64, 3) {
    add_child("conv", conv);
    add_child("norm", norm);
    add_child("fc", fc);
    initialise(ctx, *this);
    inhibit_conv("paper,mode=random,sets=2");
  }
  void inhibit_conv(std::string_view text) { conv.inhibit(Inhibition::parse(text)); }
  Value forward(Tape& tape, const Value& x) override {
    return fc(tape, flatten(tape, relu(tape, norm(tape, conv(tape, x)))));
  }
  Conv2d conv;
  BatchNorm2d norm;
  Linear fc;
};

Batch make_batch(int64_t images) {
  Context host;
  Batch b{.images = test::random_tensor(host, {images, 3, 2, 2}, 1),
          .labels = host.empty({images}, DType::i64),
          .targets = {},
          .indices = {}};
  for (int64_t i = 0; i < images; ++i) b.labels.data<int64_t>()[i] = i % 3;
  return b;
}

std::vector<StepOutcome> outcomes_of(const ContextOptions& options, bool graph) {
  Context ctx(options);
  Network model(ctx);
  Sgd sgd(ctx, model, {.lr = 0.1});
  Ema ema(ctx, model);
  TrainStep step(ctx, model, sgd, &ema, {.clip = 100, .graph = graph});
  std::vector<StepOutcome> outcomes;
  for (uint32_t i = 0; i < 14; ++i) {  // one of them is smaller, and is not replayed
    ctx.set_position(0, i);
    if (i == 5) {
      model.inhibit_conv("paper,mode=random,sets=2,rate=0.3");
      step.record_again();
    }
    outcomes.push_back(step(make_batch(i == 10 ? 4 : 6)).wait());
  }
  return outcomes;
}

void check_learning(const std::vector<StepOutcome>& outcomes) {
  CHECK(outcomes.front().loss > 0.8);
  CHECK(outcomes.back().loss < 0.5);
  CHECK(outcomes.back().correct == 6);
  for (const StepOutcome& o : outcomes) CHECK(o.not_finite.empty());
}

}  // namespace

TEST_CASE("a step learns, and tells what it came to") {
  check_learning(outcomes_of({}, true));
}

TEST_CASE("a step names what is not finite") {
  Context ctx;
  Flat model(ctx);
  Sgd sgd(ctx, model, {.lr = 0});
  TrainStep step(ctx, model, sgd, nullptr, {});
  Batch batch = make_batch(6);
  CHECK(step(batch).wait().not_finite.empty());
  batch.images.data<float>()[0] = std::numeric_limits<float>::quiet_NaN();
  CHECK(step(batch).wait().not_finite == "the loss");
  // Weights of 0 hide the image from the loss, but not from their gradient.
  fill(ctx, model.fc.weight.value, 0);
  fill(ctx, model.fc.bias.value, 0);
  batch.images.data<float>()[0] = 1e30f;
  batch.targets = ctx.zeros({6, 3});
  for (int64_t i = 0; i < 6; ++i) batch.targets.data<float>()[3 * i] = 1e10f;
  CHECK(step(batch).wait().not_finite == "the gradient of fc.weight");
}

namespace {

// The losses of 4 epochs of 2 whole batches and one that is smaller.
std::vector<double> losses_on(Context& ctx, BatchSource& source) {
  Flat model(ctx);
  Sgd sgd(ctx, model, {.lr = 0.1});
  TrainStep step(ctx, model, sgd, nullptr, {});
  std::vector<double> losses;
  for (uint32_t epoch = 0; epoch < 4; ++epoch) {
    source.start(epoch);
    while (const auto batch = source.next()) losses.push_back(step(*batch).wait().loss);
  }
  return losses;
}

}  // namespace

TEST_CASE("where batches are made does not matter to a training") {
  auto set = std::make_shared<ImageSet>();
  set->height = set->width = 2;
  set->classes = 3;
  Random random({.seed = 5});
  for (int i = 0; i < 13; ++i) set->labels.push_back(i % 3);
  set->pixels.resize(13 * set->image_bytes());
  for (uint8_t& p : set->pixels) p = static_cast<uint8_t>(random.below(256));
  const LoaderOptions options{.batch = 5,
                              .shuffle = true,
                              .augment = {.pad = 1, .flip = true},
                              .mix = {.mixup = 0.5},
                              .stats = cifar10_stats};
  std::vector<ContextOptions> devices{{}};
  if (test::can_do_cuda()) devices.push_back({.device = Device::cuda, .deterministic = true});
  for (const ContextOptions& o : devices) {
    Context ctx(o);
    Loader loader(set, options);
    ResidentSet resident(ctx, set, options);
    const std::vector<double> expected = losses_on(ctx, loader), losses = losses_on(ctx, resident);
    REQUIRE(losses.size() == 12);
    for (size_t i = 0; i < losses.size(); ++i)
      CHECK(losses[i] == doctest::Approx(expected[i]).epsilon(1e-5));
  }
}

TEST_CASE("moments are of the gradients before they are clipped") {
  struct Pooled : Layer {
    explicit Pooled(Context& ctx) : conv(ctx, {.in = 3, .out = 3, .kernel = 1}) {
      add_child("conv", conv);
      initialise(ctx, *this);
    }
    Value forward(Tape& tape, const Value& x) override {
      return global_avg_pool(tape, conv(tape, x));
    }
    Conv2d conv;
  };
  const auto moments_of = [](double clip) {
    Context ctx;
    Pooled model(ctx);
    Sgd sgd(ctx, model, {.lr = 0});
    StepMoments moments(ctx, model, 6);
    TrainStep step(ctx, model, sgd, nullptr, {.clip = clip});
    step.gather(moments);
    step(make_batch(6)).wait();
    step(make_batch(4)).wait();  // another number of images
    CHECK(moments.steps() == 1);
    return moments.moments()[0].mean;
  };
  const Tensor whole = moments_of(0), clipped = moments_of(1e-6);
  for (int64_t i = 0; i < whole.size(); ++i)
    CHECK(whole.data<double>()[i] == clipped.data<double>()[i]);
  CHECK(whole.data<double>()[0] != 0);
}

TEST_CASE("steps that are replayed on the device are those that are not") {
  if (!test::can_do_cuda()) return;
  const ContextOptions options{.device = Device::cuda, .deterministic = true};
  const std::vector<StepOutcome> plain = outcomes_of(options, false),
                                 replayed = outcomes_of(options, true);
  check_learning(replayed);
  for (size_t i = 0; i < plain.size(); ++i) CHECK(plain[i].loss == replayed[i].loss);
  check_learning(outcomes_of({.device = Device::cuda, .precision = Precision::fp16}, true));
}
