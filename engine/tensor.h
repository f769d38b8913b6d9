// Tensor: a typed, shaped view of shared storage.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "engine/dtype.h"
#include "engine/shape.h"

namespace lienet {

class Allocator;

enum class Device : uint8_t {
  ref,   // plain loops in float or double: the textbook and the oracle
  cpu,   // oneDNN, OpenMP and own vector code
  cuda,  // cuDNN, cuBLAS and own kernels
};
const char* name_of(Device d);

// The order of a rank-4 tensor's elements in memory. Interfaces speak of N,C,H,W whatever the
// layout is; every other rank is plain.
enum class Layout : uint8_t {
  plain,    // row-major, last extent fastest
  nChw8c,   // channels in blocks of 8, innermost; C is a multiple of 8
  nChw16c,  // channels in blocks of 16, innermost; C is a multiple of 16
  nhwc,     // channels innermost; a weight's O,I,H,W so is what cuDNN calls KRSC
};
const char* name_of(Layout l);
// Channels of so many that lie side by side: 1, 8, 16 or all of them. Element n,c,h,w is at
//   ((n * C/block + c/block) * H + h) * W * block + w * block + c % block
constexpr int64_t channel_block(Layout l, int64_t channels) {
  switch (l) {
    case Layout::plain:
      return 1;
    case Layout::nChw8c:
      return 8;
    case Layout::nChw16c:
      return 16;
    case Layout::nhwc:
      return channels > 0 ? channels : 1;
  }
  return 1;
}

// A block of memory that goes back to where it came from when the last tensor lets go of it.
class Storage {
 public:
  Storage(std::shared_ptr<Allocator> allocator, size_t bytes);
  // Memory of somebody else, which is there as long as `owner` is.
  Storage(std::shared_ptr<void> owner, void* data, size_t bytes, bool on_host);
  ~Storage();
  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  std::byte* data() const { return data_; }
  size_t bytes() const { return bytes_; }
  bool on_host() const { return on_host_; }  // else in a device's memory
  bool foreign() const { return owner_ != nullptr; }

 private:
  std::shared_ptr<Allocator> allocator_;  // or
  std::shared_ptr<void> owner_;           // where the memory is foreign
  size_t bytes_;
  std::byte* data_;
  bool on_host_;
};

// A handle: copies share the storage. Made by Context::empty and its like.
class Tensor {
 public:
  Tensor() = default;  // refers to nothing
  // Throws Error where the storage is too small or the layout does not fit the shape.
  Tensor(std::shared_ptr<Storage> storage, Shape shape, DType dtype, Layout layout = Layout::plain);

  explicit operator bool() const { return storage_ != nullptr; }
  const Shape& shape() const { return shape_; }
  int64_t dim(int i) const { return shape_[i]; }
  int64_t size() const { return shape_.size(); }
  size_t bytes() const { return static_cast<size_t>(size()) * size_of(dtype_); }
  DType dtype() const { return dtype_; }
  Layout layout() const { return layout_; }
  std::string str() const;  // "f32 [128, 64, 32, 32] nChw16c"

  // Whether the elements can be read here; see engine/transfer.h for those that cannot.
  bool on_host() const { return !storage_ || storage_->on_host(); }

  // The elements in memory order. Throws Error where T is not the tensor's type, and where they are
  // in a device's memory.
  template <class T>
  T* data() {
    require(dtype_of<T>);
    return reinterpret_cast<T*>(storage_->data());
  }
  template <class T>
  const T* data() const {
    require(dtype_of<T>);
    return reinterpret_cast<const T*>(storage_->data());
  }
  // The same without a type, wherever they are.
  void* raw() { return storage_->data(); }
  const void* raw() const { return storage_->data(); }

  // The same elements under another shape of equal size; plain layout only.
  Tensor reshape(const Shape& shape) const;
  // Nobody else shares the storage, so that writing to it surprises nobody.
  bool unique() const { return storage_.use_count() == 1 && !storage_->foreign(); }
  bool shares_storage(const Tensor& other) const { return storage_ == other.storage_; }

 private:
  void require(DType t) const;

  std::shared_ptr<Storage> storage_;
  Shape shape_;
  DType dtype_ = DType::f32;
  Layout layout_ = Layout::plain;
};

}  // namespace lienet
