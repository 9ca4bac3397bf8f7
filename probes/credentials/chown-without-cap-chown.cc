// Only CAP_CHOWN gives a file away; chown(2).

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "probe.h"

namespace probe {

static void attack(const Order& order);

constinit const Probes probes = {{
    .id = "chown-without-cap-chown",
    .cls = "credentials",
    .guarantee = "credentials.chown",
    .summary = "give a file of one's own to another user",
    .technique =
        "Makes a file that lives in memory only and gives it to another user. That takes CAP_CHOWN, over a "
        "user namespace in which both owners have a number: without the capability the kernel says EPERM, "
        "and for a user that the namespace does not map EINVAL. Who may do it can leave files behind that "
        "another user trusts as their own, or hide what they used from their disk quota.",
    .references = {"chown(2)", "capabilities(7)", "user_namespaces(7)",
                   "https://attack.mitre.org/techniques/T1222/002/"},
    .attempts = {{"give to a mapped uid", {"EPERM"}}, {"give to an unmapped uid", {"EPERM", "EINVAL"}}},
    .witness = {"owner"},
    .opening = {"capabilities.keep+=cap_chown"},
    .remedy =
        "Drop CAP_CHOWN from the bounding set, and map no user into the namespace that the sandbox does not "
        "need.",
    .attack = attack,
}};

static void attack(const Order& order) {
  long uid = order.number("uid", 0, UINT_MAX - 1L);  // to chown(2) the last one means: leave it
  Fd file(step("memfd_create()", sys(SYS_memfd_create, "escapement", MFD_CLOEXEC)));
  if (!file) {
    file = Fd(step("open(\"/tmp\", O_TMPFILE)",
                   sys(SYS_openat, AT_FDCWD, "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)));
  }
  if (!file) stop("no file to give away");

  // Giving a file to its owner needs no capability and would prove nothing.
  struct stat before {};
  if (!step("fstat()", sys(SYS_fstat, file.get(), &before))) stop("the owner of the file is not known");
  if (before.st_uid == static_cast<uid_t>(uid)) stop(Text("the file belongs to ", uid, " already"));

  const char* way = order.number("mapped", 0, 1) != 0 ? "give to a mapped uid" : "give to an unmapped uid";
  Text call("fchown(", file.get(), ", ", uid, ", -1)");
  saw(Text("fd=", file.get()));
  attempt(way, call, sys(SYS_fchown, file.get(), uid, -1));
  hold();  // the harness looks at the file through our descriptor
}

}  // namespace probe
