#include "engine/cuda/cudnn_graph.h"

#include <algorithm>
#include <array>

#include "engine/check.h"

namespace lienet::cuda {

Descriptor::Descriptor(cudnnBackendDescriptorType_t type) {
  cudnnBackendDescriptor_t made = nullptr;
  LIENET_CUDA_CHECK(cudnnBackendCreateDescriptor(type, &made));
  handle_ = decltype(handle_)(made);
}

void Descriptor::finalize() {
  LIENET_CUDA_CHECK(cudnnBackendFinalize(get()));
}

void Descriptor::put(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                     int64_t count, const void* values) {
  LIENET_CUDA_CHECK(cudnnBackendSetAttribute(get(), name, type, count, values));
}

void Descriptor::set(cudnnBackendAttributeName_t name, int64_t value) {
  put(name, CUDNN_TYPE_INT64, 1, &value);
}
void Descriptor::set(cudnnBackendAttributeName_t name, bool value) {
  put(name, CUDNN_TYPE_BOOLEAN, 1, &value);
}
void Descriptor::set(cudnnBackendAttributeName_t name, float value) {
  put(name, CUDNN_TYPE_FLOAT, 1, &value);
}
void Descriptor::set(cudnnBackendAttributeName_t name, cudnnDataType_t value) {
  put(name, CUDNN_TYPE_DATA_TYPE, 1, &value);
}
void Descriptor::set(cudnnBackendAttributeName_t name, cudnnConvolutionMode_t value) {
  put(name, CUDNN_TYPE_CONVOLUTION_MODE, 1, &value);
}
void Descriptor::set(cudnnBackendAttributeName_t name, cudnnPointwiseMode_t value) {
  put(name, CUDNN_TYPE_POINTWISE_MODE, 1, &value);
}
void Descriptor::set(cudnnBackendAttributeName_t name, cudnnBackendHeurMode_t value) {
  put(name, CUDNN_TYPE_HEUR_MODE, 1, &value);
}
void Descriptor::set(cudnnBackendAttributeName_t name, cudnnHandle_t value) {
  put(name, CUDNN_TYPE_HANDLE, 1, &value);
}
void Descriptor::set(cudnnBackendAttributeName_t name, const Descriptor& value) {
  const cudnnBackendDescriptor_t handle = value.get();
  put(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &handle);
}
void Descriptor::set(cudnnBackendAttributeName_t name, std::span<const int64_t> values) {
  put(name, CUDNN_TYPE_INT64, std::ssize(values), values.data());
}
void Descriptor::set(cudnnBackendAttributeName_t name, std::span<void* const> values) {
  put(name, CUDNN_TYPE_VOID_PTR, std::ssize(values), values.data());
}
void Descriptor::set(cudnnBackendAttributeName_t name, std::string_view text) {
  put(name, CUDNN_TYPE_CHAR, std::ssize(text), text.data());
}
void Descriptor::set_descriptors(cudnnBackendAttributeName_t name,
                                 std::span<const cudnnBackendDescriptor_t> values) {
  put(name, CUDNN_TYPE_BACKEND_DESCRIPTOR, std::ssize(values), values.data());
}

cudnnDataType_t data_type(DType t) {
  switch (t) {
    case DType::f32:
      return CUDNN_DATA_FLOAT;
    case DType::bf16:
      return CUDNN_DATA_BFLOAT16;
    case DType::f16:
      return CUDNN_DATA_HALF;
    default:
      fail("device cuda: no convolution of elements of type {}", name_of(t));
  }
}

int64_t OperationGraph::tensor(const Shape& s, DType type, bool between_operations) {
  LIENET_CHECK(s.rank() == 4, "a tensor {} in a graph of cuDNN", s.str());
  const int64_t id = std::ssize(tensors_);
  Descriptor& d = tensors_.emplace_back(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  const std::array<int64_t, 4> strides{s[1] * s[2] * s[3], 1, s[1] * s[3], s[1]};
  d.set(CUDNN_ATTR_TENSOR_DATA_TYPE, data_type(type));
  d.set(CUDNN_ATTR_TENSOR_DIMENSIONS, s.dims());
  d.set(CUDNN_ATTR_TENSOR_STRIDES, std::span<const int64_t>(strides));
  d.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, id + 1);            // 0 is none
  d.set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, int64_t{16});  // Allocator's blocks have 64
  if (between_operations) d.set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, true);
  d.finalize();
  return id;
}

