#include "optim/update_cuda.cuh"

#include "engine/cuda/device.h"
#include "engine/cuda/device_block.cuh"
#include "optim/adamw.h"
#include "optim/clip.h"
#include "optim/ema.h"
#include "optim/grad_scaler.h"
#include "optim/sgd.h"
#include "optim/step_moments.h"

namespace lienet::cuda {
namespace {

// Parts share their storage with the parameters: what is const is the handle.
float* values(Tensor t) {
  return elements<float>(t);
}
const int64_t* flag(const Tensor& skip) {
  return skip ? elements<int64_t>(skip) : nullptr;
}

}  // namespace

void sgd(Context& ctx, const SgdOptions& options, const Tensor& rate, const Tensor& skip,
         std::span<const SgdPart> parts) {
  const SgdUpdate program{{},
                          elements<double>(rate),
                          flag(skip),
                          static_cast<float>(options.momentum),
                          options.nesterov};
  run_on_parts(ctx, program, parts.size(), [&](size_t i) {
    const SgdPart& p = parts[i];
    return SgdPieces{values(p.gradient), values(p.velocity), values(p.weight),
                     static_cast<float>(p.decay), p.weight.size()};
  });
}

void adamw(Context& ctx, const AdamWOptions& options, const Tensor& rate, const Tensor& skip,
           Tensor& steps, std::span<const AdamWPart> parts) {
  Tensor rests = ctx.empty({2}, DType::f64);
  run(ctx, 1,
      AdamWCount{flag(skip), options.beta1, options.beta2, elements<int64_t>(steps),
                 elements<double>(rests)});
  const AdamWUpdate program{{},         elements<double>(rate), elements<double>(rests),
                            flag(skip), options.beta1,          options.beta2,
                            options.eps};
  run_on_parts(ctx, program, parts.size(), [&](size_t i) {
    const AdamWPart& p = parts[i];
    return AdamWPieces{values(p.gradient), values(p.m), values(p.v),
                       values(p.weight),   p.decay,     p.weight.size()};
  });
}

void ema_update(Context& ctx, const Tensor& share, std::span<const EmaPart> parts) {
  run_on_parts(ctx, EmaUpdate{{}, elements<double>(share)}, parts.size(), [&](size_t i) {
    return PairPieces{values(parts[i].value), values(parts[i].average), parts[i].value.size()};
  });
}

void ema_exchange(Context& ctx, std::span<const EmaPart> parts) {
  run_on_parts(ctx, Exchange{}, parts.size(), [&](size_t i) {
    return PairPieces{values(parts[i].value), values(parts[i].average), parts[i].value.size()};
  });
}

void add_step(Context& ctx, const Tensor& skip, Tensor& steps,
              std::span<const StepMomentsPart> parts) {
  run_on_parts(
      ctx, MomentsUpdate{{}, elements<double>(steps), flag(skip)}, parts.size(), [&](size_t i) {
        const StepMomentsPart& p = parts[i];
        return MomentsPieces{values(p.gradient), values(p.mean), values(p.squares), p.mean.size()};
      });
  run(ctx, 1, CountStep{elements<double>(steps), flag(skip)});
}

void gradient_norm(Context& ctx, std::span<const Tensor> gradients, Tensor& norm) {
  int64_t blocks = 0;
  for (const Tensor& g : gradients) blocks += divided_up(g.size(), Parts<NormPieces>::per_block);
  Tensor squares = ctx.empty({blocks}, DType::f64);
  double* first = elements<double>(squares);
  run_on_parts(
      ctx, SumOfSquares{}, gradients.size(),
      [&](size_t i) {
        return NormPieces{values(gradients[i]), gradients[i].size()};
      },
      [&](SumOfSquares& program, int64_t before) { program.squares = first + before; });
  run(ctx, 1, RootOfSum{first, blocks, elements<double>(norm)});
}

void clip_gradients(Context& ctx, const Tensor& norm, double max_norm,
                    std::span<const Tensor> gradients, std::span<Tensor> to) {
  run_on_parts(ctx, ClipGradients{{}, elements<double>(norm), max_norm}, gradients.size(),
               [&](size_t i) {
                 return FromToPieces{values(gradients[i]), values(to[i]), gradients[i].size()};
               });
}

void unscale(Context& ctx, const Tensor& scale, std::span<const Tensor> gradients,
             std::span<Tensor> to, Tensor& found) {
  clear(ctx.stream(), found.raw(), found.bytes());
  run_on_parts(ctx, Unscale{{}, elements<float>(scale), elements<int64_t>(found)}, gradients.size(),
               [&](size_t i) {
                 return FromToPieces{values(gradients[i]), values(to[i]), gradients[i].size()};
               });
}

void update_scale(Context& ctx, const GradScalerOptions& o, const Tensor& skipped, Tensor& scale,
                  Tensor& good_steps) {
  run(ctx, 1,
      UpdateScale{static_cast<float>(o.growth), static_cast<float>(o.backoff), o.interval,
                  elements<int64_t>(skipped), elements<float>(scale),
                  elements<int64_t>(good_steps)});
}

}  // namespace lienet::cuda
