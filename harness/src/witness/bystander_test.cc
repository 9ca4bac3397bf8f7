// Real processes, and those who stand beside them: a victim, a queue for the processor, a device that comes
// and goes, and who counts what is left.

#include "worker.h"

#include <gmock/gmock.h>
#include <isolator/keeper.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <cerrno>
#include <csignal>
#include <ctime>

namespace escapement {
namespace {

using Finding = Observation::Finding;
using ::testing::HasSubstr;
using testing::seen_of;
using testing::value_of;
using testing::Worker;

std::string nothing(const std::string&) { return ""; }

/// What the victim's witness says when this was done to it.
Observation after(const std::function<void(pid_t victim, int value)>& attack) {
  const auto witness = victim_witness("");
  Worker worker([&](const std::string& order) {
    attack(std::stoi(value_of(order, "victim")), std::stoi(value_of(order, "value")));
    return "";
  });
  const Planted planted = witness->plant(look_inside(worker.pid()));
  EXPECT_EQ(planted.not_planted, "");
  worker.go(planted.order);
  return witness->observe({});
}

TEST(Victim, CountsItsSignals) {
  EXPECT_EQ(after([](pid_t victim, int) { kill(victim, SIGURG); }).text, "the victim got SIGURG");
  EXPECT_EQ(after([](pid_t, int) {}).finding, Finding::unchanged);
  EXPECT_EQ(after([](pid_t victim, int) { kill(victim, 0); }).finding, Finding::unchanged);
  EXPECT_EQ(after([](pid_t victim, int) { kill(victim, SIGRTMIN); }).finding, Finding::unchanged);
}

TEST(Victim, TellsWhetherTheNonceCameWithIt) {
  const auto send = [](int other) {
    return [other](pid_t victim, int value) {
      sigval_t with{};
      with.sival_int = value ^ other;
      sigqueue(victim, SIGURG, with);
    };
  };
  EXPECT_EQ(after(send(0)).text, "the victim got SIGURG, the nonce with it");
  EXPECT_EQ(after(send(1)).text, "the victim got SIGURG");
}

TEST(Victim, ThatIsDeadCannotTell) {
  EXPECT_EQ(after([](pid_t victim, int) { kill(victim, SIGKILL); }).finding, Finding::unknown);
}

TEST(Victim, ThatDoesNotAnswerCannotTell) {
  EXPECT_EQ(after([](pid_t victim, int) { kill(victim, SIGSTOP); }).finding, Finding::unknown);
}

TEST(Victim, SharesAGroupWithTheSandboxWhereAsked) {
  const auto signal_group = [](const std::string&) {
    std::signal(SIGURG, SIG_IGN);
    return kill(0, SIGURG) == 0 ? "" : "kill";
  };
  const auto make = [] { return victim_witness("group"); };
  EXPECT_EQ(seen_of(make, signal_group).finding, Finding::reached);
  EXPECT_EQ(seen_of(make, signal_group, [] { setpgid(0, 0); }).finding, Finding::unchanged);
  EXPECT_EQ(seen_of(make, nothing).finding, Finding::unchanged);
}

/// What is found of a sandbox that leaves this many processes behind.
Finding of_left(int count) {
  Worker harness([count](const std::string&) {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    Worker sandbox([count](const std::string&) {
      for (int i = 0; i < count; ++i)
        if (fork() == 0)
          for (;;) pause();
      return "";
    });
    const auto witness = outlives_witness();
    witness->plant({});
    sandbox.go();
    EXPECT_EQ(witness->observe({}).finding, Finding::unchanged);
    sandbox.end();
    Record record;
    record.left_behind = isolator::kill_descendants();
    EXPECT_EQ(record.left_behind, count);
    return std::to_string(int(witness->observe_after(record, {}).finding));
  });
  return Finding(std::stoi(harness.go()));
}

TEST(Outlives, WhoWasThereAndEndsWithTheSandboxDoesNot) {
  const auto witness = outlives_witness();
  const std::string name = value_of(witness->plant({}).order, "name");
  Worker left([](const std::string&) { return ""; }, [name] { prctl(PR_SET_NAME, name.c_str()); });
  Record record;
  record.claim = "escaped";
  EXPECT_EQ(witness->observe(record).finding, Finding::unchanged);
  EXPECT_EQ(witness->observe_after(record, {}).finding, Finding::reached) << "it is still there";
  left.end();
  EXPECT_EQ(witness->observe_after(record, {}).finding, Finding::undone);
}

TEST(Outlives, CountsWhoIsLeft) {
  EXPECT_EQ(of_left(0), Finding::unchanged);
  EXPECT_EQ(of_left(2), Finding::reached);
}

TEST(Alone, WaitsForItsTurn) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const isolator::Fd in(ends[0]), out(ends[1]);
  Worker first([](const std::string&) {
    static const auto turn = alone_witness();
    return "";
  });
  first.go();
  const pid_t second = fork();
  if (second == 0) {
    const auto turn = alone_witness();
    _exit(write(out.get(), "2", 1) == 1 ? 0 : 1);
  }
  pollfd has_it{in.get(), POLLIN, 0};
  EXPECT_EQ(poll(&has_it, 1, 100), 0) << "it did not wait";
  first.end();
  EXPECT_EQ(poll(&has_it, 1, -1), 1);
  int status = 0;
  waitpid(second, &status, 0);
  EXPECT_EQ(status, 0);
}

/// Until the process has had this much of a processor.
void compute_until(std::chrono::milliseconds work) {
  timespec used{};
  do clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  while (used.tv_sec * 1000 + used.tv_nsec / 1'000'000 < work.count());
}

/// In a session of its own, whose weight is its own too; `before` is what it took to make the sandbox.
Finding of_processor(std::chrono::milliseconds work, const std::string& result,
                     std::chrono::milliseconds before = {}) {
  constexpr double limit = 0.2;
  Worker worker(
      [=](const std::string& order) -> std::string {
        if (value_of(order, "cpu") != "130") return "another limit";  // of 500 ms, and a little more
        compute_until(before + work);
        return "";
      },
      [before] {
        setsid();
        compute_until(before);
      });
  const auto witness = processor_witness({.processors = limit});
  const Planted planted = witness->plant(look_inside(worker.pid()));
  EXPECT_EQ(planted.not_planted, "");
  EXPECT_EQ(worker.go(planted.order), "");
  Record record;
  record.steps = {{"compute", result, "compute", {}}};
  return witness->observe(record).finding;
}

TEST(Processor, IsCountedByTheHost) {
  using std::chrono::milliseconds;
  EXPECT_EQ(of_processor(milliseconds(200), "ok"), Finding::reached);
  EXPECT_EQ(of_processor(milliseconds(60), "ok"), Finding::unchanged) << "it only says so";
  EXPECT_EQ(of_processor(milliseconds(0), "no effect"), Finding::unchanged);
  EXPECT_EQ(of_processor(milliseconds(0), "no effect", milliseconds(400)), Finding::unchanged);
  EXPECT_EQ(of_processor(milliseconds(800), "no effect"), Finding::reached) << "it only says so";
  EXPECT_THAT(processor_witness({.processors = 1e6})->plant({}).not_planted, HasSubstr("no more processors"));
}

/// Hears the kernel's events until one names what begins with the prefix.
std::string hear(int socket, const std::string& prefix) {
  for (char text[8192];;) {
    const ssize_t size = recv(socket, text, sizeof text, 0);
    if (size < 0) return "nothing";
    const std::string event(text, std::size_t(size));
    if (const std::size_t at = event.find("/" + prefix); at != event.npos)
      return event.substr(at + 1, event.find('\0', at) - at - 1);
  }
}

TEST(Uevent, IsOfAnInterfaceThatNobodyCanGuess) {
  const auto witness = uevent_witness();
  const isolator::Fd events(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT));
  Worker worker([&](const std::string& order) { return hear(events.get(), value_of(order, "prefix")); });
  const Planted planted = witness->plant({});
  if (!planted.not_planted.empty()) GTEST_SKIP() << planted.not_planted;
  EXPECT_EQ(value_of(planted.order, "prefix").size(), 9U);
  EXPECT_EQ(witness->observe({}).finding, Finding::unchanged);

  sockaddr_nl all{AF_NETLINK, 0, 0, 1};
  const timeval patience{60, 0};
  setsockopt(events.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ASSERT_EQ(bind(events.get(), reinterpret_cast<sockaddr*>(&all), sizeof all), 0);
  Record record;
  record.saw = {worker.go(planted.order)};
  EXPECT_EQ(witness->observe(record).finding, Finding::reached) << record.saw.at(0);
  record.saw = {value_of(planted.order, "prefix")};
  EXPECT_EQ(witness->observe(record).finding, Finding::unchanged) << "what it was told is nothing it heard";
}

}  // namespace
}  // namespace escapement