Descriptor& OperationGraph::keep(cudnnBackendDescriptorType_t type) {
  return *kept_.emplace_back(std::make_unique<Descriptor>(type));
}

namespace {

struct ConvolutionNames {
  cudnnBackendDescriptorType_t operation;
  cudnnBackendAttributeName_t convolution, x, w, y, alpha, beta;
};

const ConvolutionNames& names_of(ConvolutionKind kind) {
  static const ConvolutionNames names[] = {
      {CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
       CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
       CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
       CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
       CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA},
      {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
       CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
       CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
       CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY,
       CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
       CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA},
      {CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
       CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
       CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
       CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
       CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,
       CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
       CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA}};
  return names[static_cast<size_t>(kind)];
}

}  // namespace

void OperationGraph::convolution(ConvolutionKind kind, const ConvolutionGeometry& geometry,
                                 int64_t x, int64_t w, int64_t y) {
  const auto both = [](int64_t v) { return std::array<int64_t, 2>{v, v}; };
  const auto strides = both(geometry.stride), padding = both(geometry.padding),
             dilations = both(geometry.dilation);
  Descriptor& c = keep(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
  c.set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_DATA_FLOAT);
  c.set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_CROSS_CORRELATION);
  c.set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, int64_t{2});
  c.set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, std::span<const int64_t>(padding));
  c.set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, std::span<const int64_t>(padding));
  c.set(CUDNN_ATTR_CONVOLUTION_DILATIONS, std::span<const int64_t>(dilations));
  c.set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, std::span<const int64_t>(strides));
  c.finalize();
  const ConvolutionNames& n = names_of(kind);
  Descriptor& operation = keep(n.operation);
  operation.set(n.convolution, c);
  operation.set(n.x, tensors_[static_cast<size_t>(x)]);
  operation.set(n.w, tensors_[static_cast<size_t>(w)]);
  operation.set(n.y, tensors_[static_cast<size_t>(y)]);
  operation.set(n.alpha, 1.0f);
  operation.set(n.beta, 0.0f);
  operation.finalize();
  operations_.push_back(operation.get());
}

void OperationGraph::pointwise(cudnnPointwiseMode_t mode, int64_t x, const int64_t* b, int64_t y) {
  Descriptor& what = keep(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
  what.set(CUDNN_ATTR_POINTWISE_MODE, mode);
  what.set(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_DATA_FLOAT);
  what.finalize();
  Descriptor& operation = keep(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
  operation.set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, what);
  operation.set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, tensors_[static_cast<size_t>(x)]);
  if (b) operation.set(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, tensors_[static_cast<size_t>(*b)]);
  operation.set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, tensors_[static_cast<size_t>(y)]);
  operation.finalize();
  operations_.push_back(operation.get());
}

void OperationGraph::add(int64_t a, int64_t b, int64_t y) {
  pointwise(CUDNN_POINTWISE_ADD, a, &b, y);
}

void OperationGraph::relu(int64_t x, int64_t y) {
  pointwise(CUDNN_POINTWISE_RELU_FWD, x, nullptr, y);
}

void OperationGraph::finalize(cudnnHandle_t handle) {
  graph_.emplace(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
  if (handle) graph_->set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, handle);
  graph_->set_descriptors(CUDNN_ATTR_OPERATIONGRAPH_OPS, operations_);
  graph_->finalize();
}

