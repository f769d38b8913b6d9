#include "engine/safetensors_header.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "engine/check.h"

namespace lienet {
namespace {

using json = nlohmann::json;

constexpr int64_t max_integer = std::numeric_limits<int64_t>::max();

// The types of the format whose elements are whole bytes; 0 for any other name.
uint64_t bytes_of_dtype(std::string_view dtype) {
  constexpr std::pair<std::string_view, uint64_t> known[] = {
      {"F32", 4}, {"F64", 8},     {"BF16", 2},    {"I64", 8},     {"U8", 1},  {"BOOL", 1},
      {"I8", 1},  {"F8_E5M2", 1}, {"F8_E4M3", 1}, {"F8_E8M0", 1}, {"F16", 2}, {"I16", 2},
      {"U16", 2}, {"I32", 4},     {"U32", 4},     {"U64", 8},     {"C64", 8}};
  for (const auto& [name, bytes] : known)
    if (name == dtype) return bytes;
  return 0;
}

// Follows the parser through the header and refuses at the first event that the format does not
// have at that place. Nothing is ever nested deeper than three: {"name": {"shape": [1]}}.
class HeaderReader : public nlohmann::json_sax<json> {
 public:
  HeaderReader(uint64_t data_bytes, const std::string& file)
      : data_bytes_(data_bytes), file_(file) {}

  SafetensorsHeader take() { return std::move(header_); }

  bool null() override { unexpected("null"); }
  bool boolean(bool value) override { unexpected(value ? "true" : "false"); }
  bool binary(binary_t&) override { unexpected("bytes"); }
  bool number_integer(number_integer_t value) override { unexpected(std::to_string(value)); }
  bool number_float(number_float_t, const string_t& text) override {
    unexpected(text.substr(0, 40));
  }
  bool number_unsigned(number_unsigned_t value) override;
  bool string(string_t& value) override;
  bool start_object(size_t) override;
  bool key(string_t& name) override;
  bool end_object() override;
  bool start_array(size_t) override;
  bool end_array() override;
  bool parse_error(size_t position, const std::string&,
                   const nlohmann::detail::exception& error) override {
    // The parser counts from one, and its own message may quote megabytes.
    constexpr int out_of_range = 406;
    refuse("header, byte {}: {}", 8 + position - (position > 0),
           error.id == out_of_range ? "the number is out of range" : "this is not valid JSON");
  }

 private:
  enum class Place { outside, root, metadata, entry, list };
  enum Field : unsigned { none = 0, dtype = 1, shape = 2, data_offsets = 4 };

  template <class... Args>
  [[noreturn]] void refuse(fmt::format_string<Args...> format, Args&&... args) const {
    fail("{}: {}; the file is damaged, get or save it again", file_,
         fmt::format(format, std::forward<Args>(args)...));
  }
  [[noreturn]] void unexpected(std::string_view found) const {
    refuse("{}: expected {}, found {}", where(), expected(), found);
  }
  std::string where() const;
  std::string_view expected() const;
  void check_entry() const;

