#include "datasets/open.h"

#include <algorithm>
#include <cstdlib>

#include "datasets/archive.h"
#include "datasets/imagenet_boxes.h"
#include "datasets/voc.h"
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
      fail("{}; put {} into {} yourself or give its path; shapes100 needs no download", e.what(),
           o.file, cache.string());
    }
  }
  return unpacked(archive, kind);
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
    hash.update(set->tags.data(), set->tags.size());
    for (const std::string& file : set->files) {
      std::error_code error;  // a file that is not there is found out when it is read
      hash.update(fmt::format("{} {}\n", file, fs::file_size(set->folder / file, error)));
    }
  }
  return hash.hex();
}

// What was read or drawn, before limits.
struct Found {
  ImageSet train, test;
  std::vector<std::vector<ObjectBox>> test_objects;
  fs::path folder;
};

// One for each image.
std::vector<std::vector<ObjectBox>> objects_of(const ImageSet& set,
                                               const std::vector<PixelBox>& boxes) {
  std::vector<std::vector<ObjectBox>> objects;
  for (size_t i = 0; i < boxes.size(); ++i)
    objects.push_back({{.label = set.labels[i], .box = boxes[i]}});
  return objects;
}

Found read_folder(const fs::path& folder, CifarKind kind) {
  Found found = {
      read_cifar(folder, kind, Split::train), read_cifar(folder, kind, Split::test), {}, folder};
  if (kind == CifarKind::cifar100 && has_all(folder, {shapes100_boxes}))
    found.test_objects = objects_of(found.test, read_boxes(folder, Split::test, found.test.size()));
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
  std::vector<std::vector<ObjectBox>> objects = objects_of(set.test, set.test_boxes);
  return {std::move(set.train), std::move(set.test), std::move(objects),
          kept ? folder : fs::path()};
}

Found open_folder(const fs::path& path, const PictureOptions& pictures, bool boxes) {
  if (path.empty()) fail("folder: name the folder of images");
  Found found = {read_image_folder(path, Split::train, pictures),
                 read_image_folder(path, Split::test, pictures),
                 {},
                 path};
  if (boxes) found.test_objects = read_imagenet_boxes(path, found.test);
  return found;
}

Found open_voc(const fs::path& path, const PictureOptions& pictures) {
  const fs::path from = path.empty() ? data_cache() : path, root = find_voc(from);
  if (root.empty() && path.empty())
    fail(
        "voc2007: is not in {}; unpack VOCtrainval_06-Nov-2007.tar and VOCtest_06-Nov-2007.tar "
        "there, or give their folder's path",
        from.string());
  const bool whole = has_all(root, {"ImageSets/Main/test.txt"});
  AnnotatedImages train = read_voc(from, whole ? "trainval" : "train", pictures);
  AnnotatedImages test = read_voc(from, whole ? "test" : "val", pictures);
  return {std::move(train.images), std::move(test.images), std::move(test.objects), root};
}

}  // namespace

fs::path data_cache() {
  if (const char* folder = std::getenv("LIENET_DATA"); folder && *folder) return folder;
  if (const char* home = std::getenv("HOME"); home && *home)
    return fs::path(home) / ".cache" / "lienet";
  fail("there is no place for data sets: set LIENET_DATA to a folder");
}

const std::vector<std::string_view>& data_set_names() {
  static const std::vector<std::string_view> names = {"cifar10", "cifar100", "shapes100", "voc2007",
                                                      "folder"};
  return names;
}

DataSet open_data(const DataRequest& request, const DownloadProgress& progress) {
  const std::string& name = request.name;
  const auto& names = data_set_names();
  if (std::find(names.begin(), names.end(), name) == names.end())
    fail("data set {:?} is not known; did you mean {}?", name, nearest_word(name, names));
  if (request.train_limit < 0 || request.test_limit < 0)
    fail("{}: limits of {} training and {} test images; expected 0 (all) or more", name,
         request.train_limit, request.test_limit);
  const bool shapes = name == "shapes100", voc = name == "voc2007";
  const bool files = voc || name == "folder";
  const CifarKind kind = name == "cifar10" ? CifarKind::cifar10 : CifarKind::cifar100;
  Found found = shapes  ? open_shapes100(request.path, request.shapes)
                : voc   ? open_voc(request.path, request.pictures)
                : files ? open_folder(request.path, request.pictures, request.boxes)
                        : open_cifar(kind, request.path, progress);
  if (!files) {
    found.train.name = name + " train";
    found.test.name = name + " test";
  }
  DataSet set;
  if (!found.test_objects.empty())
    for (const int64_t i : places_of_part(found.test, request.test_limit))
      set.test_objects.push_back(std::move(found.test_objects[static_cast<size_t>(i)]));
  if (request.train_limit > 0) found.train = part_of(found.train, request.train_limit);
  if (request.test_limit > 0) found.test = part_of(found.test, request.test_limit);
  if (files)
    set.stats = imagenet_stats;
  else if (shapes || !set.test_objects.empty())
    set.stats = measure_stats(found.train);
  else
    set.stats = kind == CifarKind::cifar10 ? cifar10_stats : cifar100_stats;
  set.hash = hash_of(found.train, found.test);
  set.folder = found.folder;
  set.train = std::make_shared<const ImageSet>(std::move(found.train));
  set.test = std::make_shared<const ImageSet>(std::move(found.test));
  return set;
}

}  // namespace lienet