ExecutionPlan::ExecutionPlan(std::shared_ptr<const OperationGraph> graph, Descriptor configuration,
                             const PlanOptions& options)
    : graph_(std::move(graph)),
      configuration_(std::move(configuration)),
      plan_(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR) {
  plan_.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, configuration_);
  if (options.handle) plan_.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, options.handle);
  if (options.device) plan_.set(CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, *options.device);
}

cudnnStatus_t ExecutionPlan::run(Stream& stream, std::span<void* const> pointers,
                                 void* workspace) const {
  std::vector<int64_t> ids;
  std::vector<void*> memory;
  for (size_t i = 0; i < pointers.size(); ++i) {
    if (!pointers[i]) continue;
    ids.push_back(static_cast<int64_t>(i) + 1);
    memory.push_back(pointers[i]);
  }
  Descriptor pack(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
  pack.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, std::span<const int64_t>(ids));
  pack.set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, std::span<void* const>(memory));
  pack.set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, std::span<void* const>(&workspace, 1));
  pack.finalize();
  return cudnnBackendExecute(stream.cudnn(), plan_.get(), pack.get());
}

namespace {

// What a refused plan leaves behind would be taken for a failure of the next launch.
void forget_error() {
  cudaGetLastError();
}

}  // namespace

PlanSearch::PlanSearch(std::shared_ptr<const OperationGraph> graph, const PlanOptions& options)
    : graph_(std::move(graph)), options_(options) {
  ask(CUDNN_HEUR_MODE_A);
}

void PlanSearch::ask(cudnnBackendHeurMode_t mode) {
  Descriptor heuristics(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
  heuristics.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph_->descriptor());
  heuristics.set(CUDNN_ATTR_ENGINEHEUR_MODE, mode);
  if (options_.device) heuristics.set(CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, *options_.device);
  if (heuristics.try_finalize() != CUDNN_STATUS_SUCCESS) return forget_error();  // no such graph
  int64_t count = 0;
  LIENET_CUDA_CHECK(cudnnBackendGetAttribute(heuristics.get(), CUDNN_ATTR_ENGINEHEUR_RESULTS,
                                             CUDNN_TYPE_BACKEND_DESCRIPTOR, 0, &count, nullptr));
  std::vector<Descriptor> found;
  std::vector<cudnnBackendDescriptor_t> handles;
  for (int64_t i = 0; i < count; ++i)
    handles.push_back(found.emplace_back(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR).get());
  LIENET_CUDA_CHECK(cudnnBackendGetAttribute(heuristics.get(), CUDNN_ATTR_ENGINEHEUR_RESULTS,
                                             CUDNN_TYPE_BACKEND_DESCRIPTOR, count, &count,
                                             handles.data()));
  for (int64_t i = 0; i < count; ++i)
    configurations_.push_back(std::move(found[static_cast<size_t>(i)]));
}

bool PlanSearch::acceptable(const Descriptor& configuration) const {
  Descriptor engine(CUDNN_BACKEND_ENGINE_DESCRIPTOR);
  cudnnBackendDescriptor_t handle = engine.get();
  int64_t count = 0;
  LIENET_CUDA_CHECK(cudnnBackendGetAttribute(configuration.get(), CUDNN_ATTR_ENGINECFG_ENGINE,
                                             CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &count, &handle));
  std::array<cudnnBackendNumericalNote_t, CUDNN_NUMERICAL_NOTE_TYPE_COUNT> notes{};
  LIENET_CUDA_CHECK(cudnnBackendGetAttribute(
      engine.get(), CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE,
      CUDNN_NUMERICAL_NOTE_TYPE_COUNT, &count, notes.data()));
  const std::span noted(notes.data(), static_cast<size_t>(count));
  const auto has = [&](cudnnBackendNumericalNote_t note) {
    return std::find(noted.begin(), noted.end(), note) != noted.end();
  };
  if (options_.deterministic && has(CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC)) return false;
  if (!options_.f32) return true;
  // f32 on tensor cores is TF32; what is narrower still says that it converts its inputs.
  if (has(CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS)) return false;
  return options_.tf32 || !has(CUDNN_NUMERICAL_NOTE_TENSOR_CORE);
}

