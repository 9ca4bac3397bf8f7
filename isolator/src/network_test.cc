// Networks of a sandbox. The side outside is a network namespace of the test's own.

#include "test_sandbox.h"

#include <isolator/posture.h>
#include <isolator/rootless.h>

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <csignal>
#include <cstring>
#include <functional>

namespace isolator {
namespace {

using ::testing::HasSubstr;
using testing::run;
using testing::shell;
using Kind = Network::Kind;

// What `work` returns in a process in a network and mount namespace of its own, where lo is up.
std::string outside(const std::function<std::string()>& work) {
  testing::Output output;
  const pid_t child = fork();
  if (child == 0) {
    std::string said;
    try {
      ifreq request{};
      std::strcpy(request.ifr_name, "lo");
      request.ifr_flags = IFF_UP | IFF_RUNNING;
      if (unshare(CLONE_NEWNET | CLONE_NEWNS) != 0 ||
          mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
          ioctl(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), SIOCSIFFLAGS, &request) != 0)
        _exit(2);
      said = work();
    } catch (const Error& e) {
      said = std::string("error: ") + e.what() + "; " + e.hint;
    }
    _exit(write(output.fds()[0].first, said.data(), said.size()) == ssize_t(said.size()) ? 0 : 1);
  }
  std::string out = output.read();
  waitpid(child, nullptr, 0);
  return out;
}

std::vector<std::string> interfaces() {
  std::vector<std::string> out;
  struct if_nameindex* list = if_nameindex();
  for (auto* each = list; each != nullptr && each->if_index != 0; ++each) out.emplace_back(each->if_name);
  if_freenameindex(list);
  return out;
}

// The kernel takes a network namespace apart some time after its last process has gone.
bool is_gone(const std::string& name) {
  for (int i = 0; i < 500; ++i, usleep(10'000))
    if (if_nametoindex(name.c_str()) == 0) return true;
  return false;
}

Spec by_veth(const std::string& script) {
  Spec spec = shell(script);
  spec.unshare = spec.unshare | Ns::net;
  spec.process.argv[0] = "bash";
  spec.network = {.kind = Kind::veth,
                  .interface = "escout",
                  .addresses = {"10.77.0.2/24", "fd77::2/64"},
                  .host_addresses = {"10.77.0.1/24", "fd77::1/64"},
                  .gateways = {"10.77.0.1", "fd77::1"}};
  return spec;
}

// Tells `word` to the first that connects; returns the port.
int listen_once(const char* address, const std::string& word) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  inet_pton(AF_INET, address, &at.sin_addr);
  socklen_t size = sizeof at;
  if (bind(listener, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0 || listen(listener, 1) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&at), &size) != 0)
    return -1;
  if (fork() == 0) {
    dup2(listener, 0);
    close_range(1, ~0U, 0);  // the pipes of the test among them
    pollfd asked{0, POLLIN, 0};
    if (poll(&asked, 1, 10'000) != 1) _exit(1);
    const int accepted = accept(0, nullptr, nullptr);
    _exit(write(accepted, word.data(), word.size()) < 0);
  }
  close(listener);
  return ntohs(at.sin_port);
}

class NetworkVeth : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "an interface outside needs root";
  }
};

TEST_F(NetworkVeth, ReachesTheHostAndItsSideGoesWithIt) {
  const std::string seen = outside([] {
    Spec spec = by_veth("read word; exec 3<>/dev/tcp/10.77.0.1/$word; cat <&3");
    int in[2];
    if (pipe(in) != 0) _exit(2);
    testing::Output output;
    spec.process.fds = output.fds();
    spec.process.fds.emplace_back(in[0], 0);
    Child child = launch(compile(spec));
    // The address is there when the payload is.
    const std::string port = std::to_string(listen_once("10.77.0.1", "hello\n")) + "\n";
    if (write(in[1], port.data(), port.size()) < 0) _exit(2);
    std::string out = output.read();
    child.wait();
    return out + (is_gone("escout") ? "gone" : "left");
  });
  EXPECT_EQ(seen, "hello\ngone");
}

TEST_F(NetworkVeth, HasItsAddressesAndRoutes) {
  const Spec spec = by_veth("cat /proc/net/if_inet6; tail -n +2 /proc/net/route; cat /proc/net/ipv6_route");
  const std::string seen = outside([&] { return run(spec).output; });
  EXPECT_THAT(seen, HasSubstr("fd770000000000000000000000000002"));
  EXPECT_THAT(seen, HasSubstr("eth0\t00000000\t01004D0A"));
  EXPECT_THAT(seen, HasSubstr("00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
                              "fd770000000000000000000000000001"));
}

TEST_F(NetworkVeth, NeedsNoUserNamespaceAndNoName) {
  Spec spec = by_veth("cat /proc/net/dev");
  spec.unshare = spec.unshare & ~Ns::user;
  spec.network.interface.clear();
  EXPECT_THAT(outside([&] { return run(spec).output + run(spec).output; }), HasSubstr("eth0:"));
}

TEST_F(NetworkVeth, IsWhatItsPostureSays) {
  const auto found = [](const std::function<void(Spec&)>& change) {
    Spec built = by_veth("true");
    change(built);
    built.process.stop_at_exec = true;
    std::string out;
    Child child = launch(compile(built));
    siginfo_t stop{};
    waitid(P_PID, id_t(child.pid()), &stop, WSTOPPED | __WALL);
    for (const std::string& each : differences(expected(by_veth("true")), observe(child.pid())))
      out += each + "\n";
    return out;
  };
  EXPECT_EQ(outside([&] { return found([](Spec&) {}); }), "");
  EXPECT_THAT(outside([&] {
                return found([](Spec& s) { s.network.addresses.pop_back(), s.network.gateways.pop_back(); });
              }),
              HasSubstr("network.addresses: 10.77.0.2; expected 10.77.0.2 fd77::2\n"));
  EXPECT_THAT(outside([&] { return found([](Spec& s) { s.network = {.kind = Kind::none}; }); }),
              HasSubstr("network.loopback: down; expected up\n"));
}

TEST_F(NetworkVeth, TellsThatItsNameIsTaken) {
  const std::string seen = outside([] {
    const Child first = launch(compile(by_veth("sleep 60")));
    return run(by_veth("true")).output;
  });
  EXPECT_THAT(seen, HasSubstr("error: network escout: File exists; "));
}

TEST_F(NetworkVeth, TellsThatAGatewayIsOutOfReach) {
  const std::string seen = outside([] {
    Spec spec = by_veth("true");
    spec.network.gateways = {"192.0.2.1"};
    const std::vector<std::string> before = interfaces();
    try {
      run(spec);
    } catch (const Error& e) {
      return std::string(e.what()) + (is_gone("escout") && interfaces() == before ? "; gone" : "; left");
    }
    return std::string("built");
  });
  EXPECT_EQ(seen, "network default route by 192.0.2.1: Network is unreachable; gone");
}

TEST_F(NetworkVeth, LeavesNothingWhenTheCallerIsKilled) {
  const std::string seen = outside([] {
    for (unsigned moment = 0; moment < 12; ++moment) {
      const pid_t caller = fork();
      if (caller == 0)
        for (;;) {
          run(by_veth("true"));
          is_gone("escout");
        }
      usleep(2'000 + moment * 3'000);
      kill(caller, SIGKILL);
      waitpid(caller, nullptr, 0);
      if (!is_gone("escout")) return "left at moment " + std::to_string(moment);
    }
    return std::string("gone");
  });
  EXPECT_EQ(seen, "gone");
}

TEST_F(NetworkVeth, TakesPrivilegeOutside) {
  const std::string seen = outside([] {
    become_nobody();
    return run(by_veth("true")).output;
  });
  EXPECT_THAT(seen, HasSubstr("error: network escout: Operation not permitted; "));
  EXPECT_THAT(seen, HasSubstr("network.kind = \"user\""));
}

// The caller's network: its lo has one address more, on which something listens.
class NetworkUser : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "a network for the caller needs root";
    if (access("/usr/bin/slirp4netns", X_OK) != 0) GTEST_SKIP() << "no slirp4netns: Debian's slirp4netns";
    if (access("/dev/net/tun", F_OK) != 0) GTEST_SKIP() << "no /dev/net/tun: modprobe tun";
  }

  static std::string reach(Spec spec, const std::string& address, bool nobody = false) {
    ifreq request{};
    std::strcpy(request.ifr_name, "lo:1");
    auto* at = reinterpret_cast<sockaddr_in*>(&request.ifr_addr);
    at->sin_family = AF_INET;
    inet_pton(AF_INET, "10.88.0.1", &at->sin_addr);
    if (ioctl(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), SIOCSIFADDR, &request) != 0) _exit(2);
    // Every user may open it elsewhere; here perhaps not.
    if (mount("none", "/dev/net", "tmpfs", 0, nullptr) != 0 ||
        mknod("/dev/net/tun", S_IFCHR | 0666, makedev(10, 200)) != 0 || chmod("/dev/net/tun", 0666) != 0)
      _exit(2);
    const int port = listen_once(address.c_str(), "hello\n");
    spec.process.argv = {"bash", "-c",
                         "exec 3<>/dev/tcp/" + (address == "127.0.0.1" ? "10.0.2.2" : address) + "/" +
                             std::to_string(port) + " && cat <&3"};
    if (nobody) become_nobody();
    return run(spec).output;
  }

  static Spec by_user() {
    Spec spec = shell("");
    spec.unshare = spec.unshare | Ns::net;
    spec.network.kind = Kind::user;
    return spec;
  }
};

