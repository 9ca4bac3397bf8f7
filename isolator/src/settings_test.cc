#include "settings.h"

#include <isolator/profile.h>

#include <gmock/gmock.h>
#include <sys/capability.h>

namespace isolator {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using testing::Pair;

using Settings = std::vector<std::string>;

const char bare[] = "name = \"p\"\n";
const char strict[] = R"(
name   = "strict"
claims = ["process.*", "network.link"]
[root]
method = "pivot_root"
[namespaces]
new = ["user", "mount", "pid", "uts"]
[[mounts]]
type   = "proc"
target = "/proc"
[[mounts]]
type   = "tmpfs"
target = "/tmp"
size   = "1MiB"
[capabilities]
keep = []
[seccomp]
default = "ENOSYS"
allow   = ["@process", "read", "write"]
[limits]
pids = 32
[process]
hostname = "sandbox"
)";

Profile with(const char* toml, const Settings& settings) { return parse_profile(toml, "p.toml", settings); }

std::string said(const char* toml, const Settings& settings) {
  try {
    with(toml, settings);
  } catch (const ProfileError& error) {
    return error.what();
  }
  return "accepted";
}

bool allows(const Profile& profile, std::string_view call) {
  for (const Seccomp::Rule& rule : profile.spec.seccomp->rules)
    if (rule.syscall == call) return rule.action == Seccomp::Action{};
  return false;
}

TEST(Settings, BareWordsNeedNoQuotes) {
  EXPECT_EQ(with(bare, {"root.method=chroot"}).spec.root.method, Root::Method::chroot);
  EXPECT_EQ(with(bare, {"root.method=\"chroot\""}).spec.root.method, Root::Method::chroot);
  EXPECT_THAT(with(bare, {"limits.memory=64MiB"}).spec.limits.memory, Optional(64U << 20));
  EXPECT_EQ(with(bare, {"process.umask=077"}).spec.process.umask, 077U);
  EXPECT_EQ(with(bare, {"process.umask=77"}).spec.process.umask, 077U);
  EXPECT_EQ(with(bare, {" process.cwd = /a b "}).spec.process.cwd, "/a b");
  EXPECT_EQ(with(bare, {"name=7"}).name, "7");
  EXPECT_THAT(with(bare, {"environment.A=1", "environment.B.C=2020-01-01", "environment.D=a=b"})
                  .spec.process.environment,
              ElementsAre(Pair("A", "1"), Pair("B.C", "2020-01-01"), Pair("D", "a=b")));
  EXPECT_EQ(with(strict, {"process.hostname="}).spec.process.hostname, "");
}

TEST(Settings, TomlIsTakenAsToml) {
  EXPECT_THAT(with(bare, {"limits.pids=7"}).spec.limits.pids, Optional(7U));
  EXPECT_THAT(with(bare, {"limits.cpu=1.5"}).spec.limits.cpu, Optional(1.5));
  EXPECT_FALSE(with(bare, {"process.no_new_privs=false"}).spec.process.no_new_privs);
  EXPECT_EQ(with(bare, {"namespaces.new=[\"pid\", \"net\"]"}).spec.unshare, Ns::pid | Ns::net);
  EXPECT_THAT(with(strict, {"mounts=[]"}).spec.mounts, IsEmpty());
}

TEST(Settings, TakeALimitAway) { EXPECT_FALSE(with(strict, {"limits.pids=max"}).spec.limits.pids); }

TEST(Settings, ReachSectionsOfSections) {
  const Limits limits =
      with(bare, {"limits.cpuset.cpus=0-2", "limits.io.max+=8:0 rbps=2", "limits.io.max+=8:1 rbps=2",
                  "limits.io.max-=8:0 rbps=2", "limits.devices=[\"c 1:3 r\"]"})
          .spec.limits;
  EXPECT_THAT(limits.cpus, ElementsAre(0, 1, 2));
  ASSERT_EQ(limits.io_max.size(), 1U);
  EXPECT_EQ(limits.io_max[0].device, "8:1");
  EXPECT_EQ(limits.devices->size(), 1U);
  EXPECT_EQ(
      said(bare, {"limits.devices-=c 1:3"}),
      "--set limits.devices-=c 1:3: limits.devices: \"c 1:3\"; expected TYPE MAJOR:MINOR ACCESS, such as "
      "\"c 1:3 rwm\" or \"b 8:* r\"");
}

TEST(Settings, LaterOnesWin) {
  EXPECT_THAT(with(strict, {"limits.pids=7", "limits.pids=8"}).spec.limits.pids, Optional(8U));
}

TEST(Settings, MakeSectionsThatAreMissing) {
  EXPECT_EQ(with(bare, {"capabilities.keep+=cap_chown"}).spec.capabilities->keep, 1ULL << CAP_CHOWN);
  EXPECT_TRUE(with(bare, {"capabilities.keep=[]"}).spec.capabilities);
  EXPECT_EQ(with(bare, {"seccomp.mode=strict"}).spec.seccomp->mode, Seccomp::Mode::strict);
  EXPECT_EQ(said(bare, {"seccomp.allow+=read"}),
            "--set seccomp.allow+=read: seccomp.default: missing; expected an action for the calls that "
            "nothing names, such as "
            "\"ENOSYS\"");
}

