// The unit in which memory comes from the system. Internal.
#pragma once

#include <cstddef>

namespace lienet {

constexpr size_t huge_page = size_t{2} << 20;

constexpr size_t rounded_up(size_t bytes, size_t unit = huge_page) {
  return (bytes + unit - 1) / unit * unit;
}

}  // namespace lienet
