#include "engine/dlpack.h"

#include <dlpack/dlpack.h>
#include <doctest/doctest.h>

#include <array>
#include <cstring>
#include <numeric>
#include <vector>

#include "engine/error.h"
#include "engine/tensor_ops.h"
#include "op_case.h"

using namespace lienet;

namespace {

// A 3x5 matrix of f32 as another library would give it, which counts how often it is given back.
struct Foreign {
  alignas(64) std::array<float, 17> values{};
  std::array<int64_t, 6> shape{3, 5}, strides{5, 1};
  int deleted = 0;
  DLManagedTensor managed{};

  Foreign() {
    std::iota(values.begin(), values.end(), 0.0f);
    managed.dl_tensor = {.data = values.data(),
                         .device = {kDLCPU, 0},
                         .ndim = 2,
                         .dtype = {kDLFloat, 32, 1},
                         .shape = shape.data(),
                         .strides = strides.data(),
                         .byte_offset = 0};
    managed.manager_ctx = this;
    managed.deleter = [](DLManagedTensor* m) { ++static_cast<Foreign*>(m->manager_ctx)->deleted; };
  }
  Foreign(const Foreign&) = delete;
  DLTensor& tensor() { return managed.dl_tensor; }
};

// That it is refused with these words, and given back once.
void check_refused(Foreign& foreign, const char* message) {
  Context ctx;
  CHECK_THROWS_WITH_AS(from_dlpack(ctx, &foreign.managed), message, Error);
  CHECK(foreign.deleted == 1);
}

}  // namespace

TEST_CASE("DLPack: a tensor goes out and comes back on the same memory, in every type") {
  Context ctx;
  for (const DType type :
       {DType::f32, DType::f64, DType::bf16, DType::f16, DType::i64, DType::u8}) {
    CAPTURE(name_of(type));
    for (const Shape& shape : {Shape{3, 1, 7}, Shape{}, Shape{4, 0}, Shape{1, 2, 3, 4, 5}}) {
      Tensor t = ctx.empty(shape, type);
      std::memset(t.raw(), 7, t.bytes());
      const void* memory = t.raw();
      DLManagedTensor* out = to_dlpack(t);
      t = {};
      const Tensor back = from_dlpack(ctx, out);
      CHECK(back.raw() == memory);
      CHECK(back.shape() == shape);
      CHECK(back.dtype() == type);
      CHECK(back.on_host());
      for (size_t i = 0; i < back.bytes(); ++i)
        REQUIRE(static_cast<const uint8_t*>(back.raw())[i] == 7);
    }
  }
}

TEST_CASE("DLPack: what is given away is in row-major order, and stays until it is given back") {
  Context ctx;
  Tensor t = ctx.zeros({3, 5, 7});
  DLManagedTensor* out = to_dlpack(t);
  const DLTensor& d = out->dl_tensor;
  CHECK(d.data == t.raw());
  CHECK(d.device.device_type == kDLCPU);
  CHECK(d.ndim == 3);
  CHECK(std::vector<int64_t>(d.shape, d.shape + 3) == std::vector<int64_t>{3, 5, 7});
  CHECK(std::vector<int64_t>(d.strides, d.strides + 3) == std::vector<int64_t>{35, 7, 1});
  CHECK(!t.unique());
  t = {};
  CHECK(ctx.allocator().stats().in_use > 0);
  out->deleter(out);
  CHECK(ctx.allocator().stats().in_use == 0);
}

TEST_CASE("DLPack: a blocked tensor is not given away, nor is none") {
  Context ctx;
  const Tensor t = ctx.zeros({1, 8, 2, 2}, DType::f32, Layout::nChw8c);
  CHECK_THROWS_WITH_AS(to_dlpack(t),
                       "DLPack: f32 [1, 8, 2, 2] nChw8c cannot be given away, only the plain "
                       "layout can; see as_plain()",
                       Error);
  CHECK_THROWS_WITH_AS(to_dlpack({}),
                       "DLPack: a tensor that refers to nothing cannot be given away", Error);
}

