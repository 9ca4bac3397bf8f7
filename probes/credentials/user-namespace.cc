// More ways to a user namespace than unshare(2), and what can be had by one: a longer chain of them than
// anybody looks through, and ids that are somebody else's.

#include <fcntl.h>
#include <linux/sched.h>

#include "child.h"
#include "openings.h"
#include "probe.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Set namespaces.nested_user to false, or let the filter refuse unshare(2), clone3(2), and clone(2) with "
    "CLONE_NEW flags.";

/// Writes one line into a file of /proc/PID, "0 12345 1".
Result write_line(const Text& path, const Text& line) {
  Result opened = sys(SYS_openat, AT_FDCWD, path.c_str(), O_WRONLY | O_CLOEXEC);
  if (!opened) return opened;
  Fd file(opened);
  return sys(SYS_write, file.get(), line.c_str(), line.view().size());
}

/// A user namespace in which the caller is uid 0 and gid 0.
Result enter_another() {
  long uid = sys(SYS_geteuid).value, gid = sys(SYS_getegid).value;
  Result done = sys(SYS_unshare, CLONE_NEWUSER);
  if (done) done = write_line(Text("/proc/self/uid_map"), Text("0 ", uid, " 1"));
  // Who maps a group without privilege gives up setgroups(2) first.
  if (done) done = write_line(Text("/proc/self/setgroups"), Text("deny"));
  if (done) done = write_line(Text("/proc/self/gid_map"), Text("0 ", gid, " 1"));
  return done;
}

}  // namespace

constinit const Probes probes = {
    {.id = "userns-create-clone3-bypass",
     .cls = "credentials",
     .guarantee = "credentials.user-namespace",
     .summary = "become root of a user namespace by clone3(2)",
     .technique =
         "Starts a child in a user namespace of its own by clone3(2), and the child ends at once. The "
         "flags of that call lie in memory, where no filter sees them: one that looks at the flags of "
         "clone(2) and lets clone3(2) pass stops nothing.",
     .references = {"clone3(2)", "user_namespaces(7)", "CVE-2021-41133"},
     .attempts = {{"clone3", {"EPERM", "ENOSPC", "ENOSYS"}}},
     .witness = {"trace"},
     .opening = {"seccomp.rules-={syscall=\"clone\"}"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           clone_args arguments{};
           arguments.flags = CLONE_NEWUSER;
           arguments.exit_signal = SIGCHLD;
           Result child = sys(SYS_clone3, &arguments, sizeof arguments);
           if (child && child.value == 0) exit_now(0);
           attempt("clone3", "clone3({CLONE_NEWUSER})", child);
           if (child) wait_child(child.value);
         }},
    {.id = "userns-nested-depth",
     .cls = "credentials",
     .guarantee = "credentials.user-namespace",
     .summary = "become root of a user namespace within another",
     .technique =
         "A child makes three user namespaces, one in the other, and ends. A sandbox that counts one "
         "as its own and forbids no more has another owner at each level, and each level is one more "
         "to look through for the kernel.",
     .references = {"user_namespaces(7), Nested user namespaces", "namespaces(7), /proc/sys/user"},
     .attempts = {{"unshare", {"EPERM", "ENOSPC", "EUSERS", "ENOENT"}}},
     .witness = {"trace"},
     .opening = {"seccomp.allow+=unshare", PROC},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           attempt("unshare", "unshare(CLONE_NEWUSER), three times", in_child([] {
                     for (int level = 1; level < 3; ++level)
                       if (Result entered = enter_another(); !entered) return entered;
                     return sys(SYS_unshare, CLONE_NEWUSER);
                   }));
         }},
    {.id = "userns-mapping-extend",
     .cls = "credentials",
     .guarantee = "credentials.identity",
     .summary = "give a user namespace an id that is not its own",
     .technique =
         "A child makes a user namespace and waits; its parent maps uid 12345 into it, which belongs "
         "to neither. Whoever may is that user there, files and all; nothing is done with it.",
     .references = {"user_namespaces(7), Defining user and group ID mappings", "CVE-2018-18955"},
     .attempts = {{"write", {"EPERM", "ENOENT", "ENOSPC"}}},
     .witness = {"trace"},
     .opening = {"seccomp.allow+=unshare", PROC, "capabilities.keep+=cap_setuid"},
     .remedy = "Keep cap_setuid from the sandbox, and let it make no user namespace.",
     .attack =
         [](const Order&) {
           Pipe made, stay;
           Result child = start_child([&] {
             stay.write.reset();
             Result result = sys(SYS_unshare, CLONE_NEWUSER);
             sys(SYS_write, made.write.get(), &result, sizeof result);
             wait_until_closed(stay.read);
           });
           if (!child) {
             step("clone(SIGCHLD)", child);
             stop("no child to do it in");
           }
           Result unshared;
           sys(SYS_read, made.read.get(), &unshared, sizeof unshared);
           if (unshared) {
             step("unshare(CLONE_NEWUSER)", unshared);
             Text path("/proc/", child.value, "/uid_map");
             attempt("write", Text("write(", quoted(path), ", \"0 12345 1\")"),
                     write_line(path, Text("0 12345 1")));
           } else {
             attempt("write", "unshare(CLONE_NEWUSER)", unshared);
           }
           stay.write.reset();
           wait_child(child.value);
         }},
};

}  // namespace probe