TEST(Settings, AppendElements) {
  EXPECT_EQ(with(strict, {"namespaces.new+=net"}).spec.unshare,
            Ns::user | Ns::mount | Ns::pid | Ns::uts | Ns::net);
  EXPECT_EQ(with(strict, {"namespaces.new+=[\"net\", \"ipc\"]"}).spec.unshare,
            Ns::user | Ns::mount | Ns::pid | Ns::uts | Ns::net | Ns::ipc);
  EXPECT_EQ(with(bare, {"namespaces.new+=net"}).spec.unshare, Ns::net);
  EXPECT_THAT(with(bare, {"identity.groups+=7", "identity.groups+=[8, 9]"}).spec.identity.groups,
              ElementsAre(7, 8, 9));
  EXPECT_TRUE(allows(with(strict, {"seccomp.allow+=mount"}), "mount"));
}

TEST(Settings, AppendWhatIsThereAlreadyWithoutEffect) {
  EXPECT_EQ(with(strict, {"namespaces.new+=pid"}).spec.unshare, with(strict, {}).spec.unshare);
  EXPECT_EQ(with(strict, {"mounts+={target=\"/proc\", type=\"proc\"}"}).spec.mounts.size(), 2U);
}

TEST(Settings, AppendTables) {
  const Settings settings = {R"(mounts+={type="bind", source="/bin/busybox", target="/bin/busybox"})",
                             R"(seccomp.rules+={syscall="socket", action="allow", when=["arg0 == 1"]})"};
  const Profile profile = with(strict, settings);
  ASSERT_EQ(profile.spec.mounts.size(), 3U);
  EXPECT_EQ(profile.spec.mounts[2].source, "/bin/busybox");
  ASSERT_EQ(profile.spec.seccomp->rules[0].syscall, "socket");
  const Settings first = {"namespaces.new=[\"mount\"]", "root.method=chroot",
                          R"(mounts+={type="proc", target="/proc"})"};
  EXPECT_EQ(with(bare, first).spec.mounts.size(), 1U);
}

TEST(Settings, RemoveElements) {
  EXPECT_EQ(with(strict, {"namespaces.new-=pid"}).spec.unshare, Ns::user | Ns::mount | Ns::uts);
  EXPECT_EQ(with(strict, {"namespaces.new-=[\"pid\", \"user\"]"}).spec.unshare, Ns::mount | Ns::uts);
  EXPECT_FALSE(allows(with(strict, {"seccomp.allow-=write"}), "write"));
  EXPECT_THAT(with(strict, {"claims-=process.*"}).claims, ElementsAre("network.link"));
}

TEST(Settings, RemoveTablesThatHoldTheGivenValues) {
  EXPECT_EQ(with(strict, {"mounts-={target=\"/proc\"}"}).spec.mounts.size(), 1U);
  EXPECT_EQ(with(strict, {"mounts-={target=\"/proc\", type=\"tmpfs\"}"}).spec.mounts.size(), 2U);
  EXPECT_THAT(with(strict, {"mounts-=[{type=\"proc\"}, {type=\"tmpfs\"}]"}).spec.mounts, IsEmpty());
}

TEST(Settings, RemoveWhatIsNotThereWithoutEffect) {
  EXPECT_EQ(with(strict, {"namespaces.new-=net"}).spec.unshare, with(strict, {}).spec.unshare);
  EXPECT_EQ(with(bare, {"namespaces.new-=pid"}).spec.unshare, Ns::none);
  EXPECT_FALSE(with(bare, {"capabilities.keep-=cap_chown"}).spec.capabilities) << "no layer may come of it";
  EXPECT_FALSE(with(bare, {"seccomp.allow-=read"}).spec.seccomp);
  EXPECT_EQ(with(bare, {"mounts-={type=\"proc\"}"}).spec.mounts.size(), 0U);
}

TEST(Settings, DoNotRemoveWhatSomethingElseBringsBack) {
  EXPECT_EQ(said(strict, {"seccomp.allow-=clone"}),
            "--set seccomp.allow-=clone: seccomp.allow: \"@process\" stays, and holds \"clone\"; expected "
            "seccomp.deny+=clone");
  EXPECT_EQ(
      said(strict, {"claims-=process.signal"}),
      "--set claims-=process.signal: claims: \"process.*\" stays, and holds \"process.signal\"; expected the "
      "list to name its elements one by one");
  EXPECT_EQ(said(strict, {"claims-=network.signal"}), "accepted");
}

