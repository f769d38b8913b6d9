#include "engine/tensor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/allocator.h"
#include "engine/check.h"

namespace lienet {

const char* name_of(DType t) {
  switch (t) {
    case DType::f32:
      return "f32";
    case DType::f64:
      return "f64";
    case DType::bf16:
      return "bf16";
    case DType::f16:
      return "f16";
    case DType::i64:
      return "i64";
    case DType::u8:
      return "u8";
  }
  return "?";
}

const char* name_of(Device d) {
  switch (d) {
    case Device::ref:
      return "ref";
    case Device::cpu:
      return "cpu";
    case Device::cuda:
      return "cuda";
  }
  return "?";
}

const char* name_of(Layout l) {
  switch (l) {
    case Layout::plain:
      return "plain";
    case Layout::nChw8c:
      return "nChw8c";
    case Layout::nChw16c:
      return "nChw16c";
    case Layout::nhwc:
      return "nhwc";
  }
  return "?";
}

Shape::Shape(std::span<const int64_t> dims) {
  if (dims.size() > max_rank)
    fail("shape [{}]: at most {} dimensions", fmt::join(dims, ", "), max_rank);
  int64_t product = 1;
  for (const int64_t d : dims) {
    if (d < 0) fail("shape [{}]: an extent is negative", fmt::join(dims, ", "));
    if (__builtin_mul_overflow(product, d, &product) || product > max_size)
      fail("shape [{}]: too many elements", fmt::join(dims, ", "));
    dims_[static_cast<size_t>(rank_++)] = d;
  }
}

int64_t Shape::size() const {
  int64_t n = 1;
  for (const int64_t d : dims()) n *= d;
  return n;
}

std::string Shape::str() const {
  return fmt::format("[{}]", fmt::join(dims(), ", "));
}

Storage::Storage(std::shared_ptr<Allocator> allocator, size_t bytes)
    : allocator_(std::move(allocator)),
      bytes_(bytes),
      data_(static_cast<std::byte*>(allocator_->allocate(bytes))),
      on_host_(allocator_->on_host()) {}

Storage::Storage(std::shared_ptr<void> owner, void* data, size_t bytes, bool on_host)
    : owner_(std::move(owner)),
      bytes_(bytes),
      data_(static_cast<std::byte*>(data)),
      on_host_(on_host) {}

Storage::~Storage() {
  if (allocator_) allocator_->release(data_);
}

Tensor::Tensor(std::shared_ptr<Storage> storage, Shape shape, DType dtype, Layout layout)
    : storage_(std::move(storage)), shape_(shape), dtype_(dtype), layout_(layout) {
  LIENET_CHECK(storage_ && storage_->bytes() >= bytes(), "tensor {}: storage too small", str());
  if (layout_ != Layout::plain)
    LIENET_CHECK(shape_.rank() == 4 && shape_[1] % channel_block(layout_, shape_[1]) == 0,
                 "tensor {}: the layout does not fit the shape", str());
}

std::string Tensor::str() const {
  if (!storage_) return "(no tensor)";
  const char* layout = layout_ == Layout::plain ? "" : name_of(layout_);
  return fmt::format("{} {}{}{}", name_of(dtype_), shape_.str(), *layout ? " " : "", layout);
}

Tensor Tensor::reshape(const Shape& shape) const {
  LIENET_CHECK(layout_ == Layout::plain, "reshape of {}: only the plain layout can", str());
  if (shape.size() != size()) fail("reshape of {} to {}: sizes differ", str(), shape.str());
  return {storage_, shape, dtype_};
}

void Tensor::require(DType t) const {
  if (!storage_) fail("data() of a tensor that refers to nothing");
  if (t != dtype_) fail("data<{}>() of a tensor of type {}", name_of(t), str());
  if (!storage_->on_host())
    fail("data() of {}, which is in the device's memory; see to_host()", str());
}

}  // namespace lienet
