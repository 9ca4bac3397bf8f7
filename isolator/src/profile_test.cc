#include <isolator/profile.h>

#include "profile_keys.h"

#include <gmock/gmock.h>
#include <sys/capability.h>
#include <sys/resource.h>

#include <cerrno>

namespace isolator {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using testing::Pair;
using testing::UnorderedElementsAre;

Profile parse(const std::string& toml) { return parse_profile("name = \"p\"\n" + toml, "p.toml"); }

// The profile by which the project explains itself: every word of it has to go on being understood.
const char example[] =
    R"(# Code that nobody trusts: nothing of the host but a read-only root, nothing to gain, little to spend.
name    = "strict"
summary = "for code that nobody trusts"
claims  = ["filesystem.*", "process.*", "network.*", "limits.*"]

[root]
method    = "pivot_root"        # none | chroot | move | pivot_root
path      = ""                  # empty: a fresh tmpfs
read_only = true

[namespaces]
new = ["user", "mount", "pid", "net", "ipc", "uts", "cgroup", "time"]

[identity]
uid = 65534
gid = 65534

[[mounts]]
type   = "proc"
target = "/proc"
subset = "pid"

[capabilities]
keep = []

[seccomp]
default = "ENOSYS"
allow   = ["@process", "read", "write"]

[limits]                        # cgroup v1 or v2, whichever the host has
pids   = 32
memory = "64MiB"
cpu    = 0.5

[process]
hostname = "sandbox"
wall     = "10s"
)";

TEST(Profile, ReadsTheExample) {
  const Profile profile = parse_profile(example, "strict.toml");
  EXPECT_EQ(profile.name, "strict");
  EXPECT_EQ(profile.summary, "for code that nobody trusts");
  EXPECT_THAT(profile.claims, ElementsAre("filesystem.*", "process.*", "network.*", "limits.*"));
  EXPECT_FALSE(profile.rootless);

  const Spec& spec = profile.spec;
  EXPECT_EQ(spec.unshare,
            Ns::user | Ns::mount | Ns::pid | Ns::net | Ns::ipc | Ns::uts | Ns::cgroup | Ns::time);
  EXPECT_EQ(spec.root.method, Root::Method::pivot_root);
  EXPECT_EQ(spec.root.path, "");
  EXPECT_TRUE(spec.root.read_only);
  EXPECT_THAT(spec.identity.uid, Optional(65534U));
  EXPECT_THAT(spec.identity.gid, Optional(65534U));
  ASSERT_EQ(spec.mounts.size(), 1U);
  EXPECT_EQ(spec.mounts[0].type, Mount::Type::proc);
  EXPECT_EQ(spec.mounts[0].target, "/proc");
  EXPECT_EQ(spec.mounts[0].subset, "pid");
  ASSERT_TRUE(spec.capabilities);
  EXPECT_EQ(spec.capabilities->keep, 0U);
  ASSERT_TRUE(spec.seccomp);
  EXPECT_EQ(spec.seccomp->otherwise, (Seccomp::Action{Seccomp::Action::Kind::fail, ENOSYS}));
  EXPECT_THAT(spec.limits.pids, Optional(32U));
  EXPECT_THAT(spec.limits.memory, Optional(64U << 20));
  EXPECT_FALSE(spec.limits.swap);
  EXPECT_THAT(spec.limits.cpu, Optional(0.5));
  EXPECT_EQ(spec.process.hostname, "sandbox");
  EXPECT_THAT(spec.process.wall, Optional(std::chrono::seconds(10)));
  EXPECT_THAT(layers(spec),
              ElementsAre("user", "mount", "pid", "net", "ipc", "uts", "cgroup", "time", "pivot_root",
                          "read-only root", "identity", "capabilities", "no_new_privs", "seccomp",
                          "limits.pids", "limits.memory", "limits.cpu", "wall"));
}

