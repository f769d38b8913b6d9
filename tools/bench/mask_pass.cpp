#include "tools/bench/mask_pass.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/tensor_ops.h"
#include "engine/transfer.h"
#include "layers/inhibit.h"
#include "tools/bench/in_turns.h"

namespace lienet {
namespace {

Tensor random_gradient(Context& ctx, const Shape& shape) {
  Tensor g = ctx.empty_on_host(shape, DType::f32, ctx.activation_layout(shape[1]));
  Random random(ctx.random_key(RandomUse::test));
  for (int64_t i = 0; i < g.size(); ++i)
    g.data<float>()[i] = static_cast<float>(random.uniform(-1, 1));
  return to_device(ctx, as_type(ctx, g, ctx.activation_dtype()));
}

}  // namespace

std::vector<MaskPass> time_masks(Context& ctx, const StepBench& bench, const InhibitionPlan& plan) {
  const ResNetOptions model = bench.config.model_options(bench.classes);
  const int64_t expansion = model.block == BlockKind::bottleneck ? 4 : 1;
  const int64_t image = model.stem == Stem::imagenet ? bench.image / 4 : bench.image;
  // On the GPU several are issued at once, so that none waits for the host.
  const int at_once = ctx.device() == Device::cuda ? 20 : 1;
  std::vector<MaskPass> passes;
  for (size_t s = 0; s < model.depths.size(); ++s) {
    const int64_t channels = expansion * model.width << s, side = std::max<int64_t>(1, image >> s);
    const std::string stage = fmt::format("layer{}", s + 1);
    const Inhibition inhibition = plan.in(0, stage);
    inhibition.check(channels, stage);
    const Shape shape{bench.config.batch, channels, side, side};
    const Tensor g = random_gradient(ctx, shape);
    const Contender alone{"mask", "mask", [&] {
                            for (int i = 0; i < at_once; ++i) inhibit(ctx, inhibition, g);
                            wait_for_device(ctx);
                          }};
    std::vector<double> seconds =
        in_turns(std::span(&alone, 1), bench.warmup, bench.steps).front().seconds;
    for (double& each : seconds) each /= at_once;
    passes.push_back({inhibition, shape, 2 * static_cast<double>(g.bytes()), std::move(seconds)});
  }
  return passes;
}

}  // namespace lienet
