// What each layer is, call by call: the plan of a profile that has it alone. A change of a plan is a change
// of the sandbox, so that it is seen and reviewed as such.

#include <isolator/plan.h>

#include "layer_corpus.h"
#include "profile_keys.h"

#include <gmock/gmock.h>
#include <sys/capability.h>
#include <unistd.h>

#include <map>
#include <regex>
#include <set>

namespace isolator {
namespace {

using testing::corpus;
using ::testing::IsEmpty;
using testing::read_corpus;

// A capability that is newer than those that the plans here name.
bool is_newer(const std::string& capability) {
  constexpr cap_value_t last = 40;  // CAP_CHECKPOINT_RESTORE, Linux 5.9
  cap_value_t number = last + 1;    // libcap has no name for one that it does not know
  cap_from_name(capability.c_str(), &number);
  return number > last;
}

// A plan as any host would print it. Masked is only what is the host's and not the profile's to say.
std::string on_any_host(const std::string& plan) {
  static const std::regex dropped(R"(capabilities  prctl\(PR_CAPBSET_DROP, (\w+)\))");
  // How long a filter is, is libseccomp's to decide; which version it has, the host's.
  static const std::regex instructions(R"(\{\d+ instructions\})");
  // The descriptor of the program: of the tests' process, which may have inherited others before it.
  static const std::regex above_program(
      R"(close_range\(\d+, ~0, CLOSE_RANGE_UNSHARE\)\nfds           )"
      R"((close_range\(3, \d+, 0\)\nfds           )?\$program = fcntl\(\d+,)");
  // Of version 1 each controller has a hierarchy of its own, entered by a write; of version 2 all have one,
  // entered by the clone. That some is entered stays.
  static const std::regex v2(R"((clone         clone3\()([A-Z_|]*?)\|?CLONE_INTO_CGROUP\)\n)");
  static const std::regex v1(R"((cgroup        write\(\$cgroup, "0", 1\)\n)+)");
  std::string out = std::regex_replace(plan, v2, "$1$2)\ncgroup        write($$cgroup, \"0\", 1)\n");
  out = std::regex_replace(out, std::regex(R"(clone3\(\))"), "clone3(0)");
  out = std::regex_replace(out, v1, "cgroup        entered\n");
  out = std::regex_replace(out, instructions, "{... instructions}");
  out = std::regex_replace(out, above_program, "close_range(...)\nfds           $$program = fcntl(...,");
  std::istringstream lines(out);
  out.clear();
  std::smatch match;
  for (std::string line; std::getline(lines, line);)
    if (!std::regex_match(line, match, dropped) || !is_newer(match[1])) out += line + "\n";
  return out;
}

class LayerPlan : public ::testing::TestWithParam<std::string> {
  void SetUp() override {
    // Who is not root may not set groups, nor map more than the own id.
    if (geteuid() != 0) GTEST_SKIP() << "the plans are root's";
  }
};

TEST_P(LayerPlan, IsTheOneBesideIt) {
  const std::string file = GetParam() + ".toml";
  const Spec spec = testing::corpus_spec(read_corpus(file), file);
  if (const std::string lacks = testing::lacking(spec); !lacks.empty()) GTEST_SKIP() << lacks;
  const std::string again = "isolator plan --profile isolator/testdata/layers/" + file +
                            " -- /payload > isolator/testdata/layers/" + GetParam() + ".plan";
  ASSERT_TRUE(std::filesystem::exists(testing::corpus_directory() / (GetParam() + ".plan")))
      << "it has no plan; to write it:\n  " << again;
  EXPECT_EQ(on_any_host(describe(compile(spec))), on_any_host(read_corpus(GetParam() + ".plan")))
      << "where the new one is right, write it anew:\n  " << again;
}

INSTANTIATE_TEST_SUITE_P(Corpus, LayerPlan, ::testing::ValuesIn(corpus()), testing::corpus_name);

TEST(LayerCorpus, HasNoPlanWithoutAProfile) {
  const std::vector<std::string> plans = corpus(".plan"), profiles = corpus();
  std::vector<std::string> stray;
  std::set_difference(plans.begin(), plans.end(), profiles.begin(), profiles.end(),
                      std::back_inserter(stray));
  EXPECT_THAT(stray, IsEmpty());
  EXPECT_GE(profiles.size(), 90U);
}

TEST(LayerCorpus, HasAProfileForEveryKey) {
  // What no plan could tell.
  const std::map<std::string, std::string> left_out = {
      {"summary", "for people"},
      {"claims", "for the harness"},
      {"rootless", "who builds it, not what is built"},
      {"limits.io.weight", "needs a scheduler that the disk of a host need not have"},
      {"limits.io.max", "needs the number of a disk of the host"},
  };
  std::set<std::string> missing;
  for (const Key& key : profile_keys()) missing.insert(full_name(key));
  for (const std::string& name : corpus()) {
    const Node tree = parse_toml(read_corpus(name + ".toml"), name);
    for (const Key& key : profile_keys()) {
      const Node* section = key.section.empty() ? &tree : at(tree, key.section);
      if (section == nullptr) continue;
      const auto has = [&](const Node& table) {
        return key.name.empty() || find(table, key.name) != nullptr;
      };
      const auto* list = section->as<Node::List>();
      if (list != nullptr ? std::any_of(list->begin(), list->end(), has) : has(*section))
        missing.erase(full_name(key));
    }
  }
  std::set<std::string> known;
  for (const auto& [key, reason] : left_out) known.insert(key);
  EXPECT_EQ(missing, known) << "keys that no profile in testdata/layers has";
}

TEST(LayerCorpus, SaysWhatTakesTheLayerAway) {
  for (const std::string& name : corpus()) {
    const std::string toml = read_corpus(name + ".toml");
    EXPECT_NE(toml, testing::without_layer(toml)) << name;
    EXPECT_NO_THROW(testing::corpus_spec(testing::without_layer(toml), name));
    EXPECT_EQ(parse_profile(toml, name).name, name);
  }
}

// What is masked is only the host's: a call less, or another argument, is a difference.
TEST(LayerCorpus, MasksNoMoreThanTheHosts) {
  const std::string v1 = "clone         clone3(CLONE_NEWPID)\ncgroup        write($cgroup, \"0\", 1)\n";
  const std::string v2 = "clone         clone3(CLONE_NEWPID|CLONE_INTO_CGROUP)\n";
  EXPECT_EQ(on_any_host(v1), on_any_host(v2));
  EXPECT_EQ(on_any_host("clone         clone3(CLONE_INTO_CGROUP)\n"),
            "clone         clone3(0)\ncgroup        entered\n");
  EXPECT_NE(on_any_host(v1), on_any_host("clone         clone3(CLONE_NEWPID)\n"));
  const std::string drop = "capabilities  prctl(PR_CAPBSET_DROP, ";
  EXPECT_EQ(on_any_host(drop + "cap_bpf)\n" + drop + "41)\n"), drop + "cap_bpf)\n");
  EXPECT_EQ(on_any_host("fds           close_range(3, ~0, CLOSE_RANGE_UNSHARE)\n"),
            "fds           close_range(3, ~0, CLOSE_RANGE_UNSHARE)\n");
}

}  // namespace
}  // namespace isolator
