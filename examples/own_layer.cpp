// A layer that lienet does not have, from its formula to a network that trains with it: RMSNorm
// over channels (Zhang, Sennrich, "Root Mean Square Layer Normalization", 2019).
//
//   y = g * xh,  xh = x * r,  r = 1 / sqrt(mean_c(x^2) + eps)
//   dg = sum_{n,i,j} dy * xh
//   dx = r * (g * dy - xh * mean_c(g * dy * xh))
//   x, y [N,C,H,W]  g [C]  r [N,H,W]; mean_c is over the channels of one position
//
// The program checks the gradient by central differences, that a wrong one is found, what
// inhibition does to the gradient of the layer's output, and that the network learns. Exit code 0
// where all of it is right. docs/add_a_layer.md walks through it.
#include <cmath>
#include <cstdio>
#include <exception>
#include <span>

#include "engine/error.h"
#include "engine/gradcheck.h"
#include "engine/scheduler.h"
#include "engine/tensor_ops.h"
#include "layers/add_relu.h"
#include "layers/conv2d.h"
#include "layers/global_avg_pool.h"
#include "layers/layer.h"
#include "layers/linear.h"
#include "layers/softmax_cross_entropy.h"
#include "models/initialise.h"
#include "optim/sgd.h"

using namespace lienet;

namespace {

constexpr double eps = 1e-5;

// All that backward reads, and no more. x is plain.
struct RmsNorm2dSaved {
  Tensor x, g, r;
};

// ---- The arithmetic, for float and double. A map is C planes of H*W values, one behind the other.

template <class T>
void rms_norm2d(const Tensor& x, const Tensor& g, Tensor& r, Tensor& y) {
  const int64_t N = x.dim(0), C = x.dim(1), map = x.dim(2) * x.dim(3);
  for (int64_t n = 0; n < N; ++n)
    for (int64_t i = 0; i < map; ++i) {
      const T* px = x.data<T>() + n * C * map + i;  // channel c is at px[c * map]
      T* py = y.data<T>() + n * C * map + i;
      double squares = 0;
      for (int64_t c = 0; c < C; ++c) squares += double(px[c * map]) * double(px[c * map]);
      const auto scale = static_cast<T>(1 / std::sqrt(squares / static_cast<double>(C) + eps));
      r.data<T>()[n * map + i] = scale;
      for (int64_t c = 0; c < C; ++c) py[c * map] = g.data<T>()[c] * px[c * map] * scale;
    }
}

template <class T>
void rms_norm2d_backward(const RmsNorm2dSaved& s, const Tensor& dy, Tensor& dx, Tensor& dg) {
  const int64_t N = dy.dim(0), C = dy.dim(1), map = dy.dim(2) * dy.dim(3);
  const T* g = s.g.data<T>();
  for (int64_t n = 0; n < N; ++n)
    for (int64_t i = 0; i < map; ++i) {
      const T* px = s.x.data<T>() + n * C * map + i;
      const T* pdy = dy.data<T>() + n * C * map + i;
      T* pdx = dx.data<T>() + n * C * map + i;
      const T r = s.r.data<T>()[n * map + i];
      double sum = 0;
      for (int64_t c = 0; c < C; ++c) sum += double(g[c] * pdy[c * map] * px[c * map] * r);
      const auto mean = static_cast<T>(sum / static_cast<double>(C));
      for (int64_t c = 0; c < C; ++c) {
        const T xh = px[c * map] * r;
        pdx[c * map] = r * (g[c] * pdy[c * map] - xh * mean);
        dg.data<T>()[c] += pdy[c * map] * xh;
      }
    }
}

// ---- The op: checks, memory, and what is recorded on the tape.

void rms_norm2d_backward(Context& ctx, const RmsNorm2dSaved& s, const Tensor& dy,
                         std::span<GradSlot> d) {
  Tensor dx = ctx.empty_like(s.x), dg = ctx.zeros(s.g.shape(), s.g.dtype());
  const Tensor plain = as_plain(ctx, dy);
  if (dy.dtype() == DType::f64)
    rms_norm2d_backward<double>(s, plain, dx, dg);
  else
    rms_norm2d_backward<float>(s, plain, dx, dg);
  if (d[0]) d[0].give(ctx, std::move(dx));
  if (d[1]) d[1].give(ctx, std::move(dg));
}

Value rms_norm2d(Tape& tape, const Value& x, const Value& g) {
  if (x.shape().rank() != 4 || g.shape() != Shape{x.shape()[1]})
    throw Error("rms_norm2d: x " + x.tensor().str() + ", gain " + g.tensor().str() +
                "; expected [N, C, H, W] and [C]");
  Context& ctx = tape.context();
  const Tensor plain = as_plain(ctx, x.tensor());
  const Shape& shape = plain.shape();
  Tensor r = ctx.empty({shape[0], shape[2], shape[3]}, plain.dtype()), y = ctx.empty_like(plain);
  if (plain.dtype() == DType::f64)
    rms_norm2d<double>(plain, g.tensor(), r, y);
  else
    rms_norm2d<float>(plain, g.tensor(), r, y);
  return tape.record("rms_norm2d", {&x, &g}, std::move(y), RmsNorm2dSaved{plain, g.tensor(), r},
                     [](Context& c, const RmsNorm2dSaved& s, const Tensor& dy,
                        std::span<GradSlot> d) { rms_norm2d_backward(c, s, dy, d); });
}

// ---- The layer: it owns the parameter.

class RmsNorm2d : public Layer {
 public:
  RmsNorm2d(Context& ctx, int64_t channels) {
    weight = {.name = "weight", .value = ctx.empty({channels}), .decay = false};
    fill(ctx, weight.value, 1);
    add_parameter(weight);
  }
  Parameter weight;

