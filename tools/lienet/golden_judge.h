// What the replays of golden cases share: the comparison with the answers, and what `params` mean.
// Internal to golden*.cpp.
#pragma once

#include <cmath>
#include <limits>
#include <nlohmann/json_fwd.hpp>

#include "engine/safetensors.h"
#include "models/resnet.h"
#include "tools/lienet/golden.h"

namespace lienet {

// Of a difference; NaN is infinitely far off.
inline double magnitude_of(double difference) {
  return std::isnan(difference) ? std::numeric_limits<double>::infinity() : std::abs(difference);
}

// Compares with the answers and keeps the worst.
class Judge {
 public:
  Judge(Context& ctx, const SafetensorsFile& file) : ctx_(ctx), file_(file) {}

  // Relative L2 error; limits: 1e-9 in f64, `limit_f32` in f32.
  void compare(const std::string& answer, const Tensor& got, double limit_f32);
  void judge(const std::string& name, double error, double limit_f32);

  Tensor in_double(const Tensor& t) const;
  Tensor answer(const std::string& name) const { return in_double(file_.load(ctx_, name)); }
  const Verdict& verdict() const { return verdict_; }

 private:
  Context& ctx_;
  const SafetensorsFile& file_;
  Verdict verdict_;
  double worst_ = 0;
};

Inhibition inhibition_of(const nlohmann::json& params);
ResNetOptions network_of(const nlohmann::json& params);
// In the context's type and memory, plain.
Tensor load_as(Context& ctx, const SafetensorsFile& file, const std::string& name);
// Copies the case's `init.` tensors into the model.
void load_initial_state(Context& ctx, Layer& model, const SafetensorsFile& file);

Verdict verify_analysis(Context& ctx, const SafetensorsFile& file, const nlohmann::json& params);

}  // namespace lienet
