#include "seccomp_filter.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <cstddef>
#include <map>

namespace isolator {
namespace {

// The kernel tells two tables of calls apart by the architecture, but x32 from x86-64 only by a bit of the
// number (arch/x86/include/uapi/asm/unistd.h, __X32_SYSCALL_BIT).
#if defined(__x86_64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_X86_64;
constexpr std::uint32_t other_table = 0x40000000;
#elif defined(__aarch64__)
constexpr std::uint32_t architecture = AUDIT_ARCH_AARCH64;
constexpr std::uint32_t other_table = 0;
#endif

sock_filter load(std::size_t offset) { return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, std::uint32_t(offset)); }

sock_filter give(std::uint32_t action) { return BPF_STMT(BPF_RET | BPF_K, action); }

sock_filter unless_equal(std::uint32_t value, std::size_t skip) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, std::uint8_t(skip));
}

/// The numbers from `first` up to that of the next range.
struct Range {
  std::uint32_t first, action;
};

/// A binary search: a comparison for each boundary between two ranges, then a return for each action.
class Search {
 public:
  explicit Search(Filter& out) : out_(out) {}

  /// False where a jump would be too far: a conditional one passes over 255 instructions at most.
  bool append(const std::vector<Range>& ranges) {
    if (ranges.size() == 1)
      out_.push_back(give(ranges[0].action));
    else
      compare(ranges.data(), ranges.size());
    for (const auto& [action, jumps] : jumps_) {
      for (const Jump& jump : jumps) land(jump);
      out_.push_back(give(action));
    }
    return reachable_;
  }

 private:
  struct Jump {
    std::size_t from;
    __u8 sock_filter::* side;
  };

  void land(const Jump& jump) {
    const std::size_t over = out_.size() - jump.from - 1;
    reachable_ &= over <= 255;
    out_[jump.from].*jump.side = std::uint8_t(over);
  }

  void compare(const Range* ranges, std::size_t count) {
    const std::size_t middle = count / 2, from = out_.size();
    out_.push_back(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, ranges[middle].first, 0, 0));
    follow({from, &sock_filter::jf}, ranges, middle);
    follow({from, &sock_filter::jt}, ranges + middle, count - middle);
  }

  void follow(const Jump& jump, const Range* ranges, std::size_t count) {
    if (count == 1) {
      jumps_[ranges->action].push_back(jump);
    } else {
      land(jump);
      compare(ranges, count);
    }
  }

  Filter& out_;
  std::map<std::uint32_t, std::vector<Jump>> jumps_;  // by action
  bool reachable_ = true;
};

/// Lets a call through where two of its arguments, from `first`, are the payload's. A comparison is of 32
/// bits.
void let_through(Filter& out, long number, unsigned first, const ExecArguments& exec) {
  struct {
    std::size_t offset;
    std::uint32_t value;
  } words[4];
  for (unsigned i = 0; i < 4; ++i) {  // the low half first: both architectures are little-endian
    const auto value = std::uint64_t(i < 2 ? exec.argv : exec.environment);
    words[i] = {offsetof(seccomp_data, args) + 8 * first + 4 * i, std::uint32_t(value >> (32 * (i % 2)))};
  }
  out.push_back(unless_equal(std::uint32_t(number), 10));
  for (std::size_t left = 7; const auto& [offset, value] : words) {  // up to the reload of the number
    out.push_back(load(offset));
    out.push_back(unless_equal(value, left));
    left -= 2;
  }
  out.push_back(give(SECCOMP_RET_ALLOW));
  out.push_back(load(offsetof(seccomp_data, nr)));
}

using Actions = std::map<std::uint32_t, std::uint32_t>;  // by number

std::vector<Range> ranges_of(const Actions& actions, std::uint32_t otherwise) {
  std::vector<Range> ranges;
  const auto begin = [&](std::uint32_t first, std::uint32_t action) {
    if (!ranges.empty() && ranges.back().first == first) ranges.pop_back();
    if (ranges.empty() || ranges.back().action != action) ranges.push_back({first, action});
  };
  begin(0, otherwise);
  for (const auto& [number, action] : actions) {
    begin(number, action);
    begin(number + 1, otherwise);
  }
  if (other_table != 0) {
    begin(other_table, SECCOMP_RET_KILL_PROCESS);
    begin(~0U, otherwise);  // -1: a tracer has cancelled the call (ptrace(2)); it is of no table
  }
  return ranges;
}

}  // namespace

std::optional<Filter> compile_list(const Seccomp& wanted, const ExecArguments& exec) {
  Actions actions;
  for (const Seccomp::Rule& rule : wanted.rules) {
    if (!rule.when.empty()) return std::nullopt;
    const int number = syscall_number(rule.syscall);
    if (number < 0) continue;  // of another architecture
    const std::uint32_t action = return_value(rule.action);
    const auto [entry, added] = actions.emplace(std::uint32_t(number), action);
    if (entry->second != action) return std::nullopt;  // which of the two wins is for libseccomp to say
  }
  Filter out{load(offsetof(seccomp_data, arch)),
             BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0),
             give(SECCOMP_RET_KILL_PROCESS),
             load(offsetof(seccomp_data, nr))};
  if (!actions.contains(SYS_execve)) let_through(out, SYS_execve, 1, exec);
  if (!actions.contains(SYS_execveat)) let_through(out, SYS_execveat, 2, exec);
  if (!Search(out).append(ranges_of(actions, return_value(wanted.otherwise)))) return std::nullopt;
  return out;
}

}  // namespace isolator
