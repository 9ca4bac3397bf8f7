#include <isolator/plan.h>

#include "builder.h"

#include <fcntl.h>
#include <linux/sched.h>

#include <algorithm>
#include <cerrno>
#include <sstream>

namespace isolator {
namespace {

std::pair<Arg, Arg> keep_arguments(Builder& b) {
  std::vector<const char*> argv, environment;
  if (!b.spec().process.init.empty()) argv.push_back(b.keep("init"));
  for (const std::string& word : b.spec().process.argv) argv.push_back(b.keep(word));
  for (const auto& [key, value] : environment_of(b.spec().process))
    environment.push_back(b.keep(key + "=" + value));
  argv.push_back(nullptr);
  environment.push_back(nullptr);
  return {b.keep(argv.data(), argv.size() * sizeof(char*), "argv"),
          b.keep(environment.data(), environment.size() * sizeof(char*), "environment")};
}

// The command, wherever PATH finds it inside, as execvp(3) does it; but what else stops the search is an
// error.
std::vector<std::string> candidates(const Process& process) {
  const std::string& command = process.argv[0];
  if (command.find('/') != std::string::npos) return {command};
  std::vector<std::string> out;
  std::stringstream path(search_path(process));
  for (std::string directory; std::getline(path, directory, ':');) out.push_back(directory + "/" + command);
  return out;
}

// Looked for first, so that an exec that finds nothing lacks what the command needs, and not the command; and
// before the filter, which need not know the call.
void find_command(Builder& b) {
  b.at(Step::exec, command_in_its_root(b.spec()));
  const std::vector<std::string> paths = candidates(b.spec().process);
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    Op& look = CALL(b, faccessat, FLAGS(AT_FDCWD), paths[i], FLAGS(F_OK));
    if (i + 1 == paths.size()) break;
    look.tolerated = {ENOENT, ENOTDIR};
    look.skip = 1;  // the jump to the exec
    b.jump();
    found.push_back(b.size() - 1);
  }
  for (const std::size_t jump : found) b.skip_to_here(jump);
}

void exec_inside(Builder& b, const Arg& argv, const Arg& environment) {
  b.at(Step::exec, b.spec().process.argv[0]);
  const std::vector<std::string> paths = candidates(b.spec().process);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    Op& op = CALL(b, execve, paths[i], argv, environment);
    if (i + 1 < paths.size()) op.tolerated = {ENOENT, ENOTDIR};
  }
}

}  // namespace

