#include "engine/file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "engine/check.h"

namespace lienet {
namespace {

namespace fs = std::filesystem;

// Calls a function of the system again for as long as a signal interrupts it.
template <class Call>
auto uninterrupted(Call call) {
  auto result = call();
  while (result < 0 && errno == EINTR) result = call();
  return result;
}

std::string errno_text(int error) {
  return std::generic_category().message(error);
}

FileDescriptor open_descriptor(const fs::path& path, int flags, mode_t mode = 0) {
  return FileDescriptor(
      uninterrupted([&] { return ::open(path.c_str(), flags | O_CLOEXEC, mode); }));
}

[[noreturn]] void fail_to_read(const fs::path& path, int error) {
  fail("{}: cannot be read: {}", path.string(), errno_text(error));
}

[[noreturn]] void fail_to_write(const fs::path& path, int error) {
  const char* advice = error == ENOSPC || error == EDQUOT ? "; free some space" : "";
  fail("{}: cannot be written: {}{}", path.string(), errno_text(error), advice);
}

struct stat status_of(const FileDescriptor& fd, const fs::path& path) {
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) fail_to_read(path, errno);
  return status;
}

fs::path directory_of(const fs::path& path) {
  return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

// Where a link, or a chain of them, leads to, there or not; other paths as they are.
fs::path without_links(fs::path path) {
  constexpr int longest_chain = 40;  // as the system's own
  std::error_code ignored;
  for (int i = 0; i < longest_chain && fs::is_symlink(path, ignored); ++i)
    path = directory_of(path) / fs::read_symlink(path, ignored);
  return path;
}

// Whether what is open is still what has that name.
bool is_named(const FileDescriptor& fd, const fs::path& path) {
  struct stat named {
  }, open{};
  return ::fstat(fd.get(), &open) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         named.st_ino == open.st_ino && named.st_dev == open.st_dev;
}

// What came of asking for a lock. File systems without locks are written to all the same.
enum class Lock { ours, others, none };

Lock lock(const FileDescriptor& fd) {
  if (uninterrupted([&] { return ::flock(fd.get(), LOCK_EX | LOCK_NB); }) == 0) return Lock::ours;
  return errno == EWOULDBLOCK ? Lock::others : Lock::none;
}

// The file that is written before it takes the place of `path`. Its name is always the same, so
// that a run that is killed again and again leaves one of them and not many; a lock on it keeps two
// writers of one file apart.
class TemporaryFile {
 public:
  explicit TemporaryFile(const fs::path& path)
      : path_(path),
        temporary_(directory_of(path) / fmt::format(".{}.tmp", path.filename().string())) {
    while (!open_and_lock()) {
    }
    // What a killed run left there goes away only now that nobody else can be writing it.
    if (uninterrupted([&] { return ::ftruncate(lock_.get(), 0); }) != 0) abandon(errno);
  }
  ~TemporaryFile() {
    if (!renamed_) ::unlink(temporary_.c_str());
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  // A second descriptor of the open file: the lock outlives the writer's close().
  FileDescriptor duplicate() {
    FileDescriptor fd(::fcntl(lock_.get(), F_DUPFD_CLOEXEC, 0));
    if (!fd) fail_to_write(path_, errno);
    return fd;
  }
  void rename() {
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) fail_to_write(path_, errno);
    renamed_ = true;
  }

 private:
  // False where the file that was locked is no longer the one of that name: its writer renamed it
  // between our open and our lock.
  bool open_and_lock() {
    lock_ = open_descriptor(temporary_, O_RDWR | O_CREAT | O_NOFOLLOW, 0666);
    if (!lock_) fail_to_write(path_, errno);
    if (lock(lock_) == Lock::others)
      fail("{}: cannot be written: another run is writing it; let that one end", path_.string());
    return is_named(lock_, temporary_);
  }
  [[noreturn]] void abandon(int error) {
    ::unlink(temporary_.c_str());
    fail_to_write(path_, error);
  }

  fs::path path_, temporary_;
  FileDescriptor lock_;
  bool renamed_ = false;
};

// A link stays a link: the file it leads to is replaced.
fs::path target_of(const fs::path& path) {
  std::error_code ignored;
  const fs::path target = without_links(path);
  const fs::file_status status = fs::status(target, ignored);
  if (!target.has_filename() || (fs::exists(status) && !fs::is_regular_file(status)))
    fail("{}: cannot be written: it is not a regular file", path.string());
  return target;
}

// Removed with all in it, unless it got another name. While it is written it is locked: one that is
// not was left by a run that was killed, and goes when the next one begins.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(const fs::path& beside) {
    const std::string name = fmt::format(".{}.tmp.", beside.filename().string());
    remove_abandoned(directory_of(beside), name);
    do {
      std::string path = (directory_of(beside) / (name + "XXXXXX")).string();
      if (!::mkdtemp(path.data())) fail_to_write(beside, errno);
      path_ = path;
      lock_ = open_descriptor(path_, O_RDONLY | O_DIRECTORY);
      if (!lock_ && errno != ENOENT) fail_to_write(beside, errno);
      // Somebody who began at the same time may have found it before it was locked.
    } while (lock(lock_) == Lock::others || !is_named(lock_, path_));
    // mkdtemp's is for its owner alone; this one is to be a folder like others.
    if (::fchmod(lock_.get(), 0755) != 0) fail_to_write(beside, errno);
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const fs::path& path() const { return path_; }

 private:
  static void remove_abandoned(const fs::path& directory, const std::string& name) {
    std::error_code ignored;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory, ignored)) {
      const std::string found = entry.path().filename().string();
      if (found.size() != name.size() + 6 || found.compare(0, name.size(), name) != 0) continue;
      const FileDescriptor fd = open_descriptor(entry.path(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      if (fd && lock(fd) == Lock::ours) fs::remove_all(entry.path(), ignored);
    }
  }

  fs::path path_;
  FileDescriptor lock_;
};

}  // namespace

