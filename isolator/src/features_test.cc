// What is missing is missing here for real, and each time that is what is told, with its remedy.

#include <isolator/features.h>

#include "cgroup_mounts.h"

#include <isolator/error.h>
#include <isolator/rootless.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>

namespace isolator {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Found = std::map<std::string, Feature>;

Found by_name(const std::vector<Feature>& found) {
  Found out;
  for (const Feature& one : found) EXPECT_TRUE(out.emplace(one.name, one).second) << one.name << " twice";
  return out;
}

// In a process that nothing of the test outlives.
void in_child(const std::function<void()>& work) {
  std::fflush(nullptr);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    work();
    std::fflush(nullptr);
    _exit(::testing::Test::HasFailure() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << "see above";
}

void write_file(const char* path, const std::string& text) {
  std::ofstream file(path);
  file << text << std::flush;
  ASSERT_TRUE(file) << path;
}

// Root of a user namespace of its own, as which anybody can take things from it.
void enter_user_namespace() {
  const uid_t uid = geteuid();
  const gid_t gid = getegid();
  ASSERT_EQ(unshare(CLONE_NEWUSER | CLONE_NEWNS), 0);
  write_file("/proc/self/setgroups", "deny");
  write_file("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1");
  write_file("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
}

void expect_missing(const Found& found, const std::string& name, int err, const std::string& remedy) {
  const auto it = found.find(name);
  ASSERT_NE(it, found.end()) << name;
  EXPECT_FALSE(it->second.available) << name << " " << it->second.detail;
  EXPECT_EQ(it->second.err, err) << name << " " << it->second.detail;
  EXPECT_THAT(it->second.remedy, HasSubstr(remedy)) << name;
}

Profile profile_of(const std::string& toml) { return parse_profile("name = \"p\"\n" + toml, "p.toml"); }

bool user_namespaces() {
  for (const Feature& one : features(profile_of("[namespaces]\nnew = [\"user\"]\n")))
    if (one.name == "namespace.user.capabilities") return one.available;
  return false;
}

#define NEEDS_ROOT() \
  if (geteuid() != 0) GTEST_SKIP() << "needs root"
#define NEEDS_USER_NAMESPACES() \
  if (!user_namespaces()) GTEST_SKIP() << "needs user namespaces"

TEST(Features, WhatIsMissingHasARemedy) {
  for (const Feature& one : features()) {
    EXPECT_EQ(one.available, one.err == 0) << one.name;
    EXPECT_TRUE(one.available || !one.remedy.empty()) << one.name << " " << one.detail;
  }
}

TEST(Features, AsNobodyTooWhatIsMissingHasARemedy) {
  NEEDS_ROOT();
  in_child([] {
    become_nobody();
    const Found found = by_name(features());
    for (const auto& [name, one] : found)
      EXPECT_TRUE(one.available || !one.remedy.empty()) << name << " " << one.detail;
    for (const char* controller : {"cgroup.pids", "cgroup.memory", "cgroup.cpu"})
      expect_missing(found, controller, EACCES, "Delegate=yes");
    expect_missing(found, "mount.idmapped", EPERM, "be root");
    expect_missing(found, "identity.ranges", ENOENT,
                   access("/usr/bin/newuidmap", X_OK) == 0 ? "usermod --add-subuids" : "uidmap");
    EXPECT_TRUE(found.at("namespace.user").needed);
  });
}

TEST(Features, ALimitOfUserNamespacesIsNamed) {
  NEEDS_USER_NAMESPACES();
  in_child([] {
    enter_user_namespace();
    write_file("/proc/sys/user/max_user_namespaces", "0");
    const Found found = by_name(features());
    const std::string remedy = "sysctl -w user.max_user_namespaces=";
    expect_missing(found, "namespace.user", ENOSPC, remedy);
    expect_missing(found, "namespace.user.capabilities", ENOSPC, remedy);
    EXPECT_TRUE(found.at("namespace.mount").available);
    EXPECT_EQ(found.at("namespace.mount").detail, "without a user namespace");
  });
}

// As in a rootless container.
TEST(Features, InAUserNamespaceAnotherOneCanBeBuilt) {
  NEEDS_USER_NAMESPACES();
  in_child([] {
    enter_user_namespace();
    for (const Feature& one : features())
      EXPECT_TRUE(one.available || !one.needed) << one.name << " " << one.detail;
  });
}

TEST(Features, ALimitOfOneKindOfNamespaceIsNamed) {
  NEEDS_USER_NAMESPACES();
  in_child([] {
    enter_user_namespace();
    write_file("/proc/sys/user/max_uts_namespaces", "0");
    const Found found = by_name(features());
    expect_missing(found, "namespace.uts", ENOSPC, "sysctl -w user.max_uts_namespaces=");
    EXPECT_TRUE(found.at("namespace.user").available);
    EXPECT_TRUE(found.at("namespace.ipc").available);
  });
}

TEST(Features, WhatAFilterRefusesIsMissing) {
  NEEDS_USER_NAMESPACES();
  in_child([] {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    for (const int call : {SCMP_SYS(landlock_create_ruleset), SCMP_SYS(keyctl), SCMP_SYS(personality),
                           SCMP_SYS(ptrace), SCMP_SYS(pidfd_open)})
      ASSERT_EQ(seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), call, 0), 0);
    ASSERT_EQ(seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, SCMP_SYS(setns), 0), 0);
    ASSERT_EQ(seccomp_load(filter), 0);
    seccomp_release(filter);
    const Found found = by_name(features());
    for (const char* name :
         {"landlock", "process.keyring", "process.personality", "process.ptrace", "process.pidfd"})
      expect_missing(found, name, EPERM, "seccomp=unconfined");
    EXPECT_TRUE(found.at("seccomp.filter").available);
  });
}

