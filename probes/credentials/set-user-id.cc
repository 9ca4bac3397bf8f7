// A program whose file has the set-user-ID bit runs with the rights of its owner, root most often, whoever
// starts it. Three things take that away: no_new_privs, a mount that is nosuid, and a user namespace in which
// there is no such owner. Nothing is run here.

#include <fcntl.h>
#include <linux/stat.h>
#include <sys/prctl.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>

#include "openings.h"
#include "probe.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Set no_new_privs, mount everything nosuid, and show the sandbox no program that has the bit.";
constexpr unsigned nobody = 65534;  // stands for all who are not in the user namespace

Result look(const char* path, struct statx& file) {
  return sys(SYS_statx, AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, STATX_MODE | STATX_UID, &file);
}

/// Would a run of it give the rights of somebody else?
bool gives_rights(const char* path, const struct statx& file) {
  struct statfs mount {};
  return sys(SYS_statfs, path, &mount) && (mount.f_flags & ST_NOSUID) == 0 &&
         (file.stx_mode & S_ISUID) != 0 && file.stx_uid != nobody && file.stx_uid != sys(SYS_geteuid).value;
}

void look_for(std::initializer_list<const char*> paths) {
  if (sys(SYS_geteuid).value == 0) stop_for_want_of("who is root has nothing to gain");
  Result locked = step("prctl(PR_GET_NO_NEW_PRIVS)", sys(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
  for (const char* path : paths) {
    Text call("statx(", quoted(path), ")");
    struct statx file {};
    Result found = look(path, file);
    if (!found) {
      attempt("gain", call, found);
      continue;
    }
    bool gains = locked && locked.value == 0 && gives_rights(path, file);
    attempt("gain", call, gains ? "ok" : "no effect");
    if (gains) return;
  }
}

}  // namespace

// Each row of it: the id, the summary, how it works, a reference, the programs as the witness takes them, and
// as a list
#define GAIN(ID, SUMMARY, TECHNIQUE, REFERENCE, PROGRAMS, ...)                                           \
  {                                                                                                      \
    .id = ID, .cls = "credentials", .guarantee = "credentials.set-user-id", .summary = SUMMARY,          \
    .technique = TECHNIQUE                                                                               \
        " Nothing is run: it looks whether the bit of one of them counts, for want of no_new_privs and " \
        "nosuid, with an owner who exists in the user namespace.",                                       \
    .references = {REFERENCE, "execve(2)", "CIS Docker Benchmark 5.26"},                                 \
    .attempts = {{"gain", {"no effect", "ENOENT", "EACCES"}, {"ok"}, {"ENOENT"}}},                       \
    .witness = {"set-user-id " PROGRAMS},                                                                \
    .opening = {OUT_OF_THE_USER_NAMESPACE, "process.no_new_privs=false", "seccomp.mode=off",             \
                "mounts+={type=\"bind\",source=\"/usr\",target=\"/usr\",optional=true,nosuid=false}"},   \
    .remedy = remedy, .attack = [](const Order&) { look_for({__VA_ARGS__}); },                           \
  }

constinit const Probes probes = {
    GAIN("newuidmap-delegation", "find the program that hands out ids of others",
         "newuidmap and newgidmap write maps of user namespaces as root, by what /etc/subuid lends to whom: "
         "inside of a sandbox that is a list which the sandbox may have written.",
         "newuidmap(1), CVE-2018-7169", "/usr/bin/newuidmap /usr/bin/newgidmap", "/usr/bin/newuidmap",
         "/usr/bin/newgidmap"),
    GAIN("sudo-su-reachable", "find a program that makes its caller root",
         "su, sudo, pkexec and their like decide by files of /etc who may be root, and many a mistake was "
         "found in how they read them.",
         "su(1), CVE-2021-4034, CVE-2021-3156", "/usr/bin/su /usr/bin/sudo /usr/bin/pkexec /usr/bin/passwd",
         "/usr/bin/su", "/usr/bin/sudo", "/usr/bin/pkexec", "/usr/bin/passwd"),
};

}  // namespace probe
