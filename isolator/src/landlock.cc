// A Landlock domain, laid down while the descriptors and the rights are there, and entered late; landlock(7).

#include "landlock.h"

#include <fcntl.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cerrno>

namespace isolator {
namespace {

// The kernel's own layouts, whose newer members the headers of an older distribution lack.
struct RulesetAttribute {
  std::uint64_t handled_access_fs, handled_access_net, scoped;
};
struct [[gnu::packed]] PathBeneath {
  std::uint64_t allowed_access;
  std::int32_t parent_fd;
};
struct NetPort {
  std::uint64_t allowed_access, port;
};
constexpr long rule_path_beneath = 1, rule_net_port = 2, version = 1;

// 0 where the kernel has no Landlock, or has it switched off.
int kernel_abi() {
  static const long abi = syscall(SYS_landlock_create_ruleset, nullptr, 0, version);
  return abi < 0 ? 0 : int(abi);
}

Landlock::Rights supported() {
  Landlock::Rights out;
  for (const LandlockRight& right : landlock_rights())
    if (right.abi <= kernel_abi()) out.*right.kind |= right.bit;
  return out;
}

// What is handled here; throws where the kernel lacks a right that may not be lacking.
Landlock::Rights handled(const Landlock& wanted) {
  Landlock::Rights out = wanted.handled;
  const Landlock::Rights known = supported();
  for (const LandlockRight& right : landlock_rights()) {
    if (!(out.*right.kind & right.bit) || known.*right.kind & right.bit) continue;
    if (!(wanted.optional.*right.kind & right.bit))
      throw Error(Step::landlock, std::string(right.word), EOPNOTSUPP,
                  kernel_abi() == 0
                      ? "this kernel has no Landlock, or was booted without it (lsm=landlock,...)"
                      : "this kernel has Landlock ABI " + std::to_string(kernel_abi()) + ", and this takes " +
                            std::to_string(right.abi) +
                            "; to do without it where it lacks, name it in landlock.optional");
    out.*right.kind &= ~right.bit;
  }
  return out;
}

}  // namespace

// The rule of a path names its descriptor by number, within a structure: so the descriptor goes to a number
// that is known before, beyond those of the payload and of its program, and the ruleset to the next. EINVAL:
// it was there already.
void lay_down_landlock(Builder& b) {
  if (!b.spec().landlock) return;
  const Landlock& landlock = *b.spec().landlock;
  const Landlock::Rights rights = handled(landlock);
  if (rights == Landlock::Rights{}) return;
  const int path_fd = beyond_payload(b.spec(), 0), ruleset_fd = beyond_payload(b.spec(), 1);

  b.at(Step::landlock, "ruleset");
  const RulesetAttribute attribute{rights.files, rights.ports, rights.scopes};
  // An older kernel takes a shorter structure: what it does not know must not be there, not even as 0.
  const std::size_t size = rights.scopes != 0 ? 24 : rights.ports != 0 ? 16 : 8;
  const Reg made = b.into("ruleset", CALL(b, landlock_create_ruleset,
                                          b.keep(attribute, "{" + in_hexadecimal(rights.files) + ", " +
                                                                in_hexadecimal(rights.ports) + ", " +
                                                                in_hexadecimal(rights.scopes) + "}"),
                                          size, 0));
  CALL(b, dup3, made, ruleset_fd, FLAGS(O_CLOEXEC)).tolerated = {EINVAL};

  const auto allow = [&](const Reg& fd, std::uint64_t access) {
    CALL(b, dup3, fd, path_fd, FLAGS(O_CLOEXEC)).tolerated = {EINVAL};
    const PathBeneath rule{access & rights.files, path_fd};
    CALL(b, landlock_add_rule, ruleset_fd, Arg(rule_path_beneath, "LANDLOCK_RULE_PATH_BENEATH"),
         b.keep(rule, "{" + in_hexadecimal(rule.allowed_access) + ", " + std::to_string(path_fd) + "}"), 0);
  };
  for (const Landlock::Path& path : landlock.paths) {
    if ((path.access & rights.files) == 0)
      continue;  // none of them is known here, and the kernel takes no empty rule
    b.at(Step::landlock, path.path);
    allow(b.into("path", CALL(b, openat, FLAGS(AT_FDCWD), path.path, FLAGS(O_PATH | O_CLOEXEC))),
          path.access);
  }
  // A program of the host lies below none of the paths inside.
  constexpr std::uint64_t execute = 1 << 0, read_file = 1 << 2;
  if (b.store().program && (rights.files & (execute | read_file)) != 0) {
    b.at(Step::landlock, b.spec().process.program);
    allow(Reg{b.store().program_copy}, execute | read_file);
  }
  for (const Landlock::Port& port : landlock.ports) {
    if ((port.access & rights.ports) == 0) continue;
    b.at(Step::landlock, "port " + std::to_string(port.port));
    const NetPort rule{port.access & rights.ports, port.port};
    CALL(b, landlock_add_rule, ruleset_fd, Arg(rule_net_port, "LANDLOCK_RULE_NET_PORT"),
         b.keep(rule, "{" + in_hexadecimal(rule.allowed_access) + ", " + std::to_string(port.port) + "}"), 0);
  }
  b.store().landlock_ruleset = ruleset_fd;
}

void enter_landlock(Builder& b) {
  if (b.store().landlock_ruleset < 0) return;
  b.at(Step::landlock, "domain");
  CALL(b, landlock_restrict_self, b.store().landlock_ruleset, 0);
}

}  // namespace isolator
