// What has no kernel on the device yet.
#include "engine/check.h"
#include "layers/add_relu.h"
#include "layers/avg_pool2d.h"
#include "layers/conv_norm.h"
#include "layers/dropout.h"
#include "layers/global_avg_pool.h"
#include "layers/max_pool2d.h"
#include "layers/relu.h"
#include "layers/softmax_cross_entropy.h"

namespace lienet::cuda {

void add_relu(Context&, const Tensor&, const Tensor&, Tensor&) {
  fail("device cuda: add_relu has no kernel");
}
void avg_pool2d(Context&, const Tensor&, const AvgPool2dOptions&, Tensor&) {
  fail("device cuda: avg_pool2d has no kernel");
}
void avg_pool2d_backward(Context&, const AvgPool2dOptions&, const Tensor&, Tensor&) {
  fail("device cuda: avg_pool2d_backward has no kernel");
}
void conv_norm_fold(Context&, const ConvNorm&, Tensor&, Tensor&) {
  fail("device cuda: conv_norm_fold has no kernel");
}
void dropout_scale(Context&, double, uint32_t, Tensor&) {
  fail("device cuda: dropout_scale has no kernel");
}
void multiply(Context&, const Tensor&, const Tensor&, Tensor&) {
  fail("device cuda: multiply has no kernel");
}
void global_avg_pool(Context&, const Tensor&, Tensor&) {
  fail("device cuda: global_avg_pool has no kernel");
}
void global_avg_pool_backward(Context&, const Tensor&, Tensor&) {
  fail("device cuda: global_avg_pool_backward has no kernel");
}
void max_pool2d(Context&, const Tensor&, const Pool2dOptions&, Tensor&, Tensor&) {
  fail("device cuda: max_pool2d has no kernel");
}
void max_pool2d_backward(Context&, const Pool2dOptions&, const Tensor&, const Tensor&, Tensor&) {
  fail("device cuda: max_pool2d_backward has no kernel");
}
void relu(Context&, const Tensor&, Tensor&) {
  fail("device cuda: relu has no kernel");
}
void softmax_cross_entropy(Context&, const Tensor&, const Tensor&, double, Tensor&, Tensor*) {
  fail("device cuda: softmax_cross_entropy has no kernel");
}
void scale_by(Context&, const Tensor&, const Tensor&, Tensor&) {
  fail("device cuda: scale_by has no kernel");
}
void count_correct(Context&, const Tensor&, const Tensor&, Tensor&) {
  fail("device cuda: count_correct has no kernel");
}

}  // namespace lienet::cuda
