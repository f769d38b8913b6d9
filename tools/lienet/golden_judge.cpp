#include "tools/lienet/golden_judge.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/check.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"

namespace lienet {

using Json = nlohmann::json;

namespace {

std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "1" : "0";
  return value.dump();
}

}  // namespace

void Judge::compare(const std::string& answer, const Tensor& got, double limit_f32) {
  const Tensor a = in_double(got), b = this->answer(answer);
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

void Judge::judge(const std::string& name, double error, double limit_f32) {
  error = magnitude_of(error);
  const double limit = ctx_.dtype() == DType::f64 ? 1e-9 : limit_f32;
  if (error > limit) verdict_.kind = Verdict::Kind::failed;
  if (verdict_.worst_tensor.empty() || error / limit > worst_) {
    worst_ = error / limit;
    verdict_.worst_tensor = name;
    verdict_.error = error;
  }
}

Tensor Judge::in_double(const Tensor& t) const {
  return convert(ctx_, to_host(ctx_, t), DType::f64, Layout::plain);
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

ResNetOptions network_of(const Json& params) {
  return {.block = params.at("block") == "basic" ? BlockKind::basic : BlockKind::bottleneck,
          .depths = params.at("depths").get<std::vector<int>>(),
          .width = params.at("width").get<int64_t>(),
          .classes = params.at("classes").get<int64_t>(),
          .stem = params.at("stem") == "cifar" ? Stem::cifar : Stem::imagenet};
}

void load_initial_state(Context& ctx, Layer& model, const SafetensorsFile& file) {
  for (const auto& [name, tensor] : model.state()) {
    if (!file.find("init." + name)) continue;
    Tensor to = tensor;
    copy(ctx, file.load(ctx, "init." + name), to);
  }
}

}  // namespace lienet
