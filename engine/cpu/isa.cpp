#include "engine/cpu/isa.h"

#include <oneapi/dnnl/dnnl.hpp>

namespace lienet::cpu {

int vector_lanes() {
  const auto isa = static_cast<unsigned>(dnnl::get_effective_cpu_isa());
  const auto avx512 = static_cast<unsigned>(dnnl::cpu_isa::avx512_core);
  return (isa & avx512) == avx512 ? 16 : 8;
}

}  // namespace lienet::cpu
