// Mounts on a kernel before Linux 5.12: a filter lets mount_setattr(2) not be there, as for this process so
// for the sandbox.

#include "mount_attributes.h"
#include "mountinfo.h"
#include "test_sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>

namespace isolator {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::run;
using testing::shell;

// In a process of its own, whose failures are this one's.
void on_an_old_kernel(const std::function<void()>& body) {
  const pid_t pid = fork();
  if (pid == 0) {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    EXPECT_EQ(seccomp_attr_set(filter, SCMP_FLTATR_CTL_NNP, geteuid() != 0), 0);
    EXPECT_EQ(seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(mount_setattr), 0), 0);
    EXPECT_EQ(seccomp_load(filter), 0);
    seccomp_release(filter);
    try {
      body();
    } catch (const std::exception& e) {
      ADD_FAILURE() << e.what();
    }
    _exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
}

// The options of each mount inside, by its path.
std::map<std::string, std::string> options(Spec spec) {
  spec.process.argv = {"cat", "/proc/self/mountinfo"};
  std::map<std::string, std::string> out;
  for (const MountLine& mount : parse_mountinfo(run(spec).output))
    out[mount.point] = "," + mount.options + ",";
  return out;
}

Spec without_user_namespace(Spec spec) {
  if (geteuid() == 0) spec.unshare = spec.unshare & ~Ns::user;
  return spec;
}

TEST(OldMounts, OfOurOwnHaveTheirAttributes) {
  on_an_old_kernel([] {
    Spec spec = shell("");
    spec.root.read_only = true;
    spec.root.masked_paths = {"/proc/version"};
    spec.mounts.push_back({.type = Mount::Type::dev, .target = "/dev", .noexec = true});
    spec.mounts.push_back({.type = Mount::Type::tmpfs, .target = "/data", .read_only = true, .noexec = true});
    spec.files = {{.path = "/data/file", .content = "text"}};
    for (const Spec& each : {spec, without_user_namespace(spec)}) {
      auto at = options(each);
      for (const char* path : {"/", "/data", "/proc/version"})
        EXPECT_THAT(at[path], HasSubstr(",ro,")) << path;
      for (const char* path : {"/", "/dev", "/dev/null", "/data", "/proc/version", "/usr"})
        EXPECT_THAT(at[path], HasSubstr(",nosuid,")) << path;
      for (const char* path : {"/", "/dev", "/data", "/usr"})
        EXPECT_THAT(at[path], HasSubstr(",nodev,")) << path;
      for (const char* path : {"/dev", "/dev/null", "/data"})
        EXPECT_THAT(at[path], HasSubstr(",noexec,")) << path;
      EXPECT_THAT(at["/dev/null"], Not(HasSubstr(",ro,")));
      EXPECT_THAT(at["/dev/null"], Not(HasSubstr(",nodev,")));
    }
  });
}

// What a plan says, without a mount_setattr in it.
TEST(OldMounts, ArePlannedSo) {
  on_an_old_kernel([] {
    Spec spec = shell("true");
    spec.root.read_only = true;
    const std::string plan = describe(compile(spec));
    EXPECT_THAT(plan, Not(HasSubstr("mount_setattr")));
    EXPECT_THAT(plan, HasSubstr("mount(\"none\", \"/proc/self/fd/$root\", NULL, "
                                "MS_REMOUNT|MS_BIND|MS_RDONLY|MS_NOSUID|MS_NODEV, NULL)"));
    EXPECT_THAT(
        plan,
        HasSubstr("-- the parent has set {MOUNT_ATTR_RDONLY|MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV} of /usr"));
  });
  if (!has_mount_setattr()) return;
  Spec spec = shell("true");
  spec.root.read_only = true;
  EXPECT_THAT(describe(compile(spec)), HasSubstr("mount_setattr"));
}

// A directory of the host with a mount below it, in a mount namespace of its own.
void with_submount(const std::function<void(const std::string& directory)>& body) {
  if (geteuid() != 0) GTEST_SKIP() << "a mount on the host takes root";
  on_an_old_kernel([&] {
    char name[] = "/tmp/escapement-test-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    ASSERT_EQ(chmod(name, 0755), 0);
    const std::string directory = name;
    EXPECT_EQ(unshare(CLONE_NEWNS), 0);
    EXPECT_EQ(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    EXPECT_EQ(mount("one", name, "tmpfs", MS_NOEXEC, "mode=755"), 0);
    std::filesystem::create_directory(directory + "/below");
    EXPECT_EQ(mount("two", (directory + "/below").c_str(), "tmpfs", MS_NOSUID, "mode=755"), 0);
    try {
      body(directory);
    } catch (const std::exception& e) {
      ADD_FAILURE() << e.what();
    }
    umount2(name, MNT_DETACH);
    rmdir(name);
  });
}

TEST(OldMounts, BelowABindHaveItsAttributesAndKeepTheirs) {
  with_submount([](const std::string& directory) {
    Spec spec = shell("");
    spec.mounts.push_back({.source = directory, .target = "/data", .read_only = true, .nosuid = false});
    for (const Spec& each : {spec, without_user_namespace(spec)}) {
      auto at = options(each);
      for (const char* path : {"/data", "/data/below"}) {
        EXPECT_THAT(at[path], HasSubstr(",ro,")) << path;
        EXPECT_THAT(at[path], HasSubstr(",nodev,")) << path;
      }
      EXPECT_THAT(at["/data"], HasSubstr(",noexec,")) << "from the host, and locked in a user namespace";
      EXPECT_THAT(at["/data/below"], HasSubstr(",nosuid,"));
      EXPECT_THAT(at["/data/below"], Not(HasSubstr(",noexec,")));
    }
  });
}

TEST(OldMounts, OfAReadOnlyPathAndARootAreReadOnlyToo) {
  with_submount([](const std::string& directory) {
    Spec spec = shell("");
    spec.mounts.push_back({.source = directory, .target = "/data", .read_only = false});
    spec.root.read_only_paths = {"/data", "/absent"};
    auto at = options(spec);
    EXPECT_THAT(at["/data/below"], HasSubstr(",ro,"));

    Spec root = shell("");
    root.root.path = "/";
    root.root.read_only = true;
    root.mounts = {{.type = Mount::Type::proc, .target = "/proc"}};
    at = options(root);
    for (const std::string& path : {std::string("/"), directory, directory + "/below"})
      EXPECT_THAT(at[path], HasSubstr(",ro,")) << path;
    EXPECT_THAT(at[directory], HasSubstr(",noexec,"));
  });
}

// As with automounts, or in a container: one mount over the other.
TEST(OldMounts, ThatAnotherOneCoversAreOutOfReach) {
  with_submount([](const std::string& directory) {
    ASSERT_EQ(mount("three", (directory + "/below").c_str(), "tmpfs", 0, nullptr), 0);
    Spec spec = shell("umount /data/below 2>&1 | grep -c . && touch /data/below/x 2>&1 | grep -o Read-only");
    spec.mounts.push_back({.source = directory, .target = "/data", .read_only = true});
    EXPECT_EQ(run(spec).output, "1\nRead-only\n");
  });
}

// Between the plan and the launch: what the plan does not know it does not take away.
TEST(OldMounts, OfTheHostThatHaveChangedAreRefused) {
  with_submount([](const std::string&) {
    Spec spec = without_user_namespace(shell("true"));
    spec.mounts.push_back({.type = Mount::Type::dev, .target = "/dev"});
    const Plan plan = compile(spec);
    ASSERT_EQ(mount("/dev/null", "/dev/null", nullptr, MS_BIND, nullptr), 0);
    ASSERT_EQ(mount("none", "/dev/null", nullptr,
                    MS_REMOUNT | MS_BIND | MS_NOSUID | MS_RDONLY | MS_NOEXEC | MS_NODEV, nullptr),
              0);
    try {
      launch(plan).wait();
      FAIL() << "it was built";
    } catch (const Error& e) {
      EXPECT_EQ(e.object, "attributes of /dev/null");
      EXPECT_EQ(e.code().value(), EPERM);
      EXPECT_THAT(e.hint, HasSubstr("since the plan"));
    }
  });
}

TEST(OldMounts, FollowNoSymbolicLinks) {
  on_an_old_kernel([] {
    Spec spec = shell("ln -s /usr /data/link && ls /data/link/ 2>&1 | grep -o symbolic");
    spec.mounts.push_back({.type = Mount::Type::tmpfs, .target = "/data", .nosymfollow = true});
    EXPECT_EQ(run(spec).output, "symbolic\n");
    EXPECT_THAT(options(spec)["/data"], HasSubstr(",nosymfollow,"));
  });
}

TEST(OldMounts, WithOwnersOfTheirOwnNeedANewerKernel) {
  if (geteuid() != 0) GTEST_SKIP() << "other owners of the host's files need root";
  on_an_old_kernel([] {
    Spec spec = shell("true");
    spec.mounts.push_back(
        {.source = "/usr", .target = "/data", .uid_map = {{0, 1234, 1}}, .gid_map = {{0, 1234, 1}}});
    try {
      run(spec);
      FAIL() << "it was built";
    } catch (const Error& e) {
      EXPECT_EQ(e.code().value(), ENOSYS);
      EXPECT_THAT(e.hint, HasSubstr("Linux 5.12"));
    }
  });
}

}  // namespace
}  // namespace isolator
