#include "optim/ema.h"

#include <algorithm>

#include "engine/dispatch.h"
#include "engine/tensor_ops.h"

namespace lienet {

Ema::Ema(Context& ctx, Layer& model, double decay)
    : ctx_(ctx),
      decay_(decay),
      updates_(ctx.empty_on_host({}, DType::i64)),
      share_(ctx.empty({1}, DType::f64)) {
  if (!(decay >= 0 && decay < 1)) fail("EMA: decay {}; expected 0 <= decay < 1", decay);
  fill(ctx, updates_, 0);
  for (const auto& [path, tensor] : model.state()) {
    paths_.push_back(path);
    parts_.push_back({tensor, clone(ctx, tensor)});
    (is_floating(tensor.dtype()) ? floating_ : integers_).push_back(parts_.back());
  }
}

void Ema::restart() {
  LIENET_CHECK(!exchanged_, "EMA: restarted while the model has the averages");
  fill(ctx_, updates_, 0);
  for (EmaPart& part : parts_) copy(ctx_, part.value, part.average);
}

void Ema::update() {
  LIENET_CHECK(!exchanged_, "EMA: updated while the model has the averages");
  ctx_.each_step([this] {
    const auto t = static_cast<double>((*updates_.data<int64_t>())++);
    store(ctx_, share_, {1 - std::min(decay_, (1 + t) / (10 + t))});
    for (EmaPart& part : integers_) copy(ctx_, part.value, part.average);
  });
  LIENET_HOST_OR_CUDA(ctx_, ema_update)(ctx_, share_, floating_);
}

void Ema::exchange() noexcept {
  try {
    LIENET_HOST_OR_CUDA(ctx_, ema_exchange)(ctx_, floating_);
  } catch (const Error&) {
    // A device that fails goes on failing: whoever uses the model next is told.
  }
  host::ema_exchange(ctx_, integers_);
  exchanged_ = !exchanged_;
}

std::vector<NamedTensor> Ema::state() const {
  LIENET_CHECK(!exchanged_, "EMA: state asked for while the model has the averages");
  std::vector<NamedTensor> result;
  for (size_t i = 0; i < parts_.size(); ++i)
    result.push_back({"ema." + paths_[i], parts_[i].average});
  result.push_back({"ema.updates", updates_});
  return result;
}

AveragedModel::AveragedModel(Ema& ema) : ema_(ema) {
  LIENET_CHECK(!ema.exchanged_, "EMA: the model has the averages already");
  ema.exchange();
}

}  // namespace lienet
