// What has no kernel on the device yet.
#include "engine/check.h"
#include "engine/tensor_ops.h"

namespace lienet::cuda {

void fill(Context&, Tensor&, double) {
  fail("device cuda: fill has no kernel");
}
void copy(Context&, const Tensor&, Tensor&) {
  fail("device cuda: copy has no kernel");
}
void sum(Context&, const Tensor&, const Tensor&, Tensor&) {
  fail("device cuda: sum has no kernel");
}
void complete(Context&, const GradientParts&, Tensor&) {
  fail("device cuda: complete has no kernel");
}
void count_non_finite(Context&, std::span<const Tensor>, Tensor&) {
  fail("device cuda: count_non_finite has no kernel");
}

}  // namespace lienet::cuda
