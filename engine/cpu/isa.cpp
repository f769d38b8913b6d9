#include "engine/cpu/isa.h"

#include <oneapi/dnnl/dnnl.hpp>

#include "engine/check.h"

namespace lienet::cpu {
namespace {

using dnnl::cpu_isa;

// An instruction set's value has the bits of all that it includes.
bool has(cpu_isa wanted) {
  const auto have = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
  const auto bits = static_cast<unsigned>(wanted);
  return (have & bits) == bits;
}

}  // namespace

int vector_lanes() {
  return has(cpu_isa::avx512_core) ? 16 : 8;
}

std::string isa_name() {
  if (has(cpu_isa::avx512_core_amx)) return "AVX-512 with AMX";
  if (has(cpu_isa::avx512_core_bf16)) return "AVX-512 with bf16";
  if (has(cpu_isa::avx512_core)) return "AVX-512";
  if (has(cpu_isa::avx2)) return "AVX2";
  return "SSE4.1";
}

std::string onednn_version() {
  const dnnl_version_t* v = dnnl_version();
  return fmt::format("{}.{}.{}", v->major, v->minor, v->patch);
}

bool has_winograd() {
  using dnnl::memory;
  const auto any = [](const memory::dims& dims) {
    return memory::desc(dims, memory::data_type::f32, memory::format_tag::any);
  };
  const dnnl::convolution_forward::desc desc(
      dnnl::prop_kind::forward_training, dnnl::algorithm::convolution_winograd, any({16, 64, 8, 8}),
      any({64, 64, 3, 3}), any({16, 64, 8, 8}), {1, 1}, {1, 1}, {1, 1});
  try {
    const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
    const dnnl::convolution_forward::primitive_desc found(desc, engine);
    return true;
  } catch (const dnnl::error&) {
    return false;
  }
}

}  // namespace lienet::cpu
