#include "datasets/open.h"

#include <algorithm>
#include <cstdlib>

#include "datasets/archive.h"
#include "engine/check.h"
#include "engine/file.h"
#include "engine/sha256.h"
#include "engine/words.h"

namespace lienet {

namespace fs = std::filesystem;

namespace {

// As www.cs.toronto.edu/~kriz/cifar.html offers it.
struct OfficialArchive {
  const char *file, *folder, *sha256;
  int64_t bytes;
  std::vector<std::string> members;
};

const OfficialArchive& official(CifarKind kind) {
  static const OfficialArchive ten = {
      "cifar-10-binary.tar.gz",
      "cifar-10-batches-bin",
      "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
      170052171,
      {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
       "data_batch_5.bin", "test_batch.bin", "batches.meta.txt"}};
  static const OfficialArchive hundred = {
      "cifar-100-binary.tar.gz",
      "cifar-100-binary",
      "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
      168513733,
      {"train.bin", "test.bin", "fine_label_names.txt", "coarse_label_names.txt"}};
  return kind == CifarKind::cifar10 ? ten : hundred;
}

bool has_all(const fs::path& folder, const std::vector<std::string>& files) {
  std::error_code error;
  return std::all_of(files.begin(), files.end(),
                     [&](const std::string& file) { return fs::exists(folder / file, error); });
}

// The folder in the cache that has the archive's files. An archive that is not the official one has
// a folder of its own.
fs::path unpacked(const fs::path& archive, CifarKind kind) {
  const OfficialArchive& o = official(kind);
  const std::string hash = sha256_of_file(archive);
  constexpr size_t digits = 16;
  const fs::path folder =
      data_cache() / (hash == o.sha256 ? o.folder : o.folder + ('-' + hash.substr(0, digits)));
  if (!has_all(folder, o.members)) unpack(archive, folder, o.members);
  return folder;
}

fs::path find_cifar(CifarKind kind, const DownloadProgress& progress) {
  const OfficialArchive& o = official(kind);
  const fs::path cache = data_cache(), folder = cache / o.folder, archive = cache / o.file;
  if (has_all(folder, o.members)) return folder;
  std::error_code error;
  if (!fs::exists(archive, error)) {
    try {
      download({.url = fmt::format("https://www.cs.toronto.edu/~kriz/{}", o.file),
                .file = archive,
                .sha256 = o.sha256,
                .bytes = o.bytes},
               progress);
    } catch (const Error& e) {
      fail(
          "{}; put {} into {} yourself or name it with --data; `lienet train shapes100` needs none",
          e.what(), o.file, cache.string());
    }
  }
  return unpacked(archive, kind);
}

void keep_first(ImageSet& set, int64_t limit) {
  if (limit == 0 || limit >= set.size()) return;
  const auto n = static_cast<size_t>(limit);
  set.pixels.resize(n * set.image_bytes());
  set.labels.resize(n);
  if (!set.coarse_labels.empty()) set.coarse_labels.resize(n);
}

std::string hash_of(const ImageSet& train, const ImageSet& test) {
  Sha256 hash;
  for (const ImageSet* set : {&train, &test}) {
    hash.update(fmt::format("{} {} {} {}\n", set->size(), set->height, set->width, set->classes));
    for (const int32_t label : set->labels)
      for (int shift = 0; shift < 32; shift += 8) {
        const auto byte = static_cast<uint8_t>(static_cast<uint32_t>(label) >> shift);
        hash.update(&byte, 1);
      }
    hash.update(set->pixels.data(), set->pixels.size());
  }
  return hash.hex();
}

// What was read or drawn, before limits.
struct Found {
  ImageSet train, test;
  std::vector<PixelBox> test_boxes;
  fs::path folder;
};

Found read_folder(const fs::path& folder, CifarKind kind) {
  Found found = {
      read_cifar(folder, kind, Split::train), read_cifar(folder, kind, Split::test), {}, folder};
  if (kind == CifarKind::cifar100 && has_all(folder, {shapes100_boxes}))
    found.test_boxes = read_boxes(folder, Split::test, found.test.size());
  return found;
}

Found open_cifar(CifarKind kind, const fs::path& path, const DownloadProgress& progress) {
  std::error_code error;
  if (path.empty()) return read_folder(find_cifar(kind, progress), kind);
  if (fs::is_regular_file(path, error)) return read_folder(unpacked(path, kind), kind);
  return read_folder(path, kind);
}

Found open_shapes100(const fs::path& path, const Shapes100Options& options) {
  if (!path.empty()) return read_folder(path, CifarKind::cifar100);
  const fs::path folder =
      data_cache() / fmt::format("shapes100-v{}-{}-{}-{}-{}", shapes100_version, options.seed,
                                 options.train, options.test, options.background_goes_with_class);
  if (has_all(folder, {"train.bin", "test.bin", shapes100_boxes}))
    return read_folder(folder, CifarKind::cifar100);
  Shapes100 set = make_shapes100(options);
  bool kept = true;
  try {
    write_folder(folder, [&](const fs::path& temporary) { write_shapes100(set, temporary); });
  } catch (const Error&) {
    kept = false;  // no reason to stop: the next run can draw as well
  }
  return {std::move(set.train), std::move(set.test), std::move(set.test_boxes),
          kept ? folder : fs::path()};
}

}  // namespace

fs::path data_cache() {
  if (const char* folder = std::getenv("LIENET_DATA"); folder && *folder) return folder;
  if (const char* home = std::getenv("HOME"); home && *home)
    return fs::path(home) / ".cache" / "lienet";
  fail("there is no place for data sets: set LIENET_DATA to a folder");
}

DataSet open_data(const DataRequest& request, const DownloadProgress& progress) {
  const std::string& name = request.name;
  if (name != "cifar10" && name != "cifar100" && name != "shapes100")
    fail("data set {:?} is not known; did you mean {}?", name,
         nearest_word(name, {"cifar10", "cifar100", "shapes100"}));
  if (request.train_limit < 0 || request.test_limit < 0)
    fail("{}: limits of {} training and {} test images; expected 0 (all) or more", name,
         request.train_limit, request.test_limit);
  const bool shapes = name == "shapes100";
  const CifarKind kind = name == "cifar10" ? CifarKind::cifar10 : CifarKind::cifar100;
  Found found = shapes ? open_shapes100(request.path, request.shapes)
                       : open_cifar(kind, request.path, progress);
  found.train.name = name + " train";
  found.test.name = name + " test";
  keep_first(found.train, request.train_limit);
  keep_first(found.test, request.test_limit);
  found.test_boxes.resize(
      std::min(found.test_boxes.size(), static_cast<size_t>(found.test.size())));

  DataSet set;
  if (shapes || !found.test_boxes.empty())
    set.stats = measure_stats(found.train);
  else
    set.stats = kind == CifarKind::cifar10 ? cifar10_stats : cifar100_stats;
  set.hash = hash_of(found.train, found.test);
  set.folder = found.folder;
  set.test_boxes = std::move(found.test_boxes);
  set.train = std::make_shared<const ImageSet>(std::move(found.train));
  set.test = std::make_shared<const ImageSet>(std::move(found.test));
  return set;
}

}  // namespace lienet
