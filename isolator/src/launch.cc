// From a Plan to a running process: the parent's side of the clone.

#include <isolator/launch.h>

#include "builder.h"
#include "cgroup.h"
#include "elsewhere.h"
#include "launching.h"
#include "network.h"
#include "subordinate_ids.h"
#include "sys.h"

#include <linux/futex.h>
#include <linux/sched.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>

namespace isolator {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const Plan::Store& plan, Step step, const std::string& object, int err) {
  throw Error(step, object, err, hint(plan.spec, step, object, err));
}

void write_map(pid_t pid, const char* file, const std::string& content) {
  if (!write_proc(pid, file, content))
    throw Error(Step::maps, file + (" " + content.substr(0, content.find('\n'))), errno);
}

void write_maps(const Plan::Store& plan, pid_t pid) {
  if (plan.uid_map.empty()) return;
  if (plan.deny_setgroups) write_map(pid, "setgroups", "deny");
  if (plan.gid_mapper.empty())
    write_map(pid, "gid_map", plan.gid_map);
  else
    write_map_by(plan.gid_mapper, group_ids(), pid, plan.gid_map);
  if (plan.uid_mapper.empty())
    write_map(pid, "uid_map", plan.uid_map);
  else
    write_map_by(plan.uid_mapper, user_ids(), pid, plan.uid_map);
}

long futex(std::uint32_t& word, int op, std::uint32_t value, const timespec* limit = nullptr) {
  return syscall(SYS_futex, &word, op, value, limit);
}

bool needs_beside(const Plan::Store& plan) {
  return std::any_of(plan.tasks.begin(), plan.tasks.end(),
                     [](const auto& task) { return task.kind != Plan::Store::Task::Kind::listener; });
}

void answer(Shared& shared, std::uint32_t wait) {
  __atomic_store_n(&shared.go, wait, __ATOMIC_SEQ_CST);
  futex(shared.go, FUTEX_WAKE, 1);
}

}  // namespace

// While the child is in `state`. A joiner that was killed tells nobody.
void Launching::await_change(std::uint32_t state) {
  constexpr timespec look_again{0, 50'000'000};
  futex(shared_.state, FUTEX_WAIT, state, joiner_ ? &look_again : nullptr);  // not private, as the kernel's
  if (joiner_ && joiner_->has_ended() && __atomic_load_n(&shared_.state, __ATOMIC_SEQ_CST) != 0)
    fail(plan_.store(), Step::clone, "joiner", ECHILD);
}

void Launching::await_joined() {
  while (__atomic_load_n(&shared_.state, __ATOMIC_SEQ_CST) == 1) await_change(1);
  const Plan::Store& store = plan_.store();
  if (shared_.clone_error != 0)
    fail(store, Step::clone, clone_flag_names(store.clone_flags), shared_.clone_error);
  if (shared_.pid != 0) {
    state_->pid = shared_.pid;
    state_->pidfd.reset(int(syscall(SYS_pidfd_open, state_->pid, 0)));
    if (!state_->pidfd) fail(store, Step::clone, "pidfd", errno);
  }
  throw_fault(nullptr);
}

// Answers the child's waits, but for the `answered` ones, until it has execed or exited, or is held.
void Launching::attend(std::uint32_t answered) {
  for (;;) {
    const std::uint32_t state = __atomic_load_n(&shared_.state, __ATOMIC_SEQ_CST);
    if (state == 0) return;
    if (state <= answered) {
      await_change(state);
    } else if (__atomic_load_n(&shared_.held, __ATOMIC_SEQ_CST)) {
      return;
    } else {
      try {
        serve(state);
      } catch (const Error&) {
        throw_fault(std::current_exception());
      }
      answer(shared_, answered = state);
    }
  }
}

// What the parent owes the child at this wait.
void Launching::serve(std::uint32_t wait) {
  using Kind = Plan::Store::Task::Kind;
  for (const Plan::Store::Task& task : plan_.store().tasks) {
    if (task.wait != wait) continue;
    if (task.kind == Kind::root) fill_root(*beside_, state_->directory ? state_->directory->path() : "");
    if (task.kind == Kind::listener) {
      KeepDumpable::restore();
      const Spec& spec = plan_.store().spec;
      state_->notices.emplace(take_listener(state_->pidfd.get(), beyond_payload(spec, listener_number)),
                              spec.seccomp->answer);
    }
    if (task.kind == Kind::attributes) remount_all(*beside_, task.path, task.flags);
    if (task.kind == Kind::owners) attach_idmapped(*beside_, *task.mount, task.owners);
    if (task.kind != Kind::network) continue;
    if (plan_.store().spec.network.kind == Network::Kind::veth)
      connect_by_veth(*beside_);
    else
      state_->network.emplace(state_->pid);
  }
}

// The child's own fault first: what the parent then did with a process that was gone failed for that reason.
void Launching::throw_fault(const std::exception_ptr& broken) {
  const Plan::Store& store = plan_.store();
  if (shared_.failed_op >= 0) {
    const Op& op = store.ops[std::size_t(shared_.failed_op)];
    const std::string& object = store.texts[op.text].object;
    const bool not_there =
        op.nr == SYS_faccessat && shared_.err == ENOENT;  // where it was looked for: the hint's
    throw Error(op.step, not_there ? store.spec.process.argv[0] : object, shared_.err,
                hint(store.spec, op.step, object, shared_.err));
  }
  if (!broken) return;
  try {
    std::rethrow_exception(broken);
  } catch (const Error& e) {
    if (!e.hint.empty()) throw;
    fail(store, e.step, e.object, e.code().value());
  }
}

