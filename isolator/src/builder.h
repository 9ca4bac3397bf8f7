#pragma once

#include <isolator/plan.h>

#include <isolator/fd.h>
#include "cgroup_shares.h"
#include "root_copies.h"

#include <sys/stat.h>

#include <concepts>
#include <cstddef>
#include <cstring>
#include <deque>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

namespace isolator {

/// All that a Plan owns. Strings and structures stay where they are: the child reads them in place.
struct Plan::Store {
  Spec spec;
  std::uint64_t clone_flags = 0;
  std::vector<Op> ops;
  struct Text {
    std::string call, object;
  };
  std::vector<Text> texts;             // by Op::text
  std::vector<std::string> registers;  // names, by number
  std::deque<std::string> strings;
  std::vector<std::unique_ptr<std::byte[]>> structures;
  std::string uid_map, gid_map;        // lines for /proc/PID/*_map; empty without a user namespace
  std::string uid_mapper, gid_mapper;  // programs that write them for who is not root; empty: the caller
  bool deny_setgroups = false;
  std::vector<cgroup::Share> cgroup_shares;  // empty without limits
  bool cgroups_meanwhile = false;            // made while the child makes its network
  std::vector<Fd> joined;                    // one for each of Spec::join
  std::size_t joiner_ops = 0;     // how many of `ops` come before the clone of the child; 0 without joins
  Fd program;                     // of Process::program
  int landlock_ruleset = -1;      // its descriptor in the child
  int program_copy = 0;           // the register with the child's own copy of it
  bool temporary_root = false;    // launch makes an empty directory and gives it in Builder::root_path
  std::vector<Copy> root_copies;  // of Root::from
  std::uint32_t waits = 1;        // the last one of the child for the parent, as Shared::state counts
  struct Task {
    enum class Kind { network, root, owners, listener, attributes } kind;
    std::uint32_t wait;
    const Mount* mount = nullptr;  // with owners of its own
    int owners = -1;               // a user namespace with their map
    std::string path = "";         // inside, of the mount that gets attributes
    unsigned long flags = 0;       // MS_*, for it
  };
  std::vector<Task> tasks;   // of the parent at a wait of the child
  bool lets_wait = false;    // as Shared has it
  std::size_t filtered = 0;  // the first of `ops` that calls may be notified of
  std::vector<Fd> owners;    // of tasks
  std::string attach_point;  // of the new root, until the switch
};

/// A register of the child: keeps the result of an operation for the arguments of later ones.
struct Reg {
  int number;
};

/// One argument of a system call, with the text that shows it.
struct Arg {
  template <std::integral T>
  Arg(T v) : value(long(v)), text(std::to_string(v)) {}
  Arg(Reg r) : value(r.number), is_register(true) {}
  Arg(Reg r, std::string shown) : value(r.number), text(std::move(shown)), is_register(true) {}
  Arg(long v, std::string shown) : value(v), text(std::move(shown)) {}
  Arg(const char* s) : text(s), is_string(true) {}
  Arg(std::string s) : text(std::move(s)), is_string(true) {}

  long value = 0;
  std::string text;
  bool is_register = false, is_string = false;
};

/// Appends operations to a Plan, one function of a concept file after the other, in the order in which the
/// child will make them.
class Builder {
 public:
  explicit Builder(Plan::Store& store);

  /// Registers that launch fills in before the clone.
  static constexpr Reg scratch{0};    // 256 bytes that the child may write, given to Op::check
  static constexpr Reg root_path{1};  // a temporary root directory
  static constexpr Reg doors[]{{2}, {3}, {4}, {5}, {6}, {7}};  // descriptors of the v1 cgroups to enter

  /// What an error of the following operations names: the step, and the path, limit or capability.
  Builder& at(Step step, std::string object = "");

  /// Appends one system call. The result is kept only if a register asks for it with `into`.
  Op& call(const char* name, long nr, std::initializer_list<Arg> args);
  Reg into(const char* register_name, Op& op);
  Op& jump();
  /// Returns its number, as Shared::state counts.
  std::uint32_t await(std::string what);
  /// Writes "/proc/self/fd/N" of a descriptor into the scratch, for the next call.
  Arg name(Reg descriptor);
  void check_parent();
  void hold();
  void reset_signals();
  std::size_t size() const { return store_.ops.size(); }
  /// Makes `from` skip everything up to here: where it was tolerated, or for a jump.
  void skip_to_here(std::size_t from);

