#include "models/initialise.h"

#include <cmath>

#include "engine/dispatch.h"
#include "engine/tensor_ops.h"
#include "layers/batch_norm2d.h"
#include "layers/conv2d.h"
#include "layers/linear.h"

namespace lienet {
namespace {

template <class Draw>
void fill_with(Context& ctx, Tensor& t, Draw draw) {
  Tensor drawn = ctx.empty_on_host(t.shape(), t.dtype());
  for_floating(t.dtype(), [&]<class T>(T) {
    for (int64_t i = 0; i < t.size(); ++i) drawn.data<T>()[i] = static_cast<T>(draw());
  });
  copy(ctx, drawn, t);
}

}  // namespace

void initialise(Context& ctx, Layer& model) {
  initialise(ctx, model, {.seed = ctx.seed()});
}

void initialise(Context& ctx, Layer& model, const RandomKey& key) {
  uint32_t index = 0;
  const auto next = [&] {
    RandomKey own = key;
    own.sample = index++;
    own.use = RandomUse::init;
    return Random(own);
  };
  model.visit([&](Layer& layer) {
    if (auto* conv = dynamic_cast<Conv2d*>(&layer)) {
      const Tensor& w = conv->weight.value;
      const double deviation = std::sqrt(2.0 / static_cast<double>(w.dim(0) * w.dim(2) * w.dim(3)));
      Random random = next();
      fill_with(ctx, conv->weight.value, [&] { return deviation * random.normal(); });
      if (conv->bias.value) fill(ctx, conv->bias.value, 0);
    } else if (auto* norm = dynamic_cast<BatchNorm2d*>(&layer)) {
      for (Tensor* one : {&norm->weight.value, &norm->running_var.value}) fill(ctx, *one, 1);
      for (Tensor* zero :
           {&norm->bias.value, &norm->running_mean.value, &norm->num_batches_tracked.value})
        fill(ctx, *zero, 0);
    } else if (auto* linear = dynamic_cast<Linear*>(&layer)) {
      const double bound = 1 / std::sqrt(static_cast<double>(linear->weight.value.dim(1)));
      for (Parameter* p : {&linear->weight, &linear->bias}) {
        Random random = next();
        if (p->value) fill_with(ctx, p->value, [&] { return random.uniform(-bound, bound); });
      }
    }
  });
}

}  // namespace lienet
