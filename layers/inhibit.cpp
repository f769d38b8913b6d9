#include "layers/inhibit.h"

#include "engine/dispatch.h"
#include "engine/tensor_ops.h"
#include "layers/add.h"

namespace lienet {
namespace {

class Mask final : public Inhibitor {
 public:
  explicit Mask(const Inhibition& inhibition) : inhibition_(inhibition) {}
  Tensor apply(Context& ctx, GradientParts gradient, uint32_t stream,
               MaskRecord* record) const override {
    return inhibit(ctx, inhibition_, std::move(gradient), stream, record);
  }

 private:
  Inhibition inhibition_;
};

}  // namespace

Tensor inhibit(Context& ctx, const Inhibition& inhibition, GradientParts parts, uint32_t stream,
               MaskRecord* record) {
  const Shape shape = parts.a.shape();
  if (shape.rank() != 4) fail("inhibit: {} has no map; expected [N, C, H, W]", parts.a.str());
  inhibition.check(shape[1], "inhibit");
  if (shape.size() == 0) return complete(ctx, std::move(parts));
  const bool control =
      inhibition.mode == InhibitionMode::random || inhibition.mode == InhibitionMode::center;
  if (!control) {
    Tensor masked = result_for(ctx, parts);
    LIENET_DISPATCH(ctx, inhibit)(ctx, inhibition, parts, masked, record);
    return masked;
  }
  const Tensor gradient = complete(ctx, std::move(parts));
  Tensor masked = gradient.unique() ? gradient : ctx.empty_like(gradient);
  Tensor mask = ctx.empty({shape[0], inhibition.sets_for(shape[1]), shape[2], shape[3]}, DType::u8);
  LIENET_HOST_OR_CUDA(ctx, draw_masks)(ctx, inhibition, stream, mask);
  LIENET_HOST_OR_CUDA(ctx, apply_masks)(ctx, gradient, mask, masked);
  if (record) record->mask = mask;
  return masked;
}

Value inhibit(Tape& tape, const Value& x, const Inhibition& inhibition) {
  Tensor y = inhibit(tape.context(), inhibition, GradientParts(x.tensor()), tape.next_stream());
  return tape.record_rectified("inhibit", {&x}, std::move(y), pass_on);
}

std::shared_ptr<const Inhibitor> make_inhibitor(const Inhibition& inhibition) {
  return std::make_shared<Mask>(inhibition);
}

}  // namespace lienet
