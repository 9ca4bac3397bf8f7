// Binds with owners of their own, seen from both sides.

#include "test_sandbox.h"

#include <isolator/keeper.h>
#include <isolator/rootless.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace isolator {
namespace {

using ::testing::HasSubstr;
using testing::run;
using testing::shell;

// A directory of uid 1234 and gid 5678 on the host.
class MountOwners : public ::testing::Test {
 protected:
  MountOwners() {
    char name[] = "/tmp/escapement-test-XXXXXX";
    directory_ = mkdtemp(name) != nullptr ? name : "";
    std::ofstream(directory_ + "/file") << "content";
  }
  ~MountOwners() override { std::filesystem::remove_all(directory_); }
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "other owners of the host's files need root";
    ASSERT_EQ(chown(directory_.c_str(), 1234, 5678), 0);
    ASSERT_EQ(chmod(directory_.c_str(), 0755), 0);
    ASSERT_EQ(chown((directory_ + "/file").c_str(), 1234, 5678), 0);
  }

  Spec bound(const std::string& script, std::vector<IdRange> uids = {{0, 1234, 1}},
             std::vector<IdRange> gids = {{0, 5678, 1}}) const {
    Spec spec = shell(script);
    spec.mounts.push_back(
        {.source = directory_, .target = "/data", .uid_map = std::move(uids), .gid_map = std::move(gids)});
    return spec;
  }

  std::string directory_;
};

TEST_F(MountOwners, AreOthersInsideThanOnTheHost) {
  EXPECT_EQ(run(bound("stat -c '%u %g' /data /data/file; cat /data/file")).output, "0 0\n0 0\ncontent");
  Spec plain = bound("stat -c '%u %g' /data/file", {}, {});
  EXPECT_EQ(run(plain).output, "65534 65534\n");
}

TEST_F(MountOwners, OfWhatIsMadeInsideAreThoseOfTheHost) {
  EXPECT_EQ(run(bound("echo x > /data/new && stat -c '%u %g' /data/new")).output, "0 0\n");
  struct stat info {};
  ASSERT_EQ(stat((directory_ + "/new").c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, 1234U);
  EXPECT_EQ(info.st_gid, 5678U);
}

TEST_F(MountOwners, GoByTheMapOfTheSandbox) {
  Spec spec = bound("stat -c '%u %g' /data/file; id -u", {{5, 1200, 100}}, {{7, 5678, 1}});
  spec.identity.uid_map = {{0, 300000, 20}, {20, 500000, 100}};
  spec.identity.gid_map = {{0, 300000, 10}};
  EXPECT_EQ(run(spec).output, "39 7\n0\n") << "1234 is 34 after the first";
}

TEST_F(MountOwners, AreThoseOfTheHostWithoutAUserNamespace) {
  Spec spec = bound("stat -c '%u %g' /data/file", {{77, 1234, 1}}, {{78, 5678, 1}});
  spec.unshare = spec.unshare & ~Ns::user;
  EXPECT_EQ(run(spec).output, "77 78\n");
}

TEST_F(MountOwners, KeepTheOptionsOfTheMount) {
  Spec spec = bound("echo x > /data/new; grep ' /data ' /proc/self/mountinfo");
  spec.mounts.back().read_only = true;
  const std::string seen = run(spec).output;
  EXPECT_THAT(seen, HasSubstr("Read-only file system"));
  EXPECT_THAT(seen, HasSubstr(" ro,nosuid,nodev,"));
  EXPECT_THAT(seen, HasSubstr("idmapped"));
}

TEST_F(MountOwners, LeaveTheMountsOfTheHostAlone) {
  std::ifstream before("/proc/self/mountinfo");
  const std::string mounts{std::istreambuf_iterator<char>(before), {}};
  run(bound("true"));
  std::ifstream after("/proc/self/mountinfo");
  EXPECT_EQ(mounts, std::string(std::istreambuf_iterator<char>(after), {}));
}

TEST_F(MountOwners, ThatTheSandboxLacksAreAnError) {
  try {
    compile(bound("true", {{3, 1234, 1}}));
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "mount uid 3 of /data: Invalid argument");
    EXPECT_EQ(e.hint, "it is not in identity.uid_map");
  }
}

TEST_F(MountOwners, NeedAFileSystemThatCan) {
  Spec spec = bound("true");
  spec.mounts.back().source = "/proc/sys";
  try {
    launch(compile(spec)).wait();
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "mount owners of /proc/sys: Invalid argument");
    EXPECT_THAT(e.hint, HasSubstr("its file system cannot"));
  }
}

TEST(MountOwnersOfAUser, TakePrivilegeOverTheFileSystem) {
  const auto refused = [] {
    Spec spec = shell("true");
    spec.mounts.push_back(
        {.source = "/tmp", .target = "/data", .uid_map = {{0, 0, 1}}, .gid_map = {{0, 0, 1}}});
    try {
      launch(compile(spec)).wait();
    } catch (const Error& e) {
      EXPECT_STREQ(e.what(), "mount owners of /tmp: Operation not permitted");
      EXPECT_THAT(e.hint, HasSubstr("CAP_SYS_ADMIN"));
      return ::testing::Test::HasFailure() ? 1 : 0;
    }
    return 2;
  };
  const auto as_nobody = [&] {
    become_nobody();
    return refused();
  };
  EXPECT_EQ(geteuid() == 0 ? under_keeper(as_nobody) : refused(), 0);
}

}  // namespace
}  // namespace isolator
