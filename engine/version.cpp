#include "engine/version.h"

namespace lienet {

const char* version() {
  return LIENET_VERSION;  // from CMake, which reads version.h
}

}  // namespace lienet
