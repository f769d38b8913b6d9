// safetensors: named tensors in a file, as PyTorch's libraries read and write them.
//
// 8 bytes with the header's length N, little-endian; N bytes of JSON; the tensors' bytes,
// row-major, without holes. What is read was perhaps not written by us: each rule of the format is
// checked before anything is loaded, and memory stays in proportion to the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/context.h"
#include "engine/file.h"
#include "engine/named_tensor.h"

namespace lienet {

struct SafetensorsEntry {
  std::string name;
  std::string dtype;            // as the file has it: "F32"
  std::vector<int64_t> shape;   // of any rank; empty for a scalar
  uint64_t begin = 0, end = 0;  // bytes, counted from the start of the data
};

class SafetensorsFile {
 public:
  // Reads and checks the header. Throws Error with the file, the byte or key, and what was
  // expected.
  static SafetensorsFile open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return file_.path(); }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  std::span<const SafetensorsEntry> entries() const { return entries_; }  // in order of their data
  const SafetensorsEntry* find(std::string_view name) const;              // null: there is none

  // A fresh tensor of the file's shape and type, in plain layout, in the host's memory. Throws
  // Error where there is none of that name, where its type is not F32, F64, BF16, F16, I64 or U8,
  // or its rank over Shape::max_rank.
  Tensor load(Context& ctx, std::string_view name) const;

 private:
  explicit SafetensorsFile(InputFile file) : file_(std::move(file)) {}

  InputFile file_;
  uint64_t data_begin_ = 0;
  std::map<std::string, std::string> metadata_;
  std::vector<SafetensorsEntry> entries_;
  std::map<std::string, size_t, std::less<>> index_;  // of entries_, by name
};

// Makes or replaces `path`, see write_atomically(). The same arguments give the same bytes. Types
// of bigger elements come first, so that every tensor is aligned; otherwise the order is kept.
// Throws Error for a name that is given twice, is not UTF-8 or is "__metadata__", for another
// layout, and for a device's memory: see to_host().
void save_safetensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
                      const std::map<std::string, std::string>& metadata = {});

}  // namespace lienet
