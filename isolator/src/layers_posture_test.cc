// Each layer for real: its sandbox has the posture that was asked for, by every way to build it, and one
// without the layer has not.

#include "elsewhere.h"
#include "layer_corpus.h"
#include "posture_test.h"

#include <isolator/pool.h>
#include <isolator/template.h>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sched.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <set>

namespace isolator {
namespace {

// Layers that nothing outside can tell: a sandbox without them has the same posture.
const std::map<std::string, std::string> unseen = {
    {"landlock-optional", "no file of /proc tells a Landlock domain"},
    {"landlock-paths", "no file of /proc tells a Landlock domain"},
    {"landlock-ports", "no file of /proc tells a Landlock domain"},
    {"landlock-scopes", "no file of /proc tells a Landlock domain"},
    {"limits-swap", "most kernels count no swap unless booted with swapaccount=1"},
    {"mounts-optional", "nothing is to be seen, where the source is not there"},
    {"process-init", "the first process is one like any other"},
    {"process-new_keyring", "the kernel shows a session keyring to who is in the session"},
    {"process-wall", "kept by the caller"},
    {"root-archive", "a root that was filled is a tmpfs like an empty one"},
    {"root-from", "a root that was filled is a tmpfs like an empty one"},
    {"root-keep_owners", "a root that was filled is a tmpfs like an empty one"},
    {"root-upper", "an overlay, wherever its changes go"},
};

// Of these a host may have just one, which the caller has too.
const std::set<std::string> one_of_one = {"limits-cpuset-cpus", "limits-cpuset-mems", "process-processors"};

// What the profiles name on the host, under names that are free.
class Host {
 public:
  Host() {
    const std::string at = mkdtemp(directory_) != nullptr ? directory_ : "";
    for (const char* name : {"/upper", "/work", "/root"}) std::filesystem::create_directory(at + name);
    EXPECT_EQ(std::system(("tar -C " + at + "/root -cf " + at + "/root.tar .").c_str()), 0);
    const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    EXPECT_TRUE(grantpt(master) == 0 && unlockpt(master) == 0);
    terminal_ = Fd(master);
    inside_ = Fd(open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC));
  }
  ~Host() { std::filesystem::remove_all(directory_); }
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  Spec spec(std::string toml, const std::string& origin) const {
    const auto replace = [&](const std::string& what, const std::string& by) {
      for (std::size_t at = 0; (at = toml.find(what, at)) != std::string::npos; at += by.size())
        toml.replace(at, what.size(), by);
    };
    replace("/srv/layers", directory_);
    replace("/proc/self/ns", "/proc/" + std::to_string(elsewhere_.pid()) + "/ns");
    Spec out = testing::corpus_spec(toml, origin);
    out.process.argv = {out.process.init.empty() ? "true" : "/bin/true"};
    if (out.process.init.empty()) out.process.program = "/bin/busybox";  // static: starts in any root
    out.process.fds[0] = {inside_.get(), 0};
    return out;
  }

 private:
  char directory_[32] = "/tmp/escapement-test-XXXXXX";
  Elsewhere elsewhere_{CLONE_NEWNET};
  Fd terminal_, inside_;
};

// The layer alone, and the same without.
struct Pair {
  Spec with, without;
};

// In a network of its own, where the names and addresses of the profiles are nobody's. Its work tells what is
// wrong.
std::string apart(const std::function<std::string()>& work) {
  testing::Output output;
  const pid_t child = fork();
  if (child == 0) {
    std::string said;
    try {
      said = unshare(CLONE_NEWNET) == 0 ? work() : "unshare: " + std::to_string(errno) + "\n";
    } catch (const std::exception& e) {
      said = std::string(e.what()) + "\n";
    }
    _exit(write(output.fds()[0].first, said.data(), said.size()) == ssize_t(said.size()) ? 0 : 1);
  }
  std::string out = output.read();
  int status = 0;
  waitpid(child, &status, 0);
  return status == 0 ? out : out + "status " + std::to_string(status) + "\n";
}

class LayerPosture : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "each layer alone, without a user namespace, needs root";
    if (access("/bin/busybox", X_OK) != 0) GTEST_SKIP() << "needs a static busybox";
    host_.emplace();
    const std::string toml = testing::read_corpus(GetParam() + ".toml");
    pair_ = {host_->spec(toml, GetParam()), host_->spec(testing::without_layer(toml), GetParam())};
    if (const std::string lacks = testing::lacking(pair_.with); !lacks.empty()) GTEST_SKIP() << lacks;
    const bool by_a_program = pair_.with.network.kind == Network::Kind::user;
    if (by_a_program && access("/usr/bin/slirp4netns", X_OK) != 0) GTEST_SKIP() << "no slirp4netns";
    if (by_a_program && access("/dev/net/tun", F_OK) != 0) GTEST_SKIP() << "no /dev/net/tun: modprobe tun";
  }

  std::optional<Host> host_;
  Pair pair_;
};

