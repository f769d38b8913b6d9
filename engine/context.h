// Everything that work happens in: device, memory, threads, random numbers. Passed, never global.
#pragma once

#include <memory>
#include <typeindex>
#include <unordered_map>

#include "engine/allocator.h"
#include "engine/random.h"
#include "engine/tensor.h"

namespace lienet {

struct ContextOptions {
  Device device = Device::cpu;
  DType dtype = DType::f32;  // of parameters and activations; f64 needs Device::ref
  // Maps and their gradients are bf16; parameters, statistics and sums stay as `dtype` says. Needs
  // Device::cpu and AVX-512; oneDNN emulates it, slowly, where that has no bf16 instructions.
  bool bf16 = false;
  int threads = 0;  // 0: as many as the process may use
  uint64_t seed = 0;
  bool poison = false;  // see Allocator

  // Throws Error for what this build or processor cannot do.
  void check() const;
};

// Not thread-safe: one context for each thread that computes. Contexts do not know of each other.
class Context {
 public:
  explicit Context(const ContextOptions& options = {});
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  Device device() const { return options_.device; }
  DType dtype() const { return options_.dtype; }
  DType activation_dtype() const { return options_.bf16 ? DType::bf16 : dtype(); }
  int threads() const { return options_.threads; }
  uint64_t seed() const { return options_.seed; }
  Allocator& allocator() { return *allocator_; }

  // Fresh memory, not initialised.
  Tensor empty(const Shape& shape, DType dtype, Layout layout = Layout::plain);
  Tensor empty(const Shape& shape) { return empty(shape, dtype()); }
  Tensor empty_like(const Tensor& t) { return empty(t.shape(), t.dtype(), t.layout()); }
  Tensor zeros(const Shape& shape, DType dtype, Layout layout = Layout::plain);
  Tensor zeros(const Shape& shape) { return zeros(shape, dtype()); }

  // The layout in which this device's convolutions want maps of so many channels.
  Layout activation_layout(int64_t channels) const;

  // The training loop says where it is; what is drawn at random inside a step depends on it.
  void set_position(uint32_t epoch, uint32_t step) { epoch_ = epoch, step_ = step; }
  RandomKey random_key(RandomUse use, uint32_t stream = 0) const {
    return {seed(), epoch_, step_, use, stream};
  }

  // What a backend keeps between calls (primitives, plans), one object of each type T, made at the
  // first request and destroyed with the context.
  template <class T>
  T& state() {
    std::shared_ptr<void>& slot = state_[std::type_index(typeid(T))];
    if (!slot) slot = std::make_shared<T>();
    return *static_cast<T*>(slot.get());
  }

 private:
  ContextOptions options_;
  std::shared_ptr<Allocator> allocator_;
  uint32_t epoch_ = 0, step_ = 0;
  std::unordered_map<std::type_index, std::shared_ptr<void>> state_;
};

}  // namespace lienet