 protected:
  Value forward(Tape& tape, const Value& x) override {
    return rms_norm2d(tape, x, weight.on(tape));
  }
};

// ---- A model with it. Two ops read the first norm's output: it is a shortcut.

class Network : public Layer {
 public:
  Network(Context& ctx, int64_t classes)
      : conv1(ctx, {.in = 3, .out = 16, .kernel = 3, .padding = 1, .bias = false}),
        conv2(ctx, {.in = 16, .out = 16, .kernel = 3, .padding = 1, .bias = false}),
        norm1(ctx, 16),
        norm2(ctx, 16),
        fc(ctx, 16, classes) {
    add_child("conv1", conv1);
    add_child("norm1", norm1);
    add_child("conv2", conv2);
    add_child("norm2", norm2);
    add_child("fc", fc);
    initialise(ctx, *this);
  }
  Conv2d conv1, conv2;
  RmsNorm2d norm1, norm2;
  Linear fc;

 protected:
  Value forward(Tape& tape, const Value& x) override {
    const Value a = norm1(tape, conv1(tape, x));
    const Value b = norm2(tape, conv2(tape, a));
    return fc(tape, global_avg_pool(tape, add_relu(tape, a, b)));
  }
};

// ---- The checks.

Tensor random_tensor(Context& ctx, const Shape& shape, uint64_t seed) {
  Random random({.seed = seed, .use = RandomUse::test});
  Tensor t = ctx.empty(shape);
  for (int64_t i = 0; i < t.size(); ++i) {
    const double value = random.uniform(-1, 1);
    if (t.dtype() == DType::f64)
      t.data<double>()[i] = value;
    else
      t.data<float>()[i] = static_cast<float>(value);
  }
  return t;
}

void require(bool condition, const char* what) {
  if (!condition) throw Error(what);
  std::printf("%s\n", what);
}

// Odd sizes that differ, in double, on the device of plain loops.
void check_gradient() {
  Context ctx({.device = Device::ref, .dtype = DType::f64});
  const Tensor inputs[] = {random_tensor(ctx, {2, 3, 4, 5}, 1), random_tensor(ctx, {3}, 2)};
  gradcheck(
      ctx, [](Tape& tape, std::span<const Value> in) { return rms_norm2d(tape, in[0], in[1]); },
      inputs);
  std::printf("the gradient is that of central differences, for x and for g\n");
}

// A check that cannot fail checks nothing: here backward forgets that r depends on x.
void check_that_a_wrong_gradient_is_found() {
  Context ctx({.device = Device::ref, .dtype = DType::f64});
  const Tensor x = random_tensor(ctx, {2, 3, 4, 5}, 1), g = random_tensor(ctx, {3}, 2);
  const auto wrong = [&](Tape& tape, std::span<const Value> in) {
    const Tensor y = rms_norm2d(tape, tape.constant(in[0].tensor()), tape.constant(g)).tensor();
    return tape.record(
        "wrong", {&in[0]}, y,
        [](Context& c, const Tensor& dy, std::span<GradSlot> d) { d[0].give(c, dy); });
  };
  bool found = false;
  try {
    gradcheck(ctx, wrong, {&x, 1});
  } catch (const Error&) {
    found = true;
  }
  require(found, "a wrong gradient is found");
}

// Sees the gradient of one layer's output.
class Watch : public Observer {
 public:
  explicit Watch(const char* layer) : layer_(layer) {}
  bool wants_masks() const override { return true; }

