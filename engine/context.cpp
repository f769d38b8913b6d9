#include "engine/context.h"

#include <omp.h>

#include <algorithm>
#include <cstring>

#include "engine/check.h"
#include "engine/cpu/isa.h"
#include "engine/cuda/device.h"
#include "engine/words.h"

namespace lienet {
namespace {

constexpr Precision precisions[] = {Precision::fp32, Precision::tf32, Precision::bf16,
                                    Precision::fp16};

void check_cpu(Precision p) {
  if (p != Precision::fp32 && p != Precision::bf16)
    fail("device cpu: no precision {}; choose --precision fp32 or bf16", name_of(p));
  if (p == Precision::bf16 && cpu::vector_lanes() < 16)
    fail("bf16 needs a processor with AVX-512, and here is {}; choose --precision fp32",
         cpu::isa_name());
}

}  // namespace

const char* name_of(Precision p) {
  switch (p) {
    case Precision::fp32:
      return "fp32";
    case Precision::tf32:
      return "tf32";
    case Precision::bf16:
      return "bf16";
    case Precision::fp16:
      return "fp16";
  }
  return "?";
}

Precision precision_named(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Precision p : precisions) {
    if (name == name_of(p)) return p;
    names.emplace_back(name_of(p));
  }
  fail("--precision {}: not known; did you mean {}?", name, nearest_word(name, names));
}

Device device_named(std::string_view name) {
  if (name == "auto") return cuda::available() ? Device::cuda : Device::cpu;
  for (const Device d : {Device::ref, Device::cpu, Device::cuda})
    if (name == name_of(d)) return d;
  constexpr std::string_view names[] = {"auto", "cpu", "cuda", "ref"};
  fail("--device {}: not known; did you mean {}?", name, nearest_word(name, names));
}

void ContextOptions::check() const {
  if (dtype == DType::f64 && device != Device::ref)
    fail("device {}: double precision is for --device ref", name_of(device));
  if (threads < 0 || threads > max_threads)
    fail("threads: {}; expected 0 (all) to {}", threads, max_threads);
  switch (device) {
    case Device::ref:
      if (precision != Precision::fp32)
        fail("device ref: no precision {}; choose --precision fp32", name_of(precision));
      return;
    case Device::cpu:
      return check_cpu(precision);
    case Device::cuda:
      return cuda::require();
  }
}

Context::Context(const ContextOptions& options) : options_(options) {
  options_.check();
  if (options_.threads == 0) options_.threads = std::min(omp_get_num_procs(), options_.max_threads);
  use_threads();
  if (device() == Device::cuda) {
    stream_ = cuda::make_stream();
    allocator_ = std::make_shared<Allocator>(cuda::make_device_memory(stream_), options_.poison);
    host_allocator_ = std::make_shared<Allocator>(cuda::make_pinned_memory(), options_.poison);
  } else {
    allocator_ = std::make_shared<Allocator>(make_host_memory(), options_.poison);
    host_allocator_ = allocator_;
  }
}

// The device may still be using plans and memory that go now.
Context::~Context() {
  if (stream_) cuda::finish(*stream_);
}

void Context::use_threads() const {
  if (omp_get_max_threads() != threads()) omp_set_num_threads(threads());
}

DType Context::activation_dtype() const {
  switch (precision()) {
    case Precision::bf16:
      return DType::bf16;
    case Precision::fp16:
      return DType::f16;
    default:
      return dtype();
  }
}

namespace {

Tensor make_tensor(const std::shared_ptr<Allocator>& from, const Shape& shape, DType dtype,
                   Layout layout) {
  const size_t bytes = static_cast<size_t>(shape.size()) * size_of(dtype);
  return {std::make_shared<Storage>(from, bytes), shape, dtype, layout};
}

}  // namespace

Tensor Context::empty(const Shape& shape, DType dtype, Layout layout) {
  return make_tensor(allocator_, shape, dtype, layout);
}

Tensor Context::empty_on_host(const Shape& shape, DType dtype, Layout layout) {
  return make_tensor(host_allocator_, shape, dtype, layout);
}

Tensor Context::empty_beside(const Tensor& t, const Shape& shape, DType dtype, Layout layout) {
  return t.on_host() ? empty_on_host(shape, dtype, layout) : empty(shape, dtype, layout);
}

Tensor Context::zeros(const Shape& shape, DType dtype, Layout layout) {
  Tensor t = empty(shape, dtype, layout);
  if (t.on_host())
    std::memset(t.raw(), 0, t.bytes());
  else
    cuda::clear(stream(), t.raw(), t.bytes());
  return t;
}

Layout Context::activation_layout(int64_t channels) const {
  if (device() == Device::ref) return Layout::plain;
  if (device() == Device::cuda) return Layout::nhwc;
  if (channels % 16 == 0 && cpu::vector_lanes() >= 16) return Layout::nChw16c;
  if (channels % 8 == 0) return Layout::nChw8c;
  return Layout::plain;
}

void Context::each_step(std::function<void()> f) {
  if (recording_)
    recording_->push_back(std::move(f));
  else
    f();
}

}  // namespace lienet
