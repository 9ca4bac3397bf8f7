// Files that a real process holds, or does not, as the host sees them.

#include "worker.h"

#include "../nonce.h"

#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace escapement {
namespace {

using Finding = Observation::Finding;
using ::testing::HasSubstr;
using testing::mount_at;
using testing::value_of;
using testing::Worker;

std::string nothing(const std::string&) { return ""; }

std::string hold(const std::string& path) {
  return open(path.c_str(), O_RDONLY | O_CLOEXEC) < 0 ? "cannot open " + path : "";
}

std::string hold_it(const std::string& order) { return hold(value_of(order, "path")); }

/// What the witness says of a process that did `work`.
Observation held(
    Witness& witness, const Worker::Work& work, const std::function<void()>& put = [] {}) {
  Worker worker(work, put);
  const Planted planted = witness.plant({.pid = worker.pid()});
  EXPECT_EQ(planted.not_planted, "");
  EXPECT_EQ(worker.go(planted.order), "");
  return witness.observe({});
}

class HeldFile : public ::testing::Test {
 protected:
  HeldFile() { std::ofstream{path_} << "a"; }
  ~HeldFile() override { std::filesystem::remove(path_); }
  const std::string path_ = ::testing::TempDir() + "/held-" + nonce();
};

TEST_F(HeldFile, IsSeenAmongTheDescriptors) {
  const auto witness = file_witness(path_);
  EXPECT_EQ(held(*witness, nothing).finding, Finding::unchanged);
  EXPECT_EQ(held(*witness, [](const std::string&) { return hold("/dev/null"); }).finding, Finding::unchanged);
  EXPECT_EQ(held(*witness, hold_it).finding, Finding::reached);
}

TEST_F(HeldFile, IsTheSameByAnotherName) {
  const std::string other = path_ + "-too";
  std::filesystem::create_hard_link(path_, other);
  const auto witness = file_witness(path_);
  EXPECT_EQ(held(*witness, [&](const std::string&) { return hold(other); }).finding, Finding::reached);
  std::filesystem::remove(other);
}

TEST_F(HeldFile, IsNotHeldWhenClosed) {
  const auto witness = file_witness(path_);
  const auto close_it = [](const std::string& order) {
    const isolator::Fd file(open(value_of(order, "path").c_str(), O_RDONLY | O_CLOEXEC));
    return file ? "" : "cannot open";
  };
  EXPECT_EQ(held(*witness, close_it).finding, Finding::unchanged);
}

TEST_F(HeldFile, OfNobodyIsUnknown) {
  const auto witness = file_witness(path_);
  Worker worker(nothing);
  witness->plant({.pid = worker.pid()});
  worker.end();
  EXPECT_EQ(witness->observe({}).finding, Finding::unknown);
}

TEST_F(HeldFile, ThatThisHostDoesNotHaveIsAbsent) {
  const Planted planted = file_witness(path_ + "/none")->plant({});
  EXPECT_THAT(planted.not_planted, HasSubstr("this host has no"));
  EXPECT_FALSE(planted.absent) << "ENOTDIR: it could not be looked for";
  EXPECT_TRUE(file_witness(path_ + "-none")->plant({}).absent);
}

TEST(HeldNamespace, IsTheHostsAndNoOther) {
  const auto witness = file_witness("/proc/self/ns/user");
  if (const Planted planted = witness->plant({}); !planted.not_planted.empty()) {
    EXPECT_TRUE(planted.absent) << planted.not_planted;  // before Linux 6.18
    return;
  }
  const auto hold_own = [](const std::string&) { return hold("/proc/self/ns/user"); };
  EXPECT_EQ(held(*witness, hold_own).finding, Finding::reached);
  EXPECT_EQ(held(*witness, hold_own, [] { EXPECT_EQ(unshare(CLONE_NEWUSER), 0); }).finding,
            Finding::unchanged);
}

TEST(PlantedFile, IsOpenToEverybodyAndGoesWithTheWitness) {
  const mode_t before = umask(077);
  auto witness = planted_witness(::testing::TempDir());
  Worker worker(hold_it);
  const std::string order = witness->plant({.pid = worker.pid()}).order, top = value_of(order, "top");
  umask(before);
  struct stat info {};
  for (const std::string& path : {top, top + "/inner", value_of(order, "path")}) {
    EXPECT_EQ(stat(path.c_str(), &info), 0) << path;
    EXPECT_EQ(info.st_mode & 06, 06U) << path;
  }
  EXPECT_EQ(std::to_string(info.st_ino), value_of(order, "inode"));
  EXPECT_EQ(witness->observe({}).finding, Finding::unchanged);
  EXPECT_EQ(worker.go(order), "");
  EXPECT_EQ(witness->observe({}).finding, Finding::reached);
  witness.reset();
  EXPECT_FALSE(std::filesystem::exists(top));
}

TEST(PlantedFile, HasToHaveAPlace) {
  const Planted planted = planted_witness(::testing::TempDir() + "/" + nonce())->plant({});
  EXPECT_THAT(planted.not_planted, HasSubstr("nothing can be planted in"));
  EXPECT_TRUE(planted.absent);
}

TEST(LeftFile, IsThereForTheNext) {
  for (const std::string name : {"left", "else"}) {
    auto witness = left_witness(::testing::TempDir());
    const auto leave = [&](const std::string& order) {
      return std::ofstream(value_of(order, "top") + "/" + name) ? "" : "cannot leave it";
    };
    EXPECT_EQ(held(*witness, leave).finding, Finding::unchanged) << "not before the sandbox is gone";
    EXPECT_EQ(witness->observe_after({}, {}).finding, name == "left" ? Finding::reached : Finding::unchanged);
  }
}

/// Holds a program of the given mode on a file system of its own, mounted with these flags.
Finding of_program(mode_t mode, unsigned long flags) {
  const std::string place = ::testing::TempDir() + "/program-" + nonce();
  std::filesystem::create_directory(place);
  const auto hold_program = [&](const std::string&) -> std::string {
    const std::string path = place + "/program";
    std::ofstream{path} << "#!";
    return chmod(path.c_str(), mode) == 0 ? hold(path) : "chmod";
  };
  const auto witness = program_witness();
  const Finding out = held(*witness, hold_program, [&] { mount_at(place, flags); }).finding;
  std::filesystem::remove(place);
  return out;
}

TEST(HeldProgram, RunsAsItsOwnerByItsBitAndItsMount) {
  EXPECT_EQ(of_program(04755, 0), Finding::reached);
  EXPECT_EQ(of_program(0755, 0), Finding::unchanged);
  EXPECT_EQ(of_program(04755, MS_NOSUID), Finding::unchanged);
}

}  // namespace
}  // namespace escapement
