#include <isolator/template.h>

#include "mountinfo.h"
#include "test_sandbox.h"

#include <isolator/keeper.h>
#include <isolator/rootless.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace isolator {
namespace {

using testing::Output;
using testing::shell;

class TemplateTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "a template takes CAP_SYS_ADMIN";
    ASSERT_EQ(unshare(CLONE_NEWNS), 0);
    ASSERT_EQ(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    ASSERT_EQ(mount("tmpfs", "/mnt", "tmpfs", 0, nullptr), 0);
    for (int i = 0; i < many; ++i) {
      const std::string point = "/mnt/" + std::to_string(i);
      ASSERT_EQ(mkdir(point.c_str(), 0755), 0);
      ASSERT_EQ(mount("tmpfs", point.c_str(), "tmpfs", 0, nullptr), 0);
    }
  }
  void TearDown() override { umount2("/mnt", MNT_DETACH); }

  static constexpr int many = 200;
};

std::size_t mounts_of(const std::filesystem::path& task) {
  std::ifstream file(task / "mountinfo");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  return parse_mountinfo(text).size();
}

// Of the thread that has a mount namespace of its own.
std::size_t mounts_of_the_template() {
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task"))
    if (read_symlink(task.path() / "ns/mnt") != std::filesystem::read_symlink("/proc/self/ns/mnt"))
      return mounts_of(task.path());
  return 0;
}

TEST_F(TemplateTest, HoldsOnlyTheMountsThatItNeeds) {
  const std::size_t host = mounts_of("/proc/self");
  Template base(compile(shell("true")));
  EXPECT_GE(host, many);
  EXPECT_GT(mounts_of_the_template(), 0);
  EXPECT_LE(mounts_of_the_template(), host - many);
  EXPECT_EQ(mounts_of("/proc/self"), host) << "the host's were touched";
}

TEST_F(TemplateTest, KeepsWhatIsMountedAtOrBelowASource) {
  Spec spec = shell("ls /seven /below");
  ASSERT_EQ(mkdir("/mnt/9/deep", 0755), 0);
  ASSERT_EQ(mount("tmpfs", "/mnt/9/deep", "tmpfs", 0, nullptr), 0);
  ASSERT_EQ(mkdir("/mnt/9/deep/file", 0755), 0);
  ASSERT_EQ(mkdir("/mnt/7/seen", 0755), 0);
  ASSERT_EQ(symlink("/mnt/7", "/mnt/link"), 0);
  spec.mounts.push_back({.source = "/mnt/link", .target = "/seven"});
  spec.mounts.push_back({.source = "/mnt/9", .target = "/below"});
  Output output;
  spec.process.fds = output.fds();
  {
    Template base(compile(spec));
    EXPECT_LT(mounts_of_the_template(), many);
    EXPECT_EQ(base.launch().wait().code, 0);
  }
  EXPECT_EQ(output.read(), "/below:\ndeep\n\n/seven:\nseen\n");
}

TEST_F(TemplateTest, LaunchesAsOftenAsWanted) {
  Template base(compile(shell("exit 3")));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(base.launch().wait().code, 3);
}

TEST_F(TemplateTest, TellsWhatFailed) {
  Spec spec = shell("true");
  spec.mounts.push_back({.source = "/mnt/none", .target = "/x"});
  Template base(compile(spec));
  for (int i = 0; i < 2; ++i) try {
      base.launch();
      FAIL() << "it was built";
    } catch (const Error& e) {
      EXPECT_EQ(e.object, "/mnt/none");
    }
}

TEST_F(TemplateTest, ItsEndIsThatOfItsSandboxes) {
  pid_t pid = 0;
  const auto end = [&] {
    Template base(compile(shell("sleep 60")));
    Child child = base.launch();
    pid = child.pid();
    return child;
  };
  Child child = end();
  const Outcome outcome = child.wait();
  EXPECT_EQ(outcome.kind, Outcome::Kind::signaled);
  EXPECT_EQ(outcome.code, SIGKILL);
  EXPECT_TRUE(children_of(getpid()).empty());
}

TEST_F(TemplateTest, WithoutAMountNamespaceThereIsNothingToTake) {
  Spec spec;
  spec.process.argv = {"/bin/true"};
  EXPECT_THROW(Template{compile(spec)}, Error);
}

TEST(Template, WithoutPrivilegeItSaysWhatItTakes) {
  if (geteuid() == 0) {
    EXPECT_EQ(under_keeper([] {
                become_nobody();
                try {
                  Template base(compile(shell("true")));
                } catch (const Error& e) {
                  return e.code().value() == EPERM && !e.hint.empty() ? 0 : 3;
                }
                return 4;
              }),
              0);
    return;
  }
  EXPECT_THROW(Template{compile(shell("true"))}, Error);
}

}  // namespace
}  // namespace isolator
