#include "tools/training/trainer.h"

#include <cmath>
#include <deque>
#include <memory>
#include <optional>
#include <utility>

#include "analysis/gsnr.h"
#include "datasets/loader.h"
#include "datasets/resident_set.h"
#include "engine/check.h"
#include "engine/file.h"
#include "models/weights.h"
#include "optim/adamw.h"
#include "optim/sgd.h"
#include "tools/training/checkpoint.h"
#include "tools/training/enhancement.h"
#include "tools/training/evaluate.h"
#include "tools/training/examples.h"
#include "tools/training/inhibition_plan.h"
#include "tools/training/measure.h"
#include "tools/training/report.h"
#include "tools/training/telemetry.h"
#include "tools/training/train_step.h"
#include "tools/training/watch.h"

namespace lienet {
namespace {

LoaderOptions train_options(const TrainConfig& c, const ChannelStats& stats) {
  return {.batch = c.batch,
          .shuffle = true,
          .workers = c.workers,
          .seed = c.seed,
          .augment = c.augment_options(),
          .mix = {.mixup = c.mixup, .cutmix = c.cutmix},
          .stats = stats};
}

// What enhancement changes has to be in the host's memory.
std::unique_ptr<BatchSource> train_batches(Context& ctx, const DataSet& data,
                                           const TrainConfig& c) {
  const LoaderOptions options = train_options(c, data.stats);
  if (c.enhance != "off") return std::make_unique<Loader>(data.train, options);
  return make_batch_source(ctx, data.train, options);
}

std::unique_ptr<Optimizer> make_optimizer(Context& ctx, Layer& model, const TrainConfig& c) {
  if (c.optimizer == "adamw")
    return std::make_unique<AdamW>(ctx, model,
                                   AdamWOptions{.lr = c.lr,
                                                .beta1 = c.beta1,
                                                .beta2 = c.beta2,
                                                .weight_decay = c.weight_decay,
                                                .decay_all = c.decay_all});
  return std::make_unique<Sgd>(ctx, model,
                               SgdOptions{.lr = c.lr,
                                          .momentum = c.momentum,
                                          .weight_decay = c.weight_decay,
                                          .nesterov = c.nesterov && c.momentum > 0,
                                          .decay_all = c.decay_all});
}

double mean_of(const std::vector<ConvolutionTelemetry>& convolutions) {
  double sum = 0;
  for (const ConvolutionTelemetry& c : convolutions) sum += c.gsnr;
  return convolutions.empty() ? not_measured : sum / static_cast<double>(convolutions.size());
}

class Trainer {
 public:
  Trainer(RunDirectory& run, const DataSet& data, const TrainHooks& hooks);
  TrainOutcome train();

 private:
  SafetensorsFile open_last();
  void begin();
  bool train_epoch();  // false: stopped
  void step(Batch& batch, std::span<Observer* const> observers);
  void settle(size_t under_way);
  [[noreturn]] void fail_not_finite(const std::string& what, int64_t step, double rate) const;
  double train_score() const;
  void finish_epoch();
  void watch(const EpochMetrics& m);
  void keep(int64_t epoch);
  std::vector<ConvolutionTelemetry> convolutions() const;
  void save_last();
  void write_report(std::vector<ReportExample> examples);
  std::vector<NamedTensor> checkpoint_tensors();
  Circumstances circumstances() const {
    return {data_.hash, ctx_.threads(), name_of(ctx_.device())};
  }
  bool stop_requested() const { return hooks_.stop && hooks_.stop(); }

