// For tests of what is unpacked: a .tar.gz of any members, honest or not.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace lienet::test {

struct TarMember {
  std::string name, bytes{};
  std::string link{};  // not empty: a symbolic link to there
  bool hard = false;   // a hard link instead
};

inline void write_tar_gz(const std::filesystem::path& file, const std::vector<TarMember>& members) {
  const std::unique_ptr<archive, int (*)(archive*)> tar(archive_write_new(), archive_write_free);
  archive_write_add_filter_gzip(tar.get());
  archive_write_set_format_ustar(tar.get());
  if (archive_write_open_filename(tar.get(), file.c_str()) != ARCHIVE_OK)
    throw std::runtime_error("cannot write " + file.string());
  for (const TarMember& m : members) {
    const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                         archive_entry_free);
    const bool folder = m.name.back() == '/', symbolic = !m.link.empty() && !m.hard;
    archive_entry_set_pathname(entry.get(), m.name.c_str());
    archive_entry_set_filetype(entry.get(), folder ? AE_IFDIR : symbolic ? AE_IFLNK : AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_size(entry.get(), static_cast<int64_t>(m.bytes.size()));
    if (symbolic) archive_entry_set_symlink(entry.get(), m.link.c_str());
    if (m.hard) archive_entry_set_hardlink(entry.get(), m.link.c_str());
    if (archive_write_header(tar.get(), entry.get()) != ARCHIVE_OK)
      throw std::runtime_error("cannot add " + m.name);
    archive_write_data(tar.get(), m.bytes.data(), m.bytes.size());
  }
}

}  // namespace lienet::test
