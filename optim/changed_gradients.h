// A model's gradients that are about to change. Internal.
#pragma once

#include <vector>

#include "layers/layer.h"

namespace lienet {

// `to`, which the parameters have from now on, is `from` itself where nobody shares it, else fresh
// memory.
struct ChangedGradients {
  ChangedGradients(Context& ctx, Layer& model) {
    for (Parameter* p : model.parameters())
      if (Tensor& g = p->gradient) {
        to.push_back(g.unique() ? g : ctx.empty_like(g));
        from.push_back(std::move(g));
        g = to.back();
      }
  }
  std::vector<Tensor> from, to;
};

}  // namespace lienet
