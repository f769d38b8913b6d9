// An op has one set of kernels for each backend, with the same signatures in each namespace.
#pragma once

#include "engine/context.h"

// Declares the same functions once in each backend's namespace.
#define LIENET_EVERY_BACKEND(...) \
  namespace ref {                 \
  __VA_ARGS__                     \
  }                               \
  namespace cpu {                 \
  __VA_ARGS__                     \
  }                               \
  namespace cuda {                \
  __VA_ARGS__                     \
  }

// The same for what is so little work, or so simple, that one loop serves ref and cpu.
#define LIENET_HOST_AND_CUDA(...) \
  namespace host {                \
  __VA_ARGS__                     \
  }                               \
  namespace cuda {                \
  __VA_ARGS__                     \
  }
