// From TOML to the Spec: [process], [[files]], [landlock] and what namespaces, capabilities and roots took
// on.

#include <isolator/profile.h>

#include <gmock/gmock.h>
#include <linux/ioprio.h>
#include <linux/securebits.h>
#include <sys/personality.h>

#include <algorithm>
#include <chrono>

namespace isolator {
namespace {

using testing::ElementsAre;

Spec spec_of(const std::string& toml) { return parse_profile("name = \"p\"\n" + toml, "p.toml").spec; }

TEST(ProfileProcess, TakesWhatTheProcessCarries) {
  const Process process = spec_of(R"(
[namespaces]
new = ["uts"]
[process]
domainname = "d"
new_keyring = false
nice = -5
ioprio = "best-effort/3"
processors = [0, 2]
oom_score_adj = -300
personality = ["linux32", "addr_no_randomize"])")
                              .process;
  EXPECT_EQ(process.domainname, "d");
  EXPECT_FALSE(process.new_keyring);
  EXPECT_EQ(process.nice, -5);
  EXPECT_EQ(process.ioprio, IOPRIO_CLASS_BE << IOPRIO_CLASS_SHIFT | 3);
  EXPECT_THAT(process.processors, ElementsAre(0, 2));
  EXPECT_EQ(process.oom_score_adj, -300);
  EXPECT_EQ(process.personality, 0x40008UL);
}

TEST(ProfileProcess, LeavesWhatIsNotThere) {
  const Process process = spec_of("").process;
  EXPECT_TRUE(process.new_keyring);
  EXPECT_FALSE(process.nice || process.ioprio || process.oom_score_adj || process.personality);
  EXPECT_THAT(process.processors, ElementsAre());
  EXPECT_TRUE(spec_of("").nested_user);
  EXPECT_FALSE(spec_of("").landlock);
}

TEST(ProfileProcess, IdleHasNoLevel) {
  EXPECT_EQ(spec_of("[process]\nioprio = \"idle\"").process.ioprio, IOPRIO_CLASS_IDLE << IOPRIO_CLASS_SHIFT);
  EXPECT_EQ(spec_of("[process]\nioprio = \"realtime/0\"").process.ioprio,
            IOPRIO_CLASS_RT << IOPRIO_CLASS_SHIFT);
}

TEST(ProfileNamespaces, TakeOffsetsAndForbidNestedOnes) {
  const Spec spec = spec_of(R"(
[namespaces]
new = ["user", "time"]
nested_user = false
monotonic = "-90s"
boottime = "1500ms"
[capabilities])");
  EXPECT_FALSE(spec.nested_user);
  EXPECT_EQ(spec.monotonic, std::chrono::seconds(-90));
  EXPECT_EQ(spec.boottime, std::chrono::milliseconds(1500));
}

TEST(ProfileNamespaces, ARandomOffsetIsAnotherEachTimeAndADayAtLeast) {
  const auto offset = [] {
    return spec_of("[namespaces]\nnew = [\"user\", \"time\"]\nboottime = \"random\"").boottime;
  };
  const std::chrono::nanoseconds first = offset(), second = offset();
  EXPECT_NE(first, second);
  EXPECT_GE(std::min(first, second), std::chrono::hours(24));
}

TEST(ProfileFiles, AreReadInOrder) {
  const Spec spec = spec_of(R"(
[namespaces]
new = ["mount"]
[root]
method = "pivot_root"
lower = ["/a", "/b"]
upper = "/u"
work = "/w"
[[files]]
path = "/x"
content = "y"
mode = "0600"
[[files]]
path = "/l"
symlink = "x")");
  ASSERT_EQ(spec.files.size(), 2U);
  EXPECT_EQ(std::tie(spec.files[0].path, spec.files[0].content, spec.files[0].symlink),
            std::make_tuple("/x", "y", ""));
  EXPECT_EQ(spec.files[0].mode, 0600U);
  EXPECT_EQ(spec.files[1].symlink, "x");
  EXPECT_THAT(spec.root.lower, ElementsAre("/a", "/b"));
  EXPECT_EQ(spec.root.upper + spec.root.work, "/u/w");
}

TEST(ProfileMounts, OfDevicesMayOpenThem) {
  const Spec spec = spec_of(R"(
[namespaces]
new = ["mount"]
[root]
method = "pivot_root"
[[mounts]]
type = "devpts"
target = "/dev/pts"
[[mounts]]
type = "tmpfs"
target = "/t"
inodes = 7
nosymfollow = true)");
  EXPECT_FALSE(spec.mounts[0].nodev);
  EXPECT_TRUE(spec.mounts[0].noexec && spec.mounts[0].nosuid);
  EXPECT_TRUE(spec.mounts[1].nosymfollow && spec.mounts[1].nodev);
  EXPECT_EQ(spec.mounts[1].inodes, 7U);
}

TEST(ProfileLandlock, HandlesAllRightsToFilesUnlessItSaysOtherwise) {
  const Landlock all = *spec_of("[[landlock.paths]]\npath = \"/usr\"\naccess = [\"read_file\"]").landlock;
  EXPECT_EQ(all.handled, (Landlock::Rights{.files = 0xffff}));
  ASSERT_EQ(all.paths.size(), 1U);
  EXPECT_EQ(all.paths[0].access, 4U);

  const Landlock some = *spec_of(R"(
[landlock]
handled = ["connect_tcp", "signal"]
optional = ["signal"]
[[landlock.ports]]
port = 443
access = ["connect_tcp"])")
                             .landlock;
  EXPECT_EQ(some.handled, (Landlock::Rights{.ports = 2, .scopes = 2}));
  EXPECT_EQ(some.optional, (Landlock::Rights{.scopes = 2}));
  EXPECT_EQ(some.ports.at(0).port, 443);
}

TEST(ProfileCapabilities, TakeSecurebits) {
  EXPECT_EQ(spec_of("[capabilities]\nsecurebits = [\"noroot\", \"noroot_locked\"]").capabilities->securebits,
            unsigned(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED));
}

}  // namespace
}  // namespace isolator
