#include "engine/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/check.h"
#include "engine/safetensors_header.h"
#include "engine/words.h"

namespace lienet {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

constexpr uint64_t length_bytes = 8;

constexpr struct {
  const char* name;
  DType dtype;
} loadable[] = {{"F32", DType::f32}, {"F64", DType::f64}, {"BF16", DType::bf16},
                {"F16", DType::f16}, {"I64", DType::i64}, {"U8", DType::u8}};

std::optional<DType> dtype_named(std::string_view name) {
  for (const auto& l : loadable)
    if (l.name == name) return l.dtype;
  return std::nullopt;
}

const char* format_name(DType t) {
  for (const auto& l : loadable)
    if (l.dtype == t) return l.name;
  return "?";
}

// The file's first 8 bytes, checked: the number of bytes of JSON that follow.
uint64_t read_header_length(const InputFile& file) {
  const std::string name = file.path().string();
  if (!file.is_regular()) fail("{}: not a regular file; expected a safetensors file", name);
  if (file.size() < length_bytes)
    fail("{}: has {} bytes, expected 8 or more; it is empty or cut off, get or save it again", name,
         file.size());
  unsigned char first[length_bytes];
  file.read_at(0, first, length_bytes);
  uint64_t length = 0;
  std::memcpy(&length, first, length_bytes);
  const uint64_t rest = file.size() - length_bytes;
  if (length <= rest && length <= max_safetensors_header) return length;

  // Neither is ever read, since reading a pickle runs what is in it.
  if (std::memcmp(first, "PK\3\4", 4) == 0 || (first[0] == 0x80 && first[1] == 2))
    fail(
        "{}: looks like a file of torch.save(), expected safetensors; convert it in Python: "
        "safetensors.torch.save_file(torch.load(file), new_file)",
        name);
  if (length > rest)
    fail("{}: byte 0: the header has {} bytes, the file {} more; it is cut off or not safetensors",
         name, length, rest);
  fail("{}: byte 0: the header has {} bytes, at most {} are read; is it a safetensors file?", name,
       length, max_safetensors_header);
}

std::string json_string(std::string_view text, const std::filesystem::path& path) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::type_error&) {
    fail("{}: not written: the key or text {} is not UTF-8", path.string(), in_quotes(text));
  }
}

// The length, the JSON and the spaces that make the data begin at a multiple of 8.
std::string make_header(std::span<const NamedTensor* const> tensors,
                        const std::map<std::string, std::string>& metadata,
                        const std::filesystem::path& path) {
  std::string text = "{";
  const auto begin_item = [&](std::string_view key) {
    if (text.back() != '{') text += ',';
    text += json_string(key, path) + ':';
  };
  if (!metadata.empty()) {
    begin_item("__metadata__");
    text += '{';
    for (const auto& [key, value] : metadata) {
      begin_item(key);
      text += json_string(value, path);
    }
    text += '}';
  }
  uint64_t begin = 0;
  for (const NamedTensor* t : tensors) {
    const uint64_t end = begin + t->tensor.bytes();
    begin_item(t->name);
    text += fmt::format(R"({{"dtype":"{}","shape":[)", format_name(t->tensor.dtype()));
    for (int i = 0; i < t->tensor.shape().rank(); ++i)
      text += fmt::format("{}{}", i > 0 ? "," : "", t->tensor.dim(i));
    text += fmt::format(R"(],"data_offsets":[{},{}]}})", begin, end);
    begin = end;
  }
  text += '}';
  text.append((length_bytes - text.size() % length_bytes) % length_bytes, ' ');
  if (text.size() > max_safetensors_header)
    fail("{}: not written: the names and metadata take {} bytes, at most {} can be read again",
         path.string(), text.size(), max_safetensors_header);

  const uint64_t length = text.size();
  char bytes[length_bytes];
  std::memcpy(bytes, &length, length_bytes);
  return std::string(bytes, length_bytes) + text;
}