TEST(Profile, WithANameAloneIsNoSandbox) {
  const Profile profile = parse("");
  EXPECT_THAT(layers(profile.spec), ElementsAre("no_new_privs"));
  EXPECT_FALSE(profile.spec.capabilities);
  EXPECT_FALSE(profile.spec.seccomp);
  EXPECT_FALSE(profile.spec.limits.any());
  EXPECT_FALSE(profile.spec.identity.uid);
  EXPECT_THAT(layers(parse("[process]\nno_new_privs = false").spec), IsEmpty());
}

TEST(Profile, ReadsTheTop) {
  const Profile profile =
      parse_profile("name = \"a.b-c_1\"\nclaims = [\"*\", \"ipc.sysv-shm\"]\nrootless = true", "p");
  EXPECT_EQ(profile.name, "a.b-c_1");
  EXPECT_THAT(profile.claims, ElementsAre("*", "ipc.sysv-shm"));
  EXPECT_TRUE(profile.rootless);
}

TEST(Profile, ReadsRoot) {
  const Root root = parse(R"(
[root]
method = "move"
path = "/srv"
masked_paths = ["/proc/kcore", "/proc/keys"]
read_only_paths = ["/proc/sys"]
[namespaces]
new = ["mount"])")
                        .spec.root;
  EXPECT_EQ(root.method, Root::Method::move);
  EXPECT_EQ(root.path, "/srv");
  EXPECT_FALSE(root.read_only);
  EXPECT_THAT(root.masked_paths, ElementsAre("/proc/kcore", "/proc/keys"));
  EXPECT_THAT(root.read_only_paths, ElementsAre("/proc/sys"));
  EXPECT_EQ(parse("[root]\nmethod = \"chroot\"").spec.root.method, Root::Method::chroot)
      << "a temporary directory";
}

TEST(Profile, ReadsIdentity) {
  const Identity identity = parse(R"(
[namespaces]
new = ["user"]
[identity]
uid = 0
gid = 7
groups = [5, 7]
uid_map = ["0 1879048192 65536"]
gid_map = [" 0  100000 10 ", "10 200000 4294767295"])")
                                .spec.identity;
  EXPECT_THAT(identity.uid, Optional(0U));
  EXPECT_THAT(identity.gid, Optional(7U));
  EXPECT_THAT(identity.groups, ElementsAre(5, 7));
  ASSERT_EQ(identity.uid_map.size(), 1U);
  EXPECT_EQ(identity.uid_map[0].inside, 0U);
  EXPECT_EQ(identity.uid_map[0].outside, 1879048192U);
  EXPECT_EQ(identity.uid_map[0].count, 65536U);
  ASSERT_EQ(identity.gid_map.size(), 2U);
  EXPECT_EQ(identity.gid_map[1].count, 4294767295U);
}

TEST(Profile, ReadsMounts) {
  const std::vector<Mount> mounts = parse(R"(
[root]
method = "pivot_root"
[namespaces]
new = ["mount"]
[[mounts]]
type = "bind"
source = "/usr"
target = "/usr"
[[mounts]]
type = "bind"
source = "/home/x"
target = "/home"
recursive = false
optional = true
read_only = false
nosuid = false
nodev = false
noexec = true
[[mounts]]
type = "proc"
target = "/proc"
hidepid = "invisible"
[[mounts]]
type = "sysfs"
target = "/sys"
[[mounts]]
type = "tmpfs"
target = "/tmp"
size = "16MiB"
mode = "1777"
[[mounts]]
type = "dev"
target = "/dev")")
                                        .spec.mounts;
  ASSERT_EQ(mounts.size(), 6U);
  struct Flags {
    bool read_only, nosuid, nodev, noexec;
    bool operator==(const Flags&) const = default;
  };
  const auto flags = [&](std::size_t i) {
    return Flags{mounts[i].read_only, mounts[i].nosuid, mounts[i].nodev, mounts[i].noexec};
  };
  EXPECT_EQ(mounts[0].source, "/usr");
  EXPECT_TRUE(mounts[0].recursive);
  EXPECT_FALSE(mounts[0].optional);
  EXPECT_EQ(flags(0), (Flags{true, true, true, false})) << "bind";
  EXPECT_FALSE(mounts[1].recursive);
  EXPECT_TRUE(mounts[1].optional);
  EXPECT_EQ(flags(1), (Flags{false, false, false, true})) << "as written";
  EXPECT_EQ(mounts[2].hidepid, "invisible");
  EXPECT_EQ(flags(2), (Flags{false, true, true, true})) << "proc";
  EXPECT_EQ(flags(3), (Flags{true, true, true, true})) << "sysfs";
  EXPECT_EQ(mounts[4].size, 16U << 20);
  EXPECT_EQ(mounts[4].mode, 01777U);
  EXPECT_EQ(flags(4), (Flags{false, true, true, false})) << "tmpfs";
  EXPECT_EQ(mounts[5].type, Mount::Type::dev);
  EXPECT_EQ(mounts[5].mode, 0755U);
}

