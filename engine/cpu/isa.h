// What this processor offers the CPU backend.
#pragma once

#include <string>

namespace lienet::cpu {

// Floats in the widest vector that the CPU backend uses: 16 with AVX-512, else 8.
int vector_lanes();

// The widest instructions that oneDNN uses here, "AVX-512 with bf16"; and its version, "2.6.3".
std::string isa_name();
std::string onednn_version();

}  // namespace lienet::cpu
