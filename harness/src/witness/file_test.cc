// What files a real process has in its root, and whom they belong to, as the host sees them.

#include "worker.h"

#include "../nonce.h"

#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace escapement {
namespace {

using Finding = Observation::Finding;
using ::testing::HasSubstr;
using testing::mount_at;
using testing::Worker;

std::string nothing(const std::string&) { return ""; }

class InItsRoot : public ::testing::Test {
 protected:
  InItsRoot() { std::filesystem::create_directory(place_); }
  ~InItsRoot() override { std::filesystem::remove_all(place_); }
  const std::string place_ = ::testing::TempDir() + "/root-" + nonce();
};

using Node = InItsRoot;

Observation of_node(
    const std::string& words, const std::function<void()>& put = [] {}) {
  Worker worker(nothing, put);
  const auto witness = node_witness(words);
  witness->plant({.pid = worker.pid()});
  return witness->observe({});
}

TEST_F(Node, IsWhatItsNumbersSay) {
  EXPECT_EQ(of_node("/dev/null c 1:3").finding, Finding::reached);
  EXPECT_EQ(of_node("/dev/null (?!c 1:3$).*").finding, Finding::unchanged);
  EXPECT_EQ(of_node("/dev/null").finding, Finding::reached) << "whatever it is";
  EXPECT_EQ(of_node(place_ + " no device").finding, Finding::reached);
  EXPECT_EQ(of_node(place_ + "/none").finding, Finding::unchanged);
}

TEST_F(Node, IsThatOfItsRootAndNotTheHosts) {
  const auto go_in = [&] {
    mount_at(place_);
    EXPECT_TRUE(std::ofstream(place_ + "/file"));
    std::filesystem::create_symlink("/dev/null", place_ + "/link");
    EXPECT_EQ(chroot(place_.c_str()), 0);
  };
  EXPECT_EQ(of_node("/file no device", go_in).finding, Finding::reached);
  EXPECT_EQ(of_node("/dev/null", go_in).finding, Finding::unchanged);
  EXPECT_THAT(of_node("/link c .*", go_in).text, HasSubstr("/link is no device")) << "a link is not followed";
}

TEST(RootOfNobody, IsUnknown) {
  const auto node = node_witness("/dev/null"), program = set_user_id_witness("/bin/su");
  for (Witness* witness : {node.get(), program.get()}) {
    Worker worker(nothing);
    witness->plant({.pid = worker.pid()});
    worker.end();
    EXPECT_EQ(witness->observe({}).finding, Finding::unknown);
  }
}

/// A program in the root of a process of another uid than its owner's, and what could be wrong with it.
struct Program {
  mode_t mode = 04755;
  unsigned long mount = 0;
  bool no_new_privs = false, link = false, own = false, mapped = true;
};

class SetUserId : public InItsRoot {
 protected:
  Finding of(const Program& program) {
    const std::string path = place_ + "/program";
    const auto make = [&] {
      mount_at(place_, program.mount);
      const std::string file = program.link ? path + "-itself" : path;
      EXPECT_TRUE(std::ofstream(file));
      EXPECT_EQ(chmod(file.c_str(), program.mode), 0);
      if (program.link) std::filesystem::create_symlink(file, path);
      if (program.no_new_privs) prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    };
    Worker worker(nothing, make);
    const uid_t owner = geteuid();
    const auto witness = set_user_id_witness("/none " + path);
    witness->plant({.pid = worker.pid(),
                    .uid = program.own ? owner : owner + 1,
                    .uid_map = {{0, program.mapped ? owner : owner + 1, 1}},
                    .namespaces = {},
                    .cgroups = {}});
    return witness->observe({}).finding;
  }
};

TEST_F(SetUserId, CountsWhereNothingStandsInTheWay) {
  if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0) GTEST_SKIP() << "started where no program gains rights";
  EXPECT_EQ(of({}), Finding::reached);
  EXPECT_EQ(of({.mode = 0755}), Finding::unchanged);
  EXPECT_EQ(of({.mount = MS_NOSUID}), Finding::unchanged);
  EXPECT_EQ(of({.no_new_privs = true}), Finding::unchanged);
  EXPECT_EQ(of({.link = true}), Finding::unchanged);
  EXPECT_EQ(of({.own = true}), Finding::unchanged);
  EXPECT_EQ(of({.mapped = false}), Finding::unchanged) << "its owner is nobody in there";
}

/// What the witness says of a file of this user, held by somebody in whose namespace these ids are.
Observation of_owner(const std::vector<isolator::IdRange>& map, const std::string& word = "") {
  Worker worker([&](const std::string&) {
    const std::string path = ::testing::TempDir() + "/owned-" + nonce();
    const int fd = open(path.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    unlink(path.c_str());
    return word.empty() ? "fd=" + std::to_string(fd) : word;
  });
  const auto witness = owner_witness();
  witness->plant(
      {.pid = worker.pid(), .uid = geteuid() + 9, .uid_map = map, .namespaces = {}, .cgroups = {}});
  Record record;
  record.saw = {worker.go()};
  return witness->observe(record);
}

TEST(Owner, IsWhoTheProbeWasToldToGiveItTo) {
  const uid_t own = geteuid();
  EXPECT_EQ(of_owner({{7, own, 1}}).finding, Finding::reached);
  EXPECT_EQ(of_owner({{7, own + 1, 1}}).finding, Finding::unchanged);
  EXPECT_EQ(of_owner({}).finding, Finding::unchanged) << "there is nobody to give it to";
  EXPECT_EQ(of_owner({{7, own, 1}}).text, "its file belongs to uid " + std::to_string(own));
}

TEST(Owner, OfAFileThatIsNotShownIsUnknown) {
  for (const char* word : {"nothing", "fd=9999", "fd=0 and more"})
    EXPECT_EQ(of_owner({{7, geteuid(), 1}}, word).finding, Finding::unknown) << word;
}

TEST(Owner, IsAnotherThanTheProbeItself) {
  const auto order = [](uid_t uid, const std::vector<isolator::IdRange>& map) {
    return owner_witness()
        ->plant({.pid = getpid(), .uid = uid, .uid_map = map, .namespaces = {}, .cgroups = {}})
        .order;
  };
  EXPECT_EQ(order(1000, {{0, 1000, 10}}), "uid=1 mapped=1");
  EXPECT_EQ(order(1005, {{0, 1000, 10}}), "uid=0 mapped=1");
  EXPECT_EQ(order(1000, {{0, 1000, 1}}), "uid=1 mapped=0");
  EXPECT_EQ(order(1000, {{0, 1000, 1}, {1, 100000, 9}}), "uid=1 mapped=1");
}

}  // namespace
}  // namespace escapement