  void on_gradient(Context& ctx, const GradientEvent& event) override {
    if (event.record.name != layer_) return;
    parts = event.fan_in;
    const Tensor before = as_plain(ctx, *event.uninhibited), after = as_plain(ctx, event.gradient);
    const Tensor& mask = event.mask->mask;  // [N,K,H,W]
    const int64_t map = mask.dim(2) * mask.dim(3), channels = before.dim(1) / mask.dim(1);
    for (int64_t i = 0; i < before.size(); ++i) {
      const bool keep = mask.data<uint8_t>()[i / map / channels * map + i % map];
      kept += keep;
      right = right && after.data<float>()[i] == (keep ? before.data<float>()[i] : 0);
    }
    total = before.size();
  }

  int parts = 0;
  int64_t kept = 0, total = 0;
  bool right = true;

 private:
  const char* layer_;
};

// Class k < 3 has a bright channel k, class 3 has none.
struct Images {
  Tensor x, labels;
};
Images make_images(Context& ctx, int64_t count) {
  Images made{random_tensor(ctx, {count, 3, 8, 8}, 3), ctx.empty({count}, DType::i64)};
  for (int64_t n = 0; n < count; ++n) {
    const int64_t k = n % 4;
    made.labels.data<int64_t>()[n] = k;
    for (int64_t i = 0; k < 3 && i < 64; ++i) made.x.data<float>()[(n * 3 + k) * 64 + i] += 1;
  }
  return made;
}

// The network with the inhibited layer, as any other is trained.
void check_training() {
  Context ctx({.threads = 1});
  Network network(ctx, 4);
  network.norm1.inhibit(Inhibition::parse("paper,sets=4"));
  Sgd optimizer(ctx, network, {.lr = 0.1, .momentum = 0.9});
  const Images images = make_images(ctx, 32);
  double first = 0, last = 0;
  for (int step = 0; step < 40; ++step) {
    network.zero_gradients();
    Tape tape = Tape::training(ctx);
    const Value logits = network(tape, tape.constant(images.x));
    const Value loss = softmax_cross_entropy(tape, logits, images.labels);
    Watch watch("norm1");
    Observer* const observers[] = {&watch};
    backward(tape, loss, {}, observers);
    optimizer.step();
    last = double(*loss.tensor().data<float>());
    if (step > 0) continue;
    first = last;
    require(watch.parts == 2, "two parts make the gradient of norm1's output");
    require(watch.right, "what the mask does not keep is 0, the rest as it was");
    require(2 * watch.kept == watch.total, "the mask keeps half of the positions");
  }
  std::printf("loss %.3f, after 40 steps %.3f\n", first, last);
  require(last < first / 2, "the network learns");
}

}  // namespace

int main() {
  try {
    check_gradient();
    check_that_a_wrong_gradient_is_found();
    check_training();
  } catch (const std::exception& e) {
    std::fprintf(stderr, "own_layer: %s\n", e.what());
    return 1;
  }
}