TEST_CASE("DLPack: foreign memory is given back once, by the last tensor") {
  Foreign foreign;
  {
    Tensor outlives;
    {
      Context ctx;
      Tensor t = from_dlpack(ctx, &foreign.managed);
      outlives = t.reshape({15});
    }
    CHECK(foreign.deleted == 0);
    outlives.data<float>()[14] = -1;
    CHECK(foreign.values[14] == -1);
  }
  CHECK(foreign.deleted == 1);
  Foreign unowned;
  unowned.managed.deleter = nullptr;
  Context ctx;
  CHECK(from_dlpack(ctx, &unowned.managed).data<float>()[1] == 1);
}

TEST_CASE("DLPack: what reuses the memory of tensors that nobody shares leaves foreign memory be") {
  Foreign foreign;
  Context ctx;
  Tensor t = from_dlpack(ctx, &foreign.managed);
  CHECK(!t.unique());
  const Tensor twice = sum(ctx, std::move(t), ctx.zeros({3, 5}));
  CHECK(twice.raw() != foreign.values.data());
}

TEST_CASE("DLPack: no strides, any for an extent of 1, and memory that begins later are fine") {
  Context ctx;
  Foreign missing, single, later;
  missing.tensor().strides = nullptr;
  CHECK(from_dlpack(ctx, &missing.managed).shape() == Shape{3, 5});
  single.shape = {15, 1};
  single.strides = {1, 77};
  CHECK(from_dlpack(ctx, &single.managed).shape() == Shape{15, 1});
  later.tensor().byte_offset = 8;
  CHECK(from_dlpack(ctx, &later.managed).data<float>()[0] == 2);
}

TEST_CASE("DLPack: what cannot be taken is refused in one line") {
  Foreign transposed, strided, type, lanes, rank, negative, odd, nowhere, device, cuda;
  transposed.strides = {1, 3};
  check_refused(transposed,
                "DLPack: [3, 5] with strides [1, 3] is not contiguous; make a contiguous copy "
                "first");
  strided.strides = {10, 2};
  check_refused(strided,
                "DLPack: [3, 5] with strides [10, 2] is not contiguous; make a contiguous copy "
                "first");
  type.tensor().dtype = {kDLInt, 32, 1};
  check_refused(type,
                "DLPack: elements of type code 0, 32 bits, 1 lanes; expected f32, f64, bf16, f16, "
                "i64 or u8");
  lanes.tensor().dtype = {kDLFloat, 32, 4};
  check_refused(lanes,
                "DLPack: elements of type code 2, 32 bits, 4 lanes; expected f32, f64, bf16, f16, "
                "i64 or u8");
  rank.shape = {1, 1, 1, 1, 1, 1};
  rank.tensor().ndim = 6;
  check_refused(rank, "shape [1, 1, 1, 1, 1, 1]: at most 5 dimensions");
  negative.shape = {3, -5};
  check_refused(negative, "shape [3, -5]: an extent is negative");
  odd.tensor().byte_offset = 2;
  check_refused(odd,
                "DLPack: [3, 5] begins at an address that is no multiple of 4; make a copy first");
  nowhere.tensor().data = nullptr;
  check_refused(nowhere, "DLPack: [3, 5] without memory");
  device.tensor().device = {kDLMetal, 0};
  check_refused(device,
                "DLPack: memory of device type 8; expected the host's (1 or 3) or CUDA's (2)");
  cuda.tensor().device = {kDLCUDA, 0};
  check_refused(cuda,
                "DLPack: memory of a CUDA device, and the context's device is cpu; copy it to the "
                "host");
}

TEST_CASE("DLPack: a device's memory goes out and comes back, too") {
  if (!test::can_do_cuda()) return;
  Context ctx({.device = Device::cuda});
  const Tensor t = test::random_tensor(ctx, {3, 5}, 1);
  DLManagedTensor* out = to_dlpack(t);
  CHECK(out->dl_tensor.device.device_type == kDLCUDA);
  const Tensor back = from_dlpack(ctx, out);
  CHECK(back.raw() == t.raw());
  CHECK(!back.on_host());
  test::expect_close(ctx, back, t, 0, 0);
}
