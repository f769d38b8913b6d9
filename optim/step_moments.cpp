#include "optim/step_moments.h"

#include "engine/dispatch.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"

namespace lienet {

std::string GradientMoments::layer() const {
  return name.substr(0, name.rfind('.'));
}

StepMoments::StepMoments(Context& ctx, Layer& model, int64_t batch)
    : ctx_(ctx), batch_(batch), steps_(ctx.zeros({1}, DType::f64)) {
  model.visit_parameters([&](const std::string& path, Parameter& p) {
    const Shape& shape = p.value.shape();
    const DType type = p.value.dtype();
    if (shape.rank() == 4)
      slots_.push_back({path, &p, ctx.zeros(shape, type), ctx.zeros(shape, type)});
  });
}

void StepMoments::restart() {
  fill(ctx_, steps_, 0);
  for (Slot& s : slots_) {
    fill(ctx_, s.mean, 0);
    fill(ctx_, s.squares, 0);
  }
}

void StepMoments::add(int64_t images, const Tensor& skip) {
  if (images != batch_) return;
  std::vector<StepMomentsPart> parts;
  for (const Slot& s : slots_) {
    if (!s.parameter->gradient) fail("moments: {} is frozen; it has no gradient", s.path);
    parts.push_back({s.parameter->gradient, s.mean, s.squares});
  }
  LIENET_HOST_OR_CUDA(ctx_, add_step)(ctx_, skip, steps_, parts);
}

int64_t StepMoments::steps() const {
  return static_cast<int64_t>(*to_host(ctx_, steps_).data<double>());
}

std::vector<GradientMoments> StepMoments::moments() const {
  const auto count = static_cast<double>(steps());
  std::vector<GradientMoments> result;
  for (const Slot& s : slots_) {
    const auto copied = [&](const Tensor& t) {
      return convert(ctx_, to_host(ctx_, t), DType::f64, Layout::plain);
    };
    GradientMoments& m =
        result.emplace_back(GradientMoments{s.path, copied(s.mean), copied(s.squares)});
    for (int64_t i = 0; count > 0 && i < m.variance.size(); ++i)
      m.variance.data<double>()[i] /= count;
  }
  return result;
}

std::vector<NamedTensor> StepMoments::state() const {
  std::vector<NamedTensor> result;
  for (const Slot& s : slots_) {
    result.push_back({"gsnr.mean." + s.path, s.mean});
    result.push_back({"gsnr.squares." + s.path, s.squares});
  }
  result.push_back({"gsnr.steps", steps_});
  return result;
}

}  // namespace lienet
