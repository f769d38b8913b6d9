#include "analysis/attack.h"

#include <algorithm>

#include "analysis/on_host.h"
#include "engine/scheduler.h"
#include "layers/softmax_cross_entropy.h"

namespace lienet {

Tensor loss_gradient(Context& ctx, Layer& network, const Tensor& pixels, const Tensor& labels,
                     const ChannelStats& stats) {
  Tensor dx;
  Tape tape(ctx, {.record = true, .parameters = false});
  const Value x = tape.leaf(to_device(ctx, normalise(ctx, pixels, stats)), &dx);
  backward(tape, softmax_cross_entropy(tape, network(tape, x), to_device(ctx, labels)));
  return gradient_by_pixels(ctx, dx, stats);
}

Tensor fgsm(Context& ctx, const Tensor& pixels, const Tensor& gradient, double epsilon) {
  if (!(epsilon >= 0)) fail("FGSM: epsilon {}; expected 0 or more", epsilon);
  if (pixels.shape() != gradient.shape())
    fail("FGSM: pixels {} and their gradient {}", pixels.str(), gradient.str());
  const Tensor x = plain_on_host(ctx, pixels), g = plain_on_host(ctx, gradient);
  Tensor moved = ctx.empty_on_host(x.shape(), x.dtype());
  for_floating(x.dtype(), [&]<class T>(T) {
    for (int64_t i = 0; i < x.size(); ++i) {
      const T slope = g.data<T>()[i];
      const double sign = (slope > 0) - (slope < 0);
      moved.data<T>()[i] =
          static_cast<T>(std::clamp(double(x.data<T>()[i]) + epsilon * sign, 0.0, 1.0));
    }
  });
  return moved;
}

}  // namespace lienet
