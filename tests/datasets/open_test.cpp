#include "datasets/open.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <array>
#include <optional>
#include <thread>

#include "engine/file.h"
#include "temporary_directory.h"
#include "tests/datasets/tar_gz.h"

namespace lienet {
namespace {

namespace fs = std::filesystem;
using test::Contains;
using test::message_of;
using test::TemporaryDirectory;

// An environment variable for as long as this lives; null: not there.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* old = ::getenv(name)) old_ = old;
    set(value);
  }
  ~Variable() { set(old_ ? old_->c_str() : nullptr); }
  Variable(const Variable&) = delete;
  Variable& operator=(const Variable&) = delete;

 private:
  void set(const char* value) { value ? ::setenv(name_, value, 1) : ::unsetenv(name_); }

  const char* name_;
  std::optional<std::string> old_;
};

struct Fixture {
  TemporaryDirectory dir;
  const fs::path cache = dir / "cache";
  Variable data{"LIENET_DATA", cache.c_str()};
  // No network: nobody listens at this proxy.
  Variable proxy{"https_proxy", "http://127.0.0.1:1"}, no_proxy{"no_proxy", "localhost"};

  std::vector<std::string> in_cache() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(cache))
      names.push_back(entry.path().filename());
    return names;
  }
};

ImageSet images(int64_t n, int classes, uint8_t salt) {
  ImageSet set;
  set.height = set.width = 32;
  set.classes = classes;
  set.coarse_classes = classes == 100 ? 20 : 0;
  for (int64_t i = 0; i < n; ++i) {
    set.labels.push_back(static_cast<int32_t>(i % classes));
    if (classes == 100) set.coarse_labels.push_back(static_cast<int32_t>(i % 20));
    for (int64_t p = 0; p < 3072; ++p)
      set.pixels.push_back(static_cast<uint8_t>(p * 7 + i * 31 + salt));
  }
  return set;
}

fs::path written_cifar(const fs::path& folder, CifarKind kind) {
  const int classes = kind == CifarKind::cifar10 ? 10 : 100;
  write_cifar(images(7, classes, 1), images(3, classes, 2), folder, kind);
  return folder;
}

// An archive as the official one, with far fewer images.
fs::path written_archive(const fs::path& file) {
  std::vector<test::TarMember> members = {{"cifar-100-binary/"}};
  const fs::path folder = written_cifar(file.string() + ".d", CifarKind::cifar100);
  for (const char* name : {"train.bin", "test.bin"})
    members.push_back({std::string("cifar-100-binary/") + name, read_file(folder / name, 1 << 20)});
  std::string names;
  for (int i = 0; i < 100; ++i) {
    names += "c" + std::to_string(i) + '\n';
    if (i == 19) members.push_back({"cifar-100-binary/coarse_label_names.txt", names});
  }
  members.push_back({"cifar-100-binary/fine_label_names.txt", names});
  test::write_tar_gz(file, members);
  fs::remove_all(folder);
  return file;
}

bool same(const ChannelStats& a, const ChannelStats& b) {
  return a.mean == b.mean && a.deviation == b.deviation;
}

}  // namespace

TEST_CASE_FIXTURE(Fixture, "open: folders of CIFAR") {
  const fs::path folder = written_cifar(dir / "ten", CifarKind::cifar10);
  const DataSet ten = open_data({.name = "cifar10", .path = folder});
  CHECK(ten.train->size() == 7);
  CHECK(ten.test->size() == 3);
  CHECK(ten.train->name == "cifar10 train");
  CHECK(ten.test->name == "cifar10 test");
  CHECK(same(ten.stats, cifar10_stats));
  CHECK(ten.folder == folder);
  CHECK(ten.test_objects.empty());
  const DataSet hundred =
      open_data({.name = "cifar100", .path = written_cifar(dir / "hundred", CifarKind::cifar100)});
  CHECK(hundred.train->classes == 100);
  CHECK(same(hundred.stats, cifar100_stats));
  CHECK_FALSE(fs::exists(cache));
}

