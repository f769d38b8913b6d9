// lienet trace: every op and every gradient of a step, in order, as the engine itself has them.
#include "tools/lienet/trace_run.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "occurrences.h"
#include "op_case.h"
#include "program.h"
#include "tools/lienet/trace_page.h"
#include "tools/lienet/trace_table.h"

using namespace lienet;
using namespace lienet::commands;
using test::check_refused;
using test::Contains;
using test::count;
using test::Ended;
using test::get;
using test::run;
using test::TemporaryDirectory;

namespace {

constexpr int64_t classes = 5;

// Three blocks, the first of which is inhibited; downsampling in the others.
ResNet& small(std::unique_ptr<ResNet>& model, Context& ctx) {
  model = std::make_unique<ResNet>(
      ctx, ResNetOptions{.depths = {1, 1, 1}, .width = 8, .classes = classes});
  Inhibition mask = Inhibition::paper();
  mask.sets = 4;
  model->inhibit_blocks(mask);
  return *model;
}

Batch noise(Context& ctx) {
  Batch batch{.images = test::random_tensor(ctx, {3, 3, 8, 8}, 1),
              .labels = ctx.empty({3}, DType::i64),
              .targets = {},
              .indices = {}};
  for (int64_t i = 0; i < 3; ++i) batch.labels.data<int64_t>()[i] = i;
  return batch;
}

Trace traced(const ContextOptions& options, std::map<std::string, double>* norms = nullptr) {
  Context ctx(options);
  std::unique_ptr<ResNet> model;
  Trace trace = trace_step(ctx, small(model, ctx), noise(ctx));
  if (norms)
    model->visit_parameters([&](const std::string& path, Parameter& p) {
      double squares = 0;
      for (int64_t i = 0; i < p.gradient.size(); ++i)
        squares += std::pow(double(p.gradient.data<float>()[i]), 2);
      (*norms)[path] = std::sqrt(squares);
    });
  return trace;
}

const TracedGradient& gradient_of(const Trace& trace, const std::string& layer) {
  for (const TracedGradient& g : trace.backward)
    if (g.parameter.empty() && trace.forward[g.op].layer == layer) return g;
  throw std::runtime_error("no gradient of " + layer);
}

}  // namespace

TEST_CASE("trace: every op forward, and backward in the opposite order") {
  std::map<std::string, double> norms;
  const Trace trace = traced({.threads = 1}, &norms);
  // The stem's two, a block of five, two with a projection of two more, pooling, fc, the loss.
  REQUIRE(trace.forward.size() == 2 + 5 + 7 + 7 + 3);
  CHECK(trace.forward.front().op == "conv2d");
  CHECK(trace.forward.front().layer == "conv1");
  CHECK(trace.forward.front().inputs.empty());  // nothing flows to the images
  CHECK(trace.forward.front().output.shape == Shape{3, 8, 8, 8});
  CHECK(trace.forward.front().output.bytes == 3 * 8 * 8 * 8 * sizeof(float));
  CHECK(trace.forward[6].layer == "layer1.0");
  CHECK(trace.forward[6].inputs == std::vector<size_t>{5, 1});
  CHECK(trace.forward.back().op == "softmax_cross_entropy");
  CHECK(std::isfinite(trace.loss));
  CHECK(trace.in_use_before > 0);
  CHECK(trace.forward.front().output.in_use > trace.in_use_before);
  CHECK(trace.forward.back().output.in_use > trace.forward.front().output.in_use);
  CHECK(trace.backward.back().gradient.in_use < trace.peak_in_use());

  size_t expected = trace.forward.size();
  for (const TracedGradient& g : trace.backward) {
    CAPTURE(g.parameter);
    if (g.parameter.empty()) {
      CHECK(g.op == --expected);
      CHECK(g.gradient.shape == trace.forward[g.op].output.shape);
      CHECK(g.backward > 0);
    } else {
      CHECK(g.op == expected);  // a parameter comes right behind the op that reads it
      // The times are those of another pass; it leaves the same gradients.
      CHECK(g.norm == doctest::Approx(norms.at(g.parameter)).epsilon(1e-5));
      norms.erase(g.parameter);
    }
  }
  CHECK(expected == 0);
  CHECK(norms.empty());
  for (const TracedOp& op : trace.forward) CHECK(op.seconds > 0);
  CHECK(trace.forward_seconds() > 0);
  CHECK(trace.backward_seconds() > 0);
}

TEST_CASE("trace: two consumers give two parts, and the mask keeps its share") {
  const Trace trace = traced({.threads = 1});
  for (const TracedGradient& g : trace.backward) {
    const std::string& layer = trace.forward[g.op].layer;
    CAPTURE(layer);
    const bool read_twice = layer == "bn1" || layer == "layer1.0" || layer == "layer2.0";
    CHECK(g.fan_in == (g.parameter.empty() && read_twice ? 2 : 1));
    CHECK(g.mask.has_value() == (g.parameter.empty() && layer == "layer1.0"));
  }
  const TracedGradient& masked = gradient_of(trace, "layer1.0");
  CHECK(masked.mask->inhibited == doctest::Approx(0.5));  // of 64 positions, without ties
  CHECK(masked.mask->energy_kept > 0.5);
  CHECK(masked.mask->energy_kept < 1);
  CHECK(masked.inhibit > 0);
  CHECK(gradient_of(trace, "layer2.0").inhibit == 0);
}

