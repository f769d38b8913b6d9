#include "datasets/archive.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <iterator>

#include "engine/file.h"
#include "temporary_directory.h"
#include "tests/datasets/tar_gz.h"

namespace lienet {
namespace {

namespace fs = std::filesystem;
using test::Contains;
using test::message_of;
using test::TarMember;
using test::TemporaryDirectory;

std::string bytes_of(const fs::path& file) {
  return read_file(file, 1 << 20);
}

// Bytes that do not shrink.
std::string noise(size_t bytes) {
  std::string text(bytes, '\0');
  uint32_t x = 1;
  for (char& c : text) c = static_cast<char>((x = x * 1664525 + 1013904223) >> 24);
  return text;
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder)) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("unpack: the files that are asked for, wherever they lie, and no others") {
  const TemporaryDirectory dir;
  const fs::path file = dir / "a.tar.gz", out = dir / "deep" / "er";
  const std::string long_one = noise(70'001);
  test::write_tar_gz(file,
                     {{"x/"}, {"x/a.bin", "one"}, {"x/readme.html", "no"}, {"b.bin", long_one}});
  unpack(file, out, {"a.bin", "b.bin"});
  CHECK(names_in(out) == std::vector<std::string>{"a.bin", "b.bin"});
  CHECK(bytes_of(out / "a.bin") == "one");
  CHECK(bytes_of(out / "b.bin") == long_one);
  CHECK(names_in(dir / "deep") == std::vector<std::string>{"er"});
  struct stat status {};
  REQUIRE(::stat(out.c_str(), &status) == 0);
  CHECK((status.st_mode & 0700) == 0700);
}

TEST_CASE("unpack: a folder that is there keeps its other files") {
  const TemporaryDirectory dir;
  const fs::path file = dir / "a.tar.gz", out = dir / "out";
  fs::create_directory(out);
  write_atomically(out / "mine", "kept");
  write_atomically(out / "a.bin", "old");
  test::write_tar_gz(file, {{"a.bin", "new"}});
  unpack(file, out, {"a.bin"});
  CHECK(bytes_of(out / "a.bin") == "new");
  CHECK(bytes_of(out / "mine") == "kept");
  CHECK(names_in(dir.path()) == std::vector<std::string>{"a.tar.gz", "out"});
}

TEST_CASE("unpack: what no honest archive has is refused and leaves nothing") {
  const TemporaryDirectory dir;
  const fs::path file = dir / "a.tar.gz";
  const auto says = [&](const TarMember& member) {
    test::write_tar_gz(file, {{"a.bin", "good"}, member});
    const std::string message = message_of([&] { unpack(file, dir / "out", {"a.bin", "b.bin"}); });
    CHECK(names_in(dir.path()) == std::vector<std::string>{"a.tar.gz"});
    return message;
  };
  const std::string f = file.string(), end = "; nothing was unpacked, do not trust this file";
  CHECK(says({"../b.bin", "x"}) == f + ": \"../b.bin\" leads out of the folder" + end);
  CHECK(says({"x/../../b.bin", "x"}) == f + ": \"x/../../b.bin\" leads out of the folder" + end);
  CHECK(says({"/tmp/b.bin", "x"}) == f + ": \"/tmp/b.bin\" leads out of the folder" + end);
  CHECK(says({"b.bin", "", "/etc/passwd"}) == f + ": \"b.bin\" is a link" + end);
  CHECK(says({"b.bin", "", "a.bin", true}) == f + ": \"b.bin\" is a link" + end);
  CHECK(says({"other\n", "", "/etc"}) == f + ": \"other\\n\" is a link" + end);
  CHECK(says({"b.bin/"}) == f + ": has no b.bin; is it the right file?");
  CHECK(says({"x/a.bin", "again"}) == f + ": has a.bin twice");
}

TEST_CASE("unpack: missing members are named") {
  const TemporaryDirectory dir;
  const fs::path file = dir / "a.tar.gz";
  test::write_tar_gz(file, {{"b.bin", "x"}});
  CHECK(message_of([&] {
          unpack(file, dir / "out", {"c.bin", "b.bin", "a.bin"});
        }) == file.string() + ": has no a.bin, c.bin; is it the right file?");
}

TEST_CASE("unpack: more bytes than allowed, wanted or not") {
  const TemporaryDirectory dir;
  const fs::path file = dir / "a.tar.gz";
  const std::string says =
      file.string() + ": unpacks to more than is allowed here; is it the right file?";
  test::write_tar_gz(file, {{"a.bin", std::string(5000, 'a')}});
  CHECK(message_of([&] { unpack(file, dir / "out", {"a.bin"}, 5511); }) == says);
  unpack(file, dir / "out", {"a.bin"}, 5512);
  test::write_tar_gz(file, {{"x", std::string(5000, 'a')}, {"a.bin", "b"}});
  CHECK(message_of([&] { unpack(file, dir / "out", {"a.bin"}, 5600); }) == says);
  CHECK(bytes_of(dir / "out" / "a.bin") == std::string(5000, 'a'));
}

TEST_CASE("unpack: truncated, damaged and other files") {
  const TemporaryDirectory dir;
  const fs::path file = dir / "a.tar.gz";
  const auto says = [&] { return message_of([&] { unpack(file, dir / "out", {"a.bin"}); }); };
  const std::string f = file.string(),
                    end = "; truncated, damaged or not a .tar.gz: get the file again";
  CHECK(says() == f + ": cannot be read: No such file or directory");
  test::write_tar_gz(file, {{"a.bin", noise(200'000)}});
  const std::string whole = bytes_of(file);
  write_atomically(file, whole.substr(0, whole.size() / 2));
  CHECK(says() == f + ": a.bin cannot be unpacked (truncated gzip input)" + end);
  for (const size_t bytes : {size_t{1}, size_t{11}, size_t{100}}) {
    write_atomically(file, whole.substr(0, bytes));
    CAPTURE(bytes);
    CHECK(says() == Contains{f + ": "});
    CHECK(says() == Contains{end});
  }
  write_atomically(file, "this is a page of HTML");
  CHECK(says() == f + ": cannot be unpacked (Unrecognized archive format)" + end);
  write_atomically(file, "");
  CHECK(says() == f + ": cannot be unpacked (Unrecognized archive format)" + end);
  fs::remove(file);
  fs::create_directory(file);
  CHECK(says() == f + ": is not a regular file");
  CHECK(names_in(dir.path()) == std::vector<std::string>{"a.tar.gz"});
}

}  // namespace lienet