TEST_CASE_FIXTURE(Fixture, "open: limits keep the first images") {
  const fs::path folder = written_cifar(dir / "hundred", CifarKind::cifar100);
  const DataSet all = open_data({.name = "cifar100", .path = folder});
  const DataSet some =
      open_data({.name = "cifar100", .path = folder, .train_limit = 4, .test_limit = 99});
  CHECK(some.train->labels == std::vector<int32_t>{0, 1, 2, 3});
  CHECK(some.train->coarse_labels == std::vector<int32_t>{0, 1, 2, 3});
  CHECK(some.train->pixels.size() == 4 * 3072);
  CHECK(
      std::equal(some.train->pixels.begin(), some.train->pixels.end(), all.train->pixels.begin()));
  CHECK(some.test->pixels == all.test->pixels);
}

TEST_CASE_FIXTURE(Fixture, "open: the hash knows every pixel, label and which set an image is in") {
  const auto hash = [&](int64_t train, int64_t test, int pixel = 0, int label = 0) {
    ImageSet a = images(train, 100, 0), b = images(test, 100, static_cast<uint8_t>(train * 31));
    for (auto& l : b.labels) l += static_cast<int32_t>(train);
    a.pixels.back() ^= static_cast<uint8_t>(pixel);
    a.labels.back() += label;
    write_cifar(a, b, dir / "x", CifarKind::cifar100);
    return open_data({.name = "cifar100", .path = dir / "x"}).hash;
  };
  CHECK(hash(3, 2).size() == 64);
  CHECK(hash(3, 2) == hash(3, 2));
  CHECK(hash(3, 2) != hash(2, 3));
  CHECK(hash(3, 2) != hash(3, 2, 1));
  CHECK(hash(3, 2) != hash(3, 2, 0, 1));
}

TEST_CASE_FIXTURE(Fixture, "open: an archive is unpacked into the cache, once") {
  const fs::path archive = written_archive(dir / "a.tar.gz");
  const DataSet set = open_data({.name = "cifar100", .path = archive});
  CHECK(set.train->size() == 7);
  CHECK(set.train->class_names.size() == 100);
  CHECK(set.train->coarse_class_names[19] == "c19");
  CHECK(set.folder.parent_path() == cache);
  // It is not the official one: it must not be taken for that later.
  CHECK(set.folder.filename().string().starts_with("cifar-100-binary-"));
  const auto before = fs::last_write_time(set.folder / "train.bin");
  CHECK(open_data({.name = "cifar100", .path = archive}).hash == set.hash);
  CHECK(fs::last_write_time(set.folder / "train.bin") == before);
  CHECK(in_cache().size() == 1);

  CHECK(message_of([&] { open_data({.name = "cifar10", .path = archive}); }) ==
        Contains{": has no batches.meta.txt, data_batch_1.bin, "});
  fs::resize_file(archive, fs::file_size(archive) / 2);
  CHECK(message_of([&] { open_data({.name = "cifar100", .path = archive}); }) ==
        Contains{"(truncated gzip input)"});
}

TEST_CASE_FIXTURE(Fixture, "open: with no path the cache is looked through") {
  written_archive(dir / "a.tar.gz");
  fs::create_directory(cache);
  fs::rename(dir / "a.tar.gz", cache / "cifar-100-binary.tar.gz");
  const DataSet by_archive = open_data({.name = "cifar100"});
  CHECK(by_archive.folder.parent_path() == cache);
  fs::rename(by_archive.folder, cache / "cifar-100-binary");
  fs::remove(cache / "cifar-100-binary.tar.gz");
  const DataSet by_folder = open_data({.name = "cifar100"});
  CHECK(by_folder.folder == cache / "cifar-100-binary");
  CHECK(by_folder.hash == by_archive.hash);
}

TEST_CASE_FIXTURE(Fixture, "open: nothing there and no network") {
  const std::string message = message_of([&] { open_data({.name = "cifar100"}); });
  const std::string file = (cache / "cifar-100-binary.tar.gz").string();
  CAPTURE(message);
  CHECK(in_cache().empty());
  CHECK(message.find('\n') == std::string::npos);
  CHECK(message.starts_with(file + ": cannot be downloaded from "
                                   "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz: "));
  CHECK(message.ends_with("(0 of 168513733 bytes are there); put cifar-100-binary.tar.gz into " +
                          cache.string() +
                          " yourself or give its path; shapes100 needs no download"));
  CHECK(message_of([&] { open_data({.name = "cifar10"}); }) ==
        Contains{"https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz: "});
}

