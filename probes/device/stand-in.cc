// A name in /dev is trusted: programs write secrets to /dev/null and ask at /dev/console. What stands behind
// the name is told by the number of the device alone.

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "probe.h"

namespace probe {
namespace {

/// Where it is no device 0:0, which is none.
void look(const char* path, bool (*is_what_it_should_be)(unsigned major, unsigned minor)) {
  struct stat info {};
  Text call("stat(", quoted(path), ")");
  Result looked = sys(SYS_newfstatat, AT_FDCWD, path, &info, AT_SYMLINK_NOFOLLOW);
  if (!looked) {
    attempt("replace", call, looked);
    return;
  }
  bool device = S_ISCHR(info.st_mode);
  unsigned first = device ? major(info.st_rdev) : 0, second = device ? minor(info.st_rdev) : 0;
  attempt("replace", call.add(Text(" = device ", first, ":", second)),
          is_what_it_should_be(first, second) ? "no effect" : "ok");
}

}  // namespace

constinit const Probes probes = {
    {.id = "dev-null-is-null",
     .cls = "device",
     .guarantee = "device.genuine",
     .summary = "find something else under the name of /dev/null",
     .technique = "Looks whether /dev/null is the null device. A runtime that mounts /dev/null over what it "
                  "wants to hide shows whatever somebody has put in its place, and what is thrown away there "
                  "is kept.",
     .references = {"null(4)", "CVE-2025-31133"},
     .attempts = {{"replace", {"no effect", "ENOENT"}}},
     .witness = {"node /dev/null (?!c 1:3$).*"},
     .opening = {"mounts+={type=\"bind\",source=\"/dev/zero\",target=\"/dev/null\"}"},
     .remedy = "Make the nodes of /dev anew for each sandbox, before anything of it runs.",
     .attack =
         [](const Order&) {
           look("/dev/null", [](unsigned first, unsigned second) { return first == 1 && second == 3; });
         }},
    {.id = "dev-console-is-pty",
     .cls = "device",
     .guarantee = "device.genuine",
     .summary = "find the console of the host under the name of its own",
     .technique = "Looks whether /dev/console is the console of the machine. A sandbox has none, or a "
                  "pseudoterminal under that name; what is written to the other one appears on the host's "
                  "screen.",
     .references = {"console(4)", "CVE-2025-52565"},
     .attempts = {{"replace", {"no effect", "ENOENT"}}},
     .witness = {"node /dev/console c 5:1"},
     .opening = {"mounts+={type=\"bind\",source=\"/dev\",target=\"/dev\"}"},
     .remedy = "Give the sandbox a /dev of its own, without a console or with a pseudoterminal for one.",
     .attack =
         [](const Order&) {
           look("/dev/console", [](unsigned first, unsigned second) { return first != 5 || second != 1; });
         }},
};

}  // namespace probe
