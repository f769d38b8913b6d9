// Convolution by cuDNN. A plan is chosen once for each problem and kept with the context. Maps are
// nhwc, and so are weights, which cuDNN then calls KRSC.
#include "layers/conv2d_cuda.h"

#include "engine/check.h"
#include "engine/cuda/column_ops.h"
#include "engine/tensor_ops.h"
#include "layers/add_relu.h"
#include "layers/relu.h"

namespace lienet::cuda {

std::shared_ptr<const OperationGraph> make_graph(const Convolution& c, cudnnHandle_t handle) {
  auto graph = std::make_shared<OperationGraph>();
  const int64_t x = graph->tensor(c.x, c.type), w = graph->tensor(c.w, c.type),
                y = graph->tensor(c.y, c.type);
  const int64_t bias = c.bias ? graph->tensor({1, c.w[0], 1, 1}, c.type) : -1;
  const int64_t summand = c.add ? graph->tensor(c.y, c.type) : -1;
  int operations_left = c.bias + c.add + c.relu;
  const auto output = [&] {
    return operations_left-- > 0 ? graph->tensor(c.y, DType::f32, true) : y;
  };
  int64_t last = output();
  graph->convolution(c.kind, {c.options.stride, c.options.padding, c.options.dilation}, x, w, last);
  for (const int64_t added : {summand, bias}) {
    if (added < 0) continue;
    const int64_t sum = output();
    graph->add(last, added, sum);
    last = sum;
  }
  if (c.relu) graph->relu(last, y);
  graph->finalize(handle);
  return graph;
}

namespace {

using Plan = std::optional<ExecutionPlan>;  // none where cuDNN has none

struct Plans {
  struct Entry {
    Convolution convolution;
    Plan plan;
  };
  std::vector<Entry> chosen;  // a network has some dozens

  const Plan* find(const Convolution& c) const {
    for (const Entry& e : chosen)
      if (e.convolution == c) return &e.plan;
    return nullptr;
  }
};

// False where cuDNN has no plan for it. The tensors in the graph's order.
bool try_to_run(Context& ctx, const Convolution& c, std::initializer_list<const Tensor*> tensors) {
  std::vector<void*> pointers;
  for (const Tensor* t : tensors) {
    if (!*t) continue;
    LIENET_CHECK(t->dtype() == c.type && (t->shape().rank() != 4 || t->layout() == Layout::nhwc),
                 "conv2d: {} where cuDNN reads {} nhwc", t->str(), name_of(c.type));
    pointers.push_back(const_cast<void*>(t->raw()));
  }
  Plans& plans = ctx.state<Plans>();
  const Plan* plan = plans.find(c);
  if (!plan) {
    const cudnnHandle_t handle = ctx.stream().cudnn();
    Plan chosen = choose_plan(ctx, make_graph(c, handle),
                              {.deterministic = ctx.deterministic(),
                               .tf32 = ctx.precision() == Precision::tf32,
                               .f32 = c.type == DType::f32,
                               .handle = handle},
                              pointers);
    plan = &plans.chosen.emplace_back(Plans::Entry{c, std::move(chosen)}).plan;
  }
  if (*plan) run_plan(ctx, **plan, pointers);
  return plan->has_value();
}

void run(Context& ctx, const Convolution& c, std::initializer_list<const Tensor*> tensors) {
  if (!try_to_run(ctx, c, tensors))
    fail("conv2d: cuDNN has no engine that runs here for x {} {}, weight {}", name_of(c.type),
         c.x.str(), c.w.str());
}

}  // namespace

void conv2d(Context& ctx, const Tensor& x, const Tensor& w, const Tensor& b, const Conv2dOptions& o,
            Tensor& y) {
  if (b) return conv2d_fused(ctx, x, w, b, o, {}, false, y);
  if (y.size() == 0) return;
  run(ctx, {ConvolutionKind::forward, x.shape(), w.shape(), y.shape(), y.dtype(), o}, {&x, &w, &y});
}

void conv2d_fused(Context& ctx, const Tensor& x, const Tensor& w, const Tensor& b,
                  const Conv2dOptions& o, const Tensor& residual, bool relu, Tensor& y) {
  if (y.size() == 0) return;
  const Tensor bias = b ? as_type(ctx, b, y.dtype()) : ctx.zeros({w.dim(0)}, y.dtype());
  const Convolution fused{.x = x.shape(),
                          .w = w.shape(),
                          .y = y.shape(),
                          .type = y.dtype(),
                          .options = o,
                          .bias = true,
                          .add = bool(residual),
                          .relu = relu || residual};
  if (try_to_run(ctx, fused, {&x, &w, &y, &bias, &residual})) return;
  conv2d(ctx, x, w, {}, o, y);
  if (b) add_to_columns(ctx, b, y.dim(0) * y.dim(2) * y.dim(3), y.dim(1), y);
  if (residual)
    cuda::add_relu(ctx, y, residual, y);
  else if (relu)
    cuda::relu(ctx, y, y);
}

void conv2d_backward_data(Context& ctx, const Tensor& w, const Tensor& dy, const Conv2dOptions& o,
                          Tensor& dx) {
  if (dx.size() == 0) return;
  const Tensor y = as_layout(ctx, dy, Layout::nhwc);
  run(ctx, {ConvolutionKind::backward_data, dx.shape(), w.shape(), y.shape(), dx.dtype(), o},
      {&dx, &w, &y});
}

// cuDNN sums in f32 and writes the maps' type; the gradient is f32, plain.
void conv2d_backward_weights(Context& ctx, const Tensor& x, const Tensor& dy,
                             const Conv2dOptions& o, Tensor& dw) {
  if (dw.size() == 0) return;
  const Tensor y = as_layout(ctx, dy, Layout::nhwc);
  Tensor written = ctx.empty(dw.shape(), x.dtype(), Layout::nhwc);
  run(ctx, {ConvolutionKind::backward_weights, x.shape(), dw.shape(), y.shape(), x.dtype(), o},
      {&x, &written, &y});
  lienet::copy(ctx, written, dw);
}

void conv2d_backward_bias(Context& ctx, const Tensor& dy, Tensor& db) {
  const Tensor rows = as_layout(ctx, dy, Layout::nhwc);
  column_sums(ctx, rows, dy.dim(0) * dy.dim(2) * dy.dim(3), dy.dim(1), db);
}

}  // namespace lienet::cuda
