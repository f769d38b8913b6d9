#include "engine/scheduler.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/gradcheck.h"
#include "engine/tensor_ops.h"
#include "temporary_directory.h"

using namespace lienet;

namespace {

// y = factor * x; the toy op of these tests. `factor` may lie about its derivative.
Value scale(Tape& tape, const Value& x, double factor, double derivative) {
  Context& ctx = tape.context();
  const auto scaled = [](Context& c, const Tensor& t, double f) {
    Tensor y = c.empty_like(t);
    for (int64_t i = 0; i < t.size(); ++i) y.data<double>()[i] = f * t.data<double>()[i];
    return y;
  };
  return tape.record("scale", {&x}, scaled(ctx, x.tensor(), factor), derivative,
                     [scaled](Context& c, double f, const Tensor& dy, std::span<GradSlot> d) {
                       if (d[0]) d[0].give(c, scaled(c, dy, f));
                     });
}
Value scale(Tape& tape, const Value& x, double factor) {
  return scale(tape, x, factor, factor);
}

Value plus(Tape& tape, const Value& a, const Value& b) {
  return tape.record("plus", {&a, &b}, sum(tape.context(), a.tensor(), b.tensor()), 0,
                     [](Context& c, int, const Tensor& dy, std::span<GradSlot> d) {
                       for (GradSlot& s : d)
                         if (s) s.give(c, dy);
                     });
}

// Halves a gradient and says so.
struct Halve : Inhibitor {
  Tensor apply(Context& ctx, GradientParts parts, uint32_t, MaskRecord*) const override {
    const Tensor g = complete(ctx, std::move(parts));
    Tensor y = ctx.empty_like(g);
    for (int64_t i = 0; i < g.size(); ++i) y.data<double>()[i] = g.data<double>()[i] / 2;
    return y;
  }
};

struct Log : Observer {
  std::vector<std::string> lines;
  void on_gradient(Context&, const GradientEvent& e) override {
    lines.push_back(std::string(e.record.op) + " " + std::to_string(e.fan_in) + " " +
                    std::to_string(static_cast<int>(e.gradient.data<double>()[0])));
  }
};

Context make() {
  return Context({.device = Device::ref, .dtype = DType::f64, .poison = true});
}

}  // namespace

TEST_CASE("a gradient is inhibited and seen once, when its last consumer has given its part") {
  Context ctx = make();
  Tape tape = Tape::training(ctx);
  Tensor x = ctx.zeros({1}), dx;
  const Value in = tape.leaf(x, &dx);
  const Value a = scale(tape, in, 2);  // three consumers
  tape.node(a).inhibitor = std::make_shared<Halve>();
  const Value b = plus(tape, scale(tape, a, 3), scale(tape, a, 5));
  const Value y = plus(tape, b, a);
  scale(tape, a, 100);  // what the root does not depend on gives nothing
  Log log;
  Observer* observers[] = {&log};
  backward(tape, y, {}, observers);
  // dy/da = 3 + 5 + 1 = 9, inhibited once: 4 (4.5), not before it is complete.
  CHECK(log.lines == std::vector<std::string>{"plus 1 1", "plus 1 1", "scale 1 1", "scale 1 1",
                                              "scale 3 4", "leaf 1 9"});
  CHECK(dx.data<double>()[0] == 9);
}

namespace {

// dy/dx of y = 9 * max(0, 2x), whose middle has three consumers.
double through_relu(double at, bool halved, std::span<Observer* const> observers = {}) {
  Context ctx = make();
  Tape tape = Tape::training(ctx);
  Tensor x = ctx.empty({1}), dx, y = ctx.empty({1});
  fill(ctx, x, at);
  fill(ctx, y, at > 0 ? 2 * at : 0);
  const Value in = tape.leaf(x, &dx);
  const Value middle = tape.record_rectified(
      "relu", {&in}, y,
      [](Context& c, const Tensor& dz, std::span<GradSlot> d) { d[0].give(c, sum(c, dz, dz)); });
  if (halved) tape.node(middle).inhibitor = std::make_shared<Halve>();
  backward(tape, plus(tape, plus(tape, scale(tape, middle, 3), scale(tape, middle, 5)), middle), {},
           observers);
  return dx.data<double>()[0];
}

}  // namespace

TEST_CASE("the scheduler takes ReLU's backward, behind the inhibition") {
  CHECK(through_relu(1.5, false) == 18);
  CHECK(through_relu(1.5, true) == 9);
  CHECK(through_relu(-1.5, false) == 0);
  CHECK(through_relu(-1.5, true) == 0);
}

TEST_CASE("observers see what comes to ReLU, not what it lets through") {
  for (const double at : {1.5, -1.5}) {
    Log log;
    Observer* observers[] = {&log};
    CHECK(through_relu(at, true, observers) == (at > 0 ? 9 : 0));
    CHECK(std::count(log.lines.begin(), log.lines.end(), "relu 3 4") == 1);
  }
}

TEST_CASE("a leaf's gradient is added to what is there") {
  Context ctx = make();
  Tensor x = ctx.zeros({1}), dx;
  for (int pass = 0; pass < 3; ++pass) {
    Tape tape = Tape::training(ctx);
    backward(tape, scale(tape, tape.leaf(x, &dx), 2));
  }
  CHECK(dx.data<double>()[0] == 6);
}

