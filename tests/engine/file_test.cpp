#include "engine/file.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "engine/error.h"
#include "temporary_directory.h"

namespace lienet {
namespace {

namespace fs = std::filesystem;
using test::Contains;
using test::get;
using test::message_of;
using test::TemporaryDirectory;

size_t files_in(const TemporaryDirectory& dir) {
  return static_cast<size_t>(
      std::distance(fs::directory_iterator(dir.path()), fs::directory_iterator()));
}

// While it lives, a file of this process cannot grow over so many bytes, as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : old_handler_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{bytes, old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    ::signal(SIGXFSZ, old_handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit old_{};
  void (*old_handler_)(int);
};

}  // namespace

TEST_CASE("file descriptors have one owner") {
  FileDescriptor a(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  REQUIRE(a);
  const int number = a.get();
  FileDescriptor b = std::move(a);
  CHECK(b.get() == number);
  CHECK_FALSE(static_cast<bool>(a));  // NOLINT: what is left of a is part of the contract
  FileDescriptor c;
  c = std::move(b);
  CHECK(c.get() == number);
  c = FileDescriptor();
  CHECK(::fcntl(number, F_GETFD) == -1);
}

TEST_CASE("read_file") {
  const TemporaryDirectory dir;
  const std::string text(200000, 'x');
  write_atomically(dir / "a", text);
  CHECK(read_file(dir / "a", 200000) == text);
  CHECK(read_file("/dev/null", 0).empty());

  const auto message = message_of([&] { read_file(dir / "a", 199999); });
  CHECK(message == Contains((dir / "a").string() + ": has more than the 199999 bytes allowed"));
  CHECK(message_of([&] { read_file(dir / "none", 10); }) == Contains("No such file"));
  CHECK(message_of([&] { read_file(dir.path(), 10); }) == Contains("Is a directory"));
  CHECK(message_of([&] { read_file("/dev/zero", 10); }) == Contains("more than the 10 bytes"));
}

TEST_CASE("read_at says where a file ends") {
  const TemporaryDirectory dir;
  write_atomically(dir / "a", "0123456789");
  const InputFile file(dir / "a");
  char to[4] = {};
  file.read_at(6, to, 4);
  CHECK(std::string(to, 4) == "6789");
  CHECK(message_of([&] { file.read_at(8, to, 4); }) ==
        Contains("ends at byte 10, expected 4 bytes from byte 8"));
}

TEST_CASE("write_atomically replaces a file or leaves it") {
  const TemporaryDirectory dir;
  const fs::path path = dir / "a";
  write_atomically(path, "old");
  CHECK(read_file(path, 100) == "old");
  write_atomically(path, "new");
  CHECK(read_file(path, 100) == "new");
  CHECK(files_in(dir) == 1);

  SUBCASE("the writer throws") {
    CHECK_THROWS_AS(write_atomically(path,
                                     [](OutputFile& out) {
                                       out.write("half");
                                       throw std::out_of_range("the writer's own");
                                     }),
                    std::out_of_range);
  }
  SUBCASE("the disk is full") {
    const FileSizeLimit limit(1000);
    const auto message = message_of([&] { write_atomically(path, std::string(5000, 'x')); });
    CHECK(message == Contains(path.string() + ": cannot be written: File too large"));
  }
  SUBCASE("another writer is at it") {
    write_atomically(path, [&](OutputFile& out) {
      out.write("new");
      CHECK(message_of([&] { write_atomically(path, "both"); }) == Contains("another run"));
    });
  }
  CHECK(read_file(path, 100) == "new");
  CHECK(files_in(dir) == 1);
}

TEST_CASE("write_unsynced makes and replaces files whole, and refuses what is none") {
  const TemporaryDirectory dir;
  const auto path = dir / "a";
  write_unsynced(path, "old");
  write_unsynced(path, "newer");
  CHECK(test::get(path) == "newer");
  CHECK(!fs::exists(dir / ".a.tmp"));
  CHECK(message_of([&] { write_unsynced(dir.path(), "x"); }) == Contains("not a regular file"));
}

TEST_CASE("a new file grows as it is written, and takes nobody's place") {
  const TemporaryDirectory dir;
  const auto path = dir / "a";
  OutputFile out = OutputFile::create(path);
  out.write("one ");
  CHECK(test::get(path) == "one ");
  out.write("two");
  out.close();
  CHECK(test::get(path) == "one two");
  CHECK(message_of([&] { OutputFile::create(path); }) ==
        path.string() + ": cannot be written: File exists");
  CHECK(test::get(path) == "one two");
}

TEST_CASE("write_atomically: what a killed run left is used again") {
  const TemporaryDirectory dir;
  const fs::path path = dir / "a";
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    write_atomically(path, [](OutputFile& out) {
      out.write("more than half");
      ::kill(::getpid(), SIGKILL);
    });
    ::_exit(1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  CHECK_FALSE(fs::exists(path));
  CHECK(files_in(dir) == 1);
  write_atomically(path, "whole");
  CHECK(read_file(path, 100) == "whole");
  CHECK(files_in(dir) == 1);
}

TEST_CASE("write_atomically keeps links, and refuses what is not a file") {
  const TemporaryDirectory dir;
  fs::create_directory(dir / "disk");
  fs::create_symlink(dir / "disk" / "real", dir / "link");
  for (const char* text : {"first", "second"}) {
    write_atomically(dir / "link", text);
    CHECK(fs::is_symlink(dir / "link"));
    CHECK(read_file(dir / "disk" / "real", 100) == text);
  }
  CHECK(message_of([&] { write_atomically(dir / "disk", ""); }) == Contains("not a regular file"));
  CHECK(message_of([&] { write_atomically("/dev/null", ""); }) == Contains("not a regular file"));
  CHECK(message_of([&] { write_atomically("", ""); }) == Contains("not a regular file"));
  CHECK(message_of([&] { write_atomically(dir / "none" / "a", ""); }) == Contains("No such file"));
}

TEST_CASE("write_atomically into a read-only directory") {
  const TemporaryDirectory dir;
  ::chmod(dir.path().c_str(), 0500);
  if (::access(dir.path().c_str(), W_OK) == 0) {
    MESSAGE("skipped: this user may write to every directory");
  } else {
    CHECK(message_of([&] { write_atomically(dir / "a", "x"); }) == Contains("Permission denied"));
  }
  ::chmod(dir.path().c_str(), 0700);
}

TEST_CASE("a full device is an error of write") {
  FileDescriptor full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  if (!full) {
    MESSAGE("skipped: no /dev/full here");
    return;
  }
  OutputFile out(std::move(full), "some/file");
  CHECK(message_of([&] { out.write("x"); }) ==
        "some/file: cannot be written: No space left on device; free some space");
  out.close();
  CHECK(message_of([&] { out.write("x"); }) == Contains("after close()"));
}

TEST_CASE("a directory has one run at a time") {
  const TemporaryDirectory dir;
  {
    const DirectoryLock lock(dir.path());
    CHECK(message_of([&] { DirectoryLock second(dir.path()); }) ==
          Contains(dir.path().string() + ": in use by another run (process " +
                   std::to_string(::getpid()) + ");"));
  }
  DirectoryLock again(dir.path());
  const DirectoryLock moved = std::move(again);
  CHECK_THROWS_AS(DirectoryLock{dir.path()}, Error);
  CHECK(message_of([&] { DirectoryLock none(dir / "none"); }) == Contains("No such file"));
}

TEST_CASE("a killed run's lock is gone with it") {
  const TemporaryDirectory dir;
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const DirectoryLock lock(dir.path());
    ::kill(::getpid(), SIGKILL);
    ::_exit(1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status));
  CHECK(fs::exists(dir / ".lock"));
  CHECK_NOTHROW(DirectoryLock{dir.path()});
}

TEST_CASE("write_folder: all files or none") {
  const TemporaryDirectory dir;
  const fs::path folder = dir / "a" / "b";
  const auto write = [](const char* text) {
    return [=](const fs::path& to) {
      write_atomically(to / "one", text);
      write_atomically(to / "two", text);
    };
  };
  write_folder(folder, write("first"));
  CHECK(read_file(folder / "two", 100) == "first");
  write_atomically(folder / "mine", "kept");
  const auto stops = [&](const fs::path& to) {
    write("second")(to);
    throw std::logic_error("half way");
  };
  CHECK_THROWS_AS(write_folder(folder, stops), std::logic_error);
  CHECK(read_file(folder / "one", 100) == "first");
  CHECK_THROWS_AS(write_folder(dir / "other", stops), std::logic_error);
  CHECK(files_in(dir) == 1);

  write_folder(folder / "", write("third"));
  CHECK(read_file(folder / "one", 100) == "third");
  CHECK(read_file(folder / "two", 100) == "third");
  CHECK(read_file(folder / "mine", 100) == "kept");
  CHECK(std::distance(fs::directory_iterator(dir / "a"), fs::directory_iterator()) == 1);
  const fs::perms mode = fs::status(folder).permissions();
  CHECK((mode & fs::perms::mask) == fs::perms(0755));
}

TEST_CASE("write_folder: what a killed run leaves goes with the next, what another writes stays") {
  const TemporaryDirectory dir;
  const fs::path folder = dir / "a";
  fs::create_directory(dir / ".a.tmp.others");
  fs::create_directory(dir / ".a.mine12");
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    write_folder(folder, [](const fs::path& to) {
      write_atomically(to / "one", "half of it");
      ::kill(::getpid(), SIGKILL);
    });
    ::_exit(1);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  CHECK_FALSE(fs::exists(folder));
  CHECK(files_in(dir) == 2);
  write_folder(folder, [&](const fs::path& to) {
    CHECK(files_in(dir) == 2);
    write_atomically(to / "one", "outer");
    write_folder(folder, [&](const fs::path& inner) { write_atomically(inner / "two", "inner"); });
    CHECK(get(to / "one") == "outer");
  });
  CHECK(get(folder / "one") == "outer");
  CHECK(get(folder / "two") == "inner");
  CHECK(files_in(dir) == 2);
}

TEST_CASE("write_folder: names what is in the way") {
  const TemporaryDirectory dir;
  const fs::path file = dir / "file";
  write_atomically(file, "a file");
  const auto nothing = [](const fs::path&) {};
  CHECK(message_of([&] { write_folder(file, nothing); }) ==
        file.string() + ": cannot be written: Not a directory");
  CHECK(message_of([&] { write_folder(file / "x", nothing); }) ==
        (file / "x").string() + ": cannot be written: Not a directory");
  CHECK(files_in(dir) == 1);
}

}  // namespace lienet
