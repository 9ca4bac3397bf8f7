#include "cell.h"

#include "conversation.h"
#include "host.h"
#include "nonce.h"
#include "own_paths.h"
#include "target/attack.h"
#include "target/target.h"

#include <isolator/fd.h>
#include <isolator/keeper.h>
#include <isolator/launch.h>
#include <isolator/rootless.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace escapement {
namespace {

// Where it can be read by an unprivileged user as well: through a descriptor that was opened before.
std::string reachable(const std::string& program, const isolator::Fd& fd) {
  return fd ? "/proc/self/fd/" + std::to_string(fd.get()) : program;
}

void end_of(const isolator::Outcome& outcome, Record& record) {
  using Kind = isolator::Outcome::Kind;
  if (outcome.kind == Kind::exited) record.exit_status = outcome.code;
  if (outcome.kind == Kind::signaled) record.signal = outcome.code;
  if (outcome.kind == Kind::timed_out && record.trouble.empty() && record.not_planted.empty())
    record.trouble = "it was killed at its limit of time";
  const auto us = [](auto t) { return std::chrono::duration_cast<microseconds>(t); };
  record.time = {us(outcome.to_exec), us(outcome.to_exit), us(outcome.to_gone), {}};
  for (const auto& [step, time] : outcome.steps)
    record.time.launch_steps.emplace_back(isolator::name(step), us(time));
}

// What a probe is told: what the witness planted, and in every order which namespaces, and whether the
// session and the process group, are the host's.
std::string order_of(const Cell& cell, const Planted& planted, const Inside& inside) {
  std::string shared;
  const auto share = [&](const std::string& name) { shared += (shared.empty() ? "" : ",") + name; };
  for (const auto& [name, state] : inside.namespaces)
    if (state == "shared") share(name);
  if (!inside.own_session) share("session");
  if (!inside.own_group) share("group");
  return planted.order + (planted.order.empty() ? "" : " ") + cell.order + (cell.order.empty() ? "" : " ") +
         "shared=" + shared + (cell.probe->only_in_guest ? " guest=1" : "");
}

// From the hello to the claim, and what the host sees on the way. The probe still lives, and waits, when this
// returns true.
bool converse(const Cell& cell, const std::string& nonce, isolator::Child& child, Conversation& conversation,
              Witness& witness, const std::string& program, Record& record) {
  if (!conversation.greet(nonce, cell.probe->id, record)) return false;
  const Inside inside = look_inside(child.pid());
  record.misplaced = misplaced(inside, cell.profile->spec, child.cgroups(), program);
  return attack_inside(cell, inside, conversation, witness, record);
}

void attack(const Cell& cell, Witness& witness, Record& record) {
  // Before the identity changes: the program may lie where only root can look.
  const isolator::Fd opened(cell.profile->rootless ? open(cell.probe->program.c_str(), O_PATH | O_CLOEXEC)
                                                   : -1);
  const std::string program = reachable(cell.probe->program, opened);
  if (cell.profile->rootless) isolator::become_nobody();

  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  isolator::Fd in_read(in[0]), in_write(in[1]);
  if (pipe2(out, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  isolator::Fd out_read(out[0]), out_write(out[1]);
  const isolator::Fd null(open("/dev/null", O_WRONLY | O_CLOEXEC));

  isolator::Spec spec = cell.profile->spec;
  spec.process.argv = {cell.probe->id};
  spec.process.program = program;
  spec.process.fds = {{in_read.get(), 0}, {out_write.get(), 1}, {null.get(), 2}};

  const std::string nonce = escapement::nonce();
  const OwnPaths own_paths(nonce);
  isolator::Outcome outcome;
  {
    const isolator::Plan plan = isolator::compile(spec);
    isolator::Child child = isolator::launch(plan);
    in_read.reset();
    out_write.reset();
    Conversation conversation(in_write.get(), out_read.get(), cell.patience);
    const bool claimed = converse(cell, nonce, child, conversation, witness, program, record);
    if (claimed) conversation.end();
    in_write.reset();
    const bool by_itself = ended_within(child.pidfd(), cell.patience / (claimed ? 5 : 50));
    if (!by_itself) child.kill();
    if (claimed && !by_itself) record.trouble = "it did not end when it was told to";
    outcome = child.wait();
    if (!by_itself) outcome.kind = isolator::Outcome::Kind::timed_out;
  }
  end_of(outcome, record);
  record.left_behind = isolator::kill_descendants(witness.helpers());
  record.after = witness.observe_after(record, outcome.counters);
}

}  // namespace

bool attack_inside(const Cell& cell, const Inside& inside, Conversation& conversation, Witness& witness,
                   Record& record) {
  record.namespaces = inside.namespaces;
  record.own_session = inside.own_session;
  record.own_group = inside.own_group;
  const Planted planted = witness.plant(inside);
  record.not_planted = planted.not_planted;
  record.absent = planted.absent;
  if (!record.not_planted.empty() || !conversation.attack(order_of(cell, planted, inside), record))
    return false;
  record.live = witness.observe(record);
  return true;
}

bool ended_within(int pidfd, std::chrono::milliseconds time) {
  pollfd ended{pidfd, POLLIN, 0};
  int ready = 0;
  while ((ready = poll(&ended, 1, int(time.count()))) < 0 && errno == EINTR) {
  }
  return ready > 0;
}

Record run_cell(const Cell& cell) {
  Record record;
  if (cell.probe->only_in_guest && !is_guest_of_its_own()) {
    record.not_planted = "all of the machine would feel it: it runs in a guest of its own alone";
    record.absent = true;
    return record;
  }
  // Its control takes away what a runtime that was mended adds, in a sandbox that starts from no bundle.
  if (cell.probe->bundle && !cell.control && (cell.target == nullptr || !cell.target->takes_bundles())) {
    record.not_planted = "it attacks by an OCI bundle, and this target takes none";
    record.absent = true;
    return record;
  }
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  signal(SIGPIPE, SIG_IGN);  // a probe that ended early is noticed by what it does not say
  try {
    const std::unique_ptr<Witness> witness = make_witness(*cell.probe, *cell.plantings, cell.demand);
    if (cell.target != nullptr)
      attack_in_target(cell, *witness, record);
    else
      attack(cell, *witness, record);
  } catch (const isolator::Error& e) {
    record.not_built = e.what();
    record.not_built_hint = e.hint;
    record.build_errno = e.code().value();
  } catch (const std::exception& e) {
    record.trouble = e.what();
  }
  return record;
}

Demand demand_of(const isolator::Spec& spec) {
  constexpr std::uint64_t mib = 1 << 20;
  std::uint64_t processes = spec.limits.pids.value_or(32);
  const auto nproc = spec.process.rlimits.find(RLIMIT_NPROC);
  if (!spec.limits.pids && nproc != spec.process.rlimits.end() && nproc->second != RLIM_INFINITY)
    processes = nproc->second;
  return {.processes = processes + 64,
          .bytes = spec.limits.memory.value_or(64 * mib) + 64 * mib,
          .processors = spec.limits.cpu.value_or(0.5)};
}

}  // namespace escapement
