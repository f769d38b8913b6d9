// Files: read whole, written so that a crash leaves the old or the new one, locked directories.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace lienet {

// Owns an open file of the system; closes it at the end of its life.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() { reset(); }
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }

  explicit operator bool() const { return fd_ >= 0; }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  void reset() noexcept;

  int fd_ = -1;
};

// A file that is read in pieces. Every member throws Error naming the file.
class InputFile {
 public:
  explicit InputFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  bool is_regular() const { return regular_; }  // neither directory, pipe nor device
  uint64_t size() const { return size_; }       // bytes when it was opened; 0 where not regular

  // Up to `bytes` from where the last read ended; fewer only at the end of the file.
  size_t read(void* to, size_t bytes);
  // Exactly `bytes` from `offset` of a regular file, from any thread.
  void read_at(uint64_t offset, void* to, size_t bytes) const;

 private:
  std::filesystem::path path_;
  FileDescriptor fd_;
  bool regular_ = false;
  uint64_t size_ = 0;
};

// The whole file. Throws Error where it cannot be read or has more than max_bytes.
std::string read_file(const std::filesystem::path& path, uint64_t max_bytes);

// Where the bytes of a new file go. Each call throws Error, naming `path`, unless all was written.
class OutputFile {
 public:
  OutputFile(FileDescriptor fd, std::filesystem::path path)
      : fd_(std::move(fd)), path_(std::move(path)) {}
  // A new file, that grows as it is written. Throws Error where there is one of that name.
  static OutputFile create(const std::filesystem::path& path);

  void write(const void* data, size_t bytes);
  void write(std::string_view text) { write(text.data(), text.size()); }
  void sync();   // returns when the bytes are on the disk
  void close();  // unlike the destructor, says when the system could not

 private:
  FileDescriptor fd_;
  std::filesystem::path path_;
};

// Makes or replaces the regular file `path` by what `writer` writes. It is written beside `path`
// as .NAME.tmp and takes its place when all of it is on the disk. Throws Error, or whatever
// `writer` throws; the old file is then unchanged and the temporary one gone. (Where the system
// fails only to put the new name on the disk, the new file is there and whole, and an Error says
// so.)
void write_atomically(const std::filesystem::path& path,
                      const std::function<void(OutputFile&)>& writer);
void write_atomically(const std::filesystem::path& path, std::string_view text);

// The same without waiting for the disk, for many files that can be made again: a program that dies
// leaves none of them half-written, a machine that does may lose the latest.
void write_unsynced(const std::filesystem::path& path, std::string_view text);

// Puts the regular files that `writer` writes into the folder it is given, a temporary one beside,
// into `folder`, once all of them are written. A folder that is not there yet appears whole; in one
// that is, each file takes its place whole and others stay: two that write the same files at once
// do not disturb each other. Throws Error, or whatever `writer` throws; nothing is left behind, but
// by a run that is killed, whose files the next one removes.
void write_folder(const std::filesystem::path& folder,
                  const std::function<void(const std::filesystem::path&)>& writer);

// With those above it. Throws Error where it cannot be made.
void make_folder(const std::filesystem::path& folder);

// Keeps other runs out of an existing directory, by a lock on DIRECTORY/.lock that the system takes
// back when the process ends, however it ends. Throws Error where another run holds it.
class DirectoryLock {
 public:
  explicit DirectoryLock(const std::filesystem::path& directory);

 private:
  FileDescriptor fd_;
};

}  // namespace lienet
