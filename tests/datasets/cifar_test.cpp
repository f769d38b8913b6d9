#include "datasets/cifar.h"

#include <doctest/doctest.h>

#include "engine/file.h"
#include "temporary_directory.h"

using namespace lienet;
namespace fs = std::filesystem;
using test::message_of;
using test::TemporaryDirectory;

namespace {

ImageSet made(int n, CifarKind kind, int first = 0) {
  const bool coarse = kind == CifarKind::cifar100;
  ImageSet set;
  set.name = "made";
  set.height = set.width = 32;
  set.classes = coarse ? 100 : 10;
  set.coarse_classes = coarse ? 20 : 0;
  for (int i = 0; i < n; ++i) {
    set.labels.push_back((first + i * 7) % set.classes);
    if (coarse) set.coarse_labels.push_back(i % 20);
    for (int p = 0; p < 3072; ++p)
      set.pixels.push_back(static_cast<uint8_t>((p * 31 + i * 17 + first) & 255));
  }
  return set;
}

void check_says(const std::string& message, std::initializer_list<const char*> parts) {
  CAPTURE(message);
  CHECK(message.find('\n') == std::string::npos);
  for (const char* part : parts) {
    CAPTURE(part);
    CHECK(message.find(part) != std::string::npos);
  }
}

}  // namespace

TEST_CASE("cifar: what is written is read") {
  const TemporaryDirectory temp;
  for (const CifarKind kind : {CifarKind::cifar10, CifarKind::cifar100}) {
    ImageSet train = made(5, kind), test = made(3, kind, 4);
    for (int i = 0; i < train.classes; ++i) train.class_names.push_back("c" + std::to_string(i));
    const fs::path folder = temp / name_of(kind);
    write_cifar(train, test, folder, kind);
    const ImageSet a = read_cifar(folder, kind, Split::train);
    const ImageSet b = read_cifar(folder, kind, Split::test);
    CHECK(a.size() == 5);
    CHECK(a.pixels == train.pixels);
    CHECK(a.labels == train.labels);
    CHECK(a.coarse_labels == train.coarse_labels);
    CHECK(a.classes == train.classes);
    CHECK(a.coarse_classes == train.coarse_classes);
    CHECK(a.class_names == train.class_names);
    CHECK(a.name == std::string(name_of(kind)) + " train");
    CHECK(b.pixels == test.pixels);
    CHECK(b.labels == test.labels);
  }
}

TEST_CASE("cifar: bytes lie as the format says") {
  const TemporaryDirectory temp;
  ImageSet set = made(2, CifarKind::cifar100);
  write_cifar_file(set, temp / "x.bin", CifarKind::cifar100);
  const std::string bytes = read_file(temp / "x.bin", 1 << 20);
  REQUIRE(bytes.size() == 2 * 3074);
  CHECK(bytes[3074] == 1);  // coarse label first
  CHECK(bytes[3075] == 7);
  CHECK(static_cast<uint8_t>(bytes[3076]) == set.pixels[3072]);
}

TEST_CASE("cifar: the batches of a subfolder, in order, until the first gap") {
  const TemporaryDirectory temp;
  const fs::path sub = temp / "cifar-10-batches-bin";
  fs::create_directories(sub);
  for (int i : {1, 2, 4})
    write_cifar_file(made(2, CifarKind::cifar10, i),
                     sub / ("data_batch_" + std::to_string(i) + ".bin"), CifarKind::cifar10);
  write_cifar_file(made(1, CifarKind::cifar10), sub / "test_batch.bin", CifarKind::cifar10);
  const ImageSet set = read_cifar(temp.path(), CifarKind::cifar10, Split::train);
  CHECK(set.labels == std::vector<int32_t>{1, 8, 2, 9});
}

