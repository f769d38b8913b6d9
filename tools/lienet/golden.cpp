#include "tools/lienet/golden.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "analysis/on_host.h"
#include "engine/check.h"
#include "engine/scheduler.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"
#include "layers/inhibit.h"
#include "layers/softmax_cross_entropy.h"
#include "optim/sgd.h"
#include "tools/lienet/golden_judge.h"

namespace lienet {
namespace {

using Json = nlohmann::json;

Verdict verify_mask(Context& ctx, const SafetensorsFile& file, const Json& params) {
  const Inhibition inhibition = inhibition_of(params.at("inhibition"));
  const Tensor plain = load_as(ctx, file, "G");
  const Tensor gradient = as_layout(ctx, plain, ctx.activation_layout(plain.dim(1)));
  MaskRecord record;
  const Tensor masked = inhibit(ctx, inhibition, gradient, 0, &record);
  Judge judge(ctx, file);
  judge.compare("D", record.norms, 1e-4);
  judge.compare("delta", record.responses, 1e-4);
  judge.compare("Q", record.thresholds, 1e-4);
  // A decision may differ only where it is close; the gradient must follow the decision exactly.
  const Tensor expected = file.load(ctx, "mask"), out = judge.in_double(masked),
               mask = to_host(ctx, record.mask);
  if (expected.shape() != mask.shape())
    fail("{}: mask is {}, got {}", file.path().string(), expected.str(), mask.str());
  const Tensor delta = judge.in_double(file.load(ctx, "delta")),
               q = judge.in_double(file.load(ctx, "Q"));
  const Tensor g = judge.in_double(plain);
  const int64_t n = plain.dim(2) * plain.dim(3), channels = plain.dim(1) / expected.dim(1);
  int64_t wrong = 0;
  for (int64_t m = 0; m < expected.dim(0) * expected.dim(1); ++m) {
    const double* d = delta.data<double>() + m * n;
    const double largest = std::abs(
        *std::max_element(d, d + n, [](double a, double b) { return std::abs(a) < std::abs(b); }));
    for (int64_t i = 0; i < n; ++i) {
      const bool keep = mask.data<uint8_t>()[m * n + i];
      const bool close = std::abs(std::abs(d[i]) - q.data<double>()[m]) < 1e-5 * largest;
      wrong += keep != bool(expected.data<uint8_t>()[m * n + i]) && !close;
      for (int64_t c = 0; c < channels; ++c) {
        const int64_t at = (m * channels + c) * n + i;
        wrong += out.data<double>()[at] != (keep ? g.data<double>()[at] : 0);
      }
    }
  }
  judge.judge("mask", wrong ? 1 : 0, 0.5);
  return judge.verdict();
}

Tensor step_of(Context& ctx, const Tensor& all, int64_t step) {
  return to_device(ctx, slice(ctx, all, step).reshape(Shape(all.shape().dims().subspan(1))));
}

Verdict verify_training(Context& ctx, const SafetensorsFile& file, const Json& params) {
  ResNet net(ctx, network_of(params));
  if (!params.at("inhibition").is_null())
    net.inhibit_blocks(inhibition_of(params.at("inhibition")));
  load_initial_state(ctx, net, file);
  const Json& sgd_params = params.at("sgd");
  Sgd sgd(ctx, net,
          {.lr = sgd_params.at("lr").get<double>(),
           .momentum = sgd_params.at("momentum").get<double>(),
           .weight_decay = sgd_params.at("weight_decay").get<double>(),
           .nesterov = sgd_params.at("nesterov").get<bool>()});
  const Tensor x = as_type(ctx, file.load(ctx, "x"), ctx.dtype()), y = file.load(ctx, "y");
  Judge judge(ctx, file);
  const auto steps = params.at("steps").get<int64_t>();
  if (x.shape().rank() < 1 || y.shape().rank() < 1 || steps < 1 ||
      steps > std::min(x.dim(0), y.dim(0)))
    fail("{}: x is {}, y is {}; expected {} steps of both", file.path().string(), x.str(), y.str(),
         steps);
  for (int64_t step = 0; step < steps; ++step) {
    Tape tape = Tape::training(ctx);
    const Value logits = net(tape, tape.constant(step_of(ctx, x, step)));
    const Value loss = softmax_cross_entropy(tape, logits, step_of(ctx, y, step));
    net.zero_gradients();
    backward(tape, loss);
    judge.compare(fmt::format("logits.{}", step), logits.tensor(), 1e-4);
    judge.compare(fmt::format("loss.{}", step), loss.tensor(), 1e-4);
    if (step == 0)
      net.visit_parameters([&](const std::string& path, Parameter& p) {
        judge.compare("grad." + path, p.gradient, 5e-4);
      });
    sgd.step();
  }
  for (const auto& [name, tensor] : net.state())
    if (file.find("after." + name)) judge.compare("after." + name, tensor, 5e-4);
  return judge.verdict();
}

}  // namespace

Verdict verify_case(Context& ctx, const std::filesystem::path& path) {
  constexpr size_t longest = 64 << 10;
  const SafetensorsFile file = SafetensorsFile::open(path);
  const auto kind = file.metadata().find("kind"), text = file.metadata().find("params");
  if (kind == file.metadata().end() || text == file.metadata().end())
    fail("{}: not a golden case; its metadata lacks kind or params", path.string());
  if (text->second.size() > longest)
    fail("{}: params of {} bytes; expected at most {}", path.string(), text->second.size(),
         longest);
  try {
    const Json params = Json::parse(text->second);
    if (kind->second == "gradient_mask") return verify_mask(ctx, file, params);
    if (kind->second == "train_step") return verify_training(ctx, file, params);
    if (kind->second == "analysis") return verify_analysis(ctx, file, params);
  } catch (const Json::exception& e) {
    fail("{}: params: {}", path.string(), e.what());
  }
  return {.kind = Verdict::Kind::unsupported, .reason = "kind " + kind->second};
}

}  // namespace lienet
