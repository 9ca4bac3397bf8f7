#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <memory>
#include <thread>
#include <vector>

#include <isolator/fd.h>
#include "cgroup_remove.h"

// The steps below return an errno: 0 when nothing is left, EBUSY when something still is and it is worth
// another try.

namespace isolator {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds patience(5);
constexpr std::chrono::microseconds longest_pause(5000);

Fd open_at(int directory, const char* name, int flags) {
  int fd;
  do {
    fd = ::openat(directory, name, flags | O_CLOEXEC | O_NOFOLLOW);
  } while (fd < 0 && errno == EINTR);
  return Fd(fd);
}

/// Another may remove the same cgroup at the same time: what is no longer there is not left.
bool gone(int err) { return err == ENOENT || err == ENODEV; }

/// The processes directly in a cgroup, sorted.
int read_members(int directory, std::vector<pid_t>& pids) {
  pids.clear();
  const Fd file = open_at(directory, "cgroup.procs", O_RDONLY);
  if (!file) return gone(errno) ? 0 : errno;
  std::string text;
  std::array<char, 4096> chunk;
  for (ssize_t n; (n = ::read(file.get(), chunk.data(), chunk.size())) != 0;) {
    if (n > 0) text.append(chunk.data(), std::size_t(n));
    // A threaded cgroup (v2) names no processes; those of its threads stand in the domain above it.
    if (n < 0 && (gone(errno) || errno == EOPNOTSUPP)) return 0;
    if (n < 0 && errno != EINTR) return errno;
  }
  const char* at = text.data();
  const char* const end = at + text.size();
  for (pid_t pid; at < end; ++at) {
    const auto [stop, error] = std::from_chars(at, end, pid);
    if (error != std::errc()) return EBADMSG;
    pids.push_back(pid);
    at = stop;
  }
  std::sort(pids.begin(), pids.end());
  return 0;
}

/// One SIGKILL to each process directly in a cgroup. A number that was read may by now belong to a process
/// elsewhere: so only one that is still listed when a pidfd already holds it is killed, by that pidfd.
int kill_members(int directory) {
  std::vector<pid_t> pids, still;
  if (const int err = read_members(directory, pids)) return err;
  std::array<Fd, 256> held;
  for (std::size_t first = 0, count; first < pids.size(); first += count) {
    for (count = 0; count < held.size() && first + count < pids.size(); ++count) {
      const pid_t pid = pids[first + count];
      // v2 writes 0 for a process that this pid namespace cannot name: EINVAL, as for a thread leader that is
      // gone.
      held[count] = Fd(int(::syscall(SYS_pidfd_open, pid, 0)));
      if (held[count] || errno == ESRCH || errno == EINVAL) continue;
      if (errno == EMFILE && count > 0) break;
      return errno;
    }
    if (const int err = read_members(directory, still)) return err;
    for (std::size_t i = 0; i < count; ++i)
      if (held[i] && std::binary_search(still.begin(), still.end(), pids[first + i]))
        ::syscall(SYS_pidfd_send_signal, held[i].get(), SIGKILL, nullptr,
                  0);  // fails with ESRCH only: it is gone
  }
  return pids.empty() ? 0 : EBUSY;
}

int read_children(int directory, std::vector<std::string>& names) {
  const int own = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (own < 0) return errno;
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(own), ::closedir);
  if (!stream) return ::close(own), ENOMEM;
  errno = 0;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (entry->d_type == DT_DIR && name != "." && name != "..") names.push_back(name);
    errno = 0;
  }
  return errno;
}

