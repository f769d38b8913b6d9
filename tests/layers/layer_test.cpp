#include "layers/layer.h"

#include <doctest/doctest.h>

#include "engine/error.h"
#include "engine/scheduler.h"
#include "layers/flatten.h"
#include "layers/linear.h"
#include "layers/relu.h"
#include "op_case.h"

using namespace lienet;

namespace {

struct Inner : Layer {
  explicit Inner(Context& ctx) : fc(ctx, 12, 4) {
    add_child("fc", fc);
    add_child("relu", relu);
  }
  Linear fc;
  Relu relu;

 protected:
  Value forward(Tape& tape, const Value& x) override {
    return relu(tape, fc(tape, flatten(tape, x)));
  }
};

struct Outer : Layer {
  explicit Outer(Context& ctx) : head(ctx) { add_child("head", head); }
  Inner head;

 protected:
  Value forward(Tape& tape, const Value& x) override { return head(tape, x); }
};

}  // namespace

TEST_CASE("a layer is found by its path, and what is not there is answered with the nearest") {
  Context ctx;
  Outer net(ctx);
  CHECK(&net.find("head.fc") == &net.head.fc);
  CHECK(net.head.fc.path() == "head.fc");
  CHECK(net.path().empty());
  CHECK_THROWS_WITH_AS(net.find("head.fd"),
                       "layer head.fd is not in the model; did you mean head.fc?", Error);
  CHECK_THROWS_WITH_AS(net.find("x"), "layer x is not in the model; did you mean head?", Error);
  CHECK_THROWS_WITH_AS(Relu().find("x"),
                       "layer x is not in the model, which has no layers below it", Error);
}

TEST_CASE("state and parameters are named by their paths") {
  Context ctx;
  Outer net(ctx);
  std::vector<std::string> names;
  for (const NamedTensor& t : net.state()) names.push_back(t.name);
  CHECK(names == std::vector<std::string>{"head.fc.weight", "head.fc.bias"});
  names.clear();
  net.visit_parameters([&](const std::string& path, Parameter&) { names.push_back(path); });
  CHECK(names == std::vector<std::string>{"head.fc.weight", "head.fc.bias"});
}

TEST_CASE("an output without a map is not inhibited, and its layer says so") {
  Context ctx;
  Outer net(ctx);
  net.head.relu.inhibit(Inhibition::parse("paper,sets=4"));
  Tape tape = Tape::training(ctx);
  const Value x = tape.constant(test::random_tensor(ctx, {2, 3, 2, 2}, 1));
  CHECK_THROWS_WITH_AS(
      net(tape, x), "head.relu: inhibition of f32 [2, 4], which has no map; expected [N, C, H, W]",
      Error);
  Tape evaluation = Tape::evaluation(ctx);
  CHECK(net(evaluation, x).shape() == Shape{2, 4});
}
