#include "tools/pictures/npy.h"

#include <fmt/ranges.h>

#include <bit>
#include <string>

#include "engine/check.h"
#include "engine/file.h"

namespace lienet {
namespace {

static_assert(std::endian::native == std::endian::little, "values are written as they lie");

// All before the values.
std::string npy_header(const Shape& shape) {
  constexpr size_t before = 10, alignment = 64;  // bytes
  // The comma makes a tuple of a single extent.
  std::string text = fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}{}), }}",
                                 fmt::join(shape.dims(), ", "), shape.rank() == 1 ? "," : "");
  while ((before + text.size() + 1) % alignment != 0) text += ' ';
  text += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(text.size() & 255);
  header += static_cast<char>(text.size() >> 8);
  return header + text;
}

void check_count(std::span<const float> values, const Shape& shape, const std::string& name) {
  if (std::ssize(values) != shape.size())
    fail("{}: {} values; an array of {} has {}", name, values.size(), shape.str(), shape.size());
}

}  // namespace

std::string npy_of(std::span<const float> values, const Shape& shape, const std::string& name) {
  check_count(values, shape, name);
  std::string bytes = npy_header(shape);
  bytes.append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
  return bytes;
}

void write_npy(const std::filesystem::path& path, std::span<const float> values,
               const Shape& shape) {
  check_count(values, shape, path.string());
  write_atomically(path, [&](OutputFile& out) {
    out.write(npy_header(shape));
    out.write(values.data(), values.size_bytes());
  });
}

}  // namespace lienet
