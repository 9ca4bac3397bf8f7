#include <isolator/template.h>

#include "builder.h"
#include "cgroup_files.h"
#include "mountinfo.h"

#include <sched.h>
#include <sys/mount.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <condition_variable>
#include <cstdlib>
#include <future>
#include <mutex>
#include <optional>
#include <thread>

namespace isolator {
namespace {

bool at_or_below(const std::string& path, const std::string& other) {
  return other == "/" || path == other || path.starts_with(other + "/");
}

// Where launches of the Plan look on the host.
std::vector<std::string> needed_paths(const Plan::Store& store) {
  const Spec& spec = store.spec;
  std::vector<std::string> out{"/dev/null", "/proc", "/sys"};  // masks; the kernel's own word on both, whole
  const Root& root = spec.root;
  if (root.method == Root::Method::none) out.emplace_back("/");
  out.push_back(root.path);
  out.insert(out.end(), root.lower.begin(), root.lower.end());
  out.insert(out.end(), {root.upper, root.work, root.archive});
  for (const Copy& copy : store.root_copies) out.push_back(copy.path);
  for (const Mount& mount : spec.mounts) {
    out.push_back(mount.source);
    if (mount.type == Mount::Type::dev) out.emplace_back("/dev/tty");
  }
  std::erase(out, "");
  for (std::size_t i = 0, given = out.size(); i < given; ++i) {
    char real[PATH_MAX];
    if (realpath(out[i].c_str(), real) != nullptr && out[i] != real) out.emplace_back(real);
  }
  return out;
}

// Only what keeps the copy small is at stake: a mount that is not found any more, or not for us to take
// away, stays.
void prune(const std::vector<std::string>& needed) {
  // Of this thread: /proc/self is that of the first one, which stays where it is.
  const std::vector<MountLine> mounts = parse_mountinfo(cgroup::read_file("/proc/thread-self/mountinfo"));
  for (auto mount = mounts.rbegin(); mount != mounts.rend(); ++mount) {
    const bool is_needed = mount->type == "cgroup" || mount->type == "cgroup2" ||
                           std::any_of(needed.begin(), needed.end(), [&](const std::string& path) {
                             return at_or_below(path, mount->point) || at_or_below(mount->point, path);
                           });
    if (!is_needed) umount2(mount->point.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
  }
}

void enter_pruned_namespace(const Plan::Store& store) {
  if (unshare(CLONE_NEWNS) != 0)
    throw Error(Step::propagation, "CLONE_NEWNS", errno,
                errno == EPERM ? "a template takes CAP_SYS_ADMIN: launch without one" : "");
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0)
    throw Error(Step::propagation, "/", errno);
  prune(needed_paths(store));
}

}  // namespace

struct Template::State {
  explicit State(const Plan& wanted) : plan(wanted) {}

  const Plan plan;
  std::mutex one_caller, mutex;
  std::condition_variable changed;
  std::optional<std::promise<Child>> asked;
  bool ended = false;
  std::thread launcher;

  void serve(std::promise<void> ready);
};

void Template::State::serve(std::promise<void> ready) {
  try {
    enter_pruned_namespace(plan.store());
    ready.set_value();
  } catch (...) {
    ready.set_exception(std::current_exception());
    return;
  }
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [&] { return ended || asked; });
    if (!asked) return;
    try {
      asked->set_value(isolator::launch(plan));
    } catch (...) {
      asked->set_exception(std::current_exception());
    }
    asked.reset();
  }
}

Template::Template(const Plan& plan) : state_(std::make_unique<State>(plan)) {
  if (!has(plan.store().spec.unshare, Ns::mount))
    throw Error(Step::validate, "a template is of mounts: it needs a mount namespace", 0);
  std::promise<void> ready;
  std::future<void> entered = ready.get_future();
  state_->launcher = std::thread([state = state_.get()](std::promise<void> p) { state->serve(std::move(p)); },
                                 std::move(ready));
  try {
    entered.get();
  } catch (...) {
    state_->launcher.join();
    throw;
  }
}

Template::~Template() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->ended = true;
  }
  state_->changed.notify_all();
  state_->launcher.join();
}

Child Template::launch() {
  const std::lock_guard alone(state_->one_caller);
  std::future<Child> launched;
  {
    const std::lock_guard lock(state_->mutex);
    launched = state_->asked.emplace().get_future();
  }
  state_->changed.notify_all();
  return launched.get();
}

}  // namespace isolator
