// How much of the processors the probe and its children have really had, as the host counts it.

#include "witness.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <thread>

namespace escapement {
namespace {

using Finding = Observation::Finding;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr milliseconds wall(500);
constexpr double more = 1.3;  // than the limit: half a second may touch six periods of 100 ms

/// utime, stime, cutime and cstime of proc_pid_stat(5): of the process, and of its children that have ended.
milliseconds used_by(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream fields(text.substr(std::min(text.size(), text.rfind(')') + 2)));
  std::string skipped;
  for (int field = 3; field < 14; ++field) fields >> skipped;
  long own = 0, own_kernel = 0, children = 0, children_kernel = 0;
  fields >> own >> own_kernel >> children >> children_kernel;
  const long ticks = own + own_kernel + children + children_kernel;
  return milliseconds(ticks * 1000 / sysconf(_SC_CLK_TCK));
}

/// Where its control group is weighed against others: cgroups(7). Empty where no line names one.
std::string weight_file(const std::vector<std::string>& cgroups) {
  std::string unified;
  for (const std::string& line : cgroups) {
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (second == line.npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1),
                      path = line.substr(second + 1);
    if (path == "/") continue;
    if (("," + controllers + ",").find(",cpu,") != line.npos)
      return "/sys/fs/cgroup/" + controllers + path + "/cpu.shares";
    if (controllers.empty()) unified = "/sys/fs/cgroup" + path + "/cpu.weight";
  }
  return unified;
}

/// Work of others beside it is no limit. Takes privilege; without, a busy host may leave it undecided.
void go_first(const Inside& inside) {
  constexpr int urgent = -20, heavy = 10'000;
  setpriority(PRIO_PROCESS, id_t(inside.pid), urgent);
  std::ofstream("/proc/" + std::to_string(inside.pid) + "/autogroup") << urgent;  // sched(7): the session's
  if (const std::string file = weight_file(inside.cgroups); !file.empty()) std::ofstream(file) << heavy;
}

class ProcessorWitness : public Witness {
 public:
  explicit ProcessorWitness(const Demand& demand) : limit_(demand.processors) {}

  Planted plant(const Inside& inside) override {
    pid_ = inside.pid;
    wanted_ = milliseconds(long(limit_ * more * double(wall.count())));
    if (limit_ * more > std::thread::hardware_concurrency())
      return {.order = "", .not_planted = "the host has no more processors than the limit allows"};
    began_ = Clock::now();
    before_ = used_by(pid_);
    go_first(inside);
    return {.order = "cpu=" + std::to_string(wanted_.count()) + " wall=" + std::to_string(wall.count()),
            .not_planted = ""};
  }

  // The two count apart from each other, and a little differently. It may have taken more than one try.
  Observation observe(const Record& record) override {
    const milliseconds used = used_by(pid_) - before_;
    const auto passed = std::chrono::duration_cast<milliseconds>(Clock::now() - began_);
    const bool claimed = std::any_of(record.steps.begin(), record.steps.end(), [](const Step& step) {
      return !step.attempt.empty() && step.result == "ok";
    });
    const bool reached = claimed ? used >= wanted_ * 95 / 100
                                 : used * wall.count() >= wanted_ * std::max(wall, passed).count();
    return {reached ? Finding::reached : Finding::unchanged,
            "the host counts " + std::to_string(used.count()) + " ms of a processor in " +
                std::to_string(passed.count()) + " ms"};
  }

  Observation observe_after(const Record& record, const std::map<std::string, std::uint64_t>&) override {
    return record.live;
  }

 private:
  double limit_;
  pid_t pid_ = 0;
  milliseconds wanted_{}, before_{};  // who made the sandbox may have been the same process
  Clock::time_point began_;
};

}  // namespace

std::unique_ptr<Witness> processor_witness(const Demand& demand) {
  return std::make_unique<ProcessorWitness>(demand);
}

}  // namespace escapement
