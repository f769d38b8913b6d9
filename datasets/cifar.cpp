#include "datasets/cifar.h"

#include <algorithm>
#include <fstream>
#include <string_view>
#include <system_error>

#include "engine/check.h"
#include "engine/file.h"

namespace lienet {

namespace fs = std::filesystem;

namespace {

constexpr int64_t plane_bytes = 32 * 32, image_bytes = 3 * plane_bytes;

struct Format {
  const char* name;
  const char* title;
  const char* subfolder;
  int64_t label_bytes;
  int classes, coarse_classes;
  const char *first_train, *test, *names, *coarse_names;
};

const Format& format_of(CifarKind kind) {
  static constexpr Format ten = {
      "cifar10",          "CIFAR-10",       "cifar-10-batches-bin", 1,      10, 0,
      "data_batch_1.bin", "test_batch.bin", "batches.meta.txt",     nullptr};
  static constexpr Format hundred = {"cifar100",
                                     "CIFAR-100",
                                     "cifar-100-binary",
                                     2,
                                     100,
                                     20,
                                     "train.bin",
                                     "test.bin",
                                     "fine_label_names.txt",
                                     "coarse_label_names.txt"};
  return kind == CifarKind::cifar10 ? ten : hundred;
}

CifarKind other(CifarKind kind) {
  return kind == CifarKind::cifar10 ? CifarKind::cifar100 : CifarKind::cifar10;
}

std::string read_bytes(const fs::path& file) {
  constexpr uint64_t most = uint64_t{1}
                            << 33;  // twenty times what the official files have together
  std::error_code error;
  if (!fs::exists(file, error)) fail("{}: there is no such file", file.string());
  return read_file(file, most);
}

// The byte offset of the first label that is out of range, or -1.
int64_t first_bad_label(std::string_view bytes, CifarKind kind) {
  const Format& f = format_of(kind);
  const auto size = static_cast<int64_t>(bytes.size());
  for (int64_t i = 0; i < size; i += record_bytes(kind)) {
    const auto* label = reinterpret_cast<const uint8_t*>(bytes.data()) + i;
    if (f.coarse_classes > 0 && *label++ >= f.coarse_classes) return i;
    if (*label >= f.classes) return i + f.label_bytes - 1;
  }
  return -1;
}

bool fits(std::string_view bytes, CifarKind kind) {
  return static_cast<int64_t>(bytes.size()) % record_bytes(kind) == 0 &&
         first_bad_label(bytes, kind) < 0;
}

void check_bytes(std::string_view bytes, const fs::path& file, CifarKind kind) {
  const Format &f = format_of(kind), &g = format_of(other(kind));
  const auto size = static_cast<int64_t>(bytes.size()), record = record_bytes(kind);
  if (size == 0)
    fail("{}: is empty; expected records of {} bytes ({})", file.string(), record, f.title);
  const int64_t bad = size % record == 0 ? first_bad_label(bytes, kind) : -1;
  if (size % record == 0 && bad < 0) return;
  if (fits(bytes, other(kind)))
    fail("{}: is a {} file ({} records of {} bytes), not {}; use it as {}", file.string(), g.title,
         size / record_bytes(other(kind)), record_bytes(other(kind)), f.title, g.name);
  if (size % record != 0)
    fail(
        "{}: truncated: {} bytes is not a multiple of {}'s record of {}; the last whole record "
        "ends at byte {}; get the file again",
        file.string(), size, f.title, record, size / record * record);
  const bool coarse = f.coarse_classes > 0 && bad % record == 0;
  fail("{}: byte {} (record {}): {} {}, expected 0 to {}; not a {} file or damaged", file.string(),
       bad, bad / record, coarse ? "coarse label" : "label",
       static_cast<uint8_t>(bytes[static_cast<size_t>(bad)]),
       (coarse ? f.coarse_classes : f.classes) - 1, f.title);
}

void append_file(ImageSet& set, const fs::path& file, CifarKind kind) {
  const std::string bytes = read_bytes(file);
  check_bytes(bytes, file, kind);
  const int64_t labels = format_of(kind).label_bytes, record = record_bytes(kind);
  const auto records = static_cast<int64_t>(bytes.size()) / record;
  set.pixels.reserve(set.pixels.size() + static_cast<size_t>(records * image_bytes));
  for (int64_t i = 0; i < records; ++i) {
    const auto* r = reinterpret_cast<const uint8_t*>(bytes.data()) + i * record;
    if (labels == 2) set.coarse_labels.push_back(r[0]);
    set.labels.push_back(r[labels - 1]);
    set.pixels.insert(set.pixels.end(), r + labels, r + record);
  }
}

ImageSet empty_set(CifarKind kind, const std::string& name) {
  ImageSet set;
  set.name = name;
  set.height = set.width = 32;
  set.classes = format_of(kind).classes;
  set.coarse_classes = format_of(kind).coarse_classes;
  return set;
}

// Names are a courtesy to the reader of reports: a file that does not have one for every class is
// passed over rather than half used.
std::vector<std::string> read_names(const fs::path& file, int count) {
  std::vector<std::string> names;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty()) names.push_back(line);
  }
  if (static_cast<int>(names.size()) != count) names.clear();
  return names;
}