// The child itself, or who enters namespaces and clones it there, in the cgroup of v2 if there is one.
void Launching::start(const Stack& stack, const Fd& v2) {
  const Plan::Store& store = plan_.store();
  int pidfd = -1;
  child_.flags =
      CLONE_VM | CLONE_CHILD_CLEARTID | CLONE_CLEAR_SIGHAND | (store.clone_flags & ~CLONE_INTO_CGROUP);
  child_.child_tid = std::uint64_t(&shared_.state);
  child_.stack = std::uint64_t(stack.base());
  child_.stack_size = Stack::size;
  const auto clone = [&](clone_args& args, void (*entry)(void*)) {
    args.exit_signal = SIGCHLD;
    if (v2) {
      args.flags |= CLONE_INTO_CGROUP;
      args.cgroup = std::uint64_t(v2.get());
    }
    const long pid = sys::clone3(&args, entry, &shared_);
    if (sys::failed(pid)) fail(store, Step::clone, clone_flag_names(store.clone_flags), int(-pid));
    return pid_t(pid);
  };
  if (!page_) {
    child_.flags |= CLONE_FILES | CLONE_PIDFD;
    child_.pidfd = std::uint64_t(&pidfd);
    state_->pid = clone(child_, run_child);
    state_->pidfd.reset(pidfd);
    child_.pidfd = 0;
    return;
  }
  // A sibling of its maker, which takes no exit signal of its own (clone(2)).
  child_.flags |= CLONE_VFORK | CLONE_PARENT | CLONE_PARENT_SETTID;
  child_.parent_tid = std::uint64_t(&shared_.pid);
  shared_.child = &child_;
  clone_args joiner{};
  joiner_.emplace(clone(joiner, run_joiner));
  await_joined();
}

void Launching::make_cgroups() {
  state_->cgroup = Cgroup::make_for(plan_.store().cgroup_shares);
  doors_ = state_->cgroup->doors();
  for (std::size_t i = 0; i < doors_.size(); ++i)
    registers_[std::size_t(Builder::doors[i].number)] = doors_[i].get();
}

Launching::Launching(const Plan& plan, const Stack& stack, bool hold)
    : plan_(plan),
      page_(plan.store().joiner_ops > 0 ? std::make_unique<SharedPage>() : nullptr),
      shared_(page_ ? **page_ : own_),
      registers_(plan.store().registers.size()),
      state_(std::make_unique<Child::State>()) {
  const Plan::Store& store = plan_.store();
  Child::State& state = *state_;
  state.began = Clock::now();
  state.wall = store.spec.process.wall;
  state.pid_namespace = has(store.spec.unshare, Ns::pid);
  if (store.temporary_root) {
    state.directory.emplace(make_temporary_root());
    registers_[std::size_t(Builder::root_path.number)] = long(state.directory->path().c_str());
  }
  Fd v2;
  if (store.spec.limits.any() && !store.cgroups_meanwhile) {
    const Clock::time_point before = Clock::now();
    make_cgroups();
    v2 = state.cgroup->v2();
    shared_.spent[std::size_t(Step::cgroup)] = std::chrono::nanoseconds(Clock::now() - before).count();
  }
  shared_.lets_wait = store.lets_wait;
  shared_.hold = hold;
  shared_.ops = store.ops.data();
  shared_.count = std::uint32_t(store.ops.size());
  shared_.first = std::uint32_t(store.joiner_ops);
  shared_.registers = registers_.data();
  registers_[std::size_t(Builder::scratch.number)] = long(shared_.scratch);

  if (hold) waits_.emplace();
  const Presence presence(shared_.presence);
  OomScore oom_score(store.spec.process.oom_score_adj);
  const BlockSignals blocked;
  shared_.began = std::chrono::nanoseconds(Clock::now().time_since_epoch()).count();
  start(stack, v2);
  oom_score.set_child(state.pid);

  // Without waiting to be asked: the child has other things to do meanwhile.
  std::exception_ptr broken;
  std::uint32_t answered = 1;
  try {
    if (store.cgroups_meanwhile) {
      make_cgroups();
      answer(shared_, ++answered);
    }
    if (needs_beside(store)) beside_.emplace(store, state.pid);
    write_maps(store, state.pid);
    answer(shared_, ++answered);
  } catch (...) {
    broken = std::current_exception();
    kill(state.pid, SIGKILL);  // then it never comes to its next call
  }
  attend(answered);
  doors_.clear();
  throw_fault(broken);
}

Child Launching::finish() {
  if (shared_.held) {
    state_->began = Clock::now();
    std::fill(std::begin(shared_.spent), std::end(shared_.spent), 0);  // of a launch that was ready, no more
    const std::uint32_t wait = __atomic_load_n(&shared_.state, __ATOMIC_SEQ_CST);
    __atomic_store_n(&shared_.held, false, __ATOMIC_SEQ_CST);
    shared_.began = std::chrono::nanoseconds(state_->began.time_since_epoch()).count();
    answer(shared_, wait);
    attend(wait);
    throw_fault(nullptr);
  }
  state_->execed = Clock::now();
  for (std::size_t step = 0; step < std::size_t(Step::exec); ++step)
    if (shared_.spent[step] > 0)
      state_->steps.emplace_back(Step(step), std::chrono::nanoseconds(shared_.spent[step]));
  // The last reading of the child is the end of the step before the exec, or before the filter.
  state_->steps.emplace_back(
      Step::exec, std::chrono::nanoseconds(shared_.spent[std::size_t(Step::exec)]) +
                      (state_->execed - Clock::time_point(std::chrono::nanoseconds(shared_.began))));
  return Child(std::move(state_));
}

Child launch(const Plan& plan) {
  static thread_local const Stack stack;  // one launch of a thread after the other
  return Launching(plan, stack, false).finish();
}

}  // namespace isolator