void FileDescriptor::reset() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

// O_NONBLOCK: opening a pipe that nobody writes to must not wait for ever.
InputFile::InputFile(const fs::path& path)
    : path_(path), fd_(open_descriptor(path, O_RDONLY | O_NONBLOCK)) {
  if (!fd_) fail_to_read(path_, errno);
  const struct stat status = status_of(fd_, path_);
  regular_ = S_ISREG(status.st_mode);
  if (regular_) size_ = static_cast<uint64_t>(status.st_size);
  if (!regular_ && ::fcntl(fd_.get(), F_SETFL, O_RDONLY) != 0) fail_to_read(path_, errno);
}

size_t InputFile::read(void* to, size_t bytes) {
  size_t done = 0;
  while (done < bytes) {
    char* at = static_cast<char*>(to) + done;
    const ssize_t n = uninterrupted([&] { return ::read(fd_.get(), at, bytes - done); });
    if (n < 0) fail_to_read(path_, errno);
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  return done;
}

void InputFile::read_at(uint64_t offset, void* to, size_t bytes) const {
  for (size_t done = 0; done < bytes;) {
    char* at = static_cast<char*>(to) + done;
    const off_t from = static_cast<off_t>(offset + done);
    const ssize_t n = uninterrupted([&] { return ::pread(fd_.get(), at, bytes - done, from); });
    if (n < 0) fail_to_read(path_, errno);
    if (n == 0)
      fail("{}: ends at byte {}, expected {} bytes from byte {} on; it changed while it was read",
           path_.string(), offset + done, bytes, offset);
    done += static_cast<size_t>(n);
  }
}

std::string read_file(const fs::path& path, uint64_t max_bytes) {
  InputFile file(path);
  const auto check_size = [&](uint64_t bytes) {
    if (bytes > max_bytes)
      fail("{}: has more than the {} bytes allowed here; is it the right file?", path.string(),
           max_bytes);
  };
  check_size(file.size());
  // Read in pieces up to the end: what a pipe holds is not known before.
  constexpr size_t piece = size_t{1} << 16;
  std::string text;
  text.reserve(file.size() + piece);  // the last piece is asked for, too
  for (size_t n = piece; n == piece;) {
    const size_t before = text.size();
    text.resize(before + piece);
    n = file.read(text.data() + before, piece);
    text.resize(before + n);
    check_size(text.size());
  }
  return text;
}

OutputFile OutputFile::create(const fs::path& path) {
  FileDescriptor fd = open_descriptor(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
  if (!fd) fail_to_write(path, errno);
  return OutputFile(std::move(fd), path);
}

void OutputFile::write(const void* data, size_t bytes) {
  LIENET_CHECK(fd_, "{}: written to after close()", path_.string());
  for (size_t done = 0; done < bytes;) {
    const char* from = static_cast<const char*>(data) + done;
    const ssize_t n = uninterrupted([&] { return ::write(fd_.get(), from, bytes - done); });
    if (n < 0) fail_to_write(path_, errno);
    done += static_cast<size_t>(n);
  }
}

void OutputFile::sync() {
  // Pipes and devices have nothing to synchronise.
  if (uninterrupted([&] { return ::fsync(fd_.get()); }) != 0 && errno != EINVAL)
    fail_to_write(path_, errno);
}

void OutputFile::close() {
  // The descriptor is gone even where close() fails, and on Linux after EINTR too.
  if (::close(fd_.release()) != 0 && errno != EINTR) fail_to_write(path_, errno);
}

void write_atomically(const fs::path& path, const std::function<void(OutputFile&)>& writer) {
  const fs::path target = target_of(path);
  // Opened first, so that nothing but the disk itself can fail once the file has its name.
  const FileDescriptor directory = open_descriptor(directory_of(target), O_RDONLY | O_DIRECTORY);
  if (!directory) fail_to_write(path, errno);
  TemporaryFile temporary(target);
  OutputFile out(temporary.duplicate(), path);
  writer(out);
  out.sync();
  out.close();
  temporary.rename();
  if (uninterrupted([&] { return ::fsync(directory.get()); }) != 0 && errno != EINVAL)
    fail("{}: is written, but its name may be lost if the machine stops now: {}", path.string(),
         errno_text(errno));
}

void write_atomically(const fs::path& path, std::string_view text) {
  write_atomically(path, [&](OutputFile& out) { out.write(text); });
}

void write_unsynced(const fs::path& path, std::string_view text) {
  TemporaryFile temporary(target_of(path));
  OutputFile out(temporary.duplicate(), path);
  out.write(text);
  out.close();
  temporary.rename();
}

void write_folder(const fs::path& folder, const std::function<void(const fs::path&)>& writer) {
  std::error_code error;
  const fs::path target = folder.has_filename() ? folder : folder.parent_path();
  fs::create_directories(directory_of(target), error);
  if (error) fail_to_write(folder, error.value());
  const TemporaryFolder temporary(target);
  writer(temporary.path());
  if (::rename(temporary.path().c_str(), target.c_str()) == 0) return;
  if (!fs::is_directory(target, error)) fail_to_write(folder, ENOTDIR);
  for (const fs::directory_entry& file : fs::directory_iterator(temporary.path()))
    if (::rename(file.path().c_str(), (target / file.path().filename()).c_str()) != 0)
      fail_to_write(folder, errno);
}

void make_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) fail("{}: cannot be made: {}", folder.string(), error.message());
}