void check_can_be_saved(std::span<const NamedTensor> tensors, const std::filesystem::path& path) {
  std::vector<std::string_view> names;
  for (const auto& [name, tensor] : tensors) {
    if (!tensor) fail("{}: not written: {} has no tensor", path.string(), in_quotes(name));
    if (!tensor.on_host())
      fail("{}: not written: {} is in the device's memory; see to_host()", path.string(),
           in_quotes(name));
    if (tensor.layout() != Layout::plain)
      fail("{}: not written: {} is {}, expected the plain layout; see as_plain()", path.string(),
           in_quotes(name), tensor.str());
    if (name == "__metadata__")
      fail("{}: not written: no tensor may be named {}", path.string(), name);
    names.push_back(name);
  }
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end())
    fail("{}: not written: {} is given twice", path.string(), in_quotes(*twice));
}

}  // namespace

SafetensorsFile SafetensorsFile::open(const std::filesystem::path& path) {
  SafetensorsFile result{InputFile(path)};
  const InputFile& file = result.file_;
  std::string text(read_header_length(file), '\0');
  file.read_at(length_bytes, text.data(), text.size());
  result.data_begin_ = length_bytes + text.size();
  SafetensorsHeader header =
      parse_safetensors_header(text, file.size() - result.data_begin_, path.string());
  result.metadata_ = std::move(header.metadata);
  result.entries_ = std::move(header.entries);
  for (size_t i = 0; i < result.entries_.size(); ++i)
    result.index_.emplace(result.entries_[i].name, i);
  return result;
}

const SafetensorsEntry* SafetensorsFile::find(std::string_view name) const {
  const auto found = index_.find(name);
  return found == index_.end() ? nullptr : &entries_[found->second];
}

Tensor SafetensorsFile::load(Context& ctx, std::string_view name) const {
  const SafetensorsEntry* e = find(name);
  if (!e) {
    if (entries_.empty())
      fail("{}: no tensor {}: the file has none", path().string(), in_quotes(name));
    const std::vector<std::string_view> known = [&] {
      std::vector<std::string_view> names;
      for (const SafetensorsEntry& entry : entries_) names.push_back(entry.name);
      return names;
    }();
    fail("{}: no tensor {}; the nearest name is {}", path().string(), in_quotes(name),
         in_quotes(nearest_word(name, known)));
  }
  const std::optional<DType> dtype = dtype_named(e->dtype);
  if (!dtype)
    fail("{}: {} is {}, expected F32, F64, BF16, F16, I64 or U8; convert it before it is saved",
         path().string(), in_quotes(name), e->dtype);
  if (e->shape.size() > Shape::max_rank)
    fail("{}: {} has {} dimensions, at most {} can be loaded; reshape it before it is saved",
         path().string(), in_quotes(name), e->shape.size(), Shape::max_rank);
  Tensor t = ctx.empty_on_host(Shape(e->shape), *dtype);
  LIENET_CHECK(t.bytes() == e->end - e->begin, "{}: {}", path().string(), in_quotes(name));
  file_.read_at(data_begin_ + e->begin, t.raw(), t.bytes());
  return t;
}

void save_safetensors(const std::filesystem::path& path, std::span<const NamedTensor> tensors,
                      const std::map<std::string, std::string>& metadata) {
  check_can_be_saved(tensors, path);
  std::vector<const NamedTensor*> ordered;
  for (const NamedTensor& t : tensors) ordered.push_back(&t);
  std::stable_sort(ordered.begin(), ordered.end(), [](const auto* a, const auto* b) {
    return size_of(a->tensor.dtype()) > size_of(b->tensor.dtype());
  });
  const std::string header = make_header(ordered, metadata, path);
  write_atomically(path, [&](OutputFile& out) {
    out.write(header);
    for (const NamedTensor* t : ordered) out.write(t->tensor.raw(), t->tensor.bytes());
  });
}

}  // namespace lienet
