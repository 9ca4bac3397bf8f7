// Every system call of the caller may be interrupted: here a signal comes every tenth of a millisecond, whose
// handler lets none be restarted (signal(7)). And what is read may come a byte at a time.

#include "elsewhere.h"
#include "test_sandbox.h"

#include <isolator/features.h>
#include <isolator/keeper.h>
#include <isolator/pool.h>
#include <isolator/posture.h>
#include <isolator/profile.h>
#include <isolator/template.h>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/time.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <thread>

namespace isolator {
namespace {

using testing::run;
using testing::shell;

std::atomic<int> interruptions;

class Storm {
 public:
  Storm() {
    interruptions = 0;
    struct sigaction action {};
    action.sa_handler = [](int) { ++interruptions; };
    sigaction(SIGALRM, &action, &before_);
    constexpr itimerval every{{0, 100}, {0, 100}};
    setitimer(ITIMER_REAL, &every, nullptr);
  }
  ~Storm() {
    constexpr itimerval never{};
    setitimer(ITIMER_REAL, &never, nullptr);
    sigaction(SIGALRM, &before_, nullptr);
    EXPECT_GT(interruptions, 10);
  }
  Storm(const Storm&) = delete;
  Storm& operator=(const Storm&) = delete;

 private:
  struct sigaction before_ {};
};

Spec layered() {
  Spec spec = shell("test -s /file && exit 7");
  spec.unshare = spec.unshare | Ns::net | Ns::ipc | Ns::uts | Ns::cgroup;
  spec.nested_user = false;
  spec.capabilities.emplace();
  spec.files = {{.path = "/file", .content = "text"}};
  spec.identity = {.uid = 1000, .gid = 1000};
  spec.seccomp = Seccomp{.rules = {{"mkdir", {Seccomp::Action::Kind::notify}, {}}}};
  if (geteuid() == 0) {
    spec.limits.pids = 16;
    spec.limits.memory = 64 << 20;
  }
  return spec;
}

constexpr int often = 30;

TEST(Interrupted, ALaunchIsMadeAllTheSame) {
  const Storm storm;
  for (int i = 0; i < often; ++i) ASSERT_EQ(launch(compile(layered())).wait().code, 7);
}

TEST(Interrupted, ARootIsFilledAllTheSame) {
  Spec spec;
  spec.unshare = Ns::user | Ns::mount | Ns::pid;
  spec.root.method = Root::Method::pivot_root;
  spec.root.from = {"/bin/sh"};
  spec.process.argv = {"/bin/sh", "-c", "exit 7"};
  const Storm storm;
  for (int i = 0; i < often; ++i) ASSERT_EQ(launch(compile(spec)).wait().code, 7);
}

TEST(Interrupted, AProcessIsJoinedAllTheSame) {
  const Child in = launch(compile(shell("sleep 600")));
  Spec spec;
  spec.join = {{.pid = in.pid()}};
  spec.process.argv = {"/bin/sh", "-c", "exit 7"};
  const Storm storm;
  for (int i = 0; i < often; ++i) ASSERT_EQ(launch(compile(spec)).wait().code, 7);
}

TEST(Interrupted, APoolServesAllTheSame) {
  const Storm storm;
  Pool pool(compile(layered()), 2);
  for (int i = 0; i < often; ++i) ASSERT_EQ(pool.take().wait().code, 7);
}

TEST(Interrupted, ATemplateServesAllTheSame) {
  if (geteuid() != 0) GTEST_SKIP() << "a template takes privilege";
  const Storm storm;
  Template base(compile(layered()));
  for (int i = 0; i < often; ++i) ASSERT_EQ(base.launch().wait().code, 7);
}

TEST(Interrupted, APostureIsObservedAllTheSame) {
  Spec spec = shell("true");
  spec.process.stop_at_exec = true;
  const Child child = launch(compile(spec));
  siginfo_t stop{};
  ASSERT_EQ(waitid(P_PID, id_t(child.pid()), &stop, WSTOPPED | __WALL), 0);
  const Posture wanted = expected(spec), seen = observe(child.pid());
  const Storm storm;
  for (int i = 0; i < often; ++i) {
    ASSERT_EQ(observe(child.pid()), seen);
    ASSERT_TRUE(differences(wanted, seen).empty());
  }
}

TEST(Interrupted, AProcessIsElsewhereAllTheSame) {
  const Storm storm;
  for (int i = 0; i < often; ++i) EXPECT_NO_THROW(Elsewhere(CLONE_NEWUSER | CLONE_NEWNET));
}

TEST(Interrupted, WorkIsKeptAllTheSame) {
  const Storm storm;
  for (int i = 0; i < often; ++i)
    ASSERT_EQ(under_keeper([] { return launch(compile(layered())).wait().code; }), 7);
}

TEST(Interrupted, TheDoctorFindsTheSame) {
  const auto present = [] {
    std::vector<std::string> names;
    for (const Feature& feature : features())
      if (feature.available) names.push_back(feature.name);
    return names;
  };
  const std::vector<std::string> before = present();
  const Storm storm;
  EXPECT_EQ(present(), before);
}

/// A pipe that gives the content of a file a byte at a time.
class Trickle {
 public:
  explicit Trickle(const std::string& content) {
    if (mkfifo(path().c_str(), 0600) != 0) throw std::system_error(errno, std::generic_category(), "mkfifo");
    writer_ = std::thread([this, content] {
      const int fd = open(path().c_str(), O_WRONLY | O_CLOEXEC);
      for (const char byte : content)
        if (write(fd, &byte, 1) != 1) break;
      close(fd);
    });
  }
  ~Trickle() {
    writer_.join();
    unlink(path().c_str());
  }
  std::string path() const { return "/tmp/escapement-test-trickle-" + std::to_string(getpid()); }

 private:
  std::thread writer_;
};

TEST(ShortReads, OfAProfileAreReadOn) {
  const Trickle slow("name = \"slow\"\nsummary = \"" + std::string(2000, 'x') + "\"\n[limits]\npids = 5\n");
  const Profile profile = load_profile(slow.path());
  EXPECT_EQ(profile.name, "slow");
  EXPECT_EQ(profile.spec.limits.pids, 5U);
}

}  // namespace
}  // namespace isolator
