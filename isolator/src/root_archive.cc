// root.archive: a tar archive into a root that holds nothing yet. It may be hostile: the process is confined
// to that root by chroot(2), and libarchive refuses what leaves it (`..`, an absolute name, a name through a
// symbolic link) instead of bending it.

#include "beside.h"

#include <archive.h>
#include <archive_entry.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>

namespace isolator {
namespace {

using Reader = std::unique_ptr<archive, int (*)(archive*)>;
using Entry = std::unique_ptr<archive_entry, void (*)(archive_entry*)>;

struct Source {
  const std::string& name;
  [[noreturn]] void fail(archive* which, const std::string& entry) const {
    const int err =
        archive_errno(which);  // below zero or EILSEQ, which it calls FILE_FORMAT: no system call's
    std::string text = archive_error_string(which) != nullptr ? archive_error_string(which) : "";
    // An owner, or of a program with set-user-ID the bit, which libarchive gives only with its owner.
    const bool bit = text.starts_with("Can't restore S");
    if (bit || text.starts_with("Can't set "))
      text += "; map its ids in identity.uid_map and gid_map, or root.keep_owners = false";
    throw Error(Step::root, name + (entry.empty() ? "" : ": " + entry),
                err > 0 && err != EILSEQ ? err
                : bit                    ? EINVAL
                                         : EBADMSG,
                text);
  }
};

Reader open_archive(int fd, const Source& source) {
  Reader in(archive_read_new(), archive_read_free);
  archive_read_support_format_tar(in.get());
  // Those that libarchive has itself: for others it would run a program, inside.
  for (int (*filter)(archive*) :
       {archive_read_support_filter_gzip, archive_read_support_filter_bzip2, archive_read_support_filter_xz,
        archive_read_support_filter_lzma, archive_read_support_filter_lzip, archive_read_support_filter_zstd,
        archive_read_support_filter_lz4, archive_read_support_filter_compress})
    filter(in.get());
  constexpr std::size_t block = 64 << 10;
  if (archive_read_open_fd(in.get(), fd, block) != ARCHIVE_OK) source.fail(in.get(), "");
  return in;
}

bool is_device(archive_entry* entry) {
  const mode_t type = archive_entry_filetype(entry);
  return type == S_IFCHR || type == S_IFBLK;
}

}  // namespace

void extract_archive(int fd, const std::string& name, const Root& root, bool set_ids) {
  const Source source{name};
  const Reader in = open_archive(fd, source);
  const Reader out(archive_write_disk_new(), archive_write_free);
  archive_write_disk_set_options(
      out.get(), ARCHIVE_EXTRACT_PERM | ARCHIVE_EXTRACT_TIME |
                     (root.keep_owners ? ARCHIVE_EXTRACT_OWNER : 0) | ARCHIVE_EXTRACT_SECURE_SYMLINKS |
                     ARCHIVE_EXTRACT_SECURE_NODOTDOT | ARCHIVE_EXTRACT_SECURE_NOABSOLUTEPATHS);
  const Entry entry(archive_entry_new(), archive_entry_free);
  for (std::string path;;) {
    const int read = archive_read_next_header2(in.get(), entry.get());
    if (read == ARCHIVE_EOF) break;
    const char* shown = archive_entry_pathname(entry.get());
    path = shown != nullptr ? shown : "a name that is no UTF-8";
    if (read != ARCHIVE_OK) source.fail(in.get(), read == ARCHIVE_FATAL ? "" : path);
    if (is_device(entry.get())) continue;  // a mount of type dev has those that are needed
    if (!set_ids) archive_entry_set_perm(entry.get(), archive_entry_perm(entry.get()) & mode_t(01777));
    if (archive_read_extract2(in.get(), entry.get(), out.get()) != ARCHIVE_OK) source.fail(in.get(), path);
  }
  if (archive_write_close(out.get()) != ARCHIVE_OK) source.fail(out.get(), "");
}

}  // namespace isolator