// As AppArmor's restriction does: the namespace is granted, and what it is for refused.
TEST(Features, AUserNamespaceWithoutItsCapabilitiesIsNotEnough) {
  NEEDS_USER_NAMESPACES();
  in_child([] {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    ASSERT_EQ(seccomp_rule_add(filter, SCMP_ACT_ERRNO(EACCES), SCMP_SYS(mount), 0), 0);
    ASSERT_EQ(seccomp_load(filter), 0);
    seccomp_release(filter);
    const Found found = by_name(features());
    EXPECT_TRUE(found.at("namespace.user").available);
    expect_missing(found, "namespace.user.capabilities", EACCES, "seccomp");
    expect_missing(found, "mount.api", EACCES, "seccomp");
  });
}

TEST(Features, AKernelWithoutClone3CanBuildNothing) {
  in_child([] {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    ASSERT_EQ(seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0), 0);
    ASSERT_EQ(seccomp_load(filter), 0);
    seccomp_release(filter);
    const Found found = by_name(features());
    expect_missing(found, "process.clone3", ENOSYS, "Linux 5.5");
    expect_missing(found, "namespace.user", ENOSYS, "Linux 5.5");
    EXPECT_TRUE(found.at("process.clone3").needed);
  });
}

TEST(Features, AnOldKernelMakesMountsReadOnlyInItsOwnWay) {
  NEEDS_USER_NAMESPACES();
  in_child([] {
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
    ASSERT_EQ(seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(mount_setattr), 0), 0);
    ASSERT_EQ(seccomp_load(filter), 0);
    seccomp_release(filter);
    const Found found = by_name(features());
    EXPECT_TRUE(found.at("mount.read_only").available);
    EXPECT_THAT(found.at("mount.read_only").detail, HasSubstr("by mount(2)"));
    expect_missing(found, "mount.idmapped", ENOSYS, "Linux 5.12");
  });
}