  /// Copies a structure or array into the Plan, where the child reads it.
  template <typename T>
  Arg keep(const T& value, std::string shown) {
    return keep(&value, sizeof value, std::move(shown));
  }
  Arg keep(const void* data, std::size_t size, std::string shown);
  const char* keep(const std::string& text);

  const Spec& spec() const { return store_.spec; }
  Plan::Store& store() { return store_; }

 private:
  Op& add(Op::Kind kind, std::string text);

  Plan::Store& store_;
  Step step_ = Step::validate;
  std::string object_;
};

std::string in_hexadecimal(std::uint64_t);  ///< "0x3f"
std::string in_octal(mode_t);               ///< "0644"

// A flag argument that shows itself as it is written.
#define FLAGS(expression) ::isolator::Arg(long(expression), #expression)
// A system call by its name.
#define CALL(builder, name, ...) (builder).call(#name, SYS_##name, {__VA_ARGS__})

// One function a concept, in the order of plan.cc.
void join_namespaces(Builder&);
void make_network_first(Builder&);
void enter_cgroups(Builder&);
void close_descriptors(Builder&);
void arm_parent_death_signal(Builder&);
void new_session(Builder&);
void take_terminal(Builder&);
void default_signals(Builder&);
void stop_at_exec(Builder&);
void set_names(Builder&);
void bring_loopback_up(Builder&);
void enter_late_namespaces(Builder&);
void build_root(Builder&);
void set_rlimits(Builder&);
void set_schedule(Builder&);
void join_new_keyring(Builder&);
void set_personality(Builder&);
void drop_bounding_set(Builder&);
void become_owner(Builder&);
void change_identity(Builder&);
void set_capabilities(Builder&);
void enter_directory(Builder&);
void lay_down_landlock(Builder&);
void set_no_new_privs(Builder&);
void enter_landlock(Builder&);
void load_filter(Builder&, const Arg& argv, const Arg& environment);

/// Does the filter of a Spec, if it has one, allow what a child calls to wait for its parent?
bool lets_wait(const Spec&);

/// Throws Error{Step::validate} where a call is notified that the launch makes behind the filter.
void refuse_own_notifications(const Plan::Store&);

/// Numbers in the child that neither the payload's descriptors nor its program have, from 0.
int beyond_payload(const Spec&, int which);

/// "CLONE_NEWPID|CLONE_NEWNET|...", for people.
std::string clone_flag_names(std::uint64_t flags);

/// The namespaces that the child enters on its way, because the clone is too early for them: see plan.cc.
inline constexpr Ns late_namespaces = Ns::cgroup | Ns::time;

/// The mounts of the new root, below `root`; the sources on the host are opened first, while they are still
/// reachable.
struct MountPlan;
std::shared_ptr<MountPlan> open_sources(Builder&);
void make_mounts(Builder&, MountPlan&, Reg root);  // and files
void cover_paths(Builder&, MountPlan&, Reg root);

/// Opens the namespaces to join. Throws Error{Step::namespaces}, and Error{Step::validate} where they are not
/// what the Spec says.
void open_joined(Plan::Store&);

/// Is the payload in another user namespace than the caller?
bool in_user_namespace(const Spec&);

/// The lines for /proc/PID/uid_map and gid_map.
void plan_id_maps(Plan::Store&);

/// Throws Error{Step::validate} where a Spec contradicts itself.
void check_spec(const Spec&);

/// The first id inside, which owns what is made for the sandbox; 0 without a map.
std::uint32_t first_inside(const std::vector<IdRange>&);

/// All that it gets: what the profile names, and the caller's where that is inherited.
std::map<std::string, std::string> environment_of(const Process&);

/// Where a command without a slash is looked for, inside.
std::string search_path(const Process&);

/// Is the command looked for before its exec? Not where the filter is already loaded, nor on the host.
bool finds_command(const Spec&);

/// "bash in /usr/bin:/bin of the root /srv/root", for an error.
std::string command_in_its_root(const Spec&);

/// What the reader can do about an errno at a step; empty where there is nothing to say.
std::string hint(const Spec&, Step, const std::string& object, int err);

}  // namespace isolator
