#include "tools/training/evaluate.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <deque>
#include <numeric>

#include "engine/check.h"
#include "engine/dispatch.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"
#include "layers/logits.h"
#include "layers/sigmoid_cross_entropy.h"
#include "layers/softmax_cross_entropy.h"
#include "tools/training/average_precision.h"

namespace lienet {
namespace {

// Calls visit(batch, logits) until it returns false or the set is at its end; labels and logits are
// in the host's memory. On the GPU a batch is under way while the logits of the one before are
// looked at.
template <class Visit>
void for_each_batch(Context& ctx, Layer& model, BatchSource& source,
                    const std::function<void(Batch&)>& change, Visit visit) {
  struct UnderWay {
    Batch batch;
    Reading labels, logits;
  };
  std::deque<UnderWay> batches;
  source.start(0);
  const size_t most = ctx.device() == Device::cuda ? 1 : 0;
  for (bool more = true; more || !batches.empty();) {
    if (std::optional<Batch> batch = more ? source.next() : std::nullopt) {
      if (change) change(*batch);
      Tape tape = Tape::inference(ctx);
      const Tensor images = to_device(ctx, as_type(ctx, batch->images, ctx.dtype()));
      Reading labels = read_later(ctx, batch->labels);
      Reading logits = read_later(ctx, model(tape, tape.constant(images)).tensor());
      batches.push_back({std::move(*batch), std::move(labels), std::move(logits)});
    } else {
      more = false;
    }
    if (batches.size() <= (more ? most : 0)) continue;
    UnderWay& first = batches.front();
    first.batch.labels = first.labels.wait();
    if (!visit(first.batch, first.logits.wait())) return;
    batches.pop_front();
  }
}

// The mean over the classes; a negative target does not count.
template <class T>
double loss_of_row(const T* row, int64_t K, const float* target) {
  double sum = 0;
  for (int64_t k = 0; k < K; ++k)
    if (target[k] >= 0) sum += binary_cross_entropy(double(row[k]), double(target[k]));
  return sum / static_cast<double>(K);
}

// A network may know classes that no image of the set shows, but not of sets whose images show
// several: there each counts.
void check_classes(const ImageSet& set, int64_t K) {
  if (set.multi_label() ? K != set.classes : K < set.classes)
    fail("'{}' has {} classes, and the network tells {} apart", set.name, set.classes, K);
}

}  // namespace

std::vector<double> probabilities(const Tensor& logits, int64_t n, Metric metric) {
  const int64_t K = logits.dim(1);
  std::vector<double> p(static_cast<size_t>(K));
  for_floating(logits.dtype(),
               [&]<class T>(T) { std::copy_n(logits.data<T>() + n * K, K, p.begin()); });
  if (metric != Metric::top1) {
    for (double& v : p) v = 1 / (1 + std::exp(-v));
    return p;
  }
  const double most = *std::max_element(p.begin(), p.end());
  for (double& v : p) v = std::exp(v - most);
  const double sum = std::accumulate(p.begin(), p.end(), 0.0);
  for (double& v : p) v /= sum;
  return p;
}

Value loss_of(Tape& tape, const Value& logits, const Batch& batch, Metric metric,
              double label_smoothing) {
  Context& ctx = tape.context();
  const Tensor target = to_device(
      ctx, batch.targets ? as_type(ctx, batch.targets, logits.tensor().dtype()) : batch.labels);
  return metric == Metric::top1 ? softmax_cross_entropy(tape, logits, target, label_smoothing)
                                : sigmoid_cross_entropy(tape, logits, target);
}

Evaluation evaluate(Context& ctx, Layer& model, BatchSource& source, std::vector<float>* logits,
                    const std::function<void(Batch&)>& change) {
  const ImageSet& set = source.set();
  const Metric metric = metric_of(set);
  std::vector<float> kept;
  std::vector<float>* all = logits || metric == Metric::top1 ? logits : &kept;
  if (all) all->clear();
  Evaluation result;
  int64_t first = 0, fifth = 0;
  double loss = 0;
  const auto begin = std::chrono::steady_clock::now();
  for_each_batch(ctx, model, source, change, [&](const Batch& batch, const Tensor& output) {
    const int64_t count = output.dim(0), K = output.dim(1);
    check_classes(set, K);
    for_floating(output.dtype(), [&]<class T>(T) {
      for (int64_t n = 0; n < count; ++n) {
        const T* row = output.data<T>() + n * K;
        if (metric != Metric::top1) {
          loss += loss_of_row(row, K, batch.targets.data<float>() + n * K);
          continue;
        }
        const int64_t label = batch.labels.data<int64_t>()[n];
        loss += log_sum_exp(row, K) - double(row[label]);
        first += in_top(1, row, K, label);
        fifth += in_top(5, row, K, label);
      }
      if (all) all->insert(all->end(), output.data<T>(), output.data<T>() + output.size());
    });
    result.images += count;
    return true;
  });
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - begin;
  const auto images = static_cast<double>(result.images);
  result.loss = loss / images;
  result.seconds = time.count();
  if (metric == Metric::top1) {
    result.top1 = 100 * static_cast<double>(first) / images;
    result.top5 = 100 * static_cast<double>(fifth) / images;
  } else {
    const auto map = [&](PrecisionRule rule) {
      return 100 * mean_average_precision(*all, set.tags, set.classes, rule);
    };
    result.map11 = map(PrecisionRule::eleven_points);
    result.map_area = map(PrecisionRule::area);
  }
  return result;
}

std::vector<Prediction> predict_first(Context& ctx, Layer& model, BatchSource& source,
                                      int64_t count) {
  std::vector<Prediction> result;
  for_each_batch(ctx, model, source, {}, [&](const Batch&, const Tensor& logits) {
    const int64_t K = logits.dim(1);
    for_floating(logits.dtype(), [&]<class T>(T) {
      for (int64_t n = 0; n < logits.dim(0) && std::ssize(result) < count; ++n) {
        const T* row = logits.data<T>() + n * K;
        const auto best = std::max_element(row, row + K) - row;
        const std::vector<double> p = probabilities(logits, n, metric_of(source.set()));
        result.push_back({static_cast<int32_t>(best), p[static_cast<size_t>(best)]});
      }
    });
    return std::ssize(result) < count;
  });
  return result;
}

}  // namespace lienet