TEST_CASE("cifar: each bad input has its sentence") {
  const TemporaryDirectory temp;
  const fs::path file = temp / "x.bin";
  const auto ten = [&] { return message_of([&] { read_cifar_file(file, CifarKind::cifar10); }); };
  const auto hundred = [&] {
    return message_of([&] { read_cifar_file(file, CifarKind::cifar100); });
  };
  const std::string f = file.string() + ": ";
  CHECK(ten() == f + "there is no such file");
  write_atomically(file, "");
  CHECK(ten() == f + "is empty; expected records of 3073 bytes (CIFAR-10)");
  CHECK(hundred() == f + "is empty; expected records of 3074 bytes (CIFAR-100)");
  write_atomically(file, std::string(3073 * 2 + 100, '\0'));
  CHECK(ten() ==
        f + "truncated: 6246 bytes is not a multiple of CIFAR-10's record of 3073; the last "
            "whole record ends at byte 6146; get the file again");
  write_atomically(file, std::string(3074 * 2 - 1, '\0'));
  CHECK(hundred() ==
        f + "truncated: 6147 bytes is not a multiple of CIFAR-100's record of 3074; the "
            "last whole record ends at byte 3074; get the file again");

  std::string bytes(3073 * 3, '\0');
  bytes[3073] = 10;
  write_atomically(file, bytes);
  CHECK(ten() ==
        f + "byte 3073 (record 1): label 10, expected 0 to 9; not a CIFAR-10 file or damaged");
  bytes.assign(3074 * 3, '\0');
  bytes[3074 * 2 + 1] = 100;
  write_atomically(file, bytes);
  CHECK(hundred() ==
        f + "byte 6149 (record 2): label 100, expected 0 to 99; not a CIFAR-100 file or damaged");
  bytes[3074] = 20;
  write_atomically(file, bytes);
  CHECK(hundred() == f + "byte 3074 (record 1): coarse label 20, expected 0 to 19; not a CIFAR-100 "
                         "file or damaged");
}

TEST_CASE("cifar: one kind given as the other is recognised") {
  const TemporaryDirectory temp;
  const fs::path a = temp / "a.bin", b = temp / "b.bin";
  write_cifar_file(made(4, CifarKind::cifar10), a, CifarKind::cifar10);
  write_cifar_file(made(4, CifarKind::cifar100), b, CifarKind::cifar100);
  CHECK(message_of([&] { read_cifar_file(a, CifarKind::cifar100); }) ==
        a.string() +
            ": is a CIFAR-10 file (4 records of 3073 bytes), not CIFAR-100; use it as cifar10");
  CHECK(message_of([&] { read_cifar_file(b, CifarKind::cifar10); }) ==
        b.string() +
            ": is a CIFAR-100 file (4 records of 3074 bytes), not CIFAR-10; use it as cifar100");
  const ImageSet ten = made(1, CifarKind::cifar10);
  write_cifar(ten, ten, temp / "ten", CifarKind::cifar10);
  CHECK(message_of([&] { read_cifar(temp / "ten", CifarKind::cifar100, Split::test); }) ==
        (temp / "ten").string() +
            ": has CIFAR-10's files (data_batch_1.bin), not CIFAR-100's; use it as cifar10");
}

TEST_CASE("cifar: a missing folder says what to do") {
  const TemporaryDirectory temp;
  const auto of = [&](const fs::path& p) {
    return message_of([&] { read_cifar(p, CifarKind::cifar100, Split::train); });
  };
  check_says(of(temp / "nowhere"),
             {"nowhere", "no such folder", "train.bin", "lienet train shapes100"});
  check_says(of(temp.path()), {"has no CIFAR-100 files", "train.bin", "lienet train shapes100"});
  write_cifar_file(made(1, CifarKind::cifar100), temp / "test.bin", CifarKind::cifar100);
  check_says(of(temp.path()), {"train.bin", "no such file"});
}

TEST_CASE("cifar: what cannot be written is refused") {
  const TemporaryDirectory temp;
  ImageSet set = made(2, CifarKind::cifar100);
  const fs::path file = temp / "x.bin";
  const auto of = [&](CifarKind kind) {
    return message_of([&] { write_cifar_file(set, file, kind); });
  };
  set.labels[1] = 100;
  check_says(of(CifarKind::cifar100), {"image 1", "label 100"});
  set.labels[1] = 10;
  check_says(of(CifarKind::cifar10), {"image 1", "label 10"});
  set.coarse_labels.clear();
  check_says(of(CifarKind::cifar100), {"coarse label"});
  set.height = 16;
  check_says(of(CifarKind::cifar10), {"32x32", "16x32"});
  CHECK(!fs::exists(file));
  check_says(message_of([&] {
               write_cifar_file(made(1, CifarKind::cifar10), temp / "no" / "x.bin",
                                CifarKind::cifar10);
             }),
             {"cannot be written"});
}
