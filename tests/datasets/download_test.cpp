#include "datasets/download.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/file.h>

#include "engine/error.h"
#include "engine/file.h"
#include "engine/sha256.h"
#include "temporary_directory.h"
#include "tests/datasets/http_server.h"

namespace lienet {
namespace {

namespace fs = std::filesystem;
using test::Contains;
using test::HttpServer;
using test::message_of;
using test::TemporaryDirectory;

std::string some_bytes() {
  std::string bytes;
  for (uint32_t i = 0; i < 50'001; ++i) bytes += static_cast<char>(i * i >> 3);
  return bytes;
}

struct Fixture {
  TemporaryDirectory dir;
  const std::string bytes = some_bytes();
  const fs::path file = dir / "sub" / "a.bin", part = dir / "sub" / "a.bin.part";

  Download from(const std::string& url) const {
    return {.url = url,
            .file = file,
            .sha256 = sha256(bytes),
            .bytes = static_cast<int64_t>(bytes.size())};
  }
  std::string says(const std::string& url) const {
    const std::string message = message_of([&] { download(from(url)); });
    CHECK(message.find('\n') == std::string::npos);
    CHECK_FALSE(fs::exists(file));
    return message;
  }
  void have_part(const std::string& text) const {
    fs::create_directories(part.parent_path());
    write_atomically(part, text);
  }
  void check_whole() const {
    CHECK(read_file(file, 1 << 20) == bytes);
    CHECK_FALSE(fs::exists(part));
  }
};

using Requests = std::vector<size_t>;

}  // namespace

TEST_CASE_FIXTURE(Fixture, "download: a whole file, with progress") {
  HttpServer server({.body = bytes});
  int64_t last = -1;
  download(from(server.url()), [&](int64_t done, int64_t total) {
    CHECK(done >= last);
    CHECK(total == 50'001);
    last = done;
  });
  CHECK(last == 50'001);
  check_whole();
}

TEST_CASE_FIXTURE(Fixture, "download: goes on where an earlier attempt broke off") {
  {
    HttpServer server({.body = bytes, .breaks_off = 20'000});
    const std::string message = says(server.url());
    CHECK(message ==
          Contains{file.string() + ": cannot be downloaded from " + server.url() + ": "});
    CHECK(message == Contains{" (20000 of 50001 bytes are there)"});
    CHECK(fs::file_size(part) == 20'000);
  }
  HttpServer server({.body = bytes});
  download(from(server.url()));
  CHECK(server.requests() == Requests{20'000});
  check_whole();
}

TEST_CASE_FIXTURE(Fixture, "download: begins anew where the server knows no ranges") {
  have_part("what an earlier attempt left");
  HttpServer server({.body = bytes, .ranges = false});
  download(from(server.url()));
  CHECK(server.requests() == Requests{28});
  check_whole();
}

TEST_CASE_FIXTURE(Fixture, "download: a part that is too long is dropped, a whole one is taken") {
  HttpServer server({.body = bytes});
  have_part(bytes + "!");
  download(from(server.url()));
  CHECK(server.requests() == Requests{0});
  check_whole();
  fs::rename(file, part);
  download(from(server.url()));
  CHECK(server.requests() == Requests{0});
  check_whole();
}

TEST_CASE_FIXTURE(Fixture, "download: another file than expected is removed") {
  std::string other = bytes;
  other[7] ^= 1;
  const std::string f = file.string() + ": ";
  {
    HttpServer server({.body = other});
    CHECK(says(server.url()) == f + server.url() + " sends another file (sha256 " + sha256(other) +
                                    ", expected " + sha256(bytes) + "); it was removed");
    CHECK_FALSE(fs::exists(part));
  }
  {
    HttpServer server({.body = bytes.substr(1)});
    CHECK(says(server.url()) == f + server.url() +
                                    " sends another file (50000 bytes, expected "
                                    "50001); it was removed");
    CHECK_FALSE(fs::exists(part));
  }
  {
    HttpServer server({.body = bytes + "!"});
    CHECK(says(server.url()) ==
          f + server.url() + " sends more than the expected 50001 bytes; it was removed");
    CHECK_FALSE(fs::exists(part));
  }
  {
    have_part(bytes.substr(0, 50'000));
    HttpServer server({.body = bytes.substr(0, 40'000)});
    CHECK(says(server.url()) == Contains{"416"});
    CHECK_FALSE(fs::exists(part));
  }
}

TEST_CASE_FIXTURE(Fixture, "download: no server, no page, no such protocol") {
  std::string gone;
  {
    HttpServer server({.body = "not found", .status = "404 Not Found"});
    CHECK(says(server.url()) == Contains{"error: 404 (0 of 50001 bytes are there)"});
    gone = server.url();
  }
  have_part(bytes.substr(0, 10));
  CHECK(says(gone) == Contains{file.string() + ": cannot be downloaded from " + gone + ": "});
  CHECK(fs::file_size(part) == 10);
  CHECK(says("file:///etc/passwd") == Contains{"cannot be downloaded from file:///etc/passwd"});
}

TEST_CASE_FIXTURE(Fixture, "download: progress that throws stops it and keeps the part") {
  HttpServer server({.body = bytes});
  CHECK_THROWS_AS(download(from(server.url()), [](int64_t, int64_t) { throw 7; }), int);
  CHECK_FALSE(fs::exists(file));
  CHECK(fs::exists(part));
}

TEST_CASE_FIXTURE(Fixture, "download: two runs do not write into one file") {
  have_part("other run's");
  const FileDescriptor other(::open(part.c_str(), O_RDWR | O_CLOEXEC));
  REQUIRE(::flock(other.get(), LOCK_EX) == 0);
  CHECK(says("http://127.0.0.1:1/") ==
        file.string() + ": another run is downloading it; let that one end");
  CHECK(read_file(part, 100) == "other run's");
}

}  // namespace lienet