TEST_CASE("trace: the textbook gives the same numbers") {
  const Trace cpu = traced({.threads = 1}), ref = traced({.device = Device::ref});
  CHECK(cpu.loss == doctest::Approx(ref.loss));
  REQUIRE(cpu.backward.size() == ref.backward.size());
  // What the masks keep may differ where two responses are nearly equal, and all that follows.
  for (size_t i = 0; i < cpu.backward.size() && !ref.backward[i].mask; ++i)
    CHECK(cpu.backward[i].norm == doctest::Approx(ref.backward[i].norm).epsilon(1e-4));
  for (const TracedOp& op : ref.forward) CHECK(op.output.layout == Layout::plain);
}

TEST_CASE("trace: tables and page have every layer") {
  const Trace trace = traced({.threads = 1});
  const Table forward = forward_table(trace), backward = backward_table(trace);
  CHECK(forward.rows.size() == trace.forward.size());
  CHECK(backward.rows.size() == trace.backward.size());
  for (const Table* table : {&forward, &backward})
    for (const auto& row : table->rows) CHECK(row.size() == table->columns.size());
  const std::string page = trace_html(trace, "a < b", "what & how");
  CHECK(page == Contains("<h1>a &lt; b</h1>"));
  CHECK(page == Contains("what &amp; how"));
  const std::string svg = trace_svg(trace);
  for (const TracedOp& op : trace.forward)
    CHECK(svg == Contains(">" + (op.layer.empty() ? op.op : op.layer) + "</text>"));
  // One of each in the legend.
  CHECK(count(svg, "<rect class=\"masked\"") == 1 + 1);
  CHECK(count(svg, "<circle class=\"sum\"") == 1 + 3);
  CHECK(count(svg, "nan") == 0);
  CHECK(count(svg, "inf") == 0);
}

TEST_CASE("trace: the command") {
  const TemporaryDirectory dir;
  const std::string page = (dir / "step.html").string();
  const std::string command =
      "trace --model resnet20 --width 8 --batch 2 --image 8 --classes 5 --inhibit paper,sets=4 "
      "--threads 1 ";
  const Ended e = run(dir, command + "--json --html " + page);
  CHECK(e.err == "");
  REQUIRE(e.code == 0);
  const auto line = nlohmann::json::parse(e.out);
  CHECK(line["model"] == "resnet20");
  CHECK(line["width"] == 8);
  CHECK(line["images"] == "noise");
  // 19 convolutions in a chain and two projections, each with its norm; 9 sums; the last three.
  CHECK(line["forward"].size() == 2 * 21 + 9 + 3);
  int masks = 0, leaves = 0;
  double milliseconds = 0;
  for (const auto& row : line["backward"]) {
    masks += row.contains("mask");
    leaves += row["op"] == "leaf";
    if (row.contains("backward_ms"))
      for (const char* key : {"complete_ms", "inhibit_ms", "backward_ms"})
        milliseconds += row[key].get<double>();
  }
  CHECK(masks == 9 - 2);
  CHECK(leaves == 3 * 21 + 2);
  CHECK(milliseconds == doctest::Approx(line["backward_ms"].get<double>()));
  CHECK(get(page) == Contains("layer3.0.downsample.1"));
  const Ended text = run(dir, command + "--device ref");
  CHECK(text.out == Contains("resnet20 of width 8, inhibition paper,sets=4\n"
                             "2 images of 8x8, noise; fp32 on ref, "));
  CHECK(text.out == Contains("softmax_cross_entropy"));
  CHECK(text.out == Contains("layer3.2.bn2.bias"));
}

TEST_CASE("trace: a run's weights bring their data and their mask") {
  const TemporaryDirectory dir;
  const std::string path = (dir / "run").string();
  REQUIRE(run(dir,
              "train shapes100 --train 32 --test 16 --model resnet20 --width 8 --batch 16 --epochs "
              "1 --inhibit paper,sets=8 --inhibit-layers layer2.0 --threads 1 --out " +
                  path)
              .code == 0);
  const std::string command = "trace --batch 4 --threads 1 --json --weights " + path;
  const Ended e = run(dir, command);
  CHECK(e.err == "");
  REQUIRE(e.code == 0);
  const auto line = nlohmann::json::parse(e.out);
  CHECK(line["images"] == "shapes100 train");
  CHECK(line["inhibit"] == "paper,sets=8");
  for (const auto& row : line["backward"])
    CHECK(row.contains("mask") == (row["layer"] == "layer2.0"));
  const auto other = nlohmann::json::parse(run(dir, command + " --inhibit-layers layer1.1").out);
  for (const auto& row : other["backward"])
    CHECK(row.contains("mask") == (row["layer"] == "layer1.1"));
  const auto plain = nlohmann::json::parse(run(dir, command + " --inhibit off").out);
  CHECK(plain["loss"] == line["loss"]);
  for (const auto& row : plain["backward"]) CHECK(!row.contains("mask"));
}

TEST_CASE("trace: what cannot be meant is one line") {
  check_refused("trace --image 0", 2, "--classes 100, --image 0: expected 1 or more");
  check_refused("trace shapes10", 2, "dataset shapes10: not known; did you mean shapes100?");
  check_refused("trace --inhibit papre", 2,
                "inhibition: papre is not a preset; did you mean paper?");
  check_refused("trace --model resnet20 --width 4 --batch 1 --image 8 --inhibit paper", 1,
                "layer1.0: 4 channels cannot be split into 16 even sets; choose sets that divide "
                "them");
  check_refused("trace --weights /none", 1, "/none: cannot be read: No such file or directory");
  check_refused("trace --model resnet20 --width 4 --batch 1 --image 8 --html /none/a.html", 1,
                "/none/a.html: cannot be written: No such file or directory");
}
