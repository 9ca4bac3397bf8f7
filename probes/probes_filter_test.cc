// The system calls that each probe needs. A filter that lets these through and answers ENOSYS to all others
// must not change what the probe finds: otherwise it would call contained what the filter merely broke.

#include <errno.h>
#include <gmock/gmock.h>
#include <seccomp.h>
#include <signal.h>
#include <unistd.h>

#include "player.h"

namespace {

using Calls = std::vector<const char*>;

/// What starts a static program of musl's, and what the SDK itself calls. execveat is the test's own:
/// fexecve(3).
const Calls always = {"execveat", "arch_prctl", "set_tid_address", "read",
                      "write",    "close",      "getpid",          "exit_group"};

struct Case {
  const char *probe, *order;
  Calls calls;
};

const Case cases[] = {
    {"chown-without-cap-chown", "uid=4321 mapped=1", {"memfd_create", "fstat", "fchown"}},
    {"chroot-double-escape", "canary=/etc/passwd", {"chdir", "openat", "getdents64", "chroot"}},
    {"fork-bomb", "count=20", {"pipe2", "clone", "prctl", "wait4"}},
    {"kill-outside-pid", "", {"kill", "rt_sigqueueinfo", "pidfd_open", "pidfd_send_signal"}},
    {"list-host-interfaces", "prefix=lo/1/", {"socket", "ioctl", "openat", "getdents64"}},
    {"memory-hog", "bytes=16777216", {"pipe2", "clone", "prctl", "openat", "mmap", "wait4"}},
};

void allow_only(const Calls& calls) {
  scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(ENOSYS));
  for (const Calls* list : {&always, &calls})
    for (const char* each : *list) {
      int number = seccomp_syscall_resolve_name(each);
      if (number == __NR_SCMP_ERROR) die(each);
      if (number < 0) continue;  // of another architecture
      if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, number, 0) != 0) die(each);
    }
  if (seccomp_load(filter) != 0) die("seccomp_load");
}

/// All that a probe said after its greeting, which has its pid.
std::vector<std::string> findings(const Played& played) {
  std::vector<std::string> all;
  for (const nlohmann::json& line : played.lines)
    if (!line.contains("hello")) all.push_back(line.dump());
  return all;
}

TEST(Filter, LetsEveryProbeFindWhatItFindsWithoutOne) {
  for (const Case& each : cases) {
    std::string order = *each.order ? each.order : "victim=" + std::to_string(getpid()) + " value=1";
    Played free = play(std::string(PROBES_DIR "/") + each.probe, order);
    Played filtered = play(std::string(PROBES_DIR "/") + each.probe, order, [&] { allow_only(each.calls); });
    ASSERT_GT(free.lines.size(), 1u) << each.probe;
    EXPECT_EQ(findings(filtered), findings(free)) << each.probe;
    EXPECT_EQ(filtered.status, free.status) << each.probe;
  }
}

TEST(Filter, ThatLacksTheAttackDoesNotMakeItContained) {
  for (const char* probe : {"fork-bomb", "memory-hog"}) {
    Played played =
        play(std::string(PROBES_DIR "/") + probe, "count=20 bytes=4194304", [] { allow_only({}); });
    EXPECT_EQ(played.claim(), "undecided") << probe;
  }
}

// The other of the two: a filter forbids PR_SET_PDEATHSIG.
TEST(Filter, ThatForbidsPrctlLeavesNoChildBehind) {
  Player player(PROBES_DIR "/fork-bomb", [] { allow_only({"pipe2", "clone", "wait4"}); });
  player.greet("n");
  player.say("order count=3");
  player.until_claim();
  std::vector<pid_t> children = children_of(player.pid());
  ASSERT_EQ(children.size(), 3u);
  kill(player.pid(), SIGKILL);
  for (pid_t each : children) EXPECT_TRUE(ends(each)) << each << " is left behind";
}

}  // namespace