  RunDirectory& run_;
  const TrainConfig& config_;
  const DataSet& data_;
  const Metric metric_;
  const TrainHooks& hooks_;
  Context ctx_;
  ResNet model_;
  const InhibitionPlan inhibition_;
  std::unique_ptr<Optimizer> optimizer_;
  std::unique_ptr<Ema> ema_;
  std::unique_ptr<StepMoments> moments_;
  TrainStep step_;
  std::optional<Enhancement> enhancement_;
  std::unique_ptr<BatchSource> train_batches_, test_batches_;
  ScheduleOptions schedule_;
  ModelDescription description_;
  std::optional<Progress> progress_;
  std::optional<Telemetry> telemetry_;
  std::optional<Watch> watch_;
  ShownSets shown_sets_;          // empty: not known yet
  bool last_is_damaged_ = false;  // and the checkpoint before it is what the run goes on from
  Position position_;             // its sums are of the steps whose outcome is known: all but
  struct Issued {
    PendingOutcome outcome;
    int64_t images, step;
    double learning_rate;
  };
  std::deque<Issued> issued_;
};

Trainer::Trainer(RunDirectory& run, const DataSet& data, const TrainHooks& hooks)
    : run_(run),
      config_(run.config()),
      data_(data),
      metric_(metric_of(*data.train)),
      hooks_(hooks),
      ctx_(config_.context_options()),
      model_(ctx_, config_.model_options(data.train->classes)),
      inhibition_(config_),
      optimizer_(make_optimizer(ctx_, model_, config_)),
      ema_(config_.ema > 0 ? std::make_unique<Ema>(ctx_, model_, config_.ema) : nullptr),
      moments_(config_.gsnr ? std::make_unique<StepMoments>(ctx_, model_, config_.batch) : nullptr),
      step_(ctx_, model_, *optimizer_, ema_.get(),
            {.metric = metric_,
             .label_smoothing = config_.label_smoothing,
             .clip = config_.clip,
             .graph = config_.graph}),
      train_batches_(train_batches(ctx_, data, config_)),
      test_batches_(make_batch_source(
          ctx_, data.test,
          {.batch = config_.batch, .workers = config_.workers, .stats = data.stats})),
      schedule_(config_.schedule_options(train_batches_->batches())),
      description_{
          config_.dataset,          config_.model, config_.stem,           model_.options().width,
          model_.options().classes, data.stats,    config_.inhibit_forward} {
  if (hooks.progress)
    progress_.emplace(hooks.progress, hooks.terminal, static_cast<int>(config_.epochs),
                      train_batches_->batches());
  schedule_.check();
  if (metric_ != Metric::top1 && config_.label_smoothing > 0)
    fail("--label-smoothing {}: expected 0 where images show several classes",
         config_.label_smoothing);
  if (config_.enhance != "off") {
    if (metric_ != Metric::top1)
      fail("--enhance {}: LI-Map is of one label, and these images show several classes",
           config_.enhance);
    enhancement_ = Enhancement::parse(config_.enhance);
  }
  if (config_.watch > 0)
    watch_.emplace(data.test, data.stats, config_.watch, config_.label_smoothing);
  inhibition_.apply(model_, 0);
  telemetry_.emplace(model_);
  if (moments_) step_.gather(*moments_);
}

std::vector<NamedTensor> Trainer::checkpoint_tensors() {
  std::vector<NamedTensor> all = model_.state();
  for (auto& [name, tensor] : optimizer_->state()) all.push_back({"optimizer." + name, tensor});
  for (auto& [name, tensor] : step_.state()) all.push_back({"optimizer." + name, tensor});
  if (ema_)
    for (NamedTensor& t : ema_->state()) all.push_back(std::move(t));
  if (moments_)
    for (NamedTensor& t : moments_->state()) all.push_back(std::move(t));
  return all;
}

// The last checkpoint, or the one before where that is damaged.
SafetensorsFile Trainer::open_last() {
  try {
    return SafetensorsFile::open(run_.last());
  } catch (const Error& e) {
    std::error_code error;
    if (!std::filesystem::exists(run_.previous(), error)) throw;
    if (hooks_.say)
      hooks_.say(fmt::format("{}; going on from {}", e.what(), run_.previous().string()));
    last_is_damaged_ = true;
    return SafetensorsFile::open(run_.previous());
  }
}

// Where the run stands: its checkpoint, or the beginning.
void Trainer::begin() {
  std::error_code error;
  if (std::filesystem::exists(run_.last(), error)) {
    position_ = load_checkpoint(ctx_, open_last(), checkpoint_tensors(), circumstances());
  } else if (!config_.weights.empty()) {
    const SafetensorsFile file = SafetensorsFile::open(config_.weights);
    const WeightsMatch match = match_weights(model_, file);
    if (hooks_.say)
      for (const std::string& line : match.lines())
        hooks_.say(fmt::format("{}: {}", config_.weights, line));
    if (!config_.partial && !match.matched.empty() && !match.complete())
      fail("{}: does not fit the model: {}; --partial takes what fits", config_.weights,
           match.str());
    load_weights(ctx_, model_, file, config_.partial);
    if (ema_) ema_->restart();
  }
  if (config_.keep_zeros) step_.hold_zeros(zero_masks(ctx_, model_));
  run_.rewind(position_.epoch);
  run_.save_config();
}

TrainOutcome Trainer::train() {
  begin();
  bool finished = true;
  while (finished && position_.epoch < config_.epochs) {
    finished = train_epoch();
    if (finished && position_.epoch < config_.epochs) finished = !stop_requested();
  }
  return {.finished = finished,
          .epochs = position_.epoch,
          .best_epoch = position_.best_epoch,
          .metric = metric_,
          .best_score = position_.best_score,
          .last_score = run_.epochs().empty() ? 0 : run_.epochs().back().metrics.test_score};
}

// Of the epoch so far. That of several classes would need all logits.
double Trainer::train_score() const {
  if (metric_ != Metric::top1) return not_measured;
  return 100 * static_cast<double>(position_.correct) / static_cast<double>(position_.images);
}

bool Trainer::train_epoch() {
  const double begin = steady_seconds() - position_.seconds;
  const int64_t steps = train_batches_->batches();
  if (inhibition_.changes()) {
    inhibition_.apply(model_, position_.epoch);
    step_.record_again();
  }
  train_batches_->start(static_cast<uint32_t>(position_.epoch), position_.step);
  if (progress_) progress_->begin_epoch(static_cast<int>(position_.epoch + 1), position_.step);
  // Masks are looked at in the last step: the model is then what the epoch made of it.
  Observer* const telemetry[] = {&*telemetry_};
  while (std::optional<Batch> batch = train_batches_->next()) {
    const bool last = position_.step + 1 == steps;
    step(*batch, std::span(telemetry, last ? 1 : 0));
    ++position_.step;
    settle(last || ctx_.device() != Device::cuda ? 0 : 1);
    position_.seconds = steady_seconds() - begin;
    if (last) break;
    const bool stop = stop_requested();
    const int64_t every = config_.checkpoint_steps;
    if (stop || (every > 0 && position_.step % every == 0)) {
      settle(0);
      save_last();
    }
    if (stop) return false;
  }
  finish_epoch();
  return true;
}

void Trainer::step(Batch& batch, std::span<Observer* const> observers) {
  ctx_.set_position(static_cast<uint32_t>(position_.epoch), static_cast<uint32_t>(position_.step));
  if (enhancement_) enhance_batch(ctx_, model_, *enhancement_, batch);
  optimizer_->set_learning_rate(
      learning_rate_at(schedule_, position_.epoch * train_batches_->batches() + position_.step));
  issued_.push_back({step_(batch, observers), batch.labels.size(), position_.step + 1,
                     optimizer_->learning_rate()});
}

// Takes the outcome of every step but the last so many, which may be under way.
void Trainer::settle(size_t under_way) {
  for (; issued_.size() > under_way; issued_.pop_front()) {
    const Issued& i = issued_.front();
    const StepOutcome outcome = i.outcome.wait();
    if (!outcome.not_finite.empty()) fail_not_finite(outcome.not_finite, i.step, i.learning_rate);
    position_.loss_sum += static_cast<double>(i.images) * outcome.loss;
    position_.correct += outcome.correct;
    position_.images += i.images;
    if (!progress_) continue;
    progress_->step(i.images, position_.loss_sum / static_cast<double>(position_.images),
                    train_score(), metric_);
  }
}

void Trainer::fail_not_finite(const std::string& what, int64_t step, double rate) const {
  std::error_code error;
  fail(
      "{} is not finite in epoch {}, step {} of {} (learning rate {:.4g}); nothing was saved since "
      "{}; try a lower --lr, a longer --warmup or --clip 1",
      what, position_.epoch + 1, step, train_batches_->batches(), rate,
      std::filesystem::exists(run_.last(), error) ? run_.last().string() : "the beginning");
}

void Trainer::finish_epoch() {
  const double trained = position_.seconds, begin = steady_seconds();
  const auto images = static_cast<double>(position_.images);
  EpochRecord record{.metrics = {.epoch = static_cast<int>(position_.epoch + 1),
                                 .metric = metric_,
                                 .train_loss = position_.loss_sum / images,
                                 .train_score = train_score(),
                                 .learning_rate = optimizer_->learning_rate(),
                                 .images_per_second = images / trained},
                     .layers = telemetry_->take(),
                     .convolutions = convolutions()};
  EpochMetrics& m = record.metrics;
  m.gsnr = mean_of(record.convolutions);
  if (moments_) moments_->restart();
  std::vector<ReportExample> shown;
  {
    std::optional<AveragedModel> averaged;
    if (ema_) averaged.emplace(*ema_);
    const Evaluation test = evaluate(ctx_, model_, *test_batches_);
    // What the last step has broken shows here first, and is to replace nothing.
    if (!std::isfinite(test.loss))
      fail_not_finite("the test loss", position_.step, optimizer_->learning_rate());
    m.test_loss = test.loss;
    m.test_score = test.score(metric_);
    const bool best = position_.best_epoch == 0 || m.test_score > position_.best_score;
    if (best) {
      position_.best_epoch = m.epoch;
      position_.best_score = m.test_score;
      save_weights(ctx_, run_.best(), model_, description_);
    }
    if (config_.keep > 0 && m.epoch % config_.keep == 0) keep(m.epoch);
    shown = predicted_examples(ctx_, model_, *data_.test, test_batches_->options());
  }
  if (watch_) watch(m);
  m.seconds = trained + steady_seconds() - begin;
  m.peak_mib = peak_mib(ctx_.device());
  position_ = {
      .epoch = m.epoch, .best_epoch = position_.best_epoch, .best_score = position_.best_score};
  // First the metrics, then the checkpoint: what is measured again after a crash is forgotten at
  // the next beginning, and an epoch whose metrics are lost is not.
  run_.add_epoch(std::move(record));
  save_last();
  write_report(std::move(shown));
  if (progress_) progress_->end_epoch(m);
}

// Of the epoch so far; one step alone does not vary.
std::vector<ConvolutionTelemetry> Trainer::convolutions() const {
  std::vector<ConvolutionTelemetry> all;
  if (!moments_ || moments_->steps() < 2) return all;
  for (const GradientMoments& m : gradient_moments(*moments_))
    all.push_back({.layer = m.layer(), .gsnr = gsnr(m)});
  return all;
}

void Trainer::keep(int64_t epoch) {
  const EpochFiles files = run_.kept();
  make_folder(files.folder);
  save_weights(ctx_, files.path(epoch), model_, description_);
}

// Before the checkpoint is written, as the metrics are.
void Trainer::watch(const EpochMetrics& m) {
  const Watched watched = watch_->look(ctx_, model_);
  const WatchFiles files = run_.watched();
  if (shown_sets_.empty()) {
    const auto earlier = files.first_metadata();
    shown_sets_ = earlier ? sets_of(*earlier, watched) : largest_sets(watched);
  }
  const std::string title =
      fmt::format("Epoch {}, test {} {:.2f} %   {} on {}, {}", m.epoch, title_of(metric_),
                  m.test_score, config_.model, config_.dataset,
                  config_.inhibit == "off" ? "plain; masks are what preset paper would draw"
                                           : "inhibition " + config_.inhibit);
  files.add(m.epoch, watch_->draw(watched, shown_sets_, title).png(), watched.tensors(),
            metadata_of(shown_sets_));
}

void Trainer::save_last() {
  if (!std::exchange(last_is_damaged_, false)) run_.keep_previous();
  save_checkpoint(ctx_, run_.last(), checkpoint_tensors(), description_, position_,
                  circumstances());
}

void Trainer::write_report(std::vector<ReportExample> examples) {
  Report report{
      .title = fmt::format("{} on {}, {}", config_.model, config_.dataset,
                           config_.inhibit == "off" ? "plain" : "inhibition " + config_.inhibit),
      .facts = {{"training images", std::to_string(data_.train->size())},
                {"test images", std::to_string(data_.test->size())},
                {"parameters", std::to_string(model_.parameter_count())},
                {"device", name_of(ctx_.device())},
                {"threads", std::to_string(ctx_.threads())},
                {"seed", std::to_string(config_.seed)}},
      .configuration = option_table(config_),
      .epochs = run_.epochs(),
      .examples = std::move(examples)};
  if (watch_) report.watch = run_.watched().pictures();
  write_atomically(run_.path() / "report.html", report_html(report));
}

}  // namespace

TrainOutcome train(RunDirectory& run, const DataSet& data, const TrainHooks& hooks) {
  return Trainer(run, data, hooks).train();
}

}  // namespace lienet