// The canonical order. A reviewer reads this function and child.cc to know what stands between clone and
// exec.
Plan compile(Spec wanted) {
  check_spec(wanted);
  auto store = std::make_shared<Plan::Store>();
  store->spec = std::move(wanted);
  const Spec& spec = store->spec;
  store->clone_flags = std::uint64_t(spec.unshare) & ~std::uint64_t(late_namespaces);
  open_joined(*store);
  plan_id_maps(*store);
  if (spec.limits.any()) store->cgroup_shares = cgroup::shares(spec.limits, cgroup::read_tables());
  for (const cgroup::Share& share : store->cgroup_shares)
    if (share.hierarchy.v2) store->clone_flags |= CLONE_INTO_CGROUP;
  // Both take long, and cgroups of v1 are entered by the child itself.
  store->cgroups_meanwhile = !store->cgroup_shares.empty() && !(store->clone_flags & CLONE_INTO_CGROUP) &&
                             has(spec.unshare, Ns::net) && spec.join.empty() &&
                             spec.network.kind <= Network::Kind::loopback;
  if (store->cgroups_meanwhile) store->clone_flags &= ~std::uint64_t(CLONE_NEWNET);

  const std::string& program = spec.process.init.empty() ? spec.process.program : spec.process.init;
  if (!program.empty()) {
    // Opened by the parent, who may read where the child, without privilege over the host, no longer can.
    store->program.reset(open(program.c_str(), O_PATH | O_CLOEXEC));
    if (!store->program) throw Error(Step::exec, program, errno, hint(spec, Step::exec, program, errno));
  }

  Builder b(*store);
  join_namespaces(b);  // in a process between the caller and the child
  if (store->cgroups_meanwhile) make_network_first(b);
  enter_cgroups(b);      // by descriptors of the parent, which are closed next
  close_descriptors(b);  // before any other: the table is shared with the parent until then
  arm_parent_death_signal(b);
  if (spec.process.new_session) new_session(b);
  if (spec.process.terminal) take_terminal(b);
  default_signals(b);
  if (spec.process.stop_at_exec) stop_at_exec(b);
  b.at(Step::maps).await("the parent has written the id maps");
  enter_late_namespaces(b);
  set_names(b);
  bring_loopback_up(b);
  build_root(b);         // mounts, masks, and the switch
  lay_down_landlock(b);  // its paths are those inside
  if (spec.process.new_keyring) join_new_keyring(b);

  // Without no_new_privs Landlock and a filter take CAP_SYS_ADMIN, so they are loaded while that is still
  // there, and the filter must let the calls through that follow; with it, last.
  const auto [argv, environment] = keep_arguments(b);
  if (!spec.process.no_new_privs) enter_landlock(b), load_filter(b, argv, environment);
  set_rlimits(b);
  set_schedule(b);
  set_personality(b);
  drop_bounding_set(b);  // needs CAP_SETPCAP, so before the identity changes
  change_identity(b);
  set_capabilities(b);         // ambient last: setresuid(2) clears it
  arm_parent_death_signal(b);  // the change of credentials cleared it
  b.check_parent();
  enter_directory(b);
  if (finds_command(spec)) find_command(b);
  if (spec.process.no_new_privs) set_no_new_privs(b), enter_landlock(b);
  // A sandbox of a pool waits behind its filter, where that lets it.
  store->lets_wait = lets_wait(spec);
  const bool filtered_first = spec.process.no_new_privs && store->lets_wait;
  if (!filtered_first) b.hold();
  if (spec.process.no_new_privs) load_filter(b, argv, environment);
  if (filtered_first) b.hold();
  if (store->program) {
    b.at(Step::exec, program);
    CALL(b, execveat, Reg{store->program_copy}, "", argv, environment, FLAGS(AT_EMPTY_PATH));
  } else {
    exec_inside(b, argv, environment);
  }
  refuse_own_notifications(*store);
  return Plan(std::move(store));
}

std::vector<PlanLine> lines(const Plan& plan) {
  const Plan::Store& store = plan.store();
  std::vector<PlanLine> out;
  if (const auto& adj = store.spec.process.oom_score_adj)
    out.push_back({Step::limits,
                   "write(\"/proc/self/oom_score_adj\", \"" + std::to_string(*adj) + "\"), until the exec"});
  const bool joins = store.joiner_ops > 0;
  if (joins)
    out.push_back({Step::clone, "clone3(" + clone_flag_names(store.clone_flags & CLONE_INTO_CGROUP) + ")"});
  for (const Op& op : store.ops) {
    if (&op == &store.ops[store.joiner_ops])
      out.push_back(
          {Step::clone, "clone3(" +
                            clone_flag_names(joins ? (store.clone_flags & ~CLONE_INTO_CGROUP) | CLONE_PARENT
                                                   : store.clone_flags) +
                            ")"});
    if (op.kind != Op::Kind::jump && op.kind != Op::Kind::hold && op.kind != Op::Kind::name)
      out.push_back({op.step, store.texts[op.text].call});
  }
  return out;
}

std::string describe(const Plan& plan) {
  std::string out;
  for (const PlanLine& line : lines(plan)) {
    const std::string_view step = name(line.step);
    out += step;
    out.append(step.size() < 14 ? 14 - step.size() : 1, ' ');
    out += line.call + "\n";
  }
  return out;
}

}  // namespace isolator
