// What a file can have beside its content: bits and attributes that give a program rights, that only root of
// the host may set, or that keep even root from removing it. Each is tried on a file without a name, which is
// gone afterwards.

#include <linux/capability.h>
#include <linux/fs.h>
#include <sys/stat.h>

#include "directory.h"
#include "openings.h"
#include "paths.h"
#include "scratch.h"

namespace probe {
namespace {

/// Attempts "setxattr" with a file of one's own, and takes the attribute away again.
void set_attribute(const char* name, const void* value, long size) {
  Fd file = scratch_file();
  if (attempt("setxattr", Text("fsetxattr(", quoted(name), ")"),
              sys(SYS_fsetxattr, file.get(), name, value, size, 0)))
    step("fremovexattr()", sys(SYS_fremovexattr, file.get(), name));
}

/// A program of the directory that runs as its owner; none if there is none. `honoured`: could there be one?
Fd set_user_id_program(const char* path, bool& honoured) {
  Result opened = step(Text("open(", quoted(path), ")"),
                       sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  Fd directory(opened), program;
  if (!directory || !honours_set_user_id(directory.get())) return {};
  honoured = true;
  each_entry(directory, [&](const Entry& entry) {
    if (entry.type != DT_REG && entry.type != DT_UNKNOWN) return false;
    Fd file(sys(SYS_openat, directory.get(), entry.name.data(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    struct stat info {};
    if (file && fstat(file.get(), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & S_ISUID) != 0)
      program = static_cast<Fd&&>(file);
    return static_cast<bool>(program);
  });
  return program;
}

}  // namespace

constinit const Probes probes = {
    {.id = "suid-binary-present",
     .cls = "filesystem",
     .guarantee = "filesystem.set-user-id",
     .summary = "find a program that runs as its owner",
     .technique = "Looks in the usual directories for a program with the set-user-ID bit, on a mount that "
                  "honours it. Each such program, sudo or passwd, is a door that one mistake opens.",
     .references = {"execve(2)", "CIS Docker Benchmark 4.8"},
     .attempts = {{"find", {"no effect"}}},
     .witness = {"program"},
     .opening = {"mounts+={type=\"bind\",source=\"/usr\",target=\"/usr\",nosuid=false}"},
     .remedy = "Mount everything with nosuid, and set no_new_privs.",
     .attack =
         [](const Order&) {
           Fd program;
           bool honoured = false;
           for (const char* path : {"/usr/bin", "/usr/sbin", "/bin", "/sbin", "/usr/local/bin"})
             if (!program) program = set_user_id_program(path, honoured);
           if (honoured && !program) stop_for_want_of("no program here has a set-user-ID bit");
           attempt("find", "a set-user-ID program", program ? "ok" : "no effect");
           hold();
         }},
    {.id = "suid-create",
     .cls = "filesystem",
     .guarantee = "filesystem.set-user-id",
     .summary = "make a program that runs as its owner",
     .technique = "Sets the set-user-ID bit of an empty file of its own, and looks whether it is on a mount "
                  "that honours it. With it somebody outside who can reach the file becomes its owner.",
     .references = {"chmod(2)", "mount(8), nosuid"},
     .attempts = {{"chmod", {"EPERM", "no effect"}}},
     .witness = {"program"},
     .opening = {"mounts+={type=\"tmpfs\",target=\"/tmp\",mode=\"1777\",nosuid=false}"},
     .remedy = "Mount what can be written with nosuid.",
     .attack =
         [](const Order&) {
           Fd file = scratch_file();
           Result changed = sys(SYS_fchmod, file.get(), 04755);
           if (changed)
             attempt("chmod", "fchmod(04755)", honours_set_user_id(file.get()) ? "ok" : "no effect");
           else
             attempt("chmod", "fchmod(04755)", changed);
           hold();
         }},
    {.id = "filecap-set",
     .cls = "filesystem",
     .guarantee = "filesystem.attributes",
     .summary = "give a program file capabilities",
     .technique = "Sets the attribute security.capability of a file of its own, with CAP_NET_RAW in it, and "
                  "removes it. Who runs such a file has the capability; those of a user namespace were once "
                  "taken for the host's.",
     .references = {"capabilities(7), File capabilities", "CVE-2021-3493"},
     .attempts = {{"setxattr", {"EPERM"}, {"ok"}, {"EOPNOTSUPP"}}},
     .witness = {"trace"},
     .opening = {"capabilities.keep+=cap_setfcap"},
     .remedy = "Keep cap_setfcap from the sandbox.",
     .attack =
         [](const Order&) {
           vfs_cap_data value{};
           value.magic_etc = VFS_CAP_REVISION_2;
           value.data[0].permitted = 1U << CAP_NET_RAW;
           set_attribute("security.capability", &value, XATTR_CAPS_SZ_2);
         }},
    {.id = "xattr-trusted",
     .cls = "filesystem",
     .guarantee = "filesystem.attributes",
     .summary = "set an attribute that only root of the host may set",
     .technique = "Sets an attribute of the kind trusted of a file of its own, and removes it. Overlays and "
                  "storage keep their own notes there, and believe them.",
     .references = {"xattr(7)", "CVE-2023-2640", "CVE-2023-0386"},
     .attempts = {{"setxattr", {"EPERM"}, {"ok"}, {"EOPNOTSUPP"}}},
     .witness = {"trace"},
     .opening = {OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_sys_admin"},
     .remedy = "Keep cap_sys_admin from the sandbox, or give it a user namespace.",
     .attack = [](const Order&) { set_attribute("trusted.escapement", "1", 1); }},
    {.id = "immutable-flag",
     .cls = "filesystem",
     .guarantee = "filesystem.attributes",
     .summary = "make a file that not even its owner can remove",
     .technique = "Sets the immutable flag of a file of its own, and clears it. What carries it fills a disk "
                  "and stays, whoever cleans up.",
     .references = {"FS_IOC_SETFLAGS(2const)", "capabilities(7), CAP_LINUX_IMMUTABLE"},
     .attempts = {{"ioctl", {"EPERM"}, {"ok"}, {"ENOTTY", "EOPNOTSUPP"}}},
     .witness = {"trace"},
     .opening = {OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_linux_immutable"},
     .remedy = "Keep cap_linux_immutable from the sandbox.",
     .attack =
         [](const Order&) {
           Fd file = scratch_file();
           int before = 0;
           Result read = sys(SYS_ioctl, file.get(), FS_IOC_GETFLAGS, &before);
           if (!read) {
             attempt("ioctl", "ioctl(FS_IOC_GETFLAGS)", read);
             return;
           }
           int flags = before | FS_IMMUTABLE_FL;
           if (attempt("ioctl", "ioctl(FS_IOC_SETFLAGS, FS_IMMUTABLE_FL)",
                       sys(SYS_ioctl, file.get(), FS_IOC_SETFLAGS, &flags)))
             step("ioctl(FS_IOC_SETFLAGS)", sys(SYS_ioctl, file.get(), FS_IOC_SETFLAGS, &before));
         }},
    {.id = "sticky-world-dir-race",
     .cls = "filesystem",
     .guarantee = "filesystem.shared-directories",
     .summary = "have others follow links in shared directories",
     .technique = "Opens the settings to write that keep programs from following a link, a pipe or a file "
                  "which somebody else put into /tmp, and writes nothing. Without them many races for a "
                  "temporary file can be won again.",
     .references = {"proc_sys_fs(5), protected_symlinks", "CWE-377"},
     .attempts = {{"open", OUT_OF_REACH, {"ok"}, NOT_THERE}},
     .witness = {"trace"},
     .opening = {AS_ROOT_OF_THE_HOST, PROC},
     .remedy = "Show the sandbox no /proc, or make /proc/sys read-only.",
     .attack =
         [](const Order&) {
           open_each({"/proc/sys/fs/protected_symlinks", "/proc/sys/fs/protected_hardlinks",
                      "/proc/sys/fs/protected_fifos", "/proc/sys/fs/protected_regular"},
                     "O_WRONLY", O_WRONLY);
         }},
};

}  // namespace probe
