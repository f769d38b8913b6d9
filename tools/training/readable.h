// Numbers and lists as people read them.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace lienet {

// 4065.4 -> "4,065"; not negative.
std::string with_commas(double value);

// "45 s", "12 min", "1 h 02 min", "2 d 3 h"; "?" where it is not finite.
std::string duration(double seconds);

// "512 B", "12.0 KiB", "8.0 MiB", "1.5 GiB".
std::string byte_size(size_t bytes);

// At most so many of 0 .. n-1, evenly chosen, the first and the last among them.
std::vector<size_t> evenly_chosen(size_t n, size_t most);

}  // namespace lienet
