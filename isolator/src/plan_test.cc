#include <isolator/plan.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace isolator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Spec program(const char* name) {
  Spec spec;
  spec.process.argv = {name};
  return spec;
}

TEST(Plan, NothingAskedForIsNothingDone) {
  Spec spec = program("/bin/true");
  spec.process.no_new_privs = spec.process.new_session = spec.process.new_keyring = false;
  EXPECT_EQ(describe(compile(spec)),
            "clone         clone3(0)\n"
            "fds           close_range(3, ~0, CLOSE_RANGE_UNSHARE)\n"
            "fds           fcntl(0, F_SETFD, 0)\n"
            "fds           fcntl(1, F_SETFD, 0)\n"
            "fds           fcntl(2, F_SETFD, 0)\n"
            "parent        prctl(PR_SET_PDEATHSIG, SIGKILL)\n"
            "session       rt_sigaction(each, SIG_DFL)\n"
            "session       rt_sigprocmask(SIG_SETMASK, [], NULL, 8)\n"
            "maps          -- the parent has written the id maps\n"
            "parent        prctl(PR_SET_PDEATHSIG, SIGKILL)\n"
            "parent        -- the parent is still there\n"
            "cwd           chdir(\"/\")\n"
            "cwd           umask(0022)\n"
            "exec          faccessat(AT_FDCWD, \"/bin/true\", F_OK)\n"
            "exec          execve(\"/bin/true\", argv, environment)\n");
}

TEST(Plan, IsTheSameTextEachTime) {
  Spec spec = program("true");
  spec.unshare = Ns::user | Ns::mount | Ns::pid | Ns::net;
  spec.root.method = Root::Method::pivot_root;
  spec.capabilities = Capabilities{};
  spec.seccomp = Seccomp{};
  EXPECT_EQ(describe(compile(spec)), describe(compile(spec)));
}

TEST(Plan, IsALineACallWhateverIsInItsArguments) {
  Spec spec = program("/a \"b\"\n\t\\");
  spec.unshare = Ns::uts;
  spec.process.hostname = "a\nb";
  const std::string text = describe(compile(spec));
  EXPECT_THAT(text, HasSubstr("exec          execve(\"/a \\\"b\\\"\\n\\011\\\\\", argv, environment)\n"));
  EXPECT_THAT(text, HasSubstr("sethostname(\"a\\nb\", 3)\n"));
}

TEST(Plan, TheOldRootIsUnmountedOnlyByPivotRoot) {
  Spec spec = program("/x");
  spec.unshare = Ns::user | Ns::mount;
  spec.root.method = Root::Method::pivot_root;
  const std::string pivot = describe(compile(spec));
  EXPECT_THAT(pivot, HasSubstr("pivot_root(\".\", \".\")"));
  EXPECT_THAT(pivot, HasSubstr("umount2(\".\", MNT_DETACH)"));
  EXPECT_THAT(pivot, Not(HasSubstr("chroot")));
  spec.root.method = Root::Method::chroot;
  const std::string chroot = describe(compile(spec));
  EXPECT_THAT(chroot, Not(HasSubstr("pivot_root")));
  EXPECT_THAT(chroot, HasSubstr("chroot(\".\")"));
}

TEST(Plan, TheFilterIsTheLastCallBeforeExec) {
  Spec spec = program("/x");
  spec.seccomp = Seccomp{};
  const std::string text = describe(compile(spec));
  EXPECT_THAT(text, ::testing::ContainsRegex("no_new_privs .*\nseccomp .*\nexec "));
}

// Without no_new_privs the filter takes CAP_SYS_ADMIN, which is gone later.
TEST(Plan, WithoutNoNewPrivsTheFilterComesBeforeTheCapabilitiesGo) {
  Spec spec = program("/x");
  spec.seccomp = Seccomp{};
  spec.capabilities = Capabilities{};
  spec.process.no_new_privs = false;
  const std::string text = describe(compile(spec));
  EXPECT_LT(text.find("\nseccomp "), text.find("\ncapabilities "));
}

TEST(Plan, SearchesTheCommandInPath) {
  Spec spec = program("tool");
  spec.process.environment = {{"PATH", "/a:/b"}};
  const std::string text = describe(compile(spec));
  EXPECT_LT(text.find("execve(\"/a/tool\""), text.find("execve(\"/b/tool\""));
  EXPECT_LT(text.find("faccessat(AT_FDCWD, \"/b/tool\""), text.find("execve(\"/a/tool\""));
}