TEST(Settings, KeepAndDropTogether) {
  const std::uint64_t all = (1ULL << cap_max_bits()) - 1, chown = 1ULL << CAP_CHOWN;
  const auto kept = [](Settings settings) {
    settings.insert(settings.begin(), "capabilities.keep=[\"*\"]");
    return with(strict, settings).spec.capabilities->keep;
  };
  EXPECT_EQ(kept({}), all);
  EXPECT_EQ(kept({"capabilities.keep+=cap_chown"}), all);
  EXPECT_EQ(kept({"capabilities.drop+=cap_chown"}), all & ~chown);
  EXPECT_EQ(kept({"capabilities.drop+=cap_chown", "capabilities.keep-=cap_chown"}), all & ~chown);
  EXPECT_EQ(kept({"capabilities.drop+=cap_chown", "capabilities.drop-=cap_chown"}), all);
  EXPECT_EQ(
      said(strict, {"capabilities.keep=[\"*\"]", "capabilities.keep-=cap_chown"}),
      "--set capabilities.keep-=cap_chown: capabilities.keep: \"*\" stays, and holds \"cap_chown\"; expected "
      "capabilities.drop+=cap_chown");
  EXPECT_EQ(said(strict, {"capabilities.keep=[\"*\"]", "capabilities.drop+=cap_chown",
                          "capabilities.keep+=cap_chown"}),
            "--set capabilities.keep+=cap_chown: capabilities.keep: \"cap_chown\" is in capabilities.drop; "
            "expected "
            "capabilities.drop-=cap_chown");
}

struct Refusal {
  const char *name, *setting, *error;
};
void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.setting; }

class RefusedSetting : public testing::TestWithParam<Refusal> {};

TEST_P(RefusedSetting, NamesTheSetting) {
  const std::string expected = "--set " + std::string(GetParam().setting) + ": " + GetParam().error;
  EXPECT_EQ(said(strict, {GetParam().setting}), expected);
}

INSTANTIATE_TEST_SUITE_P(
    All, RefusedSetting,
    testing::ValuesIn(std::vector<Refusal>{
        {"no_equals_sign", "limits.pids", "not a setting; expected key=value, list+=value or list-=value"},
        {"no_key", "=3", "not a setting; expected key=value, list+=value or list-=value"},
        {"unknown_key", "limits.pid=3", "unknown key limits.pid; did you mean limits.pids?"},
        {"unknown_section", "limit.pids=3", "unknown key limit.pids; did you mean limits.pids?"},
        {"unknown_list", "namespace.new-=pid", "unknown key namespace.new; did you mean namespaces.new?"},
        {"spec_but_not_profile", "process.argv+=x",
         "unknown key process.argv; expected one of hostname, domainname, wall, cwd, umask, inherit, "
         "no_new_privs, new_session, terminal, init, new_keyring, nice, ioprio, processors, oom_score_adj, "
         "personality"},
        {"whole_section", "limits={pids=3}", "limits: a section; expected one of its keys"},
        {"key_of_one_mount", "mounts.size=3",
         "mounts.size: a key of [[mounts]]; expected mounts+={...} or mounts-={...}"},
        {"append_to_no_list", "limits.pids+=3", "limits.pids: not a list; expected key=value"},
        {"word_for_a_list", "namespaces.new=pid", "namespaces.new: a string; expected a list of strings"},
        {"word_for_a_boolean", "root.read_only=yes", "root.read_only: a string; expected a boolean"},
        {"value_out_of_range", "limits.pids=0", "limits.pids: 0; expected an integer from 1 to 4194304"},
        {"bracket_missing", "namespaces.new+=[\"net\"",
         "toml: Error while parsing array: encountered end-of-file"},
        {"never_valid_there", "namespaces.new-=pdi",
         "namespaces.new: \"pdi\"; expected one of user, mount, pid, net, ipc, uts, cgroup, time"},
        {"never_a_capability", "capabilities.keep-=cap_sysadmin",
         "capabilities.keep: unknown capability \"cap_sysadmin\"; did you mean cap_sys_admin?"},
        {"never_a_call", "seccomp.allow-=raed",
         "seccomp.allow: unknown system call \"raed\"; did you mean read?"},
        {"never_a_mount_type", "mounts-={type=\"prok\"}",
         "mounts.type: \"prok\"; expected one of bind, proc, sysfs, tmpfs, dev, devpts, mqueue"},
        {"never_a_mount_key", "mounts-={traget=\"/proc\"}",
         "mounts.traget: unknown key; did you mean mounts.target?"},
        {"every_mount", "mounts-={}",
         "mounts: an empty table; expected at least one key to know the entry by"},
        {"word_for_a_mount", "mounts-=/proc", "mounts: a string; expected a table"}}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(Settings, ContradictionsAreFoundInTheWhole) {
  EXPECT_EQ(said(strict, {"namespaces.new-=uts"}),
            "p.toml:23:12: process.hostname: would rename the host; expected \"uts\" in namespaces.new");
  EXPECT_EQ(said(strict, {"namespaces.new-=uts", "process.hostname="}), "accepted");
}

TEST(Settings, ErrorIsOneLineWhateverTheSettingHolds) {
  EXPECT_EQ(said(bare, {"root.path=a\nlimits.pids=3"}),
            "--set root.path=a limits.pids=3: root.path: \"a\\u000Alimits.pids=3\"; expected an absolute "
            "path on the host, or \"\" "
            "for a fresh tmpfs");
}

}  // namespace
}  // namespace isolator
