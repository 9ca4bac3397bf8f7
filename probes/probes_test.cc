// Every probe on the host itself: with nothing around it it must escape, and show it; with one thing around
// it that holds it must be contained, by the errno that it declares.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "player.h"

using testing::ElementsAre;
using testing::IsEmpty;
using testing::IsSupersetOf;
using testing::StartsWith;

namespace {

const std::string probes = PROBES_DIR "/";

#define NEEDS_ROOT() \
  if (getuid() != 0) GTEST_SKIP() << "needs root"

#define EXPECT_CLAIM(played, expected, expected_status)                           \
  EXPECT_EQ((played).claim(), expected) << nlohmann::json((played).lines).dump(); \
  EXPECT_EQ((played).status, expected_status)

/// A file of the host that a probe looks for.
struct Canary {
  std::string path = std::filesystem::temp_directory_path() / ("canary-" + std::to_string(getpid()));
  explicit Canary(const std::string& content) { std::ofstream(path) << content; }
  ~Canary() { std::filesystem::remove(path); }
};

TEST(ChrootDoubleEscape, LeavesAChroot) {
  NEEDS_ROOT();
  Canary canary("a \"nonce\"\n");
  Player player(probes + "chroot-double-escape", [] {
    if (chroot("/usr") != 0 || chdir("/") != 0) die("chroot");
  });
  player.greet("n");
  player.say("order canary=" + canary.path);
  Played played{player.until_claim()};
  EXPECT_EQ(played.claim(), "escaped") << nlohmann::json(played.lines).dump();
  EXPECT_THAT(played.saw(), ElementsAre("a \"nonce\"\n"));
  EXPECT_EQ(std::filesystem::read_symlink("/proc/" + std::to_string(player.pid()) + "/root"), "/");
  player.say("end");
  EXPECT_EQ(player.status(), 10);
}

TEST(ChrootDoubleEscape, EscapesWhereTheRootIsTheHosts) {
  NEEDS_ROOT();
  Canary canary("nonce");
  EXPECT_CLAIM(play(probes + "chroot-double-escape", "canary=" + canary.path), "escaped", 10);
}

TEST(ChrootDoubleEscape, MakesADirectoryWhereThereIsNoneAndRemovesIt) {
  NEEDS_ROOT();
  Played played = play(probes + "chroot-double-escape", "canary=/etc/passwd", [] {
    enter_empty_root();
    if (mount(nullptr, "/", nullptr, MS_REMOUNT, nullptr) != 0) die("remount");
  });
  std::vector<std::string> calls;
  for (const nlohmann::json& line : played.lines)
    if (line.value("result", "") == "ok") calls.push_back(line["step"]);
  EXPECT_THAT(calls, IsSupersetOf({StartsWith("mkdir(\".escapement-"), StartsWith("rmdir(\".escapement-")}));
  EXPECT_CLAIM(played, "escaped", 10);
}

TEST(ChrootDoubleEscape, FindsNothingAboveATopOfAMountNamespace) {
  NEEDS_ROOT();
  Played played = play(probes + "chroot-double-escape", "canary=/etc/no-such-file");
  EXPECT_CLAIM(played, "contained", 0);
  EXPECT_EQ(played.result("walk"), "no effect");
}

TEST(ChrootDoubleEscape, IsDeniedWithoutTheCapability) {
  Played played = play(probes + "chroot-double-escape", "canary=/nonce", [] {
    if (getuid() == 0) become_nobody();
  });
  EXPECT_CLAIM(played, "contained", 0);
  EXPECT_EQ(played.result("walk"), "EPERM");
}

TEST(ChrootDoubleEscape, DecidesInAnEmptyReadOnlyRoot) {
  NEEDS_ROOT();
  const std::string program = probes + "chroot-double-escape";
  Played denied = play(program, "canary=/nonce", [] { enter_empty_root(), become_nobody(); });
  EXPECT_CLAIM(denied, "contained", 0);
  EXPECT_EQ(denied.reason(), "chroot(\"/\"): EPERM");
  Played permitted = play(program, "canary=/nonce", [] { enter_empty_root(); });
  EXPECT_CLAIM(permitted, "undecided", 77);
}

/// Counts the SIGURG that arrive, and keeps the last value.
class Victim {
 public:
  Victim() {
    sigset_t urgent;
    sigemptyset(&urgent);
    sigaddset(&urgent, SIGURG);
    sigprocmask(SIG_BLOCK, &urgent, nullptr);
    fd_ = signalfd(-1, &urgent, SFD_NONBLOCK | SFD_CLOEXEC);
  }
  ~Victim() { close(fd_); }
  /// The value of the signal that waits; -1: there is none.
  int value() {
    signalfd_siginfo info{};
    return read(fd_, &info, sizeof info) == sizeof info ? info.ssi_int : -1;
  }
  std::string order() const { return "victim=" + std::to_string(getpid()) + " value=4711"; }