  const uint64_t data_bytes_;
  const std::string& file_;
  SafetensorsHeader header_;
  Place place_ = Place::outside;
  std::string key_;        // the last key of the root: a tensor's name
  std::string inner_key_;  // the last key below it
  Field field_ = none;     // what inner_key_ means in an entry
  unsigned seen_ = none;   // the fields that the entry has had
  bool has_metadata_ = false;
  std::unordered_set<std::string> names_;
  std::vector<int64_t> list_;
  SafetensorsEntry entry_;
};

std::string HeaderReader::where() const {
  switch (place_) {
    case Place::outside:
      return "header";
    case Place::root:
      return in_quotes(key_);
    case Place::metadata:
    case Place::entry:
    case Place::list:
      return fmt::format("{}, {}", in_quotes(key_), in_quotes(inner_key_));
  }
  return "";
}

std::string_view HeaderReader::expected() const {
  switch (place_) {
    case Place::outside:
    case Place::root:
      return "an object";
    case Place::metadata:
      return "a string";
    case Place::entry:
      return field_ == dtype ? "a string" : "a list of integers";
    case Place::list:
      return "an integer from 0 to 9223372036854775807";
  }
  return "";
}

bool HeaderReader::number_unsigned(number_unsigned_t value) {
  if (place_ != Place::list || value > static_cast<uint64_t>(max_integer))
    unexpected(std::to_string(value));
  list_.push_back(static_cast<int64_t>(value));
  return true;
}

bool HeaderReader::string(string_t& value) {
  if (place_ == Place::metadata) {
    header_.metadata[inner_key_] = std::move(value);
  } else if (place_ == Place::entry && field_ == dtype) {
    entry_.dtype = std::move(value);
  } else {
    unexpected("a string");
  }
  return true;
}

bool HeaderReader::start_object(size_t) {
  if (place_ == Place::outside) {
    place_ = Place::root;
  } else if (place_ == Place::root && key_ == "__metadata__") {
    place_ = Place::metadata;
  } else if (place_ == Place::root) {
    place_ = Place::entry;
    entry_ = {};
    entry_.name = key_;
    seen_ = none;
  } else {
    unexpected("an object");
  }
  return true;
}

bool HeaderReader::key(string_t& name) {
  if (place_ == Place::root) {
    key_ = std::move(name);
    const bool is_new =
        key_ == "__metadata__" ? !std::exchange(has_metadata_, true) : names_.insert(key_).second;
    if (!is_new) refuse("{}: the key stands twice in the header", in_quotes(key_));
    return true;
  }
  inner_key_ = std::move(name);
  if (place_ == Place::metadata) {
    if (header_.metadata.count(inner_key_)) refuse("{}: the key stands twice", where());
    return true;
  }
  field_ = inner_key_ == "dtype"          ? dtype
           : inner_key_ == "shape"        ? shape
           : inner_key_ == "data_offsets" ? data_offsets
                                          : none;
  if (field_ == none) refuse("{}: unknown key, expected dtype, shape or data_offsets", where());
  if (seen_ & field_) refuse("{}: the key stands twice", where());
  seen_ |= field_;
  return true;
}

bool HeaderReader::end_object() {
  if (place_ == Place::entry) {
    check_entry();
    header_.entries.push_back(std::move(entry_));
  }
  place_ = place_ == Place::root ? Place::outside : Place::root;
  return true;
}

bool HeaderReader::start_array(size_t) {
  if (place_ != Place::entry || field_ == dtype) unexpected("a list");
  place_ = Place::list;
  list_.clear();
  return true;
}

bool HeaderReader::end_array() {
  place_ = Place::entry;
  if (field_ == shape) {
    entry_.shape = list_;
    return true;
  }
  if (list_.size() != 2) refuse("{}: expected 2 integers, found {}", where(), list_.size());
  entry_.begin = static_cast<uint64_t>(list_[0]);
  entry_.end = static_cast<uint64_t>(list_[1]);
  return true;
}

void HeaderReader::check_entry() const {
  const std::string name = in_quotes(key_);
  for (const auto& [field, text] : {std::pair(dtype, "dtype"), std::pair(shape, "shape"),
                                    std::pair(data_offsets, "data_offsets")})
    if (!(seen_ & field)) refuse("{}: has no {}", name, text);

  uint64_t bytes = bytes_of_dtype(entry_.dtype);
  if (bytes == 0)
    refuse("{}: type {} is not one of the format's, such as F32", name, in_quotes(entry_.dtype));
  for (const int64_t extent : entry_.shape)
    if (__builtin_mul_overflow(bytes, static_cast<uint64_t>(extent), &bytes))
      refuse("{}: its shape has more elements than 64 bits can count", name);

  const auto [begin, end] = std::pair(entry_.begin, entry_.end);
  if (begin > end) refuse("{}: begins at byte {} of the data and ends at {}", name, begin, end);
  if (end > data_bytes_)
    refuse("{}: ends at byte {} of the data, the file has {}", name, end, data_bytes_);
  if (end - begin != bytes)
    refuse("{}: has {} bytes, its shape and type {} need {}", name, end - begin, entry_.dtype,
           bytes);
}

// Each byte of the data belongs to one entry: sorted, each begins where the one before it ends.
void check_cover(const std::vector<SafetensorsEntry>& entries, uint64_t data_bytes,
                 const std::string& file) {
  constexpr const char* advice = "the file is damaged, get or save it again";
  uint64_t covered = 0;
  for (size_t i = 0; i < entries.size(); ++i) {
    const SafetensorsEntry& e = entries[i];
    if (e.begin > covered)
      fail(
          "{}: {}: begins at byte {} of the data, expected {}: bytes between belong to nothing; {}",
          file, in_quotes(e.name), e.begin, covered, advice);
    if (e.begin < covered)
      fail("{}: {}: begins at byte {} of the data, {} ends at {}: they overlap; {}", file,
           in_quotes(e.name), e.begin, in_quotes(entries[i - 1].name), covered, advice);
    covered = e.end;
  }
  if (covered != data_bytes)
    fail("{}: the tensors end at byte {} of the data, the file has {} more; {}", file, covered,
         data_bytes - covered, advice);
}

}  // namespace

std::string in_quotes(std::string_view key) {
  constexpr size_t longest = 80;
  if (key.size() <= longest) return fmt::format("{:?}", key);
  return fmt::format("{:?}...", key.substr(0, longest));
}

SafetensorsHeader parse_safetensors_header(std::string_view text, uint64_t data_bytes,
                                           const std::string& file) {
  if (text.empty() || text.front() != '{')
    fail("{}: byte 8: expected the header's '{{'; is it a safetensors file?", file);
  // The parser takes a zero byte for the end of its input and would ignore what follows.
  if (const size_t zero = text.find('\0'); zero != text.npos)
    fail("{}: header, byte {}: a zero byte; the file is damaged, get or save it again", file,
         8 + zero);
  HeaderReader reader(data_bytes, file);
  json::sax_parse(text.begin(), text.end(), &reader);
  SafetensorsHeader header = reader.take();
  std::sort(header.entries.begin(), header.entries.end(), [](const auto& a, const auto& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  check_cover(header.entries, data_bytes, file);
  return header;
}

}  // namespace lienet