TEST_F(NetworkUser, ReachesWhatTheCallerReaches) {
  EXPECT_EQ(outside([] { return reach(by_user(), "10.88.0.1"); }), "hello\n");
  EXPECT_EQ(outside([] {
              Spec spec = by_user();
              spec.network.kind = Kind::loopback;
              return reach(spec, "10.88.0.1").substr(0, 5);
            }),
            "bash:");
}

TEST_F(NetworkUser, ReachesNothingOnTheCallersLoopback) {
  EXPECT_THAT(outside([] { return reach(by_user(), "127.0.0.1"); }), HasSubstr("bash:"));
}

TEST_F(NetworkUser, NeedsNoPrivilege) {
  EXPECT_EQ(outside([] { return reach(by_user(), "10.88.0.1", true); }), "hello\n");
}

// With its sandbox, and with its caller.
TEST_F(NetworkUser, EndsWithTheSandboxAndWithTheCaller) {
  const std::string seen = outside([] {
    Spec spec = by_user();
    spec.process.argv = {"sleep", "60"};
    launch(compile(spec)).kill();
    if (waitpid(-1, nullptr, WNOHANG) != -1 || errno != ECHILD) return std::string("outlives its sandbox");

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) _exit(2);
    const pid_t caller = fork();
    if (caller == 0) {
      const Child child = launch(compile(spec));
      if (write(ends[1], "x", 1) != 1) _exit(1);
      pause();
    }
    char built = 0;
    if (read(ends[0], &built, 1) != 1) return std::string("not built");
    kill(caller, SIGKILL);
    int ended = 0;
    alarm(10);
    while (waitpid(-1, nullptr, 0) > 0) ++ended;
    return std::to_string(ended) + " processes";
  });
  EXPECT_EQ(seen, "3 processes") << "the caller, the sandbox, its network";
}

TEST_F(NetworkUser, NamesTheProgramThatIsMissing) {
  const std::string seen = outside([] {
    setenv("PATH", "/nowhere", 1);
    return run(by_user()).output;
  });
  EXPECT_THAT(seen, HasSubstr("error: network slirp4netns: No such file or directory; "));
}

}  // namespace
}  // namespace isolator