 private:
  int fd_ = -1;
};

TEST(KillOutsidePid, SignalsAProcessOfTheSameUser) {
  Victim victim;
  Played played = play(probes + "kill-outside-pid", victim.order());
  EXPECT_CLAIM(played, "escaped", 10);
  for (const char* attempt : {"sigqueue", "pidfd", "kill"})
    EXPECT_EQ(played.result(attempt), "ok") << attempt;
  EXPECT_EQ(victim.value(), 4711);
}

TEST(KillOutsidePid, HasNoNameForItInAPidNamespace) {
  NEEDS_ROOT();
  Victim victim;
  Played played = play(probes + "kill-outside-pid", victim.order(), enter_pid_namespace);
  EXPECT_CLAIM(played, "contained", 0);
  EXPECT_EQ(played.reason(), "sigqueue: ESRCH, pidfd: ESRCH, kill: ESRCH");
  EXPECT_EQ(victim.value(), -1);
}

TEST(KillOutsidePid, IsDeniedToAnotherUser) {
  NEEDS_ROOT();
  Victim victim;
  Played played = play(probes + "kill-outside-pid", victim.order(), become_nobody);
  EXPECT_CLAIM(played, "contained", 0);
  EXPECT_EQ(played.reason(), "sigqueue: EPERM, pidfd: EPERM, kill: EPERM");
  EXPECT_EQ(victim.value(), -1);
}

/// A tun device, which goes when its descriptor is closed.
struct Tun {
  int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
  ifreq request{};
  Tun() {
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    snprintf(request.ifr_name, IFNAMSIZ, "esc%d", getpid() % 100000);
    if (ioctl(fd, TUNSETIFF, &request) != 0)
      throw std::system_error(errno, std::generic_category(), "TUNSETIFF");
  }
  ~Tun() { close(fd); }
  std::string name() const { return request.ifr_name; }
};

TEST(ListHostInterfaces, SeesATunDeviceByEveryRoute) {
  NEEDS_ROOT();
  Tun tun;
  Played played = play(probes + "list-host-interfaces", "prefix=" + tun.name());
  EXPECT_CLAIM(played, "escaped", 10);
  for (const char* attempt : {"netlink", "ioctl", "sysfs"})
    EXPECT_EQ(played.result(attempt), "ok") << attempt;
  std::string line = tun.name() + "/" + std::to_string(if_nametoindex(tun.name().c_str())) + "/";
  EXPECT_THAT(played.saw(), ElementsAre(line, line, line));
}

TEST(ListHostInterfaces, ShowsHardwareAddressesAsTheKernelDoes) {
  Played played = play(probes + "list-host-interfaces", "prefix=lo/1/");
  std::string line = "lo/1/00:00:00:00:00:00";
  EXPECT_THAT(played.saw(), ElementsAre(line, line, line));
}

TEST(ListHostInterfaces, ASysfsOfTheHostTellsEvenInANetworkNamespace) {
  NEEDS_ROOT();
  Tun tun;
  Played played = play(probes + "list-host-interfaces", "prefix=" + tun.name(), [] {
    if (unshare(CLONE_NEWNET) != 0) die("unshare net");
  });
  EXPECT_CLAIM(played, "escaped", 10);
  EXPECT_EQ(played.result("netlink"), "no effect");
  EXPECT_EQ(played.result("ioctl"), "no effect");
  EXPECT_EQ(played.result("sysfs"), "ok");
}

TEST(ListHostInterfaces, SeesNothingInANetworkNamespaceWithoutSys) {
  NEEDS_ROOT();
  Tun tun;
  Played played = play(probes + "list-host-interfaces", "prefix=" + tun.name(), [] {
    if (unshare(CLONE_NEWNET) != 0) die("unshare net");
    enter_empty_root();
    become_nobody();
  });
  EXPECT_CLAIM(played, "contained", 0);
  EXPECT_EQ(played.reason(), "netlink: no effect, ioctl: no effect, sysfs: ENOENT");
  EXPECT_THAT(played.saw(), IsEmpty());
}

TEST(ChownWithoutCapChown, GivesAFileAwayAsRootAndHoldsIt) {
  NEEDS_ROOT();
  Player player(probes + "chown-without-cap-chown");
  player.greet("n");
  player.say("order uid=4321 mapped=1");
  Played played{player.until_claim()};
  EXPECT_EQ(played.claim(), "escaped");
  ASSERT_THAT(played.saw(), ElementsAre(testing::StartsWith("fd=")));
  struct stat file {};
  std::string held = "/proc/" + std::to_string(player.pid()) + "/fd/" + played.saw()[0].substr(3);
  ASSERT_EQ(stat(held.c_str(), &file), 0) << held;
  EXPECT_EQ(file.st_uid, 4321u);
  player.say("end");
  EXPECT_EQ(player.status(), 10);
}

TEST(ChownWithoutCapChown, IsDeniedWithoutTheCapability) {
  NEEDS_ROOT();
  Played played = play(probes + "chown-without-cap-chown", "uid=4321 mapped=1", become_nobody);
  EXPECT_CLAIM(played, "contained", 0);
  EXPECT_EQ(played.result("give to a mapped uid"), "EPERM");
}

TEST(ChownWithoutCapChown, AUserNamespaceDoesNotKnowWhoIsNotMapped) {
  NEEDS_ROOT();
  auto confine = [] {
    become_nobody();
    if (unshare(CLONE_NEWUSER) != 0) die("unshare user");
  };
  Played played = play(probes + "chown-without-cap-chown", "uid=4321 mapped=0", confine);
  EXPECT_CLAIM(played, "contained", 0);
  EXPECT_EQ(played.result("give to an unmapped uid"), "EINVAL");
}

TEST(ChownWithoutCapChown, GivingToTheOwnerProvesNothing) {
  std::string self = std::to_string(getuid());
  EXPECT_CLAIM(play(probes + "chown-without-cap-chown", "uid=" + self + " mapped=1"), "undecided", 77);
}

}  // namespace
