#include "engine/dlpack.h"

#include <dlpack/dlpack.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "engine/check.h"
#include "engine/cuda/device.h"

namespace lienet {
namespace {

struct ElementType {
  DType here;
  DLDataType there;
};
constexpr std::array<ElementType, 6> element_types{{{DType::f32, {kDLFloat, 32, 1}},
                                                    {DType::f64, {kDLFloat, 64, 1}},
                                                    {DType::bf16, {kDLBfloat, 16, 1}},
                                                    {DType::f16, {kDLFloat, 16, 1}},
                                                    {DType::i64, {kDLInt, 64, 1}},
                                                    {DType::u8, {kDLUInt, 8, 1}}}};

DLDataType type_there(DType here) {
  return std::find_if(element_types.begin(), element_types.end(),
                      [&](const ElementType& t) { return t.here == here; })
      ->there;
}

DType type_here(const DLDataType& there) {
  for (const ElementType& t : element_types)
    if (t.there.code == there.code && t.there.bits == there.bits && t.there.lanes == there.lanes)
      return t.here;
  fail(
      "DLPack: elements of type code {}, {} bits, {} lanes; expected f32, f64, bf16, f16, i64 or "
      "u8",
      there.code, there.bits, there.lanes);
}

Shape shape_of(const DLTensor& t) {
  if (t.ndim < 0 || (t.ndim > 0 && !t.shape)) fail("DLPack: {} dimensions without extents", t.ndim);
  return Shape(std::span(t.shape, static_cast<size_t>(t.ndim)));
}

// Strides count elements; where they are missing the order is row-major.
void check_row_major(const DLTensor& t, const Shape& shape) {
  if (!t.strides || shape.size() == 0) return;
  int64_t expected = 1;
  for (int i = shape.rank() - 1; i >= 0; --i) {
    if (shape[i] != 1 && t.strides[i] != expected)
      fail("DLPack: {} with strides [{}] is not contiguous; make a contiguous copy first",
           shape.str(), fmt::join(std::span(t.strides, static_cast<size_t>(t.ndim)), ", "));
    expected *= shape[i];
  }
}

// Whether it is the host's. Throws Error where the context cannot use it.
bool in_host_memory(const Context& ctx, const DLDevice& there) {
  if (there.device_type == kDLCPU || there.device_type == kDLCUDAHost) return true;
  if (there.device_type != kDLCUDA)
    fail("DLPack: memory of device type {}; expected the host's (1 or 3) or CUDA's (2)",
         static_cast<int>(there.device_type));
  if (ctx.device() != Device::cuda)
    fail("DLPack: memory of a CUDA device, and the context's device is {}; copy it to the host",
         name_of(ctx.device()));
  if (there.device_id != 0)
    fail("DLPack: memory of CUDA device {}; lienet computes on device 0", there.device_id);
  return false;
}

void check_aligned(const void* data, const Shape& shape, size_t alignment) {
  if (shape.size() == 0) return;
  if (!data) fail("DLPack: {} without memory", shape.str());
  if (reinterpret_cast<uintptr_t>(data) % alignment != 0)
    fail("DLPack: {} begins at an address that is no multiple of {}; make a copy first",
         shape.str(), alignment);
}

// A tensor that was given away, and all that its DLManagedTensor points to.
struct GivenAway {
  Tensor tensor;
  std::array<int64_t, Shape::max_rank> shape{}, strides{};
  DLManagedTensor managed{};
};

}  // namespace

DLManagedTensor* to_dlpack(const Tensor& t) {
  if (!t) fail("DLPack: a tensor that refers to nothing cannot be given away");
  if (t.layout() != Layout::plain)
    fail("DLPack: {} cannot be given away, only the plain layout can; see as_plain()", t.str());
  auto given = std::make_unique<GivenAway>();
  given->tensor = t;
  int64_t stride = 1;
  for (int i = t.shape().rank() - 1; i >= 0; --i) {
    given->shape[static_cast<size_t>(i)] = t.dim(i);
    given->strides[static_cast<size_t>(i)] = stride;
    stride *= t.dim(i);
  }
  given->managed = {
      .dl_tensor = {.data = given->tensor.raw(),
                    .device = {.device_type = t.on_host() ? kDLCPU : kDLCUDA, .device_id = 0},
                    .ndim = t.shape().rank(),
                    .dtype = type_there(t.dtype()),
                    .shape = given->shape.data(),
                    .strides = given->strides.data(),
                    .byte_offset = 0},
      .manager_ctx = given.get(),
      .deleter = [](DLManagedTensor* m) { delete static_cast<GivenAway*>(m->manager_ctx); }};
  return &given.release()->managed;
}

Tensor from_dlpack(Context& ctx, DLManagedTensor* managed) {
  LIENET_CHECK(managed, "from_dlpack: no tensor");
  const auto let_go = [stream = ctx.shared_stream()](DLManagedTensor* m) {
    if (stream && m->dl_tensor.device.device_type == kDLCUDA) cuda::finish(*stream);
    if (m->deleter) m->deleter(m);
  };
  std::shared_ptr<void> owner(managed, let_go);
  const DLTensor& t = managed->dl_tensor;
  const DType dtype = type_here(t.dtype);
  const Shape shape = shape_of(t);
  check_row_major(t, shape);
  const bool on_host = in_host_memory(ctx, t.device);
  std::byte* data = static_cast<std::byte*>(t.data) + t.byte_offset;
  check_aligned(data, shape, on_host ? size_of(dtype) : 16);  // kernels take so much at once
  const size_t bytes = static_cast<size_t>(shape.size()) * size_of(dtype);
  return {std::make_shared<Storage>(std::move(owner), data, bytes, on_host), shape, dtype};
}

}  // namespace lienet
