// How good a model is on a set of images.
#pragma once

#include <functional>
#include <vector>

#include "datasets/batch_source.h"
#include "layers/layer.h"
#include "tools/training/metrics.h"

namespace lienet {

struct Evaluation {
  double loss = 0;  // mean cross-entropy
  // Percent; NaN: not measured. Top-1 and top-5 of sets whose images show one class, the mean
  // average precisions (VOC 2007's 11 points, and the area) of those that show several.
  double top1 = not_measured, top5 = not_measured;
  double map11 = not_measured, map_area = not_measured;
  int64_t images = 0;
  double seconds = 0;
  double score(Metric metric) const { return metric == Metric::top1 ? top1 : map11; }
};

// What a set's images can be measured by.
inline Metric metric_of(const ImageSet& set) {
  return set.multi_label() ? Metric::map11 : Metric::top1;
}

// The mean loss of a batch: softmax cross-entropy, or the sigmoid's where images show several
// classes (Batch::targets has their tags).
Value loss_of(Tape& tape, const Value& logits, const Batch& batch, Metric metric,
              double label_smoothing = 0);

// Over the whole set, once; BatchNorm uses its running statistics, nothing is recorded. Throws
// Error where the model has too few logits for the set's classes, or not as many where images show
// several.
// `logits`, where given, becomes [N,K] of all images, in the source's order. `change`, where given,
// is what happens to a batch before the model sees it.
Evaluation evaluate(Context& ctx, Layer& model, BatchSource& source,
                    std::vector<float>* logits = nullptr,
                    const std::function<void(Batch&)>& change = {});

struct Prediction {
  int32_t label = 0;       // the class of the largest logit; of equals the first
  double probability = 0;  // softmax of it, or sigmoid where images show several classes
};
// Of the first `count` images of the source's set.
std::vector<Prediction> predict_first(Context& ctx, Layer& model, BatchSource& source,
                                      int64_t count);

// Of each class, from row n of logits [N,K] in the host's memory: softmax, or sigmoid where images
// show several classes.
std::vector<double> probabilities(const Tensor& logits, int64_t n, Metric metric);

}  // namespace lienet
