#include "tools/lienet/trace_table.h"

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

namespace lienet::commands {
namespace {

using Json = nlohmann::ordered_json;

std::string ms(double seconds) {
  return fmt::format("{:.3f}", 1e3 * seconds);
}
std::string kib(size_t bytes) {
  return fmt::format("{:.1f}", static_cast<double>(bytes) / 1024);
}
std::string mib(size_t bytes) {
  return fmt::format("{:.2f}", static_cast<double>(bytes) / 1048576);
}
std::string percent(double share) {
  return std::isnan(share) ? "" : fmt::format("{:.1f}", 100 * share);
}

void add_tensor(const TracedTensor& t, Json& row) {
  row["shape"] = t.shape.dims();
  row["dtype"] = name_of(t.dtype);
  row["layout"] = name_of(t.layout);
  row["bytes"] = t.bytes;
  row["bytes_in_use"] = t.in_use;
}

Json json_of(const TracedGradient& g, const TracedOp& op) {
  Json row;
  const bool leaf = !g.parameter.empty();
  row["op"] = leaf ? "leaf" : op.op;
  row["layer"] = leaf ? g.parameter : op.layer;
  row["parts"] = g.fan_in;
  add_tensor(g.gradient, row);
  row["norm"] = g.norm;
  if (leaf) return row;
  row["complete_ms"] = 1e3 * g.complete;
  row["inhibit_ms"] = 1e3 * g.inhibit;
  row["backward_ms"] = 1e3 * g.backward;
  if (g.mask)
    row["mask"] = {{"positions_kept", 1 - g.mask->inhibited},
                   {"energy_kept", g.mask->energy_kept},
                   {"border_kept", g.mask->border_kept},
                   {"agreement", g.mask->agreement},
                   {"flux", g.mask->flux},
                   {"flux_kept", g.mask->flux_kept}};
  return row;
}

}  // namespace

Table forward_table(const Trace& trace) {
  Table table{{"op", "layer", "output", "layout", "KiB", "in use MiB", "ms"}};
  for (const TracedOp& op : trace.forward)
    table.rows.push_back({op.op, op.layer, op.output.shape.str(), name_of(op.output.layout),
                          kib(op.output.bytes), mib(op.output.in_use), ms(op.seconds)});
  return table;
}

Table backward_table(const Trace& trace) {
  Table table{{"op", "layer", "parts", "gradient", "norm", "kept %", "energy %", "KiB",
               "in use MiB", "complete ms", "inhibit ms", "backward ms"}};
  for (const TracedGradient& g : trace.backward) {
    const TracedOp& op = trace.forward[g.op];
    const bool leaf = !g.parameter.empty();
    table.rows.push_back(
        {leaf ? "leaf" : op.op, leaf ? g.parameter : op.layer, std::to_string(g.fan_in),
         g.gradient.shape.str(), fmt::format("{:.3e}", g.norm),
         g.mask ? percent(1 - g.mask->inhibited) : "", g.mask ? percent(g.mask->energy_kept) : "",
         kib(g.gradient.bytes), mib(g.gradient.in_use), leaf ? "" : ms(g.complete),
         g.inhibit > 0 ? ms(g.inhibit) : "", leaf ? "" : ms(g.backward)});
  }
  return table;
}

Json json_of(const Trace& trace) {
  Json forward = Json::array(), backward = Json::array();
  for (const TracedOp& op : trace.forward) {
    Json row = {{"op", op.op}, {"layer", op.layer}, {"inputs", op.inputs}};
    add_tensor(op.output, row);
    row["ms"] = 1e3 * op.seconds;
    forward.push_back(std::move(row));
  }
  for (const TracedGradient& g : trace.backward)
    backward.push_back(json_of(g, trace.forward[g.op]));
  return {{"loss", trace.loss},
          {"forward_ms", 1e3 * trace.forward_seconds()},
          {"backward_ms", 1e3 * trace.backward_seconds()},
          {"bytes_in_use_before", trace.in_use_before},
          {"peak_bytes", trace.peak_in_use()},
          {"forward", std::move(forward)},
          {"backward", std::move(backward)}};
}

}  // namespace lienet::commands
