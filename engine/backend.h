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
  }
