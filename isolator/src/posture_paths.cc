// What lies under a path inside, seen by way of /proc/PID/root. The tree may be hostile: a path never leaves
// it (openat2(2), RESOLVE_IN_ROOT), and nothing but a regular file is opened.

#include "posture_inside.h"

#include "builder.h"
#include "posture_words.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include <cerrno>
#include <climits>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

namespace isolator {
namespace {

// -1 and errno where there is none.
Fd look_up(const Fd& root, const std::string& path, std::uint64_t flags) {
  const open_how how{
      .flags = O_PATH | O_CLOEXEC | flags, .mode = 0, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
  return Fd(int(syscall(SYS_openat2, root.get(), path.c_str(), &how, sizeof how)));
}

std::string by_descriptor(const Fd& fd) { return "/proc/self/fd/" + std::to_string(fd.get()); }

std::string missing() {
  return errno == ENOENT || errno == ENOTDIR ? "absent" : std::generic_category().message(errno);
}

// As masks.cc covers it: /dev/null, or an empty read-only tmpfs.
bool is_masked(const Fd& fd, const struct stat& info, bool read_only) {
  if (S_ISCHR(info.st_mode)) return info.st_rdev == makedev(1, 3);
  struct statfs filesystem {};
  std::error_code error;
  return S_ISDIR(info.st_mode) && read_only && fstatfs(fd.get(), &filesystem) == 0 &&
         filesystem.f_type == TMPFS_MAGIC && std::filesystem::is_empty(by_descriptor(fd), error) && !error;
}

// Every mount below has to be read-only too.
bool writable_below(const std::string& path, const Posture& seen) {
  for (auto mount = seen.lower_bound("mount " + path + "/");
       mount != seen.end() && mount->first.starts_with("mount " + path + "/"); ++mount)
    if (!(mount->second + " ").starts_with("ro ")) return true;
  return false;
}

std::string cover(const Fd& root, const std::string& path, const Posture& seen) {
  const Fd fd = look_up(root, path, 0);
  struct stat info {};
  struct statvfs mount {};
  if (!fd || fstat(fd.get(), &info) != 0 || fstatvfs(fd.get(), &mount) != 0) return missing();
  const bool read_only = mount.f_flag & ST_RDONLY;
  if (is_masked(fd, info, read_only)) return "masked";
  return read_only && !writable_below(path, seen) ? "read-only" : "writable";
}

std::string file(const Fd& root, const std::string& path) {
  const Fd fd = look_up(root, path, O_NOFOLLOW);
  struct stat info {};
  if (!fd || fstat(fd.get(), &info) != 0) return missing();
  if (S_ISLNK(info.st_mode)) {
    char target[PATH_MAX];
    const ssize_t n = readlinkat(fd.get(), "", target, sizeof target);
    return n < 0 ? missing() : words::symbolic_link({target, std::size_t(n)});
  }
  if (!S_ISREG(info.st_mode)) return "no file";
  std::ifstream in(by_descriptor(fd));
  if (!in) return missing();
  return words::file(info.st_mode & 07777, {std::istreambuf_iterator<char>(in), {}});
}

}  // namespace

void observe_paths(pid_t pid, const Posture& asked, Posture& out) {
  const std::string directory = "/proc/" + std::to_string(pid) + "/root";
  const Fd root(open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) throw std::system_error(errno, std::generic_category(), directory);
  for (const auto& [fact, wanted] : asked) {
    if (fact.starts_with("path ")) out[fact] = cover(root, fact.substr(5), out);
    if (fact.starts_with("file ")) out[fact] = file(root, fact.substr(5));
  }
}

}  // namespace isolator
