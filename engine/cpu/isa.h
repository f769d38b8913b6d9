// What this processor offers the CPU backend.
#pragma once

#include <cstdint>
#include <string>

// Compiles a function once for each kind of x86-64 processor; the program's loader picks one. All
// give the same bits, since the compiler may not fuse or reorder floating-point operations. For
// hot loops in functions of their own: the body of an OpenMP region is not cloned. Clang does not
// clone templates; sanitizers do not bear that the choice is made before they are up.
#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define LIENET_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define LIENET_CLONES
#endif

namespace lienet::cpu {

// 16 values side by side: one AVX-512 register, or several smaller ones. Never passed by value
// between functions that are not inlined.
using Lanes [[gnu::vector_size(64), gnu::may_alias]] = float;
using Bits [[gnu::vector_size(64), gnu::may_alias]] = int32_t;

// Floats in the widest vector that the CPU backend uses: 16 with AVX-512, else 8.
int vector_lanes();

// The widest instructions that oneDNN uses here, "AVX-512 with bf16"; and its version, "2.6.3".
std::string isa_name();
std::string onednn_version();
// Whether this oneDNN has Winograd convolution for this processor: it does up to 3.1, with AVX-512.
bool has_winograd();

}  // namespace lienet::cpu
