// The least that any launcher must do for a set of namespaces: clone3(2) with their flags, exec, wait. No id
// maps, no mounts, no limits, no filter. What a launcher takes beyond this is its own, and that of the layers
// it adds.

#include <sched.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <memory>
#include <system_error>

#include "sys.h"
#include "way.h"

namespace bench {
namespace {

using isolator::Ns;
namespace sys = isolator::sys;

// A time namespace begins with the exec after unshare(2): clone3(2) refuses it for a child that shares memory
// (time_namespaces(7), CLONE_VM).
constexpr Ns late = Ns::time;

struct Start {
  const char* argv[2] = {payload, nullptr};
  const char* environment[1] = {nullptr};
  std::uint64_t unshare = 0;
};

// Shares the parent's memory, so it makes raw system calls only.
void run_child(void* start) {
  const Start& s = *static_cast<const Start*>(start);
  if (s.unshare == 0 || !sys::failed(sys::call(SYS_unshare, long(s.unshare))))
    sys::call(SYS_execve, long(s.argv[0]), long(s.argv), long(s.environment));
  for (;;) sys::call(SYS_exit_group, 127);
}

class Stack {
 public:
  static constexpr std::size_t size = 16 << 10;
  Stack()
      : base_(mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0)) {
    if (base_ == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "stack");
  }
  ~Stack() { munmap(base_, size); }
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;
  void* base() const { return base_; }

 private:
  void* base_;
};

Work floor_of(Ns unshare) {
  const auto stack = std::make_shared<Stack>();
  return timed([stack, unshare] {
    Start start;
    start.unshare = std::uint64_t(unshare & late);
    clone_args args{};
    args.flags = CLONE_VM | CLONE_VFORK | (std::uint64_t(unshare) & ~std::uint64_t(late));
    args.exit_signal = SIGCHLD;
    args.stack = std::uint64_t(stack->base());
    args.stack_size = Stack::size;
    const long pid = sys::clone3(&args, run_child, &start);
    if (sys::failed(pid)) throw std::system_error(int(-pid), std::generic_category(), "clone3");
    int status = 0;
    if (waitpid(pid_t(pid), &status, 0) < 0)
      throw std::system_error(errno, std::generic_category(), "waitpid");
    if (status != 0)
      throw std::runtime_error("the payload did not start: wait status " + std::to_string(status));
  });
}

Ns without(Ns set, Ns one) { return Ns(std::uint64_t(set) & ~std::uint64_t(one)); }

}  // namespace

std::vector<Way> floors() {
  const auto of_strict = [] { return profile("strict").spec.unshare; };
  std::vector<Way> out{
      {"floor/none", [] { return floor_of(Ns::none); }},
      {"floor/all", [=] { return floor_of(of_strict()); }},
      {"floor/no_net", [=] { return floor_of(without(of_strict(), Ns::net)); }},
  };
  const std::pair<const char*, Ns> alone[] = {
      {"user", Ns::user}, {"mount", Ns::mount}, {"pid", Ns::pid},       {"net", Ns::net},
      {"ipc", Ns::ipc},   {"uts", Ns::uts},     {"cgroup", Ns::cgroup}, {"time", Ns::time},
  };
  for (const auto& [name, ns] : alone)
    out.push_back({std::string("floor/") + name, [one = ns] { return floor_of(one); }});
  return out;
}

}  // namespace bench
