// How good a model is on a set of images.
#pragma once

#include <vector>

#include "datasets/loader.h"
#include "layers/layer.h"

namespace lienet {

struct Evaluation {
  double loss = 0;            // mean cross-entropy
  double top1 = 0, top5 = 0;  // percent
  int64_t images = 0;
  double seconds = 0;
};

// Over the loader's whole set, once; BatchNorm uses its running statistics, nothing is recorded.
// `logits`, where given, becomes [N,K] of all images, in the loader's order.
Evaluation evaluate(Context& ctx, Layer& model, Loader& loader,
                    std::vector<float>* logits = nullptr);

struct Prediction {
  int32_t label = 0;       // the class of the largest logit; of equals the first
  double probability = 0;  // softmax of it
};
// Of the first `count` images of the loader's set.
std::vector<Prediction> predict_first(Context& ctx, Layer& model, Loader& loader, int64_t count);

// How many rows of logits [N,K] have fewer than k values above that of their label [N].
int64_t count_in_top(const Tensor& logits, const Tensor& labels, int k);

}  // namespace lienet
