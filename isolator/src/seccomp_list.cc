#include "seccomp_filter.h"

#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <tuple>

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
    __u8 sock_filter::*side;
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
void let_through(Filter& out, std::uint32_t number, unsigned first, const ExecArguments& exec) {
  struct {
    std::size_t offset;
    std::uint32_t value;
  } words[4];
  for (std::size_t i = 0; i < 4; ++i) {  // the low half first: both architectures are little-endian
    const auto value = std::uint64_t(i < 2 ? exec.argv : exec.environment);
    words[i] = {offsetof(seccomp_data, args) + 8UL * first + 4 * i, std::uint32_t(value >> (32 * (i % 2)))};
  }
  out.push_back(unless_equal(number, 10));
  for (std::size_t left = 7; const auto& [offset, value] : words) {  // up to the reload of the number
    out.push_back(load(offset));
    out.push_back(unless_equal(value, left));
    left -= 2;
  }
  out.push_back(give(SECCOMP_RET_ALLOW));
  out.push_back(load(offsetof(seccomp_data, nr)));
}

struct Call {
  std::uint32_t number, action;
  bool operator==(const Call&) const = default;
  bool operator<(const Call& other) const {
    return std::tie(number, action) < std::tie(other.number, other.action);
  }
};

/// Sorted by number; nothing where two rules give one call two actions.
std::optional<std::vector<Call>> calls_of(const std::vector<Seccomp::Rule>& rules) {
  std::vector<Call> calls;
  calls.reserve(rules.size());
  for (const Seccomp::Rule& rule : rules) {
    const int number = syscall_number(rule.syscall);
    if (number >= 0)
      calls.push_back({std::uint32_t(number), return_value(rule.action)});  // else of another architecture
  }
  std::sort(calls.begin(), calls.end());
  calls.erase(std::unique(calls.begin(), calls.end()), calls.end());
  const auto same_number = [](const Call& a, const Call& b) { return a.number == b.number; };
  if (std::adjacent_find(calls.begin(), calls.end(), same_number) != calls.end()) return std::nullopt;
  return calls;
}

std::vector<Range> ranges_of(const std::vector<Call>& calls, std::uint32_t otherwise,
                             std::uint32_t other_architectures) {
  std::vector<Range> ranges;
  const auto begin = [&](std::uint32_t first, std::uint32_t action) {
    if (!ranges.empty() && ranges.back().first == first) ranges.pop_back();
    if (ranges.empty() || ranges.back().action != action) ranges.push_back({first, action});
  };
  begin(0, otherwise);
  for (const Call& call : calls) {
    begin(call.number, call.action);
    begin(call.number + 1, otherwise);
  }
  if (other_table != 0) {
    begin(other_table, other_architectures);
    begin(~0U, otherwise);  // -1: a tracer has cancelled the call (ptrace(2)); it is of no table
  }
  return ranges;
}

}  // namespace

std::optional<Filter> compile_list(const Seccomp& wanted, const ExecArguments& exec) {
  const auto looks_at_arguments = [](const Seccomp::Rule& rule) { return !rule.when.empty(); };
  if (std::any_of(wanted.rules.begin(), wanted.rules.end(), looks_at_arguments)) return std::nullopt;
  const std::optional<std::vector<Call>> calls = calls_of(wanted.rules);
  if (!calls) return std::nullopt;  // which of the two wins is for libseccomp to say

  const std::uint32_t foreign = return_value(wanted.other_architectures);
  Filter out{load(offsetof(seccomp_data, arch)), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, architecture, 1, 0),
             give(foreign), load(offsetof(seccomp_data, nr))};
  const auto let_through_unless_named = [&](std::uint32_t number, unsigned first) {
    const auto names = [&](const Call& call) { return call.number == number; };
    if (std::none_of(calls->begin(), calls->end(), names)) let_through(out, number, first, exec);
  };
  let_through_unless_named(SYS_execve, 1);
  let_through_unless_named(SYS_execveat, 2);
  if (!Search(out).append(ranges_of(*calls, return_value(wanted.otherwise), foreign))) return std::nullopt;
  return out;
}

}  // namespace isolator
