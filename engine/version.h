// The library's version, for the compiler and at run time. Versions are semantic; before 1.0.0 a
// new minor version may change interfaces.
#pragma once

#define LIENET_VERSION_MAJOR 0
#define LIENET_VERSION_MINOR 1
#define LIENET_VERSION_PATCH 0

namespace lienet {

// "0.1.0": of the library that is linked, which may be newer than these headers.
const char* version();

}  // namespace lienet
