// What /proc tells of a real process, that made itself so or did not.

#include "worker.h"

#include <gmock/gmock.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <fstream>

namespace escapement {
namespace {

using Finding = Observation::Finding;
using ::testing::HasSubstr;
using testing::value_of;
using testing::Worker;

std::string nothing(const std::string&) { return ""; }

/// What the witness says of a process that did `work`, and tells what the work returned.
Observation seen_of(
    Witness& witness, const Worker::Work& work, const std::function<void()>& put = [] {}) {
  Worker worker(work, put);
  const Planted planted = witness.plant(look_inside(worker.pid()));
  EXPECT_EQ(planted.not_planted, "");
  Record record;
  record.saw = {worker.go(planted.order)};
  return witness.observe(record);
}

Finding finding_of(
    const std::unique_ptr<Witness>& witness, const Worker::Work& work,
    const std::function<void()>& put = [] {}) {
  return seen_of(*witness, work, put).finding;
}

/// What it says of a process that is gone.
Finding of_nobody(const std::unique_ptr<Witness>& witness) {
  Worker worker(nothing);
  witness->plant(look_inside(worker.pid()));
  worker.end();
  return witness->observe({}).finding;
}

void leave_user_namespace() { EXPECT_EQ(unshare(CLONE_NEWUSER), 0); }

TEST(StatusWitness, ReadsTheLine) {
  const auto set_umask = [](mode_t mask) { return [mask](const std::string&) { return umask(mask), ""; }; };
  const auto witness = status_witness("Umask: 0[01]00");
  EXPECT_EQ(finding_of(witness, set_umask(0)), Finding::reached);
  EXPECT_EQ(finding_of(witness, set_umask(077)), Finding::unchanged);
  EXPECT_EQ(seen_of(*witness, set_umask(0100)).text, "the host sees Umask: 0100");
  EXPECT_EQ(finding_of(status_witness("Umas: 0000"), set_umask(0)), Finding::unknown) << "no such line";
  EXPECT_EQ(of_nobody(witness), Finding::unknown);
}

TEST(LimitsWitness, ReadsTheLine) {
  const auto lower = [](rlim_t soft) {
    return [soft](const std::string&) {
      rlimit limit{};
      getrlimit(RLIMIT_CORE, &limit);
      limit.rlim_cur = soft;
      limit.rlim_max = 4096;
      return setrlimit(RLIMIT_CORE, &limit) == 0 ? "" : "setrlimit";
    };
  };
  const auto witness = limits_witness("Max core file size 1024 4096 bytes ?");
  EXPECT_EQ(finding_of(witness, lower(1024)), Finding::reached);
  EXPECT_EQ(finding_of(witness, lower(1025)), Finding::unchanged);
  EXPECT_EQ(of_nobody(witness), Finding::unknown);
}

TEST(NamespaceWitness, KnowsTheHostsFromAnother) {
  const auto witness = namespace_witness("user");
  Record looked;
  looked.steps = {{"fstat() = inode 1", "ok", "share"}};
  witness->plant(look_inside(getpid()));
  EXPECT_EQ(witness->observe(looked).finding, Finding::reached);
  EXPECT_EQ(witness->observe({}).finding, Finding::unchanged) << "nobody looked";
  const Worker elsewhere(nothing, leave_user_namespace);
  witness->plant(look_inside(elsewhere.pid()));
  EXPECT_EQ(witness->observe(looked).finding, Finding::unchanged);
  struct stat own {};
  EXPECT_EQ(stat("/proc/self/ns/user", &own), 0);
  EXPECT_EQ(witness->plant(look_inside(getpid())).order, "inode=" + std::to_string(own.st_ino));
  EXPECT_THAT(namespace_witness("colour")->plant(look_inside(getpid())).not_planted,
              HasSubstr("no colour namespaces"));
}

/// The first line of one's own mountinfo with these words.
Worker::Work tell_mount(const std::string& words) {
  return [words](const std::string&) -> std::string {
    std::ifstream file("/proc/self/mountinfo");
    for (std::string line; std::getline(file, line);)
      if (line.find(words) != line.npos) return line.substr(0, 200);
    return "";
  };
}

TEST(MountinfoWitness, HasToHearALineThatIsThere) {
  const auto witness = mountinfo_witness(".* - proc .*");
  EXPECT_EQ(finding_of(witness, tell_mount(" - proc ")), Finding::reached);
  EXPECT_EQ(finding_of(witness, tell_mount(" / / ")), Finding::unchanged) << "true, and not what it asks for";
  EXPECT_EQ(finding_of(witness, [](const std::string&) { return "1 2 0:3 / /proc rw - proc proc rw"; }),
            Finding::unchanged);
  EXPECT_EQ(finding_of(witness, nothing), Finding::unchanged);
  EXPECT_EQ(of_nobody(witness), Finding::unknown);
}

TEST(MountNamespaceWitness, TellsTheNumberOfTheHosts) {
  const Planted planted = mount_namespace_witness()->plant({});
  if (!planted.not_planted.empty()) {
    EXPECT_TRUE(planted.absent) << planted.not_planted;  // before Linux 6.10
    return;
  }
  const auto tell_own = [](const std::string&) {
    const isolator::Fd own(open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
    std::uint64_t id = 0;
    ioctl(own.get(), _IOR(0xb7, 5, std::uint64_t), &id);
    return std::to_string(id);
  };
  Worker beside(tell_own), elsewhere(tell_own, [] { EXPECT_EQ(unshare(CLONE_NEWUSER | CLONE_NEWNS), 0); });
  EXPECT_EQ(value_of(planted.order, "namespace"), beside.go());
  EXPECT_NE(value_of(planted.order, "namespace"), elsewhere.go());
}

TEST(BoottimeWitness, MeasuresHowFarItIsOff) {
  if (access("/proc/self/timens_offsets", F_OK) != 0) GTEST_SKIP() << "a kernel without time namespaces";
  const auto off_by = [](const std::string& seconds) {
    return [seconds] {
      EXPECT_EQ(unshare(CLONE_NEWUSER | CLONE_NEWTIME), 0);
      EXPECT_TRUE(std::ofstream("/proc/self/timens_offsets") << "boottime " << seconds << " 0" << std::flush);
    };
  };
  EXPECT_EQ(finding_of(boottime_witness(), nothing), Finding::reached);
  EXPECT_EQ(finding_of(boottime_witness(), nothing, off_by("30")), Finding::reached);
  EXPECT_EQ(finding_of(boottime_witness(), nothing, off_by("86400")), Finding::unchanged);
}

TEST(SymbolsWitness, HearsWhetherTheAddressIsKnown) {
  const auto witness = symbols_witness();
  if (const Planted planted = witness->plant({}); !planted.not_planted.empty()) {
    EXPECT_TRUE(planted.absent) << "this user is not told";
    return;
  }
  const auto tell = [](const std::string& more) {
    return [more](const std::string&) {
      std::ifstream file("/proc/kallsyms");
      std::string line;
      while (std::getline(file, line) && line.find_first_not_of('0') == line.find(' ')) {
      }
      std::uint64_t sum = 0xcbf29ce484222325;  // FNV-1a
      for (const char byte : line + more) sum = (sum ^ std::uint8_t(byte)) * 0x100000001b3;
      return std::to_string(sum >> 1);
    };
  };
  EXPECT_EQ(finding_of(witness, tell("")), Finding::reached);
  EXPECT_EQ(finding_of(witness, tell("?")), Finding::unchanged);
  EXPECT_EQ(finding_of(witness, nothing), Finding::unchanged);
}

}  // namespace
}  // namespace escapement