TEST_CASE("shared gradients are never written to") {
  Context ctx = make();
  Tensor a = ctx.zeros({4}), b = ctx.zeros({4}), da, db;
  Tape tape = Tape::training(ctx);
  const Value va = tape.leaf(a, &da), vb = tape.leaf(b, &db);
  const Value s = plus(tape, va, vb);  // both get one and the same tensor
  const Value y = plus(tape, s, va);   // and a gets one more part
  Tensor seed = ctx.empty({4});
  fill(ctx, seed, 1);
  backward(tape, y, seed);
  CHECK(da.data<double>()[3] == 2);
  CHECK(db.data<double>()[3] == 1);
  CHECK(seed.data<double>()[3] == 1);
}

TEST_CASE("long chains do not recurse") {
  Context ctx = make();
  Tensor x = ctx.zeros({1}), dx;
  Tape tape = Tape::training(ctx);
  Value v = tape.leaf(x, &dx);
  for (int i = 0; i < 100000; ++i) v = scale(tape, v, 1);
  backward(tape, v);
  CHECK(dx.data<double>()[0] == 1);
}

TEST_CASE("what is frozen or not recorded stays off the tape") {
  Context ctx = make();
  Tensor x = ctx.zeros({1}), dx;
  Tape inference = Tape::inference(ctx);
  CHECK(!scale(inference, inference.leaf(x, &dx), 2).tracked());
  CHECK(inference.size() == 0);
  Tape tape = Tape::training(ctx);
  const Value y = scale(tape, tape.constant(x), 2);
  CHECK(!y.tracked());
  CHECK_THROWS_AS(backward(tape, y), Error);
}

TEST_CASE("a pass runs backward once, and from a scalar or a seed") {
  Context ctx = make();
  Tensor x = ctx.zeros({2}), dx;
  Tape tape = Tape::training(ctx);
  const Value y = scale(tape, tape.leaf(x, &dx), 2);
  CHECK_THROWS_AS(backward(tape, y), Error);
  backward(tape, y, ctx.zeros({2}));
  CHECK_THROWS_WITH_AS(backward(tape, y, ctx.zeros({2})),
                       "backward: scale  ran backward before; record the pass again", Error);
}

TEST_CASE("the tape finds out an op that breaks its contract") {
  using Give = void (*)(Context&, std::span<GradSlot>);
  const auto said = [](Give give) {
    Context ctx = make();
    Tape tape = Tape::training(ctx);
    Tensor x = ctx.zeros({2}), dx;
    const Value in = tape.leaf(x, &dx, "x"), constant = tape.constant(x);
    const Value y =
        tape.record("odd", {&in, &constant}, clone(ctx, x), give,
                    [](Context& c, Give g, const Tensor&, std::span<GradSlot> d) { g(c, d); });
    return test::message_of([&] { backward(tape, y, ctx.zeros({2})); });
  };
  CHECK(said([](Context& c, std::span<GradSlot> d) { d[0].give(c, c.zeros({2})); }).empty());
  CHECK(said([](Context& c, std::span<GradSlot> d) { d[0].give(c, c.zeros({3})); }) ==
        test::Contains("leaf x: the output is f64 [2], a part of its gradient f64 [3]"));
  CHECK(said([](Context& c, std::span<GradSlot> d) { d[0].give(c, c.zeros({2}, DType::f32)); }) ==
        test::Contains("leaf x: the output is f64 [2], a part of its gradient f32 [2]"));
  CHECK(said([](Context&, std::span<GradSlot>) {}) ==
        test::Contains("odd : backward gave no gradient for input 0"));
  CHECK(said([](Context& c, std::span<GradSlot> d) { d[0].give(c, {}); }) ==
        test::Contains("a gradient was given where none is wanted, or none was given"));
  CHECK(said([](Context& c, std::span<GradSlot> d) { d[1].give(c, c.zeros({2})); }) ==
        test::Contains("a gradient was given where none is wanted, or none was given"));
}

TEST_CASE("the tape refuses what it cannot record") {
  Context ctx = make();
  Tape tape = Tape::training(ctx);
  Tensor dx;
  const Value x = tape.leaf(ctx.zeros({2}), &dx);
  const auto backward = [](Context&, int, const Tensor&, std::span<GradSlot>) {};
  CHECK(test::message_of([&] {
          tape.record("many", {&x, &x, &x, &x, &x}, ctx.zeros({2}), 0, backward);
        }) == test::Contains("many: too many inputs"));
  CHECK(test::message_of([&] { tape.leaf(ctx.zeros({2}), nullptr, "w"); }) ==
        test::Contains("leaf w: nowhere to put its gradient"));
  CHECK(test::message_of([&] { tape.leaf(ctx.zeros({2}, DType::i64), &dx, "w"); }) ==
        test::Contains("leaf w: no gradient flows to i64 [2]"));
}

TEST_CASE("gradcheck finds a planted error") {
  Context ctx = make();
  Tensor x = ctx.zeros({3});
  fill(ctx, x, 0.5);
  const Tensor inputs[] = {x};
  const auto with = [&](double derivative) {
    gradcheck(
        ctx, [=](Tape& t, std::span<const Value> in) { return scale(t, in[0], 2, derivative); },
        inputs);
  };
  CHECK_NOTHROW(with(2));
  CHECK_THROWS_AS(with(2.01), Error);
}
