#include "attempt.h"

#include <isolator/fd.h>
#include <isolator/launch.h>
#include <isolator/scope.h>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <system_error>

namespace isolator {
namespace {

// What the child tells its parent, by one write(2), which a pipe does not divide: pipe(7).
struct Message {
  int err;
  char detail[512], hint[1024];
};
static_assert(sizeof(Message) <= 4096);

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

Tried run(const std::function<Tried()>& attempt) {
  try {
    return attempt();
  } catch (const Error& e) {
    return {e.code().value() != 0 ? e.code().value() : EINVAL,
            std::string(name(e.step)) + (e.object.empty() ? "" : " " + e.object), e.hint};
  } catch (const std::system_error& e) {
    const std::string what = e.what();  // "WHAT: MESSAGE"
    return {e.code().value(), what.substr(0, what.rfind(": ")), ""};
  }
}

Tried ended_by(int signal) {
  if (signal == SIGSYS) return {EPERM, "a seccomp filter ends who tries", ""};
  return {signal == SIGALRM ? ETIMEDOUT : EINTR, "ended by SIG" + std::string(sigabbrev_np(signal)), ""};
}

}  // namespace

Tried in_fork(const std::function<Tried()>& attempt) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail("pipe");
  const Fd read_end(ends[0]);
  Fd write_end(ends[1]);
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    signal(SIGALRM, SIG_DFL);
    alarm(10);
    const Tried tried = run(attempt);
    Message message{.err = tried.err};
    std::snprintf(message.detail, sizeof message.detail, "%s", tried.detail.c_str());
    std::snprintf(message.hint, sizeof message.hint, "%s", tried.hint.c_str());
    _exit(write(write_end.get(), &message, sizeof message) == ssize_t(sizeof message) ? 0 : 1);
  }
  write_end.reset();
  Message message{};
  ssize_t got;
  while ((got = read(read_end.get(), &message, sizeof message)) < 0 && errno == EINTR) {
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) fail("waitpid");
  if (got == ssize_t(sizeof message)) return {message.err, message.detail, message.hint};
  return ended_by(WIFSIGNALED(status) ? WTERMSIG(status) : SIGABRT);
}

Tried build(Spec spec) {
  return in_fork([&]() -> Tried {
    spec.process.program.clear();
    spec.process.stop_at_exec = false;
    spec.process.fds.clear();
    spec.process.terminal = false;  // it is relayed by `isolator run`
    spec.process.argv = {"/"};      // a directory: EACCES, and everything else was done by then
    try {
      launch(compile(spec));
    } catch (const Error& e) {
      if (e.step != Step::exec) throw;
    }
    return {};
  });
}

// In a user namespace is what counts; where there is none, root may do without.
Tried build_somehow(Spec spec) {
  spec.unshare = spec.unshare | Ns::user;
  Tried inside = build(spec);
  spec.unshare = spec.unshare & ~Ns::user;
  const Tried outside = build(spec);
  if (inside.err == 0)
    return {0, outside.err == 0 ? "with and without a user namespace" : "in a user namespace", ""};
  if (outside.err != 0) return inside;
  if (inside.detail.starts_with("clone ")) return {0, "without a user namespace", ""};
  inside.detail += " in a user namespace";
  return inside;
}

}  // namespace isolator
