#include "datasets/download.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <exception>
#include <memory>
#include <system_error>

#include "engine/check.h"
#include "engine/file.h"
#include "engine/sha256.h"

namespace lienet {

namespace fs = std::filesystem;

namespace {

// FILE.part, locked for as long as this lives: two runs must not write into one file.
class Part {
 public:
  explicit Part(const Download& what) : what_(what), path_(what.file.string() + ".part") {
    std::error_code error;
    if (what.file.has_parent_path()) fs::create_directories(what.file.parent_path(), error);
    struct stat open {
    }, named{};
    do {  // until the locked file is the one of that name: another run may just have renamed it
      fd_ = FileDescriptor(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666));
      if (!fd_) fail_to_write();
      if (::flock(fd_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
        fail("{}: another run is downloading it; let that one end", what.file.string());
      if (::fstat(fd_.get(), &open) != 0) fail_to_write();
    } while (::lstat(path_.c_str(), &named) != 0 || named.st_ino != open.st_ino);
    size_ = open.st_size;
    if (size_ > what.bytes) clear();
    if (::lseek(fd_.get(), 0, SEEK_END) < 0) fail_to_write();
  }

  int64_t size() const { return size_; }

  void clear() {
    if (::ftruncate(fd_.get(), 0) != 0 || ::lseek(fd_.get(), 0, SEEK_SET) < 0) fail_to_write();
    size_ = 0;
  }

  void append(const char* data, size_t bytes) {
    for (size_t done = 0; done < bytes;) {
      const ssize_t n = ::write(fd_.get(), data + done, bytes - done);
      if (n < 0 && errno != EINTR) fail_to_write();
      if (n < 0) continue;
      done += static_cast<size_t>(n);
      size_ += n;
    }
  }

  void remove() { ::unlink(path_.c_str()); }

  // The part becomes the file if it is the right one and goes away if not.
  void finish() {
    const std::string hash = sha256_of_file(path_);
    if (hash != what_.sha256) {
      remove();
      fail("{}: {} sends another file (sha256 {}, expected {}); it was removed",
           what_.file.string(), what_.url, hash, what_.sha256);
    }
    if (::fsync(fd_.get()) != 0 || ::rename(path_.c_str(), what_.file.c_str()) != 0)
      fail_to_write();
  }

 private:
  [[noreturn]] void fail_to_write() {
    fail("{}: cannot be written: {}", path_.string(), std::generic_category().message(errno));
  }

  const Download& what_;
  fs::path path_;
  FileDescriptor fd_;
  int64_t size_ = 0;
};

// One transfer. Exceptions do not pass through libcurl's C: they are kept and thrown afterwards.
struct Transfer {
  const Download& what;
  const DownloadProgress& progress;
  Part& part;
  CURL* curl;
  bool begun = false;
  std::exception_ptr thrown;

  void receive(const char* data, size_t bytes) {
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    constexpr long partial_content = 206;  // any other status: the server sends it from the start
    if (!begun && status != partial_content) part.clear();
    begun = true;
    if (part.size() + static_cast<int64_t>(bytes) > what.bytes) {
      part.remove();
      fail("{}: {} sends more than the expected {} bytes; it was removed", what.file.string(),
           what.url, what.bytes);
    }
    part.append(data, bytes);
  }

  // What libcurl is told: whether to go on.
  template <class F>
  bool guarded(F f) {
    try {
      f();
      return true;
    } catch (...) {
      thrown = std::current_exception();
      return false;
    }
  }
};

size_t on_data(char* data, size_t, size_t bytes, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  return transfer.guarded([&] { transfer.receive(data, bytes); }) ? bytes : 0;
}

int on_progress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  auto& transfer = *static_cast<Transfer*>(user);
  if (!transfer.progress) return 0;
  return !transfer.guarded([&] { transfer.progress(transfer.part.size(), transfer.what.bytes); });
}

void fetch(const Download& what, const DownloadProgress& progress, Part& part) {
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  if (!curl) fail("{}: cannot be downloaded: libcurl does not start", what.file.string());
  Transfer transfer{what, progress, part, curl.get(), false, nullptr};
  std::array<char, CURL_ERROR_SIZE> text{};
  const auto set = [&](CURLoption option, auto value) {
    const CURLcode code = curl_easy_setopt(curl.get(), option, value);
    LIENET_CHECK(code == CURLE_OK, "libcurl: {}", curl_easy_strerror(code));
  };
  set(CURLOPT_URL, what.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(CURLOPT_FOLLOWLOCATION, 1L);
  set(CURLOPT_MAXREDIRS, 5L);
  set(CURLOPT_FAILONERROR, 1L);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_CONNECTTIMEOUT, 10L);
  set(CURLOPT_LOW_SPEED_LIMIT, 1000L);  // bytes a second, over
  set(CURLOPT_LOW_SPEED_TIME, 30L);     // seconds
  set(CURLOPT_ERRORBUFFER, text.data());
  set(CURLOPT_WRITEFUNCTION, on_data);
  set(CURLOPT_WRITEDATA, &transfer);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, on_progress);
  set(CURLOPT_XFERINFODATA, &transfer);
  const std::string range = fmt::format("{}-", part.size());
  if (part.size() > 0) set(CURLOPT_RANGE, range.c_str());

  const CURLcode code = curl_easy_perform(curl.get());
  if (transfer.thrown) std::rethrow_exception(transfer.thrown);
  if (code == CURLE_OK) return;
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  constexpr long range_not_satisfiable = 416;  // the part is no start of what the server has
  if (status == range_not_satisfiable) part.clear();
  if (part.size() == 0) part.remove();
  std::string why = text[0] ? text.data() : curl_easy_strerror(code);
  std::replace(why.begin(), why.end(), '\n', ' ');
  fail("{}: cannot be downloaded from {}: {} ({} of {} bytes are there)", what.file.string(),
       what.url, why, part.size(), what.bytes);
}

}  // namespace

void download(const Download& what, const DownloadProgress& progress) {
  Part part(what);
  if (part.size() < what.bytes) fetch(what, progress, part);
  if (part.size() < what.bytes) {
    const int64_t size = part.size();
    part.remove();
    fail("{}: {} sends another file ({} bytes, expected {}); it was removed", what.file.string(),
         what.url, size, what.bytes);
  }
  part.finish();
}

}  // namespace lienet
