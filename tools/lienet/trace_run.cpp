#include "tools/lienet/trace_run.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <string_view>
#include <utility>

#include "engine/scheduler.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"
#include "tools/bench/op_times.h"
#include "tools/training/evaluate.h"
#include "tools/training/telemetry.h"

namespace lienet::commands {
namespace {

TracedTensor traced(Context& ctx, const Tensor& t) {
  return {.shape = t.shape(),
          .dtype = t.dtype(),
          .layout = t.layout(),
          .bytes = t.bytes(),
          .in_use = ctx.allocator().stats().in_use};
}

double norm_of(Context& ctx, const Tensor& t) {
  const Tensor values = as_type(ctx, to_host(ctx, t), DType::f64);
  double squares = 0;
  for (int64_t i = 0; i < values.size(); ++i)
    squares += values.data<double>()[i] * values.data<double>()[i];
  return std::sqrt(squares);
}

// Every gradient, in the order in which the scheduler shows them.
class Schedule : public Observer {
 public:
  struct Seen {
    int node;
    TracedGradient gradient;
  };

  void on_gradient(Context& ctx, const GradientEvent& event) override {
    TracedGradient g{.fan_in = event.fan_in, .gradient = traced(ctx, event.gradient)};
    g.norm = norm_of(ctx, event.gradient);
    seen.push_back({event.node, std::move(g)});
  }

  std::vector<Seen> seen;
};

Value forward(Tape& tape, ResNet& model, const Batch& batch, Metric metric) {
  return loss_of(tape, model(tape, tape.constant(batch.images)), batch, metric);
}

// Which op a node of the tape is, or, of a leaf, which op reads it and under what name.
struct Places {
  std::vector<size_t> op;
  std::vector<std::string> parameter;
};

// Names and edges; `forward` has the outputs already, one for each node that is no leaf.
Places name_ops(const Tape& tape, std::vector<TracedOp>& forward) {
  Places places{std::vector<size_t>(static_cast<size_t>(tape.size())),
                std::vector<std::string>(static_cast<size_t>(tape.size()))};
  size_t op = 0;
  for (int n = 0; n < tape.size(); ++n) {
    const Node& node = tape.node(n);
    if (node.op == std::string_view("leaf")) continue;
    places.op[static_cast<size_t>(n)] = op;
    forward[op].op = node.op;
    forward[op].layer = node.name;
    for (const int input : std::span(node.inputs, static_cast<size_t>(node.input_count))) {
      if (input < 0) continue;
      const auto i = static_cast<size_t>(input);
      if (tape.node(input).leaf_gradient) {
        places.op[i] = op;
        places.parameter[i] = node.name + "." + tape.node(input).name;
      } else {
        forward[op].inputs.push_back(places.op[i]);
      }
    }
    ++op;
  }
  return places;
}

// All but the times.
Trace observe(Context& ctx, ResNet& model, const Batch& batch, Metric metric) {
  Trace trace{.in_use_before = ctx.allocator().stats().in_use};
  Tape tape = Tape::training(ctx);
  tape.on_record([&](const Node&, const Value& output) {
    trace.forward.push_back({.output = traced(ctx, output.tensor())});
  });
  const Value loss = forward(tape, model, batch, metric);
  trace.loss = double(*to_host(ctx, loss.tensor()).data<float>());
  const Places places = name_ops(tape, trace.forward);
  Schedule schedule;
  Telemetry telemetry(model);
  Observer* const observers[] = {&schedule, &telemetry};
  backward(tape, loss, {}, observers);
  std::map<std::string, LayerTelemetry> masks;
  for (LayerTelemetry& layer : telemetry.take())
    if (!std::isnan(layer.inhibited)) masks[layer.layer] = std::move(layer);
  for (auto& [node, g] : schedule.seen) {
    g.op = places.op[static_cast<size_t>(node)];
    g.parameter = places.parameter[static_cast<size_t>(node)];
    const auto found = masks.find(trace.forward[g.op].layer);
    if (g.parameter.empty() && found != masks.end()) g.mask = found->second;
    trace.backward.push_back(std::move(g));
  }
  return trace;
}

void take_times(Context& ctx, ResNet& model, const Batch& batch, Metric metric, Trace& trace) {
  Laps laps(ctx);
  OpTimes times(laps);
  Tape tape = Tape::training(ctx);
  times.watch_forward(tape);
  const Value loss = forward(tape, model, batch, metric);
  times.watch_backward(tape);
  backward(tape, loss);
  laps.settle();
  for (size_t i = 0; i < trace.forward.size(); ++i)
    trace.forward[i].seconds = times.ops()[i].forward;
  for (TracedGradient& g : trace.backward) {
    if (!g.parameter.empty()) continue;
    const OpTime& t = times.ops()[g.op];
    g.complete = t.complete;
    g.inhibit = t.inhibit;
    g.backward = t.backward;
  }
}

}  // namespace

double Trace::forward_seconds() const {
  return std::accumulate(forward.begin(), forward.end(), 0.0,
                         [](double sum, const TracedOp& op) { return sum + op.seconds; });
}

double Trace::backward_seconds() const {
  return std::accumulate(backward.begin(), backward.end(), 0.0,
                         [](double sum, const TracedGradient& g) { return sum + g.seconds(); });
}

size_t Trace::peak_in_use() const {
  size_t peak = in_use_before;
  for (const TracedOp& op : forward) peak = std::max(peak, op.output.in_use);
  for (const TracedGradient& g : backward) peak = std::max(peak, g.gradient.in_use);
  return peak;
}

const TracedGradient* Trace::gradient_of(size_t op) const {
  const auto found = std::find_if(backward.begin(), backward.end(), [&](const TracedGradient& g) {
    return g.op == op && g.parameter.empty();
  });
  return found == backward.end() ? nullptr : &*found;
}

Trace trace_step(Context& ctx, ResNet& model, const Batch& batch, Metric metric) {
  Batch in = batch;
  in.images = to_device(ctx, batch.images);
  model.zero_gradients();
  Trace trace = observe(ctx, model, in, metric);
  model.zero_gradients();
  take_times(ctx, model, in, metric, trace);
  return trace;
}

}  // namespace lienet::commands
