// A process outside that counts the signals it gets. It has the uid of the probe, so that no difference of
// owner protects it: what remains is what the sandbox does.

#include "witness.h"

#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <random>
#include <system_error>

namespace escapement {
namespace {

using Finding = Observation::Finding;

struct Counts {
  std::atomic<int> signals{0}, with_value{0}, answers{0};
  std::atomic<bool> ready{false};
};

// SIGURG, since its default is to be ignored: even a signal that went astray would harm nobody. By SIGRTMIN,
// which no other merges with, the harness asks whether the victim has counted all: of the signals that wait,
// the kernel hands out the lower number first.
[[noreturn]] void be_victim(Counts& counts, uid_t uid, int value) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGURG);
  sigaddset(&set, SIGRTMIN);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  if (getuid() != uid && setresuid(uid, uid, uid) != 0) _exit(1);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NAME, "victim");
  counts.ready = true;
  for (;;) {
    siginfo_t info{};
    const int signal = sigwaitinfo(&set, &info);
    if (signal == SIGRTMIN) ++counts.answers;
    if (signal != SIGURG) continue;
    ++counts.signals;
    if (info.si_code == SI_QUEUE && info.si_value.sival_int == value) ++counts.with_value;
  }
}

class VictimWitness : public Witness {
 public:
  /// In a process group with the sandbox: a group for this attack alone, since a signal to all of it would be
  /// heard by the victims of others.
  explicit VictimWitness(bool in_group) {
    if (in_group) setpgid(0, 0);
    void* memory = mmap(nullptr, sizeof(Counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
    counts_ = new (memory) Counts;
  }
  ~VictimWitness() override {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    munmap(counts_, sizeof(Counts));
  }
  VictimWitness(const VictimWitness&) = delete;
  VictimWitness& operator=(const VictimWitness&) = delete;

  Planted plant(const Inside& inside) override {
    const int value = int(std::random_device()() & 0x7fffffff);
    const pid_t pid = fork();
    if (pid == 0) be_victim(*counts_, inside.uid, value);
    if (pid < 0) return {.order = "", .not_planted = "the victim could not be started"};
    pid_ = pid;
    while (!counts_->ready) {
      if (waitpid(pid_, nullptr, WNOHANG) == pid_) {
        pid_ = -1;
        return {.order = "", .not_planted = "the victim cannot become uid " + std::to_string(inside.uid)};
      }
      usleep(50);
    }
    return {.order = "victim=" + std::to_string(pid_) + " value=" + std::to_string(value), .not_planted = ""};
  }

  std::vector<pid_t> helpers() const override { return {pid_}; }
  Observation observe(const Record&) override { return look(); }
  Observation observe_after(const Record&, const std::map<std::string, std::uint64_t>&) override {
    return look();
  }

 private:
  // A signal that was sent before the claim is delivered by now; the victim only has to run to count it, and
  // on a busy host that may take it a while.
  Observation look() {
    if (const std::string why = trouble(); !why.empty() && counts_->signals == 0)
      return {Finding::unknown, why};
    if (counts_->signals > 0)
      return {Finding::reached,
              "the victim got SIGURG" + std::string(counts_->with_value > 0 ? ", the nonce with it" : "")};
    return {Finding::unchanged, "the victim lives and heard nothing"};
  }

  /// Waits until the victim has counted, and says why it has not; empty: it has.
  std::string trouble() {
    const int answers = counts_->answers;
    if (pid_ > 0) kill(pid_, SIGRTMIN);
    for (int tries = 0; pid_ > 0 && tries < 20'000; ++tries) {
      if (counts_->answers != answers) return "";
      if (waitpid(pid_, nullptr, WNOHANG) == pid_) pid_ = -1;
      usleep(50);
    }
    return pid_ > 0 ? "the victim does not answer" : "the victim is dead";
  }

  Counts* counts_ = nullptr;
  pid_t pid_ = -1;
};

}  // namespace

std::unique_ptr<Witness> victim_witness(const std::string& where) {
  return std::make_unique<VictimWitness>(where == "group");
}

}  // namespace escapement
