// The same launch from a caller who has much, and on a host that has mounted much. Each runs in a process of
// its own, which measures and tells.

#include <isolator/template.h>

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <system_error>

#include "launches.h"

namespace bench {
namespace {

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

/// A process that prepares some work, then does it once for each byte that it is sent.
class Server {
 public:
  explicit Server(const std::function<Work()>& prepare) {
    int ask[2], answer[2];
    if (pipe2(ask, O_CLOEXEC) != 0 || pipe2(answer, O_CLOEXEC) != 0) fail("pipe");
    pid_ = fork();
    if (pid_ < 0) fail("fork");
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      close(ask[1]);
      close(answer[0]);
      serve(prepare, ask[0], answer[1]);
    }
    close(ask[0]);
    close(answer[1]);
    ask_ = ask[1];
    answer_ = answer[0];
  }
  ~Server() {
    close(ask_);
    close(answer_);
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  double once() const {
    Answer answer{};
    if (write(ask_, "x", 1) != 1 || read(answer_, &answer, sizeof answer) != ssize_t(sizeof answer))
      throw std::runtime_error("the process that measures has ended");
    if (answer.error[0] != '\0') throw std::runtime_error(answer.error);
    return answer.microseconds;
  }

 private:
  struct Answer {
    double microseconds;
    char error[248];
  };

  [[noreturn]] static void serve(const std::function<Work()>& prepare, int ask, int answer) {
    Work work;
    for (char byte; read(ask, &byte, 1) == 1;) {
      Answer out{};
      try {
        if (!work) work = prepare();
        out.microseconds = work();
      } catch (const std::exception& e) {
        std::strncpy(out.error, e.what(), sizeof out.error - 1);
      }
      if (write(answer, &out, sizeof out) != ssize_t(sizeof out)) break;
    }
    _exit(0);
  }

  pid_t pid_ = -1;
  int ask_ = -1, answer_ = -1;
};

Work cold() {
  return timed([plan = isolator::compile(no_net_no_limits())] { isolator::launch(plan).wait(); });
}

Work from_template() {
  const auto base = std::make_shared<isolator::Template>(isolator::compile(no_net_no_limits()));
  return timed([base] { base->launch().wait(); });
}

Way elsewhere(const std::string& name, const std::function<Work()>& prepare) {
  return {name, [=]() -> Work {
            const auto server = std::make_shared<Server>(prepare);
            server->once();  // what cannot be prepared is told now
            return [server] { return server->once(); };
          }};
}

void fill_memory() {
  constexpr std::size_t size = std::size_t(512) << 20;
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) fail("mmap");
  madvise(memory, size, MADV_NOHUGEPAGE);  // page by page, as a heap grows
  std::memset(memory, 1, size);
}

void open_many() {
  constexpr int many = 20'000;
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  constexpr int for_the_launch = 64;  // where the hard limit is no higher
  for (int fd = 0; fd < many - for_the_launch;)
    if ((fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) < 0) fail("open");
}

// In a mount namespace of its own, with `count` in all.
void mount_until(int count) {
  if (unshare(CLONE_NEWNS) != 0) fail("unshare");
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) fail("mount");
  if (mount("tmpfs", "/mnt", "tmpfs", 0, nullptr) != 0) fail("mount");
  const auto mounts = [] {
    int lines = 0;
    const int fd = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
    char buffer[65536];
    for (ssize_t n; (n = read(fd, buffer, sizeof buffer)) > 0;)
      for (ssize_t i = 0; i < n; ++i) lines += buffer[i] == '\n';
    close(fd);
    return lines;
  };
  for (int i = mounts(); i < count; ++i) {
    const std::string point = "/mnt/" + std::to_string(i);
    if (mkdir(point.c_str(), 0755) != 0 || mount("tmpfs", point.c_str(), "tmpfs", 0, nullptr) != 0)
      fail("mount");
  }
}

}  // namespace

std::vector<Way> hosts() {
  return {
      elsewhere("caller/small", cold),
      elsewhere("caller/512_MiB", [] { return fill_memory(), cold(); }),
      elsewhere("caller/20000_descriptors", [] { return open_many(), cold(); }),
      elsewhere("caller/20000_descriptors_since",
                [] {
                  Work work = cold();
                  open_many();
                  return work;
                }),
      elsewhere("host/30_mounts", [] { return mount_until(30), cold(); }),
      elsewhere("host/1000_mounts", [] { return mount_until(1000), cold(); }),
      elsewhere("host/30_mounts_template", [] { return mount_until(30), from_template(); }),
      elsewhere("host/1000_mounts_template", [] { return mount_until(1000), from_template(); }),
  };
}

}  // namespace bench
