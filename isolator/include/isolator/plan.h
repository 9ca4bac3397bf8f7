#pragma once

#include <isolator/error.h>
#include <isolator/spec.h>

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace isolator {

/// What the child does next. It has no stack of its own to speak of, no libc and its parent's memory, so each
/// operation is one system call with arguments that were laid down before the clone, or one of six moves
/// that no single call makes.
struct Op {
  enum class Kind : std::uint8_t {
    call,          // the system call `nr`
    await,         // tell the parent that this point is reached; go on when it says so
    check_parent,  // is it still there?
    hold,          // a sandbox that is built ahead waits here, without limit; any other goes on
    jump,          // skip the next `skip` operations
    reset,  // the default action for every signal: CLONE_CLEAR_SIGHAND leaves the ignored ones ignored,
            // clone(2)
    name,   // write the path of a descriptor into the scratch, for a call that takes no descriptor
  };
  Kind kind = Kind::call;
  Step step = Step::validate;
  std::int16_t into = -1;                   // register that keeps the result
  std::uint8_t registers = 0;               // bit i: arg[i] is the number of a register
  std::uint8_t skip = 0;                    // operations to skip where `tolerated` happened
  std::array<std::uint8_t, 2> tolerated{};  // errnos that are no failure; 0: none
  std::uint32_t text = 0;                   // index of its description
  long nr = 0;
  std::array<long, 6> arg{};
  bool (*check)(const void* scratch) noexcept =
      nullptr;  // verify what was done; false fails the step with EPERM
};

/// A Spec compiled to system calls: immutable, launched as often as wanted, from any thread. All parsing,
/// allocation and looking at the host is done; only what differs between two launches is left to `launch`.
class Plan {
 public:
  struct Store;
  explicit Plan(std::shared_ptr<const Store> store) : store_(std::move(store)) {}
  const Store& store() const { return *store_; }

 private:
  std::shared_ptr<const Store> store_;
};

/// Throws Error{Step::validate} where the Spec contradicts itself, and with the step where this host lacks
/// what it needs.
Plan compile(Spec wanted);

/// One system call that launch would make, as strace(1) would print it, and the step that it belongs to.
struct PlanLine {
  Step step;
  std::string call;
};

/// What launch would do, in order: the same for the same Spec on the same host.
std::vector<PlanLine> lines(const Plan& plan);

/// The same as text, a line each.
std::string describe(const Plan& plan);

}  // namespace isolator
