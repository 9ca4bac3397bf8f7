// What the process itself carries: descriptors, session, parent, limits, directory.

#include "builder.h"

#include <asm/ioctls.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

namespace isolator {
namespace {

constexpr std::pair<int, const char*> rlimit_names[] = {
    {RLIMIT_CPU, "RLIMIT_CPU"},           {RLIMIT_FSIZE, "RLIMIT_FSIZE"},
    {RLIMIT_DATA, "RLIMIT_DATA"},         {RLIMIT_STACK, "RLIMIT_STACK"},
    {RLIMIT_CORE, "RLIMIT_CORE"},         {RLIMIT_RSS, "RLIMIT_RSS"},
    {RLIMIT_NPROC, "RLIMIT_NPROC"},       {RLIMIT_NOFILE, "RLIMIT_NOFILE"},
    {RLIMIT_MEMLOCK, "RLIMIT_MEMLOCK"},   {RLIMIT_AS, "RLIMIT_AS"},
    {RLIMIT_LOCKS, "RLIMIT_LOCKS"},       {RLIMIT_SIGPENDING, "RLIMIT_SIGPENDING"},
    {RLIMIT_MSGQUEUE, "RLIMIT_MSGQUEUE"}, {RLIMIT_NICE, "RLIMIT_NICE"},
    {RLIMIT_RTPRIO, "RLIMIT_RTPRIO"},     {RLIMIT_RTTIME, "RLIMIT_RTTIME"},
};

void close_between(Builder& b, unsigned first, unsigned last, const Arg& flags) {
  if (first <= last)
    CALL(b, close_range, first, Arg(long(last), last == ~0U ? "~0" : std::to_string(last)), flags);
}

}  // namespace

// Limits need six controllers at most, each in a v1 hierarchy of its own or in v2's, where
// it starts.
void enter_cgroups(Builder& b) {
  const Reg* door = Builder::doors;
  for (const cgroup::Share& share : b.store().cgroup_shares) {
    if (share.hierarchy.v2) continue;
    b.at(Step::cgroup, share.hierarchy.own);
    CALL(b, write, *door++, "0", 1);
  }
}

int beyond_payload(const Spec& spec, int which) {
  int top = 0;
  for (const auto& [outside, inside] : spec.process.fds) top = std::max({top, outside, inside});
  return top + 3 + which;  // one more is that of the program
}

// The child shares the parent's table (CLONE_FILES) until the first call here takes it a copy of its own, of
// just the low part: a parent with 20,000 descriptors pays for three. Everything that is not named is closed,
// unless the caller's are inherited: then the exec closes what is marked so.
void close_descriptors(Builder& b) {
  b.at(Step::fds, "descriptors");
  const auto& fds = b.spec().process.fds;
  const bool inherited = b.spec().process.inherit.descriptors;
  std::vector<int> outside;
  int top = -1;
  for (const auto& [from, to] : fds) {
    outside.push_back(from);
    top = std::max({top, from, to});
  }
  const int program = b.store().program.get();
  if (program >= 0) outside.push_back(program);
  std::sort(outside.begin(), outside.end());
  outside.erase(std::unique(outside.begin(), outside.end()), outside.end());

  if (inherited) {
    CALL(b, unshare, FLAGS(CLONE_FILES));
  } else {
    unsigned next = outside.empty() ? 0 : unsigned(outside.back()) + 1;
    close_between(b, next, ~0U, FLAGS(CLOSE_RANGE_UNSHARE));
    next = 0;
    for (const int fd : outside) {
      if (unsigned(fd) > next) close_between(b, next, unsigned(fd) - 1, 0);
      next = unsigned(fd) + 1;
    }
  }

  if (program >= 0)
    b.store().program_copy =
        b.into("program", CALL(b, fcntl, program, FLAGS(F_DUPFD_CLOEXEC), top + 1)).number;
  if (std::all_of(fds.begin(), fds.end(), [](const auto& pair) { return pair.first == pair.second; })) {
    for (const auto& [fd, same] : fds)
      CALL(b, fcntl, fd, FLAGS(F_SETFD), 0);  // dup2(2) would have cleared it
    return;
  }
  // To their numbers inside by way of numbers above all of them, so that no copy overwrites one still to be
  // copied. What stays above goes with the exec.
  std::vector<Reg> copies;
  for (const auto& [from, to] : fds)
    copies.push_back(b.into("copy", CALL(b, fcntl, from, FLAGS(F_DUPFD_CLOEXEC), top + 1)));
  if (!inherited) close_between(b, 0, unsigned(top), 0);
  for (std::size_t i = 0; i < fds.size(); ++i) CALL(b, dup3, copies[i], fds[i].second, 0);
}

// The parent's death must kill this process from its first moment to its last. A change of credentials clears
// the signal (prctl(2)), so it is set again after each.
void arm_parent_death_signal(Builder& b) {
  b.at(Step::parent, "PR_SET_PDEATHSIG");
  CALL(b, prctl, FLAGS(PR_SET_PDEATHSIG), FLAGS(SIGKILL));
}

void new_session(Builder& b) {
  b.at(Step::session, "setsid");
  CALL(b, setsid);
}

// Its keys and its end are signals to the session that it controls: tty_ioctl(4).
void take_terminal(Builder& b) {
  b.at(Step::session, "TIOCSCTTY");
  CALL(b, ioctl, 0, FLAGS(TIOCSCTTY), 0);
}

// The parent blocked every signal for the time in which the child runs in its memory.
void default_signals(Builder& b) {
  b.at(Step::session, "signals");
  b.reset_signals();
  const std::uint64_t none = 0;
  CALL(b, rt_sigprocmask, FLAGS(SIG_SETMASK), b.keep(none, "[]"), Arg(0L, "NULL"), sizeof none);
}

std::map<std::string, std::string> environment_of(const Process& process) {
  std::map<std::string, std::string> out = process.environment;
  if (!process.inherit.environment) return out;
  for (char** each = environ; *each != nullptr; ++each) {
    const std::string_view variable = *each;
    const std::size_t equals = variable.find('=');
    if (equals != variable.npos) out.emplace(variable.substr(0, equals), variable.substr(equals + 1));
  }
  return out;
}

// Early, since a filter may know no ptrace(2). A traced process stops by itself where its exec has succeeded.
void stop_at_exec(Builder& b) {
  b.at(Step::session, "PTRACE_TRACEME");
  CALL(b, ptrace, FLAGS(PTRACE_TRACEME), 0, 0, 0);
}

void set_rlimits(Builder& b) {
  for (const auto& entry : b.spec().process.rlimits) {
    const int resource = entry.first;  // clang 14 captures no structured binding
    const std::uint64_t value = entry.second;
    const auto* found = std::find_if(std::begin(rlimit_names), std::end(rlimit_names),
                                     [&](const auto& known) { return known.first == resource; });
    if (found == std::end(rlimit_names)) throw Error(Step::validate, "rlimit " + std::to_string(resource), 0);
    b.at(Step::limits, found->second);
    const rlimit64 both{value, value};
    const std::string shown = value == RLIM64_INFINITY ? "unlimited" : std::to_string(value);
    CALL(b, prlimit64, 0, Arg(resource, found->second), b.keep(both, "{" + shown + ", " + shown + "}"),
         Arg(0L, "NULL"));
  }
}

// Who has a key of its caller's in its session keyring may read it: possession is enough (keyrings(7)). A
// kernel without keys has none to give away.
void join_new_keyring(Builder& b) {
  b.at(Step::keyring, "session keyring");
  CALL(b, keyctl, FLAGS(KEYCTL_JOIN_SESSION_KEYRING), Arg(0L, "NULL")).tolerated = {ENOSYS};
}

void set_personality(Builder& b) {
  if (!b.spec().process.personality) return;
  const std::string shown = in_hexadecimal(*b.spec().process.personality);
  b.at(Step::personality, shown);
  CALL(b, personality, Arg(long(*b.spec().process.personality), shown));
}

void enter_directory(Builder& b) {
  b.at(Step::cwd, b.spec().process.cwd);
  CALL(b, chdir, b.spec().process.cwd);
  CALL(b, umask, Arg(long(b.spec().process.umask), in_octal(b.spec().process.umask)));
}

void set_no_new_privs(Builder& b) {
  b.at(Step::no_new_privs, "PR_SET_NO_NEW_PRIVS");
  CALL(b, prctl, FLAGS(PR_SET_NO_NEW_PRIVS), 1, 0, 0, 0);
}

}  // namespace isolator
