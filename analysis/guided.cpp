#include "analysis/guided.h"

#include "analysis/relu_outputs.h"
#include "engine/tensor_ops.h"

namespace lienet {
namespace {

class PositivePart final : public Inhibitor {
 public:
  explicit PositivePart(std::shared_ptr<const Inhibitor> inner) : inner_(std::move(inner)) {}
  Tensor apply(Context& ctx, GradientParts parts, uint32_t stream,
               MaskRecord* record) const override {
    const Tensor gradient = inner_ ? inner_->apply(ctx, std::move(parts), stream, record)
                                   : complete(ctx, std::move(parts));
    return complete(ctx, {gradient, {}, gradient});  // itself where it is positive, else 0
  }

 private:
  std::shared_ptr<const Inhibitor> inner_;
};

}  // namespace

void guide(Tape& tape) {
  for (int i = 0; i < tape.size(); ++i)
    if (Node& node = tape.node(i); is_relu(node))
      node.inhibitor = std::make_shared<PositivePart>(std::move(node.inhibitor));
}

}  // namespace lienet