TEST(Profile, ReadsCapabilities) {
  EXPECT_EQ(parse("[capabilities]").spec.capabilities->keep, 0U) << "an empty section is a layer";
  EXPECT_EQ(parse("[capabilities]\nkeep = [\"cap_chown\", \"cap_sys_admin\"]").spec.capabilities->keep,
            (1ULL << CAP_CHOWN) | (1ULL << CAP_SYS_ADMIN));
  EXPECT_EQ(parse("[capabilities]\nkeep = [\"*\"]").spec.capabilities->keep, (1ULL << cap_max_bits()) - 1);
  EXPECT_EQ(parse("[capabilities]\nkeep = [\"*\"]\ndrop = [\"cap_chown\"]").spec.capabilities->keep,
            ((1ULL << cap_max_bits()) - 1) & ~(1ULL << CAP_CHOWN));
}

TEST(Profile, ReadsLimits) {
  const Limits limits =
      parse("[limits]\npids = 4194304\nmemory = 1048576\nswap = \"2MiB\"\ncpu = 2").spec.limits;
  EXPECT_THAT(limits.pids, Optional(4194304U));
  EXPECT_THAT(limits.memory, Optional(1048576U));
  EXPECT_THAT(limits.swap, Optional(2097152U));
  EXPECT_THAT(limits.cpu, Optional(2.0));
  EXPECT_FALSE(parse("[limits]\npids = \"max\"\nmemory = \"max\"\ncpu = \"max\"").spec.limits.any());
  EXPECT_THAT(parse("[limits]\nmemory = \"1MiB\"\nswap = 0").spec.limits.swap, Optional(0U));
  EXPECT_THAT(parse("[limits]\nmemory = \"1MiB\"\nswap = \"max\"").spec.limits.swap, Optional(1ULL << 62));
}

TEST(Profile, ReadsWhereAndOnWhat) {
  const Limits limits = parse(R"([limits]
devices = ["c 1:3 rw", "b *:7 m"]
[limits.cpuset]
cpus = "3,0-1"
[limits.io]
weight = 50
max = ["/dev/sda rbps=1MiB wiops=7", "8:16 wbps=5"])")
                            .spec.limits;
  EXPECT_THAT(limits.cpus, ElementsAre(0, 1, 3));
  EXPECT_THAT(limits.mems, IsEmpty());
  EXPECT_THAT(limits.io_weight, Optional(50U));
  ASSERT_EQ(limits.io_max.size(), 2U);
  EXPECT_EQ(limits.io_max[0].device, "/dev/sda");
  EXPECT_THAT(limits.io_max[0].rbps, Optional(1U << 20));
  EXPECT_THAT(limits.io_max[0].wiops, Optional(7U));
  EXPECT_FALSE(limits.io_max[0].wbps || limits.io_max[0].riops);
  EXPECT_THAT(limits.io_max[1].wbps, Optional(5U));
  ASSERT_EQ(limits.devices->size(), 2U);
  const auto& [type, major, minor, read, write, mknod] = (*limits.devices)[1];
  EXPECT_EQ(type, 'b');
  EXPECT_FALSE(major || read || write);
  EXPECT_THAT(minor, Optional(7U));
  EXPECT_TRUE(mknod);
  EXPECT_TRUE(parse("[limits]\ndevices = []").spec.limits.any());
  EXPECT_FALSE(parse("[limits.io]\nmax = []").spec.limits.any());
}

