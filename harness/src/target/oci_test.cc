#include "oci.h"

#include "expressed.h"

#include <isolator/paths.h>
#include <isolator/profile.h>
#include <isolator/seccomp.h>

#include <gmock/gmock.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <set>

namespace escapement {
namespace {

using isolator::Seccomp;
using nlohmann::json;
using Kind = Seccomp::Action::Kind;
using Op = Seccomp::Comparison::Op;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

isolator::Spec strict() { return isolator::load_profile(SOURCE_DIR "/suites/profiles/strict.toml").spec; }

bool holds(const Masked& one, std::uint64_t number) { return (number & one.mask) == one.value; }

/// How many of the comparisons hold for it.
auto count_holding(const std::vector<Masked>& all, std::uint64_t number) {
  return std::count_if(all.begin(), all.end(), [&](const Masked& one) { return holds(one, number); });
}

TEST(OciAllBut, OneBit) {
  EXPECT_THAT(all_but(1, {1}), ElementsAre(Masked{1, 0}));
  EXPECT_THAT(all_but(0x10000000, {0}), ElementsAre(Masked{0x10000000, 0x10000000}));
  EXPECT_THAT(all_but(1, {0, 1}), IsEmpty()) << "there is no other";
}

TEST(OciAllBut, ExactlyOneHoldsForEveryOtherNumber) {
  const std::uint64_t mask = 0xffffffff;
  const std::vector<std::uint64_t> refused{0x5412, 0x541c, 0};
  const std::vector<Masked> others = all_but(mask, refused);
  for (const std::uint64_t number : refused) {
    EXPECT_EQ(count_holding(others, number), 0) << number;
    EXPECT_EQ(count_holding(others, number | 0xdead00000000), 0) << "the kernel looks at 32 bits";
  }
  std::mt19937_64 random(1);
  for (int i = 0; i < 10'000; ++i) {
    // Neighbours of the refused ones are the likely mistakes.
    const std::uint64_t number =
        i % 2 == 0 ? random() : refused[random() % 3] ^ (std::uint64_t(1) << random() % 32);
    const bool is_refused = std::find(refused.begin(), refused.end(), number & mask) != refused.end();
    ASSERT_EQ(count_holding(others, number), is_refused ? 0 : 1) << number;
  }
}

/// What an OCI filter does with a call, as libseccomp decides where all entries of a call exclude each other.
std::string decided(const json& filter, const std::string& call, std::uint64_t argument, unsigned index) {
  std::set<std::string> out;
  for (const json& entry : filter["syscalls"]) {
    const auto& names = entry["names"];
    if (std::find(names.begin(), names.end(), call) == names.end()) continue;
    bool all = true;
    for (const json& arg : entry.value("args", json::array())) {
      EXPECT_EQ(arg["index"], index);
      const std::uint64_t value = arg["value"];
      all &= arg["op"] == "SCMP_CMP_EQ" ? argument == value
                                        : (argument & value) == arg["valueTwo"].get<std::uint64_t>();
    }
    if (all) out.insert(entry["action"]);
  }
  EXPECT_LE(out.size(), 1u) << call << " " << argument;
  return out.empty() ? filter["defaultAction"].get<std::string>() : *out.begin();
}

TEST(OciSeccomp, DecidesAsTheProfileDoes) {
  const json filter = oci_seccomp(isolator::seccomp_rules(strict()));
  EXPECT_EQ(filter["defaultAction"], "SCMP_ACT_ERRNO");
  EXPECT_EQ(filter["defaultErrnoRet"], ENOSYS);
  EXPECT_EQ(filter["architectures"], json({"SCMP_ARCH_X86_64"}))
      << "another one's calls are an error: seccomp(2)";
  EXPECT_EQ(decided(filter, "read", 0, 0), "SCMP_ACT_ALLOW");
  EXPECT_EQ(decided(filter, "mount", 0, 0), "SCMP_ACT_ERRNO");
  EXPECT_EQ(decided(filter, "clone3", 0, 0), "SCMP_ACT_ERRNO") << "its flags are where no filter sees them";
  EXPECT_EQ(decided(filter, "socket", 1, 0), "SCMP_ACT_ALLOW");
  EXPECT_EQ(decided(filter, "socket", 40, 0), "SCMP_ACT_ERRNO");
  EXPECT_EQ(decided(filter, "ioctl", 0x5413, 1), "SCMP_ACT_ALLOW");
  EXPECT_EQ(decided(filter, "ioctl", 0x5412, 1), "SCMP_ACT_ERRNO");
  EXPECT_EQ(decided(filter, "ioctl", 0x100005412, 1), "SCMP_ACT_ERRNO") << "CVE-2019-10063";
  EXPECT_EQ(decided(filter, "clone", 0x11, 0), "SCMP_ACT_ALLOW");
  EXPECT_EQ(decided(filter, "clone", 0x10000011, 0), "SCMP_ACT_ERRNO");
}

TEST(OciSeccomp, SaysSoWhereItCannotTurnARuleRound) {
  Seccomp rules;
  rules.rules = {{"read", {Kind::allow}, {}}, {"read", {Kind::fail, EPERM}, {{0, Op::gt, 3}}}};
  EXPECT_THROW(oci_seccomp(rules), std::invalid_argument);
  rules.rules[1].when = {{0, Op::eq, 3}, {1, Op::eq, 3}};
  EXPECT_THROW(oci_seccomp(rules), std::invalid_argument);
  rules.rules[1].when = {{0, Op::eq, 3}};
  EXPECT_EQ(decided(oci_seccomp(rules), "read", 3, 0), "SCMP_ACT_ERRNO");
  EXPECT_EQ(decided(oci_seccomp(rules), "read", 4, 0), "SCMP_ACT_ALLOW");
}

TEST(OciConfig, SaysWhatTheProfileSays) {
  const Place place{"/place", "/place/root", "/place/root/probe", "name"};
  const json config = oci_config(strict(), place, "/group");
  EXPECT_EQ(config["root"], json({{"path", "/place/root"}, {"readonly", true}}));
  EXPECT_EQ(config["hostname"], "sandbox");
  const json& process = config["process"];
  EXPECT_EQ(process["args"], json({"/probe"}));
  EXPECT_EQ(process["user"], json({{"uid", 65534}, {"gid", 65534}}));
  EXPECT_EQ(process["noNewPrivileges"], true);
  for (const char* set : {"bounding", "effective", "permitted", "inheritable", "ambient"})
    EXPECT_EQ(process["capabilities"][set], json::array()) << set;
  EXPECT_THAT(process["rlimits"], Contains(json({{"type", "RLIMIT_NOFILE"}, {"soft", 64}, {"hard", 64}})));
  const json& linux_part = config["linux"];
  EXPECT_EQ(linux_part["cgroupsPath"], "/group");
  EXPECT_EQ(linux_part["uidMappings"],
            json::parse(R"([{"containerID": 0, "hostID": 1879048192, "size": 65536}])"));
  EXPECT_EQ(linux_part["resources"]["pids"]["limit"], 32);
  EXPECT_EQ(linux_part["resources"]["memory"], json({{"limit", 64 << 20}, {"swap", 64 << 20}}));
  EXPECT_EQ(linux_part["resources"]["cpu"], json({{"period", 100'000}, {"quota", 50'000}}));
  std::vector<std::string> namespaces;
  for (const json& one : linux_part["namespaces"]) namespaces.push_back(one["type"]);
  EXPECT_THAT(namespaces, ElementsAre("user", "mount", "pid", "network", "ipc", "uts", "cgroup"));
  EXPECT_THAT(config["mounts"],
              Contains(json::parse(R"({"destination": "/tmp", "type": "tmpfs", "source": "tmpfs",
                                                         "options": ["nosuid", "nodev", "mode=1777", "size=16777216"]})")));
}

TEST(OciConfig, RootGetsNoInheritableCapabilities) {
  isolator::Spec spec = strict();
  spec.identity.uid = 0;
  spec.capabilities = isolator::Capabilities{.keep = 1};
  const json root = oci_config(spec, {}, "")["process"]["capabilities"];
  EXPECT_EQ(root["effective"], json({"CAP_CHOWN"}));
  EXPECT_EQ(root["inheritable"], json::array()) << "CVE-2022-24769";
  spec.identity.uid = 1000;
  EXPECT_EQ(oci_config(spec, {}, "")["process"]["capabilities"]["ambient"], json({"CAP_CHOWN"}));
}

}  // namespace
}  // namespace escapement