std::string lines(const std::string& how, const std::vector<std::string>& found) {
  std::string out;
  for (const std::string& each : found) out += how + ": " + each + "\n";
  return out;
}

std::string built(Spec spec) {
  const Posture wanted = expected(spec);
  const Posture cold = testing::seen(spec, wanted);
  std::string out = lines("cold", differences(wanted, cold));
  spec.process.stop_at_exec = true;
  const Plan plan = compile(spec);
  // An OOM score is of the memory, which is the caller's; of a name that is given there is one.
  if (!spec.process.oom_score_adj && spec.network.interface.empty()) {
    Pool pool(plan, 1);
    out += lines("pool", differences(cold, testing::stopped(pool.take(), wanted)));
  }
  if (has(spec.unshare, Ns::mount)) {
    Template from(plan);
    out += lines("template", differences(cold, testing::stopped(from.launch(), wanted)));
  }
  return out;
}

TEST_P(LayerPosture, IsThatOfItsProfileByEveryWayToBuildIt) {
  EXPECT_EQ(apart([&] { return built(pair_.with); }), "");
}

// Every fact of the layer, but for what the caller has too, or what is not there to be covered: the others
// have to be noticed, each.
std::string unnoticed(const Pair& pair, bool may_be_the_callers) {
  const Posture wanted = expected(pair.with), less = expected(pair.without);
  const Posture without = testing::seen(pair.without, wanted), callers = observe(getpid());
  const std::vector<std::string> found = differences(wanted, without);
  std::string out = wanted == less ? "nothing is expected of it\n" : "";
  if (found.empty() && !may_be_the_callers) out += "nothing is noticed\n";
  for (const auto& [fact, value] : wanted) {
    const auto is = [&, name = fact, text = value](const Posture& posture) {
      const auto at = posture.find(name);
      return at != posture.end() && (at->second == text || at->second == "absent");
    };
    // Of the mounts there is one line for each that is missing.
    const bool in_a_list = fact.starts_with("mount") || fact.starts_with("filesystem ");
    if (in_a_list || is(less) || is(callers) || is(without)) continue;
    if (std::none_of(found.begin(), found.end(),
                     [name = fact](const std::string& each) { return each.starts_with(name + ": "); }))
      out += fact + ": is not noticed\n";
  }
  return out;
}

TEST_P(LayerPosture, IsNotThereWithoutTheLayer) {
  EXPECT_EQ(apart([&] {
              const Posture less = expected(pair_.without);
              return lines("without it", differences(less, testing::seen(pair_.without, less)));
            }),
            "");
  if (unseen.contains(GetParam()))
    EXPECT_EQ(apart([&] {
                const Posture wanted = expected(pair_.with);
                return lines("it is seen", differences(wanted, testing::seen(pair_.without, wanted)));
              }),
              "");
  else
    EXPECT_EQ(apart([&] { return unnoticed(pair_, one_of_one.contains(GetParam())); }), "");
}

INSTANTIATE_TEST_SUITE_P(Corpus, LayerPosture, ::testing::ValuesIn(testing::corpus()), testing::corpus_name);

TEST(LayerCorpus, HasAProfileOfEachThatIsUnseen) {
  const std::vector<std::string> names = testing::corpus();
  for (const auto& [name, reason] : unseen)
    EXPECT_TRUE(std::binary_search(names.begin(), names.end(), name)) << name;
}

}  // namespace
}  // namespace isolator
