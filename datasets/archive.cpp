#include "datasets/archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <memory>
#include <set>
#include <string_view>

#include "engine/check.h"
#include "engine/file.h"

namespace lienet {

namespace fs = std::filesystem;

namespace {

class TarReader {
 public:
  TarReader(const fs::path& path, int64_t max_bytes) : path_(path), left_(max_bytes) {
    // Our own sentence for a file that is not there or cannot be read.
    if (!InputFile(path).is_regular()) fail("{}: is not a regular file", path.string());
    constexpr size_t block = 1 << 16;
    archive_.reset(archive_read_new());
    if (!archive_ || archive_read_support_filter_gzip(archive_.get()) != ARCHIVE_OK ||
        archive_read_support_format_tar(archive_.get()) != ARCHIVE_OK ||
        archive_read_open_filename(archive_.get(), path.c_str(), block) != ARCHIVE_OK)
      fail_to_unpack("");
  }

  // The next member's header, null at the end. Every member counts, wanted or not: a small file can
  // unpack to any number of bytes.
  archive_entry* next() {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(archive_.get(), &entry);
    if (status == ARCHIVE_EOF) return nullptr;
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) fail_to_unpack("");
    constexpr int64_t header_bytes = 512;
    spend(header_bytes + std::max<int64_t>(0, archive_entry_size(entry)));
    return entry;
  }

  // The bytes of the member that next() found.
  void copy_to(OutputFile& out, const std::string& member) {
    std::array<char, 1 << 16> buffer;
    for (;;) {
      const auto n = archive_read_data(archive_.get(), buffer.data(), buffer.size());
      if (n < 0) fail_to_unpack(member);
      if (n == 0) return;
      out.write(buffer.data(), static_cast<size_t>(n));
    }
  }

 private:
  struct Free {
    void operator()(archive* a) const { archive_read_free(a); }
  };

  void spend(int64_t bytes) {
    if (bytes > left_)
      fail("{}: unpacks to more than is allowed here; is it the right file?", path_.string());
    left_ -= bytes;
  }

  [[noreturn]] void fail_to_unpack(const std::string& member) {
    const char* text = archive_ ? archive_error_string(archive_.get()) : nullptr;
    std::string why = text ? text : "out of memory";
    std::replace(why.begin(), why.end(), '\n', ' ');
    fail("{}: {}{}cannot be unpacked ({}); truncated, damaged or not a .tar.gz: get the file again",
         path_.string(), member, member.empty() ? "" : " ", why);
  }

  fs::path path_;
  std::unique_ptr<archive, Free> archive_;
  int64_t left_;
};

// The member's name if it is a file as honest archives have them.
std::string checked_name(archive_entry* entry, const fs::path& archive) {
  const char* text = archive_entry_pathname(entry);
  const std::string name = text ? text : "";
  const auto refuse = [&](const char* why) {
    fail("{}: {:?} {}; nothing was unpacked, do not trust this file", archive.string(), name, why);
  };
  const fs::path path = name;
  if (path.is_absolute() || std::find(path.begin(), path.end(), "..") != path.end())
    refuse("leads out of the folder");
  if (archive_entry_hardlink(entry) || archive_entry_symlink(entry)) refuse("is a link");
  if (archive_entry_filetype(entry) != AE_IFREG && archive_entry_filetype(entry) != AE_IFDIR)
    refuse("is neither a file nor a folder");
  return name;
}

}  // namespace

void unpack(const fs::path& archive, const fs::path& folder,
            const std::vector<std::string>& members, int64_t max_bytes) {
  TarReader tar(archive, max_bytes);
  write_folder(folder, [&](const fs::path& temporary) {
    std::set<std::string> missing(members.begin(), members.end());
    while (archive_entry* entry = tar.next()) {
      const std::string name = fs::path(checked_name(entry, archive)).filename().string();
      if (archive_entry_filetype(entry) != AE_IFREG) continue;
      if (std::find(members.begin(), members.end(), name) == members.end()) continue;
      if (missing.erase(name) == 0) fail("{}: has {} twice", archive.string(), name);
      write_atomically(temporary / name, [&](OutputFile& out) { tar.copy_to(out, name); });
    }
    if (!missing.empty())
      fail("{}: has no {}; is it the right file?", archive.string(),
           fmt::format("{}", fmt::join(missing, ", ")));
  });
}

}  // namespace lienet
