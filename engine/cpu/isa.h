// What this processor's vectors can hold.
#pragma once

namespace lienet::cpu {

// Floats in the widest vector that the CPU backend uses: 16 with AVX-512, else 8.
int vector_lanes();

}  // namespace lienet::cpu
