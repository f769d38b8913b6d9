// Folding BatchNorm into the convolution before it, as a block program: one block for each output
// channel. Formulas: layers/conv_norm.h.
#pragma once

#include <cmath>

#include "engine/cuda/block.h"

namespace lienet::cuda {

struct ConvNormFold {
  static constexpr int threads = 256;
  const float *w, *c, *g, *b, *mean, *var;  // c may be null
  double eps;
  int filter;  // weights of one output channel
  float *folded, *bias;

  template <class Block>
  LIENET_DEVICE void operator()(Block& block) const {
    const int64_t o = block.index();
    const double scale = double(g[o]) / sqrt(double(var[o]) + eps);
    block.each(filter, [&](int i) {
      folded[o * filter + i] = static_cast<float>(double(w[o * filter + i]) * scale);
    });
    block.each(1, [&](int) {
      bias[o] =
          static_cast<float>(double(b[o]) + ((c ? double(c[o]) : 0) - double(mean[o])) * scale);
    });
  }
};

}  // namespace lienet::cuda
