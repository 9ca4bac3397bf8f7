// What is made and mounted inside, seen from there.

#include "test_sandbox.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <fstream>

namespace isolator {
namespace {

using ::testing::HasSubstr;
using testing::run;
using testing::shell;
using Type = Mount::Type;

TEST(Files, HaveTheirContentAndMode) {
  Spec spec = shell("cat /etc/motd; stat -c '%a %s' /etc/motd /etc/empty; readlink /etc/link; cat /etc/link");
  spec.files = {{.path = "/etc/motd", .content = "read me\n", .mode = 0640},
                {.path = "/etc/empty"},
                {.path = "/etc/link", .symlink = "motd"}};
  EXPECT_EQ(run(spec).output, "read me\n640 8\n644 0\nmotd\nread me\n");
}

TEST(Files, LieOnATmpfsThatTurnsReadOnlyAfterwards) {
  Spec spec = shell("cat /data/deep/file; echo x > /data/deep/file; echo x > /outer");
  spec.root.read_only = true;
  spec.mounts.push_back({.type = Type::tmpfs, .target = "/data", .read_only = true});
  spec.files = {{.path = "/data/deep/file", .content = "kept\n"}, {.path = "/outer"}};
  const std::string seen = run(spec).output;
  EXPECT_THAT(seen, ::testing::StartsWith("kept\n"));
  EXPECT_THAT(seen, HasSubstr("/data/deep/file: Read-only file system"));
  EXPECT_THAT(seen, HasSubstr("/outer: Read-only file system"));
}

TEST(Files, NeverReplaceWhatIsThere) {
  Spec spec = shell("true");
  spec.files = {{.path = "/a"}, {.path = "/a", .content = "again"}};
  try {
    run(spec);
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "mount /a: File exists");
    EXPECT_FALSE(e.hint.empty());
  }
}

TEST(Files, ThatDoNotFitAreAnError) {
  Spec spec = shell("true");
  spec.mounts.push_back({.type = Type::tmpfs, .target = "/small", .size = 4096});
  spec.files = {{.path = "/small/file", .content = std::string(20000, 'x')}};
  try {
    run(spec);
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "mount /small/file: No space left on device");
  }
}

TEST(Mounts, Nosymfollow) {
  Spec spec = shell("cat /data/link");
  spec.mounts.push_back({.type = Type::tmpfs, .target = "/data"});
  spec.files = {{.path = "/data/file", .content = "followed\n"}, {.path = "/data/link", .symlink = "file"}};
  EXPECT_EQ(run(spec).output, "followed\n");
  spec.mounts.back().nosymfollow = true;
  EXPECT_THAT(run(spec).output, HasSubstr("Too many levels of symbolic links"));
}

TEST(Mounts, TmpfsInodes) {
  Spec spec = shell("touch /few/1 /few/2 /few/3 /few/4; ls /few | wc -l");
  spec.mounts.push_back({.type = Type::tmpfs, .target = "/few", .inodes = 3});
  EXPECT_THAT(run(spec).output,
              ::testing::AllOf(HasSubstr("No space left on device"), ::testing::EndsWith("2\n")));
}

TEST(Root, HoldsNoMoreThanItsSize) {
  for (const std::vector<std::string>& lower : {std::vector<std::string>{}, {"/etc"}}) {
    Spec spec = shell("head -c 600000 /dev/zero > /a; head -c 600000 /dev/zero > /b; stat -c %s /a /b");
    spec.mounts.push_back({.type = Type::dev, .target = "/dev"});
    spec.root.lower = lower;
    spec.root.size = 1 << 20;
    EXPECT_THAT(run(spec).output,
                ::testing::AllOf(HasSubstr("No space left on device"), HasSubstr("600000\n"),
                                 ::testing::Not(HasSubstr("600000\n600000\n"))));
  }
}

// Whoever opens the ptmx of its own instance gets number 0, whatever the host has.
TEST(Mounts, Devpts) {
  Spec spec = shell("ls /dev/pts; stat -L -c %a /dev/ptmx; exec 3<>/dev/ptmx && ls /dev/pts");
  spec.mounts.push_back({.type = Type::dev, .target = "/dev"});
  spec.mounts.push_back({.type = Type::devpts, .target = "/dev/pts", .nodev = false, .noexec = true});
  spec.files = {{.path = "/dev/ptmx", .symlink = "pts/ptmx"}};
  EXPECT_EQ(run(spec).output, "ptmx\n666\n0\nptmx\n");
}