/// Kills what is in the cgroup, and removes those below it, deepest first. `directory` is let go while a
/// child is worked on, and found again as its "..": however deep a sandbox has nested them, it costs no
/// descriptors.
int sweep(Fd& directory) {
  int left = kill_members(directory.get());
  const auto note = [&left](int err) {
    if (err != 0 && !gone(err) && (left == 0 || left == EBUSY)) left = err;
  };
  std::vector<std::string> children;
  note(read_children(directory.get(), children));
  for (const std::string& name : children) {
    Fd child = open_at(directory.get(), name.c_str(), O_RDONLY | O_DIRECTORY);
    if (!child) {
      note(errno);
      continue;
    }
    directory.reset();
    note(sweep(child));
    if (child) directory = open_at(child.get(), "..", O_RDONLY | O_DIRECTORY);
    if (!directory) return EBUSY;  // removed meanwhile: begin again
    if (::unlinkat(directory.get(), name.c_str(), AT_REMOVEDIR) != 0) note(errno);
  }
  return left;
}

int attempt(const std::string& path, bool and_remove) {
  Fd top = open_at(AT_FDCWD, path.c_str(), O_RDONLY | O_DIRECTORY);
  if (!top) return errno == ENOENT ? 0 : errno;
  // Since Linux 5.14 v2 kills a whole tree at once; what forks meanwhile is born dead.
  if (const Fd all = open_at(top.get(), "cgroup.kill", O_WRONLY))
    if (::write(all.get(), "1", 1) != 1 && !gone(errno)) return errno;
  int left = sweep(top);
  // To who is frozen in v1 the signal comes when it is thawed. The sweep may have let the directory go.
  if (left == EBUSY && top)
    if (const Fd state = open_at(top.get(), "freezer.state", O_WRONLY))
      if (::write(state.get(), "THAWED", 6) != 6 && !gone(errno)) left = errno;
  if (left != 0 || !and_remove) return left;
  return ::rmdir(path.c_str()) == 0 || errno == ENOENT ? 0 : errno;
}

/// Who kills by number must run when they fork. Among a thousand of them an ordinary thread has its turn once
/// in a second, and they win; a real-time one goes first. Needs CAP_SYS_NICE; without it the patience must
/// do.
class Haste {
 public:
  Haste() : usual_(::sched_getscheduler(0)) {
    const sched_param first{.sched_priority = 1};
    if (usual_ == SCHED_OTHER) changed_ = ::sched_setscheduler(0, SCHED_FIFO, &first) == 0;
  }
  ~Haste() {
    const sched_param none{};
    if (changed_) ::sched_setscheduler(0, usual_, &none);
  }
  Haste(const Haste&) = delete;

 private:
  int usual_;  // of this thread alone
  bool changed_ = false;
};

int finish(const std::string& path, bool and_remove) {
  struct statfs fs;  // whoever calls this with a wrong path shall lose nothing
  if (::statfs(path.c_str(), &fs) != 0) return errno == ENOENT ? 0 : errno;
  if (fs.f_type != CGROUP_SUPER_MAGIC && fs.f_type != CGROUP2_SUPER_MAGIC) return EINVAL;

  // Mostly it is empty by now. While there are processes or cgroups in it, the kernel refuses.
  if (and_remove && ::rmdir(path.c_str()) == 0) return 0;

  const Haste haste;
  const auto give_up = Clock::now() + patience;
  for (auto pause = std::chrono::microseconds(20);; pause = std::min(pause * 2, longest_pause)) {
    const int left = attempt(path, and_remove);
    if (left != EBUSY) return left;  // the last to exit holds it for a moment longer than it is listed there
    if (Clock::now() > give_up) return ETIMEDOUT;
    std::this_thread::sleep_for(pause);
  }
}

bool finish_noexcept(const std::string& path, bool and_remove) noexcept {
  try {
    errno = finish(path, and_remove);
  } catch (const std::bad_alloc&) {
    errno = ENOMEM;
  }
  return errno == 0;
}

}  // namespace

bool cgroup::kill(const std::string& path) noexcept { return finish_noexcept(path, false); }

bool remove_cgroup(const std::string& path) noexcept { return finish_noexcept(path, true); }

}  // namespace isolator
