#include "tools/training/train_step.h"

#include <cmath>

#include "engine/tensor_ops.h"
#include "layers/softmax_cross_entropy.h"
#include "optim/clip.h"

namespace lienet {

StepOutcome PendingOutcome::wait() const {
  StepOutcome outcome{.loss = double(*loss_.wait().data<float>()),
                      .correct = *correct_.wait().data<int64_t>()};
  if (!std::isfinite(outcome.loss)) outcome.not_finite = "the loss";
  const Tensor& counts = not_finite_.wait();
  for (int64_t i = 0; counts && outcome.not_finite.empty() && i < counts.size(); ++i)
    if (counts.data<int64_t>()[i] != 0)
      outcome.not_finite = "the gradient of " + (*paths_)[static_cast<size_t>(i)];
  return outcome;
}

TrainStep::TrainStep(Context& ctx, Layer& model, Optimizer& optimizer, Ema* ema,
                     const TrainStepOptions& options)
    : ctx_(ctx),
      model_(model),
      optimizer_(optimizer),
      ema_(ema),
      options_(options),
      scaler_(ctx.precision() == Precision::fp16 ? std::make_unique<GradScaler>(ctx) : nullptr),
      replay_(ctx, options.graph && options.metric == Metric::top1) {}

// Whether the step is the one that is replayed: its batch is as large as the first.
bool TrainStep::repeats(const Batch& batch) const {
  return !inputs_.images || (batch.images.shape() == inputs_.images.shape() &&
                             bool(batch.targets) == bool(inputs_.targets));
}

Batch TrainStep::sent(const Batch& batch) {
  return {.images = to_device(ctx_, batch.images),
          .labels = to_device(ctx_, batch.labels),
          .targets = batch.targets ? to_device(ctx_, batch.targets) : Tensor(),
          .indices = {}};
}

PendingOutcome TrainStep::operator()(const Batch& batch, std::span<Observer* const> observers) {
  if (ctx_.device() != Device::cuda || !observers.empty() || !zeros_.empty() || !repeats(batch)) {
    Outputs outputs;
    replay_.once([&] { outputs = run(sent(batch), observers); });
    return read(outputs);
  }
  if (!inputs_.images) inputs_ = sent(batch);
  for (const auto& [from, to] : {std::pair{&batch.images, &inputs_.images},
                                 {&batch.labels, &inputs_.labels},
                                 {&batch.targets, &inputs_.targets}})
    if (!from->shares_storage(*to)) copy(ctx_, *from, *to);
  replay_([this] { outputs_ = run(inputs_, {}); });
  return read(outputs_);
}

TrainStep::Outputs TrainStep::run(const Batch& in, std::span<Observer* const> observers) {
  model_.zero_gradients();  // their memory is for what forward saves
  Tape tape = Tape::training(ctx_);
  const Value logits = model_(tape, tape.constant(in.images));
  const Value loss = loss_of(tape, logits, in, options_.metric, options_.label_smoothing);
  Outputs out{.loss = loss.tensor(), .correct = count_correct(ctx_, logits.tensor(), in.labels)};
  backward(tape, loss, scaler_ ? scaler_->scale() : Tensor(), observers);
  update(out, in.images.dim(0));
  return out;
}

void TrainStep::update(Outputs& out, int64_t images) {
  Tensor skip;
  if (scaler_) {
    skip = scaler_->unscale(model_);
  } else {
    std::vector<Tensor> gradients;
    auto paths = std::make_shared<std::vector<std::string>>();
    model_.visit_parameters([&](const std::string& path, Parameter& p) {
      if (!p.gradient) return;
      gradients.push_back(p.gradient);
      paths->push_back(path);
    });
    out.not_finite = count_non_finite(ctx_, gradients);
    out.paths = std::move(paths);
  }
  if (moments_) moments_->add(images, skip);
  if (options_.clip > 0) clip_gradient_norm(ctx_, model_, options_.clip);
  optimizer_.step(skip);
  apply_masks(ctx_, zeros_);
  if (scaler_) scaler_->update(skip);
  if (ema_) ema_->update();
}

PendingOutcome TrainStep::read(const Outputs& out) {
  PendingOutcome pending;
  pending.loss_ = read_later(ctx_, out.loss);
  pending.correct_ = read_later(ctx_, out.correct);
  if (out.not_finite) pending.not_finite_ = read_later(ctx_, out.not_finite);
  pending.paths_ = out.paths;
  return pending;
}

std::vector<NamedTensor> TrainStep::state() const {
  return scaler_ ? scaler_->state() : std::vector<NamedTensor>();
}

}  // namespace lienet
