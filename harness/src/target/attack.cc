#include "attack.h"

#include "../conversation.h"
#include "../nonce.h"
#include "../own_paths.h"
#include "builder.h"
#include "control_groups.h"
#include "leftovers.h"
#include "programs.h"
#include "skeleton.h"
#include "target.h"

#include <isolator/fd.h>
#include <isolator/keeper.h>

#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <system_error>

namespace escapement {
namespace {

using Clock = std::chrono::steady_clock;

/// The directory of a Place, as long as it is needed.
class Workplace {
 public:
  Workplace(const std::string& parent, const ProbeInfo& probe) : place_(make_place(parent, probe.program)) {
    if (probe.bundle) place_.bundle = &*probe.bundle;
    place_.traced = std::find(probe.witness.begin(), probe.witness.end(), "trace") != probe.witness.end();
  }
  ~Workplace() {
    std::error_code ignored;  // the parent goes with the run, and says where it cannot
    std::filesystem::remove_all(place_.directory, ignored);
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  const Place& get() const { return place_; }

 private:
  Place place_;
};

/// The probe as the host sees it; pid 0 where it is in a kernel of its own.
Inside find_inside(const std::string& identity, Record& record) {
  if (const std::vector<pid_t> found = executing(identity); !found.empty()) return look_inside(found.front());
  Inside out;
  for (const auto& [name, state] : look_inside(getpid()).namespaces) out.namespaces[name] = "new";
  record.misplaced = "no process of this host executes the probe, though it answers";
  return out;
}

struct Seen {
  bool greeted = false, claimed = false;
  std::map<std::string, std::uint64_t> counters;
};

Seen converse(const Cell& cell, const std::string& nonce, const Place& place, Conversation& conversation,
              Witness& witness, const std::string& identity, Record& record) {
  Seen out;
  if (!conversation.greet(nonce, cell.probe->id, record)) return out;
  out.greeted = true;
  Inside inside = find_inside(identity, record);
  if (inside.pid == 0) inside.call_log = cell.target->call_log(place);
  if (inside.pid == 0 && cell.target->kernel_of_its_own()) {
    record.misplaced.clear();
    if (looks_at_process(*cell.probe, !inside.call_log.empty()))
      record.not_planted =
          "the sandbox has a kernel of its own, and the witness looks at a process of the host's";
  }
  if (!record.misplaced.empty() || !record.not_planted.empty()) return out;
  out.claimed = attack_inside(cell, inside, conversation, witness, record);
  if (out.claimed) out.counters = counters_of(inside);
  return out;
}

// Who ends by a signal inside is told of as a shell does, by all that stand between.
void end_of(int status, Record& record) {
  if (WIFSIGNALED(status)) record.signal = WTERMSIG(status);
  if (!WIFEXITED(status)) return;
  const int code = WEXITSTATUS(status);
  if (code > 128 && code < 128 + SIGRTMIN)
    record.signal = code - 128;
  else
    record.exit_status = code;
}

}  // namespace

void attack_in_target(const Cell& cell, Witness& witness, Record& record) {
  const auto us = [](Clock::duration t) { return std::chrono::duration_cast<microseconds>(t); };
  const Workplace workplace(*cell.workplaces, *cell.probe);
  const Place& place = workplace.get();
  const std::string identity = identity_of(place.program);
  const Invocation invocation = cell.target->invocation(place, cell.told);

  const std::string nonce = escapement::nonce();
  const OwnPaths own_paths(nonce);
  const Clock::time_point began = Clock::now();
  Leftovers leftovers(invocation, identity);
  Builder builder;
  start(builder, invocation.argv);
  Conversation conversation(builder.to.get(), builder.from.get(), cell.patience);
  const Seen seen = converse(cell, nonce, place, conversation, witness, identity, record);
  record.time.launch = us(conversation.greeted_at() - began);
  if (seen.claimed) conversation.end();
  builder.to.reset();
  const bool by_itself = ended_within(builder.pidfd.get(), seen.greeted ? cell.patience : cell.patience / 10);
  if (!by_itself) kill(builder.pid, SIGKILL);
  if (seen.claimed && !by_itself) record.trouble = "it did not end when it was told to";
  end_of(builder.wait(), record);
  const Clock::time_point ended = Clock::now();
  record.time.probe = us(ended - began) - record.time.launch;
  if (!seen.greeted) {
    const std::string said = complaint(builder);
    record.not_built =
        quoted({invocation.argv.front()}) + ": " +
        (said.empty() ? record.trouble + ", with exit status " + std::to_string(record.exit_status) : said);
  }

  const std::string trouble = leftovers.remove();
  if (seen.greeted && record.trouble.empty()) record.trouble = trouble;
  record.left_behind = leftovers.kill();
  isolator::kill_descendants(witness.helpers());
  leftovers.remove_control_groups();
  record.time.teardown = us(Clock::now() - ended);
  record.after = witness.observe_after(record, seen.counters);
}

}  // namespace escapement