TEST(Features, WithoutCgroupsTheMountIsTold) {
  NEEDS_ROOT();
  in_child([] {
    ASSERT_EQ(unshare(CLONE_NEWNS), 0);
    ASSERT_EQ(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    ASSERT_EQ(umount2("/sys/fs/cgroup", MNT_DETACH), 0);
    const Found found = by_name(features());
    for (const char* controller : {"cgroup.pids", "cgroup.memory", "cgroup.cpu"})
      expect_missing(found, controller, EOPNOTSUPP, "mount -t cgroup2");
    expect_missing(found, "process.clone_into_cgroup", EOPNOTSUPP, "mount -t cgroup2");
  });
}

TEST(Features, ACoveredProcIsNamed) {
  NEEDS_ROOT();
  NEEDS_USER_NAMESPACES();
  in_child([] {
    ASSERT_EQ(unshare(CLONE_NEWNS), 0);
    ASSERT_EQ(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    ASSERT_EQ(mount("/dev/null", "/proc/version", nullptr, MS_BIND, nullptr), 0);
    const Found found = by_name(features());
    expect_missing(found, "mount.proc", EPERM, "/proc/version");
    EXPECT_THAT(found.at("mount.proc").detail, HasSubstr("in a user namespace"));
    EXPECT_TRUE(found.at("mount.sysfs").available);
  });
}

TEST(Features, BelowAChrootItIsTold) {
  NEEDS_ROOT();
  NEEDS_USER_NAMESPACES();
  in_child([] {
    ASSERT_EQ(unshare(CLONE_NEWNS), 0);
    ASSERT_EQ(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
    ASSERT_EQ(mount("/", "/mnt", nullptr, MS_BIND | MS_REC, nullptr), 0);
    ASSERT_EQ(chroot("/mnt"), 0);
    ASSERT_EQ(chdir("/"), 0);
    expect_missing(by_name(features()), "namespace.user", EPERM, "chroot(2)");
  });
}

// A file system with these flags over /mnt, in a mount namespace of its own.
void mount_over_mnt(unsigned long flags) {
  ASSERT_EQ(unshare(CLONE_NEWNS), 0);
  ASSERT_EQ(mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
  ASSERT_EQ(mount("tmpfs", "/mnt", "tmpfs", flags, ""), 0);
}

TEST(Features, ATemporaryDirectoryWithoutExecIsTold) {
  NEEDS_ROOT();
  in_child([] {
    mount_over_mnt(MS_NOEXEC);
    setenv("TMPDIR", "/mnt", 1);
    const Found found = by_name(features(profile_of("[root]\nmethod = \"chroot\"\n")));
    const Feature& directory = found.at("root.temporary");
    EXPECT_TRUE(directory.available && directory.needed);
    EXPECT_EQ(directory.detail, "/mnt, noexec");
    EXPECT_THAT(directory.remedy, HasSubstr("remount,exec"));
    EXPECT_TRUE(std::filesystem::is_empty("/mnt"));
    EXPECT_TRUE(found.at("sandbox").available);
  });
}

TEST(Features, ATemporaryDirectoryThatIsReadOnlyIsMissing) {
  NEEDS_ROOT();
  in_child([] {
    mount_over_mnt(MS_RDONLY);
    setenv("TMPDIR", "/mnt", 1);
    const Found found = by_name(features(profile_of("[root]\nmethod = \"chroot\"\n")));
    EXPECT_FALSE(found.at("root.temporary").available);
    EXPECT_EQ(found.at("root.temporary").err, EROFS);
    EXPECT_FALSE(found.at("sandbox").available);
  });
}

TEST(Features, WhatAFileSystemForbidsOfAProfileIsTold) {
  NEEDS_ROOT();
  in_child([] {
    mount_over_mnt(MS_NOEXEC | MS_NODEV | MS_NOSUID);
    const std::vector<Feature> found = features(profile_of(R"(
      [root]
      method = "pivot_root"
      [namespaces]
      new = ["mount"]
      [[mounts]]
      type = "bind"
      source = "/mnt"
      target = "/a"
      nodev = false
      [[mounts]]
      type = "bind"
      source = "/mnt"
      target = "/b"
      nosuid = false
    )"));
    std::vector<std::string> told;
    for (const Feature& one : found)
      if (!one.available) told.push_back(one.name + " " + one.detail + ": " + one.remedy);
    EXPECT_THAT(
        told, ::testing::ElementsAre(
                  "filesystem /mnt is mounted nodev: mount -o remount,dev $(findmnt -no TARGET -T /mnt)",
                  "filesystem /mnt is mounted nosuid: mount -o remount,suid $(findmnt -no TARGET -T /mnt)"));
    const std::vector<Feature> root = features(
        profile_of("[root]\nmethod = \"pivot_root\"\npath = \"/mnt\"\n[namespaces]\nnew = [\"mount\"]\n"));
    const auto noexec = std::find_if(root.begin(), root.end(),
                                     [](const Feature& one) { return one.name == "filesystem /mnt"; });
    ASSERT_NE(noexec, root.end());
    EXPECT_EQ(noexec->detail, "is mounted noexec");
  });
}

TEST(Features, OfAProfileAreThoseThatItNeeds) {
  const Found found = by_name(features(profile_of(R"(
    [root]
    method = "pivot_root"
    [namespaces]
    new = ["user", "mount", "pid"]
    [[mounts]]
    type = "proc"
    target = "/proc"
    [seccomp]
    default = "allow"
  )")));
  std::vector<std::string> names;
  for (const auto& [name, one] : found) names.push_back(name);
  EXPECT_THAT(names, ::testing::ElementsAre("mount.api", "mount.proc", "namespace.mount", "namespace.pid",
                                            "namespace.user", "namespace.user.capabilities", "process.clone3",
                                            "process.keyring", "process.pidfd", "sandbox", "seccomp.filter"));
  for (const auto& [name, one] : found) EXPECT_TRUE(one.needed) << name;
}

// The rows may be all there and the whole still impossible: the last row is the sandbox itself.
TEST(Features, TheSandboxItselfIsTried) {
  const Feature failed =
      sandbox(profile_of("[root]\nmethod = \"chroot\"\npath = \"/no/such\"\n"
                         "[namespaces]\nnew = [\"user\"]\n"));
  EXPECT_FALSE(failed.available);
  if (user_namespaces()) {
    EXPECT_EQ(failed.err, ENOENT);
    EXPECT_EQ(failed.detail, "root /no/such");
  }
}

TEST(Features, AProfileForNobodyIsTriedAsNobody) {
  NEEDS_ROOT();
  Profile profile = profile_of("rootless = true\n[root]\nmethod = \"chroot\"\npath = \"/\"\n");
  EXPECT_EQ(sandbox(profile).err, EPERM);
  EXPECT_EQ(geteuid(), 0U);
  profile.rootless = false;
  EXPECT_EQ(sandbox(profile).err, 0);
}

// Cgroups below the caller's whose maker, by whom they are named, has ended.
void add_forgotten_cgroups(const std::string& directory, std::set<std::string>& out) {
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("escapement-") && kill(std::atoi(name.c_str() + 11), 0) != 0)
      out.insert(entry.path());
  }
}
std::set<std::string> forgotten_cgroups() {
  std::set<std::string> out;
  for (const char* controller : {"pids", "memory", "cpu"}) {
    try {
      add_forgotten_cgroups(cgroup::find(cgroup::read_tables(), controller).own, out);
    } catch (const Error&) {  // no such controller: none was made
    }
  }
  return out;
}

std::string mounts() {
  std::ifstream file("/proc/self/mountinfo");
  return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t entries_of(const char* directory) {
  return std::size_t(std::distance(std::filesystem::directory_iterator(directory), {}));
}

TEST(Features, TheAttemptsLeaveNothing) {
  char scratch[] = "/tmp/escapement-features-XXXXXX";
  ASSERT_NE(mkdtemp(scratch), nullptr);
  const std::set<std::string> cgroups = forgotten_cgroups();
  in_child([&] {
    setenv("TMPDIR", scratch, 1);
    ASSERT_TRUE(geteuid() != 0 || unshare(CLONE_NEWNS) == 0);
    const std::string before = mounts();
    const std::size_t descriptors = entries_of("/proc/self/fd");
    features();
    EXPECT_EQ(mounts(), before);
    EXPECT_EQ(entries_of("/proc/self/fd"), descriptors);
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1) << "a process is left";
  });
  EXPECT_EQ(rmdir(scratch), 0);
  std::set<std::string> left;
  for (int tries = 0; tries < 100; ++tries) {  // another test may be about to remove its own
    left = forgotten_cgroups();
    for (const std::string& path : cgroups) left.erase(path);
    if (left.empty()) break;
    usleep(100'000);
  }
  EXPECT_THAT(left, IsEmpty());
}

}  // namespace
}  // namespace isolator
