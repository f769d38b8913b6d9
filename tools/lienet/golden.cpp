#include "tools/lienet/golden.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/check.h"
#include "engine/safetensors.h"
#include "engine/scheduler.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"
#include "layers/inhibit.h"
#include "layers/softmax_cross_entropy.h"
#include "models/resnet.h"
#include "optim/sgd.h"

namespace lienet {
namespace {

using Json = nlohmann::json;

// Compares with the answers and keeps the worst.
class Judge {
 public:
  Judge(Context& ctx, const SafetensorsFile& file) : ctx_(ctx), file_(file) {}

  void compare(const std::string& answer, const Tensor& got, double limit_f32) {
    const Tensor a = in_double(got), b = in_double(file_.load(ctx_, answer));
    if (a.size() != b.size())
      fail("{}: {} is {}, got {}", file_.path().string(), answer, b.str(), a.str());
    double squares = 0, norm = 0;
    for (int64_t i = 0; i < a.size(); ++i) {
      const double d = a.data<double>()[i] - b.data<double>()[i];
      squares += d * d;
      norm += b.data<double>()[i] * b.data<double>()[i];
    }
    judge(answer, norm > 0 ? std::sqrt(squares / norm) : std::sqrt(squares), limit_f32);
  }

  void judge(const std::string& name, double error, double limit_f32) {
    const double limit = ctx_.dtype() == DType::f64 ? 1e-9 : limit_f32;
    if (!(error <= limit)) verdict_.kind = Verdict::Kind::failed;
    if (verdict_.worst_tensor.empty() || !(error / limit <= worst_)) {
      worst_ = error / limit;
      verdict_.worst_tensor = name;
      verdict_.error = error;
    }
  }

  Tensor in_double(const Tensor& t) {
    return convert(ctx_, to_host(ctx_, t), DType::f64, Layout::plain);
  }
  const Verdict& verdict() const { return verdict_; }

 private:
  Context& ctx_;
  const SafetensorsFile& file_;
  Verdict verdict_;
  double worst_ = 0;
};

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "1" : "0";
  return value.dump();
}

Inhibition inhibition_of(const Json& p) {
  return Inhibition::parse(
      fmt::format("paper,mode={},sets={},rate={},sigma={},kernel={},taps={},zero_sum={},padding={}",
                  text_of(p.at("mode")), text_of(p.at("sets")), text_of(p.at("rate")),
                  text_of(p.at("sigma")), text_of(p.at("size")), text_of(p.at("taps")),
                  text_of(p.at("zero_sum")), text_of(p.at("padding"))));
}

Tensor load_as(Context& ctx, const SafetensorsFile& file, const std::string& name) {
  return to_device(ctx, as_type(ctx, file.load(ctx, name), ctx.dtype()));
}

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

// The model's tensors and the case's of the same names.
template <class F>
void for_each_state(Layer& model, const SafetensorsFile& file, const std::string& prefix, F f) {
  for (auto& [name, tensor] : model.state())
    if (file.find(prefix + name)) f(prefix + name, tensor);
}

Tensor step_of(Context& ctx, const Tensor& all, int64_t step) {
  const auto dims = all.shape().dims();
  Tensor one = ctx.empty_on_host(Shape(dims.subspan(1)), all.dtype());
  std::copy_n(static_cast<const std::byte*>(all.raw()) + step * static_cast<int64_t>(one.bytes()),
              one.bytes(), static_cast<std::byte*>(one.raw()));
  return to_device(ctx, one);
}

Verdict verify_training(Context& ctx, const SafetensorsFile& file, const Json& params) {
  ResNet net(ctx,
             {.block = params.at("block") == "basic" ? BlockKind::basic : BlockKind::bottleneck,
              .depths = params.at("depths").get<std::vector<int>>(),
              .width = params.at("width").get<int64_t>(),
              .classes = params.at("classes").get<int64_t>(),
              .stem = params.at("stem") == "cifar" ? Stem::cifar : Stem::imagenet});
  if (!params.at("inhibition").is_null())
    net.inhibit_blocks(inhibition_of(params.at("inhibition")));
  for_each_state(net, file, "init.", [&](const std::string& name, Tensor& t) {
    const Tensor from = file.load(ctx, name);
    copy(ctx, from, t);
  });
  const Json& sgd_params = params.at("sgd");
  Sgd sgd(ctx, net,
          {.lr = sgd_params.at("lr").get<double>(),
           .momentum = sgd_params.at("momentum").get<double>(),
           .weight_decay = sgd_params.at("weight_decay").get<double>(),
           .nesterov = sgd_params.at("nesterov").get<bool>()});
  const Tensor x = as_type(ctx, file.load(ctx, "x"), ctx.dtype()), y = file.load(ctx, "y");
  Judge judge(ctx, file);
  for (int64_t step = 0; step < params.at("steps").get<int64_t>(); ++step) {
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
  for_each_state(net, file, "after.",
                 [&](const std::string& name, Tensor& t) { judge.compare(name, t, 5e-4); });
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
  } catch (const Json::exception& e) {
    fail("{}: params: {}", path.string(), e.what());
  }
  return {.kind = Verdict::Kind::unsupported, .reason = "kind " + kind->second};
}

}  // namespace lienet
