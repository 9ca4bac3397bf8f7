// What is made in the new root: mount points, files, symbolic links. A path is looked up once, and inside a
// root that may be hostile never leaves it (openat2(2), RESOLVE_IN_ROOT; CVE-2021-30465).

#include "mounts.h"

#include <fcntl.h>
#include <linux/openat2.h>

#include <cerrno>

namespace isolator {
namespace {

std::vector<std::string> components(const std::string& path) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    if (end > at) out.push_back(path.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

// Makes the directories that lead to the last component; returns an O_PATH descriptor of the one that holds
// it.
Reg make_parents(Builder& b, Reg root, const std::vector<std::string>& parts) {
  Reg at = root;
  std::string so_far;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    so_far += "/" + parts[i];
    CALL(b, mkdirat, at, parts[i], Arg(0755, "0755")).tolerated = {EEXIST};
    at = resolve(b, root, so_far);
  }
  return at;
}

}  // namespace

Reg resolve(Builder& b, Reg root, const std::string& path) {
  const open_how how{
      .flags = O_PATH | O_CLOEXEC, .mode = 0, .resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS};
  return b.into("path",
                CALL(b, openat2, root, path,
                     b.keep(how, "{O_PATH|O_CLOEXEC, RESOLVE_IN_ROOT|RESOLVE_NO_MAGICLINKS}"), sizeof how));
}

// Makes the mount point and what leads to it; returns an O_PATH descriptor of it.
Reg make_target(Builder& b, Reg root, const std::string& target, bool directory) {
  const std::vector<std::string> parts = components(target);
  const Reg at = make_parents(b, root, parts);
  if (directory)
    CALL(b, mkdirat, at, parts.back(), Arg(0755, "0755")).tolerated = {EEXIST};
  else
    CALL(b, mknodat, at, parts.back(), FLAGS(S_IFREG | 0644), 0).tolerated = {EEXIST};
  return resolve(b, root, target);
}

// Space first (fallocate(2)): a write that is cut short for the lack of it would be no error.
void make_file(Builder& b, Reg root, const File& file) {
  b.at(Step::mount, file.path);
  const std::vector<std::string> parts = components(file.path);
  const Reg at = make_parents(b, root, parts);
  if (!file.symlink.empty()) {
    CALL(b, symlinkat, file.symlink, at, parts.back());
    return;
  }
  const Reg fd = b.into("file", CALL(b, openat, at, parts.back(),
                                     FLAGS(O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC), Arg(0600, "0600")));
  if (!file.content.empty()) {
    const std::size_t size = file.content.size();
    CALL(b, fallocate, fd, 0, 0, size);
    CALL(b, write, fd, b.keep(file.content.data(), size, "content"), size);
  }
  CALL(b, fchmod, fd, Arg(long(file.mode), in_octal(file.mode)));
  CALL(b, close, fd);
}

}  // namespace isolator