// The folder that has the files: the one named, or the archive's own inside it.
fs::path locate(const fs::path& folder, CifarKind kind) {
  const Format &f = format_of(kind), &g = format_of(other(kind));
  std::error_code error;
  if (!fs::is_directory(folder, error))
    fail(
        "{}: there is no such folder; unpack {}'s binary version there (it has {} and {}), or run "
        "`lienet train shapes100`, which needs no data",
        folder.string(), f.title, f.first_train, f.test);
  for (const fs::path& here : {folder, folder / f.subfolder})
    if (fs::exists(here / f.first_train, error) || fs::exists(here / f.test, error)) return here;
  for (const fs::path& here : {folder, folder / g.subfolder})
    if (fs::exists(here / g.first_train, error))
      fail("{}: has {}'s files ({}), not {}'s; use it as {}", here.string(), g.title, g.first_train,
           f.title, g.name);
  fail(
      "{}: has no {} files; put {} and {} there (from {}'s binary version), or run `lienet train "
      "shapes100`, which needs no data",
      folder.string(), f.title, f.first_train, f.test, f.title);
}

void write_names(const std::vector<std::string>& names, const fs::path& file) {
  std::string text;
  for (const std::string& name : names) text += name + '\n';
  if (!names.empty()) write_atomically(file, text);
}

}  // namespace

const char* name_of(CifarKind kind) {
  return format_of(kind).name;
}

int64_t record_bytes(CifarKind kind) {
  return format_of(kind).label_bytes + image_bytes;
}

ImageSet read_cifar_file(const fs::path& file, CifarKind kind) {
  ImageSet set = empty_set(kind, file.filename().string());
  append_file(set, file, kind);
  return set;
}

ImageSet read_cifar(const fs::path& folder, CifarKind kind, Split split) {
  const Format& f = format_of(kind);
  const fs::path here = locate(folder, kind);
  ImageSet set = empty_set(kind, std::string(f.name) + ' ' + name_of(split));
  std::error_code error;
  append_file(set, here / (split == Split::train ? f.first_train : f.test), kind);
  if (kind == CifarKind::cifar10 && split == Split::train)
    for (int i = 2;; ++i) {
      const fs::path file = here / fmt::format("data_batch_{}.bin", i);
      if (!fs::exists(file, error)) break;
      append_file(set, file, kind);
    }
  set.class_names = read_names(here / f.names, f.classes);
  if (f.coarse_names) set.coarse_class_names = read_names(here / f.coarse_names, f.coarse_classes);
  return set;
}

void write_cifar_file(const ImageSet& set, const fs::path& file, CifarKind kind) {
  const Format& f = format_of(kind);
  if (set.height != 32 || set.width != 32)
    fail("{}: {}'s images are 32x32, those of '{}' {}x{}", file.string(), f.title, set.name,
         set.height, set.width);
  const bool coarse = f.coarse_classes > 0;
  if (coarse && set.coarse_labels.size() != set.labels.size())
    fail("{}: {} needs a coarse label for each of the {} images of '{}'", file.string(), f.title,
         set.size(), set.name);
  std::string bytes;
  bytes.reserve(static_cast<size_t>(set.size() * record_bytes(kind)));
  for (int64_t i = 0; i < set.size(); ++i) {
    const auto n = static_cast<size_t>(i);
    const int32_t label = set.labels[n], group = coarse ? set.coarse_labels[n] : 0;
    if (label < 0 || label >= f.classes || group < 0 || (coarse && group >= f.coarse_classes))
      fail("{}: image {} of '{}' has label {} (coarse {}), more than {} can hold", file.string(), i,
           set.name, label, group, f.title);
    if (coarse) bytes.push_back(static_cast<char>(group));
    bytes.push_back(static_cast<char>(label));
    bytes.append(reinterpret_cast<const char*>(set.image(i)), set.image_bytes());
  }
  write_atomically(file, bytes);
}

void write_cifar(const ImageSet& train, const ImageSet& test, const fs::path& folder,
                 CifarKind kind) {
  const Format& f = format_of(kind);
  make_folder(folder);
  write_cifar_file(train, folder / f.first_train, kind);
  write_cifar_file(test, folder / f.test, kind);
  write_names(train.class_names, folder / f.names);
  if (f.coarse_names) write_names(train.coarse_class_names, folder / f.coarse_names);
}

}  // namespace lienet
