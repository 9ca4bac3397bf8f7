#include "attack.h"

#include "../conversation.h"
#include "../nonce.h"
#include "control_groups.h"
#include "programs.h"
#include "skeleton.h"
#include "target.h"

#include <isolator/fd.h>
#include <isolator/keeper.h>
#include <isolator/ledger.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <system_error>
#include <thread>

namespace escapement {
namespace {

using Clock = std::chrono::steady_clock;

/// The directory of a Place, as long as it is needed.
class Workplace {
 public:
  Workplace(const std::string& parent, const std::string& program) : place_(make_place(parent, program)) {}
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

/// The program that builds the sandbox, with the harness at the other ends of its descriptors.
struct Builder {
  pid_t pid = -1;
  isolator::Fd pidfd, to, from, errors;
};

Builder start(const std::vector<std::string>& argv) {
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  const isolator::Fd in_read(in[0]);
  isolator::Fd in_write(in[1]);
  if (pipe2(out, O_CLOEXEC) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  isolator::Fd out_read(out[0]);
  const isolator::Fd out_write(out[1]);
  isolator::Fd errors(memfd_create("errors", MFD_CLOEXEC));
  if (!errors) throw std::system_error(errno, std::generic_category(), "memfd_create");

  std::vector<char*> words;
  for (const std::string& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  // What else is open, or in the environment, it gets as from anybody: that is part of what is tested.
  const pid_t pid = fork();
  if (pid < 0) throw std::system_error(errno, std::generic_category(), "fork");
  if (pid == 0) {
    std::signal(SIGPIPE, SIG_DFL);
    if (dup2(in_read.get(), 0) < 0 || dup2(out_write.get(), 1) < 0 || dup2(errors.get(), 2) < 0) _exit(126);
    execv(words[0], words.data());
    _exit(127);
  }
  isolator::Fd pidfd(int(syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd) throw std::system_error(errno, std::generic_category(), "pidfd_open");
  return {pid, std::move(pidfd), std::move(in_write), std::move(out_read), std::move(errors)};
}

/// What it wrote to standard error, as one line, and no more of it than a person reads.
std::string complaint(const isolator::Fd& errors) {
  std::string text(400, '\0');
  const ssize_t size = pread(errors.get(), text.data(), text.size(), 0);
  text.resize(size > 0 ? std::size_t(size) : 0);
  std::istringstream lines(text);
  std::string out;
  for (std::string line; std::getline(lines, line);)
    if (line.find_first_not_of(" \r\t") != line.npos) out += (out.empty() ? "" : "; ") + line;
  return out;
}

/// Every process of this host that executes the file with this identity.
std::vector<pid_t> executing(const std::string& identity) {
  std::vector<pid_t> out;
  std::error_code gone;
  for (std::filesystem::directory_iterator entry("/proc", gone), end; !gone && entry != end;
       entry.increment(gone)) {
    const std::string name = entry->path().filename();
    if (name.find_first_not_of("0123456789") == name.npos &&
        identity_of(entry->path().string() + "/exe") == identity)
      out.push_back(pid_t(std::stol(name)));
  }
  return out;
}

/// Kills those that are left, and returns how many that were. Who is told of the end of a sandbox may hear it
/// a moment before the kernel has ended all that was in it.
int kill_all(const std::string& identity) {
  std::vector<pid_t> left = executing(identity);
  for (int tries = 0; tries < 100 && !left.empty(); ++tries) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    left = executing(identity);
  }
  for (int tries = 0; tries < 500; ++tries) {
    const std::vector<pid_t> still = executing(identity);
    if (still.empty()) break;
    for (const pid_t pid : still) kill(pid, SIGKILL);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return int(left.size());
}

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

Seen converse(const Cell& cell, const Place& place, Conversation& conversation, Witness& witness,
              const std::string& identity, Record& record) {
  Seen out;
  if (!conversation.greet(nonce(), cell.probe->id, record)) return out;
  out.greeted = true;
  Inside inside = find_inside(identity, record);
  if (inside.pid == 0) inside.call_log = cell.target->call_log(place);
  record.namespaces = inside.namespaces;
  record.own_session = inside.own_session;
  if (inside.pid == 0 && cell.target->kernel_of_its_own()) {
    record.misplaced.clear();
    if (looks_at_process(*cell.probe, !inside.call_log.empty()))
      record.not_planted =
          "the sandbox has a kernel of its own, and the witness looks at a process of the host's";
  }
  if (!record.misplaced.empty() || !record.not_planted.empty()) return out;
  const Planted planted = witness.plant(inside);
  record.not_planted = planted.not_planted;
  record.absent = planted.absent;
  if (!record.not_planted.empty() || !conversation.attack(order_of(cell, planted, inside), record))
    return out;
  out.claimed = true;
  record.live = witness.observe(record);
  out.counters = counters_of(inside);
  return out;
}

bool ended_within(const isolator::Fd& pidfd, std::chrono::milliseconds time) {
  pollfd ended{pidfd.get(), POLLIN, 0};
  int ready = 0;
  while ((ready = poll(&ended, 1, int(time.count()))) < 0 && errno == EINTR) {
  }
  return ready > 0;
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
  const Workplace workplace(*cell.workplaces, cell.probe->program);
  Place place = workplace.get();
  place.traced =
      std::find(cell.probe->witness.begin(), cell.probe->witness.end(), "trace") != cell.probe->witness.end();
  const std::string identity = identity_of(place.program);
  const Invocation invocation = cell.target->invocation(place, cell.told);
  std::vector<isolator::ledger::Entry> entries;
  for (const std::string& cgroup : invocation.cgroups) entries.emplace_back(cgroup);

  const Clock::time_point began = Clock::now();
  Builder builder = start(invocation.argv);
  Conversation conversation(builder.to.get(), builder.from.get(), cell.patience);
  const Seen seen = converse(cell, place, conversation, witness, identity, record);
  record.time.launch = us(conversation.greeted_at() - began);
  if (seen.claimed) conversation.end();
  builder.to.reset();
  const bool by_itself = ended_within(builder.pidfd, seen.greeted ? cell.patience : cell.patience / 10);
  if (!by_itself) kill(builder.pid, SIGKILL);
  if (seen.claimed && !by_itself) record.trouble = "it did not end when it was told to";
  int status = 0;
  while (waitpid(builder.pid, &status, 0) < 0 && errno == EINTR) {
  }
  end_of(status, record);
  const Clock::time_point ended = Clock::now();
  record.time.probe = us(ended - began) - record.time.launch;
  if (!seen.greeted) {
    const std::string said = complaint(builder.errors);
    record.not_built =
        quoted({invocation.argv.front()}) + ": " +
        (said.empty() ? record.trouble + ", with exit status " + std::to_string(record.exit_status) : said);
  }

  if (!invocation.remove.empty())
    if (const Said said = run_program(invocation.remove);
        said.status != 0 && seen.greeted && record.trouble.empty())
      record.trouble = quoted(invocation.remove) + ": " + said.text.substr(0, 200);
  record.left_behind = kill_all(identity);
  isolator::kill_descendants(witness.helpers());
  for (const std::string& cgroup : invocation.cgroups) remove_control_group(cgroup);
  record.time.teardown = us(Clock::now() - ended);
  record.after = witness.observe_after(record, seen.counters);
}

}  // namespace escapement