TEST_CASE_FIXTURE(Fixture, "open: shapes100 is drawn once and read later") {
  const DataRequest request = {
      .name = "shapes100",
      .test_limit = 3,
      .shapes = {.seed = 4, .train = 12, .test = 5, .background_goes_with_class = 0.25}};
  const Shapes100 drawn = make_shapes100(request.shapes);
  const DataSet first = open_data(request), second = open_data(request);
  for (const DataSet* set : {&first, &second}) {
    CHECK(set->folder == cache / "shapes100-v1-4-12-5-0.25");
    CHECK(set->train->pixels == drawn.train.pixels);
    CHECK(set->train->name == "shapes100 train");
    CHECK(set->train->class_names == shapes100_names());
    CHECK(set->test->size() == 3);
    REQUIRE(set->test_objects.size() == 3);
    for (size_t i = 0; i < 3; ++i)
      CHECK(set->test_objects[i] ==
            std::vector<ObjectBox>{{.label = drawn.test.labels[i], .box = drawn.test_boxes[i]}});
    CHECK(same(set->stats, measure_stats(drawn.train)));
    CHECK(set->hash == first.hash);
  }
  CHECK(in_cache().size() == 1);

  // The second was read: what stands in the file counts.
  std::string bytes = read_file(first.folder / "train.bin", 1 << 20);
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  write_atomically(first.folder / "train.bin", bytes);
  CHECK(open_data(request).hash != first.hash);
}

TEST_CASE_FIXTURE(Fixture, "open: shapes100 in a folder, by either name") {
  write_shapes100(make_shapes100({.train = 9, .test = 4}), dir / "s");
  const DataSet a = open_data({.name = "shapes100", .path = dir / "s"});
  const DataSet b = open_data({.name = "cifar100", .path = dir / "s"});
  CHECK(a.train->size() == 9);
  CHECK(a.test_objects.size() == 4);
  CHECK(b.test_objects == a.test_objects);
  CHECK(same(a.stats, measure_stats(*a.train)));
  CHECK(same(b.stats, a.stats));
  CHECK(b.hash == a.hash);
  CHECK(b.train->name == "cifar100 train");
  fs::remove(dir / "s" / "boxes.csv");
  CHECK(open_data({.name = "shapes100", .path = dir / "s"}).test_objects.empty());
  CHECK(same(open_data({.name = "cifar100", .path = dir / "s"}).stats, cifar100_stats));
}

TEST_CASE_FIXTURE(Fixture, "open: several draw the same shapes100 at once") {
  std::array<std::string, 4> hashes;
  {
    std::vector<std::jthread> runs;
    for (std::string& hash : hashes)
      runs.emplace_back([&hash] {
        hash = open_data({.name = "shapes100", .shapes = {.train = 40, .test = 20, .threads = 1}})
                   .hash;
      });
  }
  for (const std::string& hash : hashes) CHECK(hash == hashes[0]);
  CHECK(in_cache() == std::vector<std::string>{"shapes100-v1-0-40-20-0.5"});
}

TEST_CASE_FIXTURE(Fixture, "open: shapes100 does without a cache") {
  write_atomically(cache, "a file where the folder should be");
  const DataSet set = open_data({.name = "shapes100", .shapes = {.train = 5, .test = 5}});
  CHECK(set.train->size() == 5);
  CHECK(set.test_objects.size() == 5);
  CHECK(set.folder.empty());
}

TEST_CASE_FIXTURE(Fixture, "open: what cannot be opened") {
  CHECK(message_of([] { open_data({.name = "cifar-10"}); }) ==
        "data set \"cifar-10\" is not known; did you mean cifar10?");
  CHECK(message_of([] { open_data({.name = "cifar10", .train_limit = -1}); }) ==
        "cifar10: limits of -1 training and 0 test images; expected 0 (all) or more");
  CHECK(message_of([&] { open_data({.name = "cifar10", .path = dir / "none"}); }) ==
        Contains{"none: there is no such folder; "});
  CHECK(message_of([] { open_data({.name = "shapes100", .shapes = {.train = -5}}); }) ==
        Contains{"shapes100: -5 training"});
}

TEST_CASE("open: where data sets are kept") {
  {
    const Variable data("LIENET_DATA", "/some/where");
    CHECK(data_cache() == "/some/where");
  }
  const Variable data("LIENET_DATA", "");
  {
    const Variable home("HOME", "/home/me");
    CHECK(data_cache() == "/home/me/.cache/lienet");
  }
  const Variable home("HOME", nullptr);
  CHECK(message_of([] { data_cache(); }) ==
        "there is no place for data sets: set LIENET_DATA to a folder");
}

}  // namespace lienet
