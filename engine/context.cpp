#include "engine/context.h"

#include <omp.h>

#include <cstring>

#include "engine/check.h"
#include "engine/cpu/isa.h"

namespace lienet {

void ContextOptions::check() const {
  if (dtype == DType::f64 && device != Device::ref)
    fail("device {}: double precision is for --device ref", name_of(device));
  if (bf16 && device != Device::cpu)
    fail("device {}: bf16 is for --device cpu; choose --precision fp32", name_of(device));
  if (bf16 && cpu::vector_lanes() < 16)
    fail("bf16 needs a processor with AVX-512, and here is {}; choose --precision fp32",
         cpu::isa_name());
  if (threads < 0) fail("threads: {}; expected 0 (all) or more", threads);
}

Context::Context(const ContextOptions& options) : options_(options) {
  options_.check();
  if (options_.threads == 0) options_.threads = omp_get_num_procs();
  omp_set_num_threads(options_.threads);
  allocator_ = std::make_shared<Allocator>(make_host_memory(), options_.poison);
}

Context::~Context() = default;

Tensor Context::empty(const Shape& shape, DType dtype, Layout layout) {
  const size_t bytes = static_cast<size_t>(shape.size()) * size_of(dtype);
  return {std::make_shared<Storage>(allocator_, bytes), shape, dtype, layout};
}

Tensor Context::zeros(const Shape& shape, DType dtype, Layout layout) {
  Tensor t = empty(shape, dtype, layout);
  std::memset(t.raw(), 0, t.bytes());
  return t;
}

Layout Context::activation_layout(int64_t channels) const {
  if (device() == Device::ref) return Layout::plain;
  if (channels % 16 == 0 && cpu::vector_lanes() >= 16) return Layout::nChw16c;
  if (channels % 8 == 0) return Layout::nChw8c;
  return Layout::plain;
}

}  // namespace lienet