std::optional<ExecutionPlan> PlanSearch::next() {
  constexpr int64_t largest_workspace = int64_t{1} << 30;
  for (;;) {
    if (next_ == configurations_.size()) {
      if (std::exchange(fallback_asked_, true)) return std::nullopt;
      ask(CUDNN_HEUR_MODE_FALLBACK);
      continue;
    }
    Descriptor& configuration = configurations_[next_++];
    if (!acceptable(configuration)) continue;
    ExecutionPlan plan(graph_, std::move(configuration), options_);
    if (plan.plan_.try_finalize() != CUDNN_STATUS_SUCCESS) {  // not on this device
      forget_error();
      continue;
    }
    int64_t count = 0;
    LIENET_CUDA_CHECK(cudnnBackendGetAttribute(plan.plan_.get(),
                                               CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE,
                                               CUDNN_TYPE_INT64, 1, &count, &plan.workspace_));
    if (plan.workspace_ <= largest_workspace) return plan;
  }
}

namespace {

Tensor workspace_for(Context& ctx, const ExecutionPlan& plan) {
  return ctx.empty({plan.workspace()}, DType::u8);
}

// Whether it runs here, and there is room for its workspace. Its first run loads code.
bool runs(Context& ctx, const ExecutionPlan& plan, std::span<void* const> pointers) {
  try {
    Tensor workspace = workspace_for(ctx, plan);
    if (plan.run(ctx.stream(), pointers, workspace.raw()) == CUDNN_STATUS_SUCCESS) return true;
  } catch (const Error&) {
  }
  forget_error();
  return false;
}

// Milliseconds of one run.
float time_of(Context& ctx, const ExecutionPlan& plan, std::span<void* const> pointers) {
  constexpr int runs = 4;
  Stream& stream = ctx.stream();
  Tensor workspace = workspace_for(ctx, plan);
  const EventHandle begin = make_timer(), end = make_timer();
  LIENET_CUDA_CHECK(cudaEventRecord(begin.get(), stream.get()));
  for (int i = 0; i < runs; ++i) LIENET_CUDA_CHECK(plan.run(stream, pointers, workspace.raw()));
  LIENET_CUDA_CHECK(cudaEventRecord(end.get(), stream.get()));
  LIENET_CUDA_CHECK(cudaEventSynchronize(end.get()));
  float milliseconds = 0;
  LIENET_CUDA_CHECK(cudaEventElapsedTime(&milliseconds, begin.get(), end.get()));
  return milliseconds / runs;
}

}  // namespace

std::optional<ExecutionPlan> choose_plan(Context& ctx, std::shared_ptr<const OperationGraph> graph,
                                         const PlanOptions& options,
                                         std::span<void* const> pointers) {
  constexpr int most_timed = 6;
  PlanSearch search(std::move(graph), options);
  if (ctx.stream().recording()) return search.next();
  std::optional<ExecutionPlan> best;
  float shortest = 0;
  for (int timed = 0; timed < most_timed;) {
    std::optional<ExecutionPlan> plan = search.next();
    if (!plan) break;
    if (!runs(ctx, *plan, pointers)) continue;
    if (options.deterministic) return plan;
    const float time = time_of(ctx, *plan, pointers);
    ++timed;
    if (best && time >= shortest) continue;
    shortest = time;
    best = std::move(plan);
  }
  return best;
}

void run_plan(Context& ctx, const ExecutionPlan& plan, std::span<void* const> pointers) {
  Tensor workspace = workspace_for(ctx, plan);
  LIENET_CUDA_CHECK(plan.run(ctx.stream(), pointers, workspace.raw()));
}

}  // namespace lienet::cuda
