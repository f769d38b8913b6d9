// cuDNN's graph API (cudnn_graph.h), as much of it as convolutions take: a graph of operations on
// described tensors, the engines that can run it, and the choice among them. Internal.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "engine/cuda/handles.h"

namespace lienet::cuda {

// One of the API's objects: created, given attributes, finalised.
class Descriptor {
 public:
  explicit Descriptor(cudnnBackendDescriptorType_t type);

  cudnnBackendDescriptor_t get() const { return handle_.get(); }
  void finalize();
  cudnnStatus_t try_finalize() { return cudnnBackendFinalize(get()); }

  void set(cudnnBackendAttributeName_t name, int64_t value);
  void set(cudnnBackendAttributeName_t name, bool value);
  void set(cudnnBackendAttributeName_t name, float value);
  void set(cudnnBackendAttributeName_t name, cudnnDataType_t value);
  void set(cudnnBackendAttributeName_t name, cudnnConvolutionMode_t value);
  void set(cudnnBackendAttributeName_t name, cudnnPointwiseMode_t value);
  void set(cudnnBackendAttributeName_t name, cudnnBackendHeurMode_t value);
  void set(cudnnBackendAttributeName_t name, cudnnHandle_t value);
  void set(cudnnBackendAttributeName_t name, const Descriptor& value);
  void set(cudnnBackendAttributeName_t name, std::span<const int64_t> values);
  void set(cudnnBackendAttributeName_t name, std::span<void* const> values);
  void set(cudnnBackendAttributeName_t name, std::string_view text);
  void set_descriptors(cudnnBackendAttributeName_t name,
                       std::span<const cudnnBackendDescriptor_t> values);

 private:
  void put(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, int64_t count,
           const void* values);
  Handle<cudnnBackendDescriptor_t, cudnnBackendDestroyDescriptor> handle_;
};

cudnnDataType_t data_type(DType t);

// What a convolution does with the tensors that it is given.
enum class ConvolutionKind : uint8_t { forward, backward_data, backward_weights };
struct ConvolutionGeometry {
  int64_t stride = 1, padding = 0, dilation = 1;
};

// Operations on tensors of N,C,H,W in the layout nhwc. A tensor is known by its number; those
// without memory of their own live between two operations only.
class OperationGraph {
 public:
  int64_t tensor(const Shape& shape, DType type, bool between_operations = false);
  // x, w, y as in layers/conv2d.h; the one that the kind names is written. Sums are f32.
  void convolution(ConvolutionKind kind, const ConvolutionGeometry& geometry, int64_t x, int64_t w,
                   int64_t y);
  void add(int64_t a, int64_t b, int64_t y);  // b may have extents of 1, which are repeated
  void relu(int64_t x, int64_t y);
  // Without a handle, plans can be searched for a described device alone.
  void finalize(cudnnHandle_t handle = nullptr);

  const Descriptor& descriptor() const { return *graph_; }

 private:
  Descriptor& keep(cudnnBackendDescriptorType_t type);
  void pointwise(cudnnPointwiseMode_t mode, int64_t x, const int64_t* b, int64_t y);

  std::vector<Descriptor> tensors_;                // tensor i has the number i
  std::vector<std::unique_ptr<Descriptor>> kept_;  // what the graph refers to
  std::vector<cudnnBackendDescriptor_t> operations_;
  std::optional<Descriptor> graph_;
};

struct PlanOptions {
  bool deterministic = false;      // no engine whose sums come in an order of their own
  bool tf32 = false;               // whether f32 factors may be rounded to 10 bits
  bool f32 = false;                // whether the factors are f32
  cudnnHandle_t handle = nullptr;  // of the device that plans are for, or
  // a described device, finalised: plans for it can be found but not run.
  const Descriptor* device = nullptr;
};

// An engine's way to run a graph. It keeps what it was made from.
class ExecutionPlan {
 public:
  int64_t workspace() const { return workspace_; }
  // Runs it on the stream; pointers[i] is the memory of tensor i, null for one that has none.
  cudnnStatus_t run(Stream& stream, std::span<void* const> pointers, void* workspace) const;

 private:
  friend class PlanSearch;
  ExecutionPlan(std::shared_ptr<const OperationGraph> graph, Descriptor configuration,
                const PlanOptions& options);

  std::shared_ptr<const OperationGraph> graph_;
  Descriptor configuration_, plan_;
  int64_t workspace_ = 0;
};

// The plans for a graph that this device supports, in the order of cuDNN's heuristics.
class PlanSearch {
 public:
  PlanSearch(std::shared_ptr<const OperationGraph> graph, const PlanOptions& options);
  // The next plan; none when there are no more.
  std::optional<ExecutionPlan> next();

 private:
  bool acceptable(const Descriptor& configuration) const;
  void ask(cudnnBackendHeurMode_t mode);

  std::shared_ptr<const OperationGraph> graph_;
  PlanOptions options_;
  std::vector<Descriptor> configurations_;
  size_t next_ = 0;
  bool fallback_asked_ = false;
};

// The fastest of the first few plans that run on this memory and have room for their workspace;
// with `deterministic` the first of them, and while a step is recorded, where none can be tried,
// the first. None where there is none.
std::optional<ExecutionPlan> choose_plan(Context& ctx, std::shared_ptr<const OperationGraph> graph,
                                         const PlanOptions& options,
                                         std::span<void* const> pointers);

// Runs a plan with a workspace of the context's memory.
void run_plan(Context& ctx, const ExecutionPlan& plan, std::span<void* const> pointers);

}  // namespace lienet::cuda
