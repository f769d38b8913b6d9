// NumPy's .npy files, format 1.0: what numpy.load() reads.
//   "\x93NUMPY", the version's two bytes 1 0, u16 length of the header; the header, a Python
//   dictionary padded with spaces to where a multiple of 64 bytes ends; the values, row-major.
// Source: numpy.lib.format's documentation. Numbers are little-endian.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "engine/shape.h"

namespace lienet {

// The bytes of such a file with f32 values. Throws Error where they are not as many as the shape
// has; `name` is for the message.
std::string npy_of(std::span<const float> values, const Shape& shape, const std::string& name);

// Writes f32 values, whole or not at all. Throws Error where they are not as many as the shape
// has, and where the file cannot be written.
void write_npy(const std::filesystem::path& path, std::span<const float> values,
               const Shape& shape);

}  // namespace lienet