TEST(Mounts, Mqueue) {
  Spec spec = shell("ls -A /mq; stat -f -c %t /mq");
  spec.unshare = spec.unshare | Ns::ipc;
  spec.mounts.push_back({.type = Type::mqueue, .target = "/mq"});
  EXPECT_EQ(run(spec).output, "19800202\n");  // MQUEUE_MAGIC
}

// What leads to a mount point is for the payload to walk, whoever it is, under any umask of the caller.
TEST(Mounts, TheCallersUmaskDecidesNothing) {
  if (geteuid() != 0) GTEST_SKIP() << "another uid than the maker's takes a range of ids: needs root";
  Spec spec = shell("stat -c %a /a /a/b; umask");
  spec.mounts.push_back({.type = Type::tmpfs, .target = "/a/b/c"});
  spec.identity = {
      .uid = 1000, .gid = 1000, .uid_map = {{0, 1879048192, 65536}}, .gid_map = {{0, 1879048192, 65536}}};
  const mode_t before = umask(0777);
  const std::string seen = run(spec).output;
  umask(before);
  EXPECT_EQ(seen, "755\n755\n0022\n");
}

class Overlay : public ::testing::Test {
 protected:
  Overlay() {
    std::filesystem::create_directories(top_ + "/lower one:1,\\x/etc");
    std::filesystem::create_directories(top_ + "/two/etc");
    std::ofstream(top_ + "/lower one:1,\\x/etc/both") << "upper of the two\n";
    std::ofstream(top_ + "/two/etc/both") << "lower of the two\n";
    std::ofstream(top_ + "/two/etc/below") << "below\n";
    spec_.root.lower = {top_ + "/lower one:1,\\x", top_ + "/two"};
  }
  ~Overlay() override {
    std::error_code absent;  // the kernel leaves a directory in it that even its owner may not enter
    std::filesystem::permissions(top_ + "/work/work", std::filesystem::perms::owner_all, absent);
    std::filesystem::remove_all(top_);
  }
  std::string seen(const std::string& path) {
    std::ifstream file(top_ + path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  const std::string top_ = [] {
    char name[] = "/tmp/escapement-overlay-XXXXXX";
    if (mkdtemp(name) == nullptr) throw std::system_error(errno, std::generic_category(), "mkdtemp");
    return std::string(name);
  }();
  Spec spec_ =
      shell("cat /etc/both /etc/below; echo changed > /etc/both && cat /etc/both; rm /etc/below; ls /etc");
};

TEST_F(Overlay, LeavesItsLowerDirectoriesAsTheyAre) {
  for (int again = 0; again < 2; ++again)
    EXPECT_EQ(run(spec_).output, "upper of the two\nbelow\nchanged\nboth\n")
        << "the tmpfs is gone with the sandbox";
  EXPECT_EQ(seen("/lower one:1,\\x/etc/both"), "upper of the two\n");
  EXPECT_EQ(seen("/two/etc/below"), "below\n");
}

TEST_F(Overlay, KeepsChangesInItsUpperDirectory) {
  std::filesystem::create_directories(top_ + "/upper");
  std::filesystem::create_directories(top_ + "/work");
  spec_.root.upper = top_ + "/upper";
  spec_.root.work = top_ + "/work";
  run(spec_);
  EXPECT_EQ(seen("/upper/etc/both"), "changed\n");
  EXPECT_EQ(seen("/two/etc/below"), "below\n");
  spec_.process.argv = {"sh", "-c", "cat /etc/both"};
  EXPECT_EQ(run(spec_).output, "changed\n") << "and shows them again";
}

TEST_F(Overlay, ReadOnly) {
  spec_.root.read_only = true;
  EXPECT_THAT(run(spec_).output, HasSubstr("/etc/both: Read-only file system"));
}

TEST_F(Overlay, HoldsFiles) {
  spec_.files = {{.path = "/etc/new", .content = "new\n"}};
  spec_.process.argv = {"cat", "/etc/new"};
  EXPECT_EQ(run(spec_).output, "new\n");
  EXPECT_FALSE(std::filesystem::exists(top_ + "/two/etc/new"));
}

}  // namespace
}  // namespace isolator
