// Every layer was really applied: what was asked for against what /proc tells of the process.

#include <isolator/posture.h>

#include "cgroup_test.h"
#include "elsewhere.h"
#include "posture_test.h"
#include "test_sandbox.h"

#include <isolator/profile.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/ioprio.h>
#include <sched.h>
#include <sys/capability.h>
#include <sys/personality.h>
#include <sys/resource.h>

#include <filesystem>

namespace isolator {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::seen;
using testing::shell;
using ::testing::StartsWith;

Spec full() {
  Spec spec = shell("true");
  spec.unshare = spec.unshare | Ns::net | Ns::ipc | Ns::uts | Ns::cgroup;
  spec.nested_user = false;
  spec.root.read_only = true;
  spec.mounts.push_back({.type = Mount::Type::dev, .target = "/dev", .noexec = true});
  spec.mounts.push_back({.type = Mount::Type::tmpfs, .target = "/tmp/", .nosymfollow = true});
  spec.identity.uid = 1000;
  spec.identity.gid = 1000;
  spec.capabilities = Capabilities{.keep = 1 << CAP_CHOWN};
  spec.seccomp = Seccomp{};
  spec.process.rlimits = {{RLIMIT_CORE, 0}, {RLIMIT_NOFILE, 64}};
  spec.process.umask = 077;
  spec.process.cwd = "/tmp";
  spec.process.nice = 3;
  spec.process.processors = {0};
  spec.process.oom_score_adj = 100;
  spec.process.personality = ADDR_NO_RANDOMIZE;
  return spec;
}

TEST(Posture, OfAFullSandboxIsWhatWasAskedFor) {
  EXPECT_THAT(differences(expected(full()), seen(full())), IsEmpty());
}

TEST(Posture, OfAnEmptyOneToo) {
  Spec spec;
  spec.process.argv = {"/bin/true"};
  EXPECT_THAT(differences(expected(spec), seen(spec)), IsEmpty());
}

struct Layer {
  const char* fact;  // the one that tells of it
  void (*remove)(Spec&);
};
std::string name_of(const ::testing::TestParamInfo<Layer>& info) {
  std::string out = std::to_string(info.index) + "_";
  for (const char c : std::string(info.param.fact).substr(0, 30))
    out += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return out;
}
class Layers : public ::testing::TestWithParam<Layer> {};

// A posture that did not notice would prove nothing.
TEST_P(Layers, ThatIsMissingIsNoticed) {
  Spec spec = full();
  GetParam().remove(spec);
  EXPECT_THAT(differences(expected(full()), seen(spec)), Contains(StartsWith(GetParam().fact)));
  EXPECT_THAT(differences(expected(spec), seen(spec)), IsEmpty()) << "and was not asked for";
}

void without(Spec& spec, Ns ns) { spec.unshare = spec.unshare & ~ns; }

INSTANTIATE_TEST_SUITE_P(
    All, Layers,
    ::testing::Values(
        Layer{"namespace.net: shared; expected new", [](Spec& s) { without(s, Ns::net); }},
        Layer{"namespace.ipc: shared; expected new", [](Spec& s) { without(s, Ns::ipc); }},
        Layer{"namespace.uts: shared; expected new", [](Spec& s) { without(s, Ns::uts); }},
        Layer{"namespace.cgroup: shared; expected new", [](Spec& s) { without(s, Ns::cgroup); }},
        Layer{"namespace.pid: shared; expected new",
              [](Spec& s) {
                without(s, Ns::pid);
                std::erase_if(s.mounts, [](const Mount& m) { return m.type == Mount::Type::proc; });
              }},
        Layer{"mount /: rw", [](Spec& s) { s.root.read_only = false; }},
        Layer{"mount /usr: ", [](Spec& s) { s.mounts[0].read_only = false; }},
        Layer{"mount /dev: ", [](Spec& s) { s.mounts[s.mounts.size() - 2].noexec = false; }},
        Layer{"mount /tmp: ", [](Spec& s) { s.mounts.back().nosymfollow = false; }},
        Layer{"mounts: nothing on /tmp", [](Spec& s) { s.mounts.pop_back(), s.process.cwd = "/"; }},
        Layer{"mounts: /more; expected none there",
              [](Spec& s) { s.mounts.push_back({.type = Mount::Type::tmpfs, .target = "/more"}); }},
        Layer{"uid: 7; expected 1000", [](Spec& s) { s.identity.uid = 7; }},
        Layer{"uid_map: ", [](Spec& s) { s.identity.uid = 7; }},
        Layer{"gid: 7; expected 1000", [](Spec& s) { s.identity.gid = 7; }},
        Layer{"capabilities.bounding: all; expected cap_chown",
              [](Spec& s) { s.capabilities.reset(), s.nested_user = true; }},
        Layer{"capabilities.effective: none; expected cap_chown", [](Spec& s) { s.capabilities->keep = 0; }},
        Layer{"capabilities.ambient: none; expected cap_chown", [](Spec& s) { s.capabilities->keep = 0; }},
        Layer{"seccomp: none; expected filter", [](Spec& s) { s.seccomp.reset(); }},
        Layer{"no_new_privs: no; expected yes", [](Spec& s) { s.process.no_new_privs = false; }},
        Layer{"rlimits.nofile: 65; expected 64", [](Spec& s) { s.process.rlimits[RLIMIT_NOFILE] = 65; }},
        Layer{"umask: 0022; expected 0077", [](Spec& s) { s.process.umask = 022; }},
        Layer{"cwd: /; expected /tmp", [](Spec& s) { s.process.cwd = "/"; }},
        Layer{"environment: ", [](Spec& s) { s.process.environment["SECRET"] = "1"; }},
        Layer{"fds: 0 1 2 5; expected 0 1 2", [](Spec& s) { s.process.fds.emplace_back(0, 5); }},
        Layer{"session: shared; expected own", [](Spec& s) { s.process.new_session = false; }},
        Layer{"nice: 4; expected 3", [](Spec& s) { s.process.nice = 4; }},
        Layer{"oom_score_adj: 200; expected 100", [](Spec& s) { s.process.oom_score_adj = 200; }},
        Layer{"personality: 0; expected 0x40000", [](Spec& s) { s.process.personality.reset(); }}),
    name_of);

class Limited : public Layers {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "making cgroups needs root";
  }
};