DirectoryLock::DirectoryLock(const fs::path& directory) {
  const fs::path file = directory / ".lock";
  FileDescriptor fd = open_descriptor(file, O_RDWR | O_CREAT | O_NOFOLLOW, 0666);
  if (!fd) fail_to_write(file, errno);
  if (uninterrupted([&] { return ::flock(fd.get(), LOCK_EX | LOCK_NB); }) != 0) {
    if (errno != EWOULDBLOCK) fail("{}: cannot be locked: {}", file.string(), errno_text(errno));
    char text[16] = {};
    const ssize_t n = uninterrupted([&] { return ::pread(fd.get(), text, sizeof text, 0); });
    std::string_view process(text, n > 0 ? static_cast<size_t>(n) : 0);
    process = process.substr(0, process.find_first_not_of("0123456789"));
    fail("{}: in use by another run (process {}); let it end or choose another directory",
         directory.string(), process.empty() ? "unknown" : process);
  }
  // The number only tells a reader who it is; what counts is the lock.
  const std::string process = fmt::format("{}\n", ::getpid());
  if (uninterrupted([&] { return ::ftruncate(fd.get(), 0); }) != 0) fail_to_write(file, errno);
  OutputFile(FileDescriptor(::fcntl(fd.get(), F_DUPFD_CLOEXEC, 0)), file).write(process);
  fd_ = std::move(fd);
}

}  // namespace lienet