TEST(Profile, ReadsRlimits) {
  EXPECT_THAT(
      parse(R"([rlimits]
nofile = 64
core = 0
stack = "8MiB"
as = "unlimited"
cpu = "inherit"
nice = 40)")
          .spec.process.rlimits,
      UnorderedElementsAre(Pair(RLIMIT_NOFILE, 64), Pair(RLIMIT_CORE, 0), Pair(RLIMIT_STACK, 8U << 20),
                           Pair(RLIMIT_AS, RLIM_INFINITY), Pair(RLIMIT_NICE, 40)));
  std::string every = "[rlimits]\n";
  for (const Key& key : profile_keys())
    if (key.section == "rlimits") every += std::string(key.name) + " = 1\n";
  EXPECT_EQ(parse(every).spec.process.rlimits.size(), std::size_t(RLIM_NLIMITS));
}

TEST(Profile, ReadsNetwork) {
  EXPECT_EQ(parse("").spec.network.kind, Network::Kind::loopback);
  EXPECT_EQ(parse("[network]\nkind = \"none\"").spec.network.kind, Network::Kind::none);
  const Network network = parse(R"([namespaces]
new = ["net"]
[network]
kind = "veth"
interface = "fifteen-letters"
addresses = ["10.0.0.2/24", "fd00::2/128"]
host_addresses = ["10.0.0.1/0"]
gateways = ["10.0.0.1", "fd00::1"])")
                              .spec.network;
  EXPECT_EQ(network.kind, Network::Kind::veth);
  EXPECT_EQ(network.interface, "fifteen-letters");
  EXPECT_THAT(network.addresses, ElementsAre("10.0.0.2/24", "fd00::2/128"));
  EXPECT_THAT(network.host_addresses, ElementsAre("10.0.0.1/0"));
  EXPECT_THAT(network.gateways, ElementsAre("10.0.0.1", "fd00::1"));
}

TEST(Profile, ReadsMapsInWords) {
  const Identity identity = parse(R"([namespaces]
new = ["user"]
[identity]
uid_map = ["0 self 1", "1 subuid 65536"]
gid_map = ["0 self 1", "1 subgid 65536"])")
                                .spec.identity;
  for (const auto& map : {identity.uid_map, identity.gid_map}) {
    ASSERT_EQ(map.size(), 2U);
    EXPECT_EQ(map[0].of, IdRange::Of::caller);
    EXPECT_EQ(map[1].of, IdRange::Of::subordinate);
    EXPECT_EQ(map[1].count, 65536U);
  }
}

TEST(Profile, ReadsEnvironmentAndProcess) {
  const Process process = parse(R"([environment]
PATH = "/bin"
EMPTY = ""
"odd.name" = "x"
[process]
wall = "500ms"
cwd = "/tmp"
umask = "0077"
no_new_privs = false
new_session = false)")
                              .spec.process;
  EXPECT_THAT(process.environment,
              ElementsAre(Pair("EMPTY", ""), Pair("PATH", "/bin"), Pair("odd.name", "x")));
  EXPECT_THAT(process.wall, Optional(std::chrono::milliseconds(500)));
  EXPECT_EQ(process.cwd, "/tmp");
  EXPECT_EQ(process.umask, 077U);
  EXPECT_FALSE(process.no_new_privs);
  EXPECT_FALSE(process.new_session);
}

}  // namespace
}  // namespace isolator