// It would have to allow the call.
TEST(Plan, LooksForNoCommandBehindAFilter) {
  Spec spec = program("/x");
  spec.seccomp = Seccomp{};
  EXPECT_THAT(describe(compile(spec)), ::testing::ContainsRegex("faccessat.*\nno_new_privs"));
  spec.process.no_new_privs = false;
  EXPECT_THAT(describe(compile(spec)), Not(HasSubstr("faccessat")));
}

TEST(Plan, TheParentConnectsTheNetworkFirst) {
  Spec spec = program("/bin/true");
  spec.unshare = Ns::net;
  spec.network.kind = Network::Kind::veth;
  EXPECT_THAT(describe(compile(spec)),
              ::testing::ContainsRegex("maps          -- [^\n]*\n"
                                       "network       -- the parent has connected the network\n"
                                       "loopback "))
      << "at the second wait of the child, by which launch.cc knows it";
  spec.network.kind = Network::Kind::loopback;
  EXPECT_THAT(describe(compile(spec)), Not(HasSubstr("\nnetwork ")));
}

TEST(Plan, TheParentFillsTheRootBeforeAnyMount) {
  Spec spec = program("/bin/true");
  spec.unshare = Ns::mount;
  spec.root = {.method = Root::Method::pivot_root, .from = {"/bin/true"}, .read_only = true};
  spec.mounts = {{.type = Mount::Type::tmpfs, .target = "/tmp"}};
  EXPECT_THAT(describe(compile(spec)),
              ::testing::ContainsRegex("move_mount.*\n"
                                       "root          -- the parent has filled the root from /bin/true\n"
                                       "mount         "));
}

struct Contradiction {
  const char* what;
  void (*make)(Spec&);
};
class Contradictions : public ::testing::TestWithParam<Contradiction> {};

TEST_P(Contradictions, AreRefused) {
  Spec spec = program("/x");
  GetParam().make(spec);
  try {
    compile(spec);
    FAIL() << "accepted";
  } catch (const Error& e) {
    EXPECT_EQ(e.step, Step::validate);
    EXPECT_THAT(e.object, HasSubstr(GetParam().what));
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, Contradictions,
    ::testing::Values(
        Contradiction{"argv is empty", [](Spec& s) { s.process.argv.clear(); }},
        Contradiction{"mounts need",
                      [](Spec& s) { s.mounts.push_back({.source = "/usr", .target = "/usr"}); }},
        Contradiction{"move and pivot_root need", [](Spec& s) { s.root.method = Root::Method::pivot_root; }},
        Contradiction{"read-only and masked", [](Spec& s) { s.root.masked_paths = {"/proc/kcore"}; }},
        Contradiction{"hostname and domainname need", [](Spec& s) { s.process.hostname = "h"; }},
        Contradiction{"nested_user is a limit", [](Spec& s) { s.nested_user = false; }},
        Contradiction{"nested_user: with CAP_SYS_RESOURCE",
                      [](Spec& s) { s.nested_user = false, s.unshare = Ns::user; }},
        Contradiction{"time offsets need", [](Spec& s) { s.boottime = std::chrono::seconds(1); }},
        Contradiction{"an overlay needs", [](Spec& s) { s.root.lower = {"/usr"}; }},
        Contradiction{"root.archive and root.from fill", [](Spec& s) { s.root.from = {"/bin/ls"}; }},
        Contradiction{"in a user namespace a root that is filled",
                      [](Spec& s) {
                        s.unshare = Ns::user;
                        s.root = {.method = Root::Method::chroot, .from = {"/bin/ls"}};
                      }},
        Contradiction{"network: veth and user", [](Spec& s) { s.network.kind = Network::Kind::user; }},
        Contradiction{"mounts: uid_map and gid_map",
                      [](Spec& s) {
                        s.unshare = Ns::mount;
                        s.root.method = Root::Method::pivot_root;
                        s.mounts = {{.source = "/usr", .target = "/usr", .uid_map = {{0, 0, 1}}}};
                      }},
        Contradiction{"files need", [](Spec& s) { s.files = {{.path = "/a"}}; }},
        Contradiction{"processor 1024", [](Spec& s) { s.process.processors = {1024}; }},
        Contradiction{"uid_map and gid_map need", [](Spec& s) {
                        s.identity.uid_map = {{0, 1, 1}};
                      }}));

}  // namespace
}  // namespace isolator
