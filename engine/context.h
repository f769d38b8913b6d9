// Everything that work happens in: device, memory, threads, random numbers. Passed, never global.
#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <typeindex>
#include <unordered_map>
#include <vector>

#include "engine/allocator.h"
#include "engine/random.h"
#include "engine/tensor.h"

namespace lienet {

namespace cuda {
class Stream;
}

// Of activations and their gradients; parameters, statistics and sums are f32 in all of these.
enum class Precision : uint8_t {
  fp32,
  tf32,  // fp32 whose factors are rounded to 10 bits in convolutions and matrix products
  bf16,
  fp16,
};
const char* name_of(Precision p);
// "fp32", "tf32", "bf16", "fp16". Throws Error that names the nearest.
Precision precision_named(std::string_view name);

// "ref", "cpu", "cuda"; "auto" is cuda where this build and machine have it, else cpu. Throws Error
// that names the nearest.
Device device_named(std::string_view name);

struct ContextOptions {
  static constexpr int max_threads = 1024;

  Device device = Device::cpu;
  DType dtype = DType::f32;  // of parameters and activations; f64 needs Device::ref
  // All of them on Device::cuda. Device::cpu has bf16 where there is AVX-512; oneDNN emulates it,
  // slowly, where that has no bf16 instructions.
  Precision precision = Precision::fp32;
  bool winograd = true;  // on Device::cpu, 3x3 convolutions by Winograd's algorithm where it pays
  int threads = 0;       // up to max_threads; 0: as many as the process may use
  uint64_t seed = 0;
  // Device::cuda: only algorithms that give the same bits each time, chosen without timing any.
  // The other devices are always so.
  bool deterministic = false;
  bool poison = false;  // see Allocator

  // Throws Error for what this build, processor or card cannot do.
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
  Precision precision() const { return options_.precision; }
  DType activation_dtype() const;
  bool deterministic() const { return options_.deterministic; }
  bool winograd() const { return options_.winograd; }
  int threads() const { return options_.threads; }
  // Parallel loops that this thread comes to are shared out over threads(). What dispatches an op
  // says so: the count belongs to the thread that calls, which may have had another context's.
  void use_threads() const;
  uint64_t seed() const { return options_.seed; }
  Allocator& allocator() { return *allocator_; }
  cuda::Stream& stream() const { return *stream_; }  // of Device::cuda, which alone has one
  // The same for what may outlive the context; null on other devices.
  std::shared_ptr<cuda::Stream> shared_stream() const { return stream_; }

  // Fresh memory of the device, not initialised.
  Tensor empty(const Shape& shape, DType dtype, Layout layout = Layout::plain);
  Tensor empty(const Shape& shape) { return empty(shape, dtype()); }
  // The same of the host, whatever the device: on Device::cuda it is pinned.
  Tensor empty_on_host(const Shape& shape, DType dtype, Layout layout = Layout::plain);
  // In the memory that t is in.
  Tensor empty_beside(const Tensor& t, const Shape& shape, DType dtype, Layout layout);
  Tensor empty_like(const Tensor& t) { return empty_beside(t, t.shape(), t.dtype(), t.layout()); }
  Tensor zeros(const Shape& shape, DType dtype, Layout layout = Layout::plain);
  Tensor zeros(const Shape& shape) { return zeros(shape, dtype()); }

  // The layout in which this device's convolutions want maps of so many channels.
  Layout activation_layout(int64_t channels) const;

  // What the host does in each step beside issuing the device's work: it counts, and sends numbers.
  // Runs f now; while a step is recorded, f runs before each replay instead. See replay.h.
  void each_step(std::function<void()> f);
  bool recording() const { return recording_ != nullptr; }

  // The training loop says where it is; what is drawn at random inside a step depends on it, and so
  // is drawn in each_step().
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
  friend class Replay;

  ContextOptions options_;
  std::shared_ptr<cuda::Stream> stream_;
  std::shared_ptr<Allocator> allocator_, host_allocator_;
  std::vector<std::function<void()>>* recording_ = nullptr;
  uint32_t epoch_ = 0, step_ = 0;
  std::unordered_map<std::type_index, std::shared_ptr<void>> state_;
};

}  // namespace lienet
