#include "tools/bench/saliency_pass.h"

#include "analysis/saliency.h"
#include "engine/scheduler.h"
#include "engine/tensor_ops.h"
#include "engine/transfer.h"

namespace lienet {
namespace {

void plain_pass(Context& ctx, ResNet& model, const Tensor& x, bool parameters) {
  model.zero_gradients();
  Tensor gradient;
  Tape tape(ctx, {.record = true, .parameters = parameters});
  const Value logits = model(tape, tape.leaf(x, &gradient));
  Tensor seed = ctx.empty(logits.shape(), logits.tensor().dtype());
  fill(ctx, seed, 1);
  backward(tape, logits, seed);
  wait_for_device(ctx);
}

}  // namespace

std::vector<Timed> time_saliency(const StepBench& bench) {
  Context ctx(bench.config.context_options());
  ResNet model(ctx, bench.config.model_options(bench.classes));
  const Tensor x = make_images(ctx, bench).images;
  std::vector<Contender> passes{
      {"pass", "forward and backward", [&] { plain_pass(ctx, model, x, true); }},
      {"pass_without_parameters", "the same, no parameters",
       [&] { plain_pass(ctx, model, x, false); }}};
  for (const SaliencyMethod method : all_saliency_methods)
    passes.push_back({name_of(method), title_of(method),
                      [&, method] { saliency(ctx, model, x, {}, {.methods = {method}}); }});
  passes.push_back({"all", "all at once", [&] { saliency(ctx, model, x, {}, {}); }});
  return in_turns(passes, bench.warmup, bench.steps);
}

}  // namespace lienet