Spec limited() {
  Spec spec = full();
  spec.limits = {.pids = 50, .memory = 64 << 20, .cpu = 0.5, .cpus = {0}, .mems = {0}};
  spec.limits.devices = {{.type = 'c', .major = 1, .minor = 3, .read = true, .write = true}};
  if (const std::string disk = a_disk(); !disk.empty())
    spec.limits.io_max = {{.device = disk, .rbps = 1 << 30}};
  return spec;
}

TEST_P(Limited, ThatIsMissingIsNoticed) {
  if (std::string(GetParam().fact).starts_with("limits.io.") && a_disk().empty())
    GTEST_SKIP() << "needs a disk";
  Spec spec = limited();
  GetParam().remove(spec);
  EXPECT_THAT(differences(expected(limited()), seen(spec)), Contains(StartsWith(GetParam().fact)));
  EXPECT_THAT(differences(expected(spec), seen(spec)), IsEmpty()) << "and was not asked for";
}

INSTANTIATE_TEST_SUITE_P(
    All, Limited,
    ::testing::Values(
        Layer{"limits.pids: 51; expected 50", [](Spec& s) { s.limits.pids = 51; }},
        Layer{"limits.memory: 33554432; expected 67108864", [](Spec& s) { s.limits.memory = 32 << 20; }},
        Layer{"limits.cpu: 0.25; expected 0.5", [](Spec& s) { s.limits.cpu = 0.25; }},
        Layer{"limits.cpuset.cpus: 1; expected 0",
              [](Spec& s) { s.limits.cpus = {1}, s.process.processors = {1}; }},
        Layer{"limits.devices: none; expected c 1:3 rw", [](Spec& s) { s.limits.devices->clear(); }},
        Layer{"limits.devices: c 1:3 r; expected c 1:3 rw",
              [](Spec& s) { (*s.limits.devices)[0].write = false; }},
        Layer{"limits.io.max: ", [](Spec& s) { s.limits.io_max[0].rbps = 1 << 20; }}),
    name_of);

TEST(Posture, OfAChrootSeesNoMoreThanTheRoot) {
  for (const Root::Method method : {Root::Method::chroot, Root::Method::move, Root::Method::pivot_root}) {
    Spec spec = full();
    spec.root.method = method;
    EXPECT_THAT(differences(expected(spec), seen(spec)), IsEmpty());
  }
}

TEST(Posture, OfProfilesIsWhatTheySay) {
  const std::filesystem::path profiles =
      std::filesystem::path(__FILE__).parent_path().parent_path().parent_path() / "suites/profiles";
  const char* program = "/bin/busybox";  // static: starts in any root
  if (access(program, X_OK) != 0) GTEST_SKIP() << "needs a static busybox";
  int tried = 0;
  for (const auto& entry : std::filesystem::directory_iterator(profiles)) {
    Profile profile = load_profile(entry.path());
    if (geteuid() != 0 && !profile.rootless) continue;
    if (geteuid() == 0 && profile.rootless) continue;  // a launch as somebody else: suites/ tests it
    profile.spec.process.program = program;
    profile.spec.process.argv = {"true"};
    Posture posture;
    try {
      posture = seen(profile.spec, expected(profile.spec));
    } catch (const Error& e) {
      ADD_FAILURE() << entry.path() << ": " << e.what();
      continue;
    }
    EXPECT_THAT(differences(expected(profile.spec), posture), IsEmpty()) << entry.path();
    ++tried;
  }
  EXPECT_GE(tried, 1);
}

TEST(Posture, OfANamespaceThatIsJoinedIsItsOwners) {
  if (geteuid() != 0) GTEST_SKIP() << "joining a namespace of the host takes root";
  const Elsewhere elsewhere(CLONE_NEWNET | CLONE_NEWNS);
  Spec spec;
  spec.process.argv = {"/bin/true"};
  const std::string own = expected(spec).at("namespace.net");
  spec.join = {{.namespaces = Ns::net, .path = "/proc/" + std::to_string(elsewhere.pid()) + "/ns/net"},
               {.namespaces = Ns::mount, .pid = elsewhere.pid()}};
  EXPECT_EQ(expected(spec).at("namespace.net"), "new");
  EXPECT_EQ(own, "shared");
  EXPECT_THAT(differences(expected(spec), seen(spec)), IsEmpty());
  spec.join[0].path = "/proc/self/ns/net";  // which is no other
  EXPECT_THAT(differences(expected(spec), seen(spec)), IsEmpty());
}

TEST(Posture, AFactThatIsAbsentIsADifference) {
  EXPECT_THAT(differences({{"a", "1"}, {"b", "2"}}, {{"a", "1"}}), ElementsAre("b: absent; expected 2"));
}

TEST(Posture, AMountMayBeStricterThanItWasAskedToBe) {
  const Posture wanted = {{"mount /x", "nosuid nodev"}};
  EXPECT_THAT(differences(wanted, {{"mount /x", "ro nosuid nodev noexec"}}), IsEmpty());
  EXPECT_THAT(differences(wanted, {{"mount /x", "rw nosuid"}}),
              ElementsAre("mount /x: rw nosuid; expected nodev too"));
}

}  // namespace
}  // namespace isolator
