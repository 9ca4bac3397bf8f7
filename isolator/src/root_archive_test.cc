// Roots from an archive, and archives that want out of their root.

#include "test_sandbox.h"

#include <isolator/keeper.h>

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>

#include <clocale>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

namespace isolator {
namespace {

using ::testing::HasSubstr;
using testing::run;
namespace fs = std::filesystem;

// Of its own for each test, with a file outside of every root for the hostile ones to aim at.
class RootArchive : public ::testing::Test {
 protected:
  RootArchive() {
    char name[] = "/tmp/escapement-test-XXXXXX";
    directory_ = mkdtemp(name) != nullptr ? name : "";
    std::ofstream(witness()) << "untouched";
  }
  ~RootArchive() override { fs::remove_all(directory_); }

  std::string path() const { return directory_ + "/root.tar"; }
  std::string witness() const { return directory_ + "/witness"; }
  std::string content_of_witness() const {
    std::ifstream file(witness());
    return {std::istreambuf_iterator<char>(file), {}};
  }

  class Tar {
   public:
    Tar(const std::string& path, int (*filter)(archive*) = nullptr) : out_(archive_write_new()) {
      setlocale(LC_CTYPE, "C.UTF-8");  // for the writer to know what the names are
      archive_write_set_format_pax_restricted(out_);
      if (filter != nullptr) filter(out_);
      EXPECT_EQ(archive_write_open_filename(out_, path.c_str()), ARCHIVE_OK);
    }
    ~Tar() {
      archive_write_free(out_);
      setlocale(LC_CTYPE, "C");
    }
    Tar(const Tar&) = delete;
    Tar& operator=(const Tar&) = delete;

    archive_entry* entry(const std::string& name, mode_t mode) {
      archive_entry* made = archive_entry_new();
      archive_entry_set_pathname(made, name.c_str());
      archive_entry_set_mode(made, mode);
      archive_entry_set_uid(made, uid);
      archive_entry_set_gid(made, gid);
      return made;
    }
    void add(archive_entry* made, const std::string& content = "") {
      archive_entry_set_size(made, std::int64_t(content.size()));
      EXPECT_EQ(archive_write_header(out_, made), ARCHIVE_OK) << archive_error_string(out_);
      archive_write_data(out_, content.data(), content.size());
      archive_entry_free(made);
    }
    void file(const std::string& name, const std::string& content, mode_t mode = 0644) {
      add(entry(name, S_IFREG | mode), content);
    }
    void directory(const std::string& name, mode_t mode = 0755) { add(entry(name, S_IFDIR | mode)); }
    void symlink(const std::string& name, const std::string& target) {
      archive_entry* made = entry(name, S_IFLNK | 0777);
      archive_entry_set_symlink(made, target.c_str());
      add(made);
    }
    void hardlink(const std::string& name, const std::string& target) {
      archive_entry* made = entry(name, S_IFREG | 0644);
      archive_entry_set_hardlink(made, target.c_str());
      add(made);
    }
    void node(const std::string& name, mode_t mode, dev_t device) {
      archive_entry* made = entry(name, mode);
      archive_entry_set_rdev(made, device);
      add(made);
    }
    std::int64_t uid = 0, gid = 0;

   private:
    archive* out_;
  };

  // The tree of a small distribution, without which no shell could run.
  static void add_busybox(Tar& tar) {
    std::ifstream file("/bin/busybox", std::ios::binary);
    tar.directory("./");
    tar.directory("./bin");
    tar.file("./bin/busybox", {std::istreambuf_iterator<char>(file), {}}, 0755);
    for (const char* applet : {"sh", "ls", "cat", "stat", "id"})
      tar.symlink(std::string("./bin/") + applet, "/bin/busybox");
  }

  Spec spec(const std::string& script) const {
    Spec out;
    out.unshare = Ns::user | Ns::mount | Ns::pid;
    out.root = {.method = Root::Method::pivot_root, .archive = path()};
    out.process.argv = {"/bin/sh", "-c", script};
    return out;
  }

  std::optional<Error> error(const Spec& wanted) const {
    try {
      launch(compile(wanted)).wait();
    } catch (const Error& e) {
      return e;
    }
    return std::nullopt;
  }

  std::string directory_;
};

#define NEEDS_BUSYBOX() \
  if (!fs::exists("/bin/busybox")) GTEST_SKIP() << "no /bin/busybox: Debian's busybox-static"

struct Compression {
  const char* name;
  int (*filter)(archive*);
};
class Compressions : public RootArchive, public ::testing::WithParamInterface<Compression> {};

TEST_P(Compressions, AreRead) {
  NEEDS_BUSYBOX();
  {
    Tar tar(path(), GetParam().filter);
    add_busybox(tar);
    tar.directory("etc");
    tar.file("etc/\xc3\xb6s-release", "NAME=small\n");
  }
  EXPECT_EQ(run(spec("cat /etc/*; ls /")).output, "NAME=small\nbin\netc\n");
}
INSTANTIATE_TEST_SUITE_P(All, Compressions,
                         ::testing::Values(Compression{"none", nullptr},
                                           Compression{"gzip", archive_write_add_filter_gzip},
                                           Compression{"bzip2", archive_write_add_filter_bzip2},
                                           Compression{"xz", archive_write_add_filter_xz},
                                           Compression{"zstd", archive_write_add_filter_zstd},
                                           Compression{"lz4", archive_write_add_filter_lz4}),
                         [](const auto& param) { return param.param.name; });

TEST_F(RootArchive, KeepsModes) {
  NEEDS_BUSYBOX();
  {
    Tar tar(path());
    add_busybox(tar);
    tar.file("secret", "", 0400);
    tar.directory("tmp", 01777);
    tar.file("su", "", 04755);
    tar.directory("closed", 0500);
    tar.file("closed/file", "");
    tar.hardlink("link", "secret");
  }
  EXPECT_EQ(run(spec("stat -c '%n %a %u %h' /secret /tmp /su /closed /closed/file")).output,
            "/secret 400 0 2\n/tmp 1777 0 2\n/su 4755 0 1\n/closed 500 0 2\n/closed/file 644 0 1\n");
}

TEST_F(RootArchive, IsReadOnWhereAReadIsShort) {
  NEEDS_BUSYBOX();
  {
    Tar tar(path());
    add_busybox(tar);
  }
  std::ifstream file(path(), std::ios::binary);
  const std::string content(std::istreambuf_iterator<char>(file), {});
  fs::remove(path());
  ASSERT_EQ(mkfifo(path().c_str(), 0600), 0);
  std::thread writer([&] {
    const int fd = open(path().c_str(), O_WRONLY | O_CLOEXEC);
    constexpr std::size_t few = 997;
    for (std::size_t at = 0; at < content.size(); at += few)
      if (write(fd, &content[at], std::min(few, content.size() - at)) < 0) break;
    close(fd);
  });
  EXPECT_EQ(run(spec("stat -c '%s' /bin/busybox")).output,
            std::to_string(fs::file_size("/bin/busybox")) + "\n");
  writer.join();
}

TEST_F(RootArchive, ThatIsLargerThanItsRootIsAnError) {
  NEEDS_BUSYBOX();
  {
    Tar tar(path());
    tar.file("zeros", std::string(4 << 20, '\0'));
  }
  Spec large = spec("true");
  large.root.size = 1 << 20;
  const std::optional<Error> failed = error(large);
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->step, Step::root);
  EXPECT_EQ(failed->code().value(), ENOSPC);
}

TEST_F(RootArchive, KeepsOwnersInTheNumbersInside) {
  NEEDS_BUSYBOX();
  if (geteuid() != 0) GTEST_SKIP() << "mapping a range needs root";
  {
    Tar tar(path());
    add_busybox(tar);
    tar.uid = 1000, tar.gid = 42;
    tar.file("mine", "");
  }
  Spec ranged = spec("stat -c '%u %g' /mine /bin");
  ranged.identity.uid_map = ranged.identity.gid_map = {{0, 1879048192, 65536}};
  EXPECT_EQ(run(ranged).output, "1000 42\n0 0\n");
}

TEST_F(RootArchive, RefusesAnOwnerThatTheMapLacksUnlessTold) {
  NEEDS_BUSYBOX();
  {
    Tar tar(path());
    add_busybox(tar);
    tar.uid = 1000, tar.gid = 42;
    tar.file("mine", "");
  }
  Spec single = spec("stat -c '%u %g' /mine");
  const std::optional<Error> refused = error(single);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->object, path() + ": mine");
  EXPECT_EQ(refused->code().value(), EINVAL);
  EXPECT_THAT(refused->hint, HasSubstr("root.keep_owners = false"));
  single.root.keep_owners = false;
  EXPECT_EQ(run(single).output, "0 0\n");
}

// What could be made of a device by who has CAP_MKNOD on the host is not worth an error: every system has a
// /dev.
TEST_F(RootArchive, LeavesOutDevices) {
  NEEDS_BUSYBOX();
  {
    Tar tar(path());
    add_busybox(tar);
    tar.directory("dev");
    tar.node("dev/sda", S_IFBLK | 0666, 0x800);
    tar.node("dev/mem", S_IFCHR | 0666, 0x101);
    tar.node("dev/pipe", S_IFIFO | 0600, 0);
  }
  Spec wanted = spec("ls /dev");
  EXPECT_EQ(run(wanted).output, "pipe\n");
  if (geteuid() != 0) return;
  wanted.unshare = Ns::mount;
  EXPECT_EQ(run(wanted).output, "pipe\n");
}

struct Hostile {
  const char* name;
  void (*write)(const std::function<void(const std::string&)>& file,
                const std::function<void(const std::string&, const std::string&)>& symlink,
                const std::function<void(const std::string&, const std::string&)>& hardlink,
                const std::string& outside);
};
class HostileArchives : public RootArchive, public ::testing::WithParamInterface<Hostile> {
 protected:
  void write() {
    Tar tar(path());
    GetParam().write([&](const std::string& name) { tar.file(name, "taken"); },
                     [&](const std::string& name, const std::string& target) { tar.symlink(name, target); },
                     [&](const std::string& name, const std::string& target) { tar.hardlink(name, target); },
                     directory_);
  }
};

TEST_P(HostileArchives, AreRefusedAndWriteNothingOutside) {
  write();
  std::vector<Ns> namespaces = {Ns::user | Ns::mount};
  if (geteuid() == 0) namespaces.insert(namespaces.end(), {Ns::mount, Ns::none});
  for (const Ns unshare : namespaces) {
    Spec wanted = spec("true");
    wanted.unshare = unshare;
    if (!has(unshare, Ns::mount)) wanted.root.method = Root::Method::chroot;
    const std::optional<Error> refused = error(wanted);
    ASSERT_TRUE(refused);
    EXPECT_EQ(name(refused->step), "root") << refused->what();
    EXPECT_THAT(refused->object, HasSubstr(path() + ": "));
    EXPECT_FALSE(refused->hint.empty());
    EXPECT_EQ(content_of_witness(), "untouched");
    EXPECT_EQ(std::distance(fs::directory_iterator(directory_), fs::directory_iterator()), 2);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, HostileArchives,
    ::testing::Values(Hostile{"dot_dot",
                              [](auto& file, auto&, auto&, const std::string& outside) {
                                file("a/../../../../../.." + outside + "/witness");
                              }},
                      Hostile{"absolute", [](auto& file, auto&, auto&,
                                             const std::string& outside) { file(outside + "/witness"); }},
                      Hostile{"through_an_absolute_symlink",
                              [](auto& file, auto& symlink, auto&, const std::string& outside) {
                                symlink("way", outside);
                                file("way/witness");
                              }},
                      Hostile{"through_a_relative_symlink",
                              [](auto& file, auto& symlink, auto&, const std::string& outside) {
                                symlink("way", "../../../../../.." + outside);
                                file("way/witness");
                              }},
                      Hostile{"through_two_symlinks",
                              [](auto& file, auto& symlink, auto&, const std::string& outside) {
                                symlink("up", "..");
                                symlink("way", "up/.." + outside);
                                file("way/new");
                              }},
                      Hostile{"hardlink_out",
                              [](auto&, auto&, auto& hardlink, const std::string& outside) {
                                hardlink("a", "../../../../.." + outside + "/witness");
                              }},
                      Hostile{"absolute_hardlink",
                              [](auto& file, auto&, auto& hardlink, const std::string& outside) {
                                hardlink("a", outside + "/witness");
                                file("a");
                              }},
                      Hostile{"hardlink_through_a_symlink",
                              [](auto& file, auto& symlink, auto& hardlink, const std::string& outside) {
                                symlink("way", outside);
                                hardlink("a", "way/witness");
                                file("a");
                              }}),
    [](const auto& param) { return param.param.name; });

// A directory of the host, on which every user may run what has a set-user-ID bit.
TEST_F(RootArchive, TakesSetIdBitsAwayInADirectoryOfTheHost) {
  NEEDS_BUSYBOX();
  if (geteuid() != 0) GTEST_SKIP() << "chroot without a user namespace needs root";
  {
    Tar tar(path());
    add_busybox(tar);
    tar.file("su", "", 06755);
  }
  Spec wanted = spec("stat -c %a /su");
  wanted.unshare = Ns::none;
  wanted.root.method = Root::Method::chroot;
  EXPECT_EQ(run(wanted).output, "755\n");
}

TEST_F(RootArchive, NamesOneThatIsMissingBrokenOrCut) {
  NEEDS_BUSYBOX();
  const Spec wanted = spec("true");
  std::optional<Error> missing = error(wanted);
  ASSERT_TRUE(missing);
  EXPECT_EQ(std::string(missing->what()), "root " + path() + ": No such file or directory");

  std::ofstream(path()) << std::string(4096, 'x');
  const std::optional<Error> broken = error(wanted);
  ASSERT_TRUE(broken);
  EXPECT_EQ(std::string(broken->what()), "root " + path() + ": Bad message");
  EXPECT_THAT(broken->hint, HasSubstr("Unrecognized archive format"));

  for (const auto filter : {+[](archive*) { return 0; }, archive_write_add_filter_gzip}) {
    {
      Tar tar(path(), filter);
      add_busybox(tar);
    }
    fs::resize_file(path(), fs::file_size(path()) / 2);
    const std::optional<Error> cut = error(wanted);
    ASSERT_TRUE(cut);
    EXPECT_THAT(cut->object, HasSubstr(path()));
    EXPECT_THAT(cut->hint, HasSubstr("runcated"));
  }
}

TEST_F(RootArchive, TurnsReadOnlyOnceItIsFilled) {
  NEEDS_BUSYBOX();
  {
    Tar tar(path());
    add_busybox(tar);
  }
  Spec wanted = spec("echo x > /new && cat /new");
  EXPECT_EQ(run(wanted).output, "x\n");
  wanted.root.read_only = true;
  EXPECT_THAT(run(wanted).output, HasSubstr("Read-only file system"));
}

// The caller is killed at any moment of the filling: no process is left, and no directory.
TEST_F(RootArchive, LeavesNothingWhenTheCallerIsKilled) {
  NEEDS_BUSYBOX();
  {
    Tar tar(path());
    add_busybox(tar);
    for (int i = 0; i < 200; ++i) tar.file("file" + std::to_string(i), std::string(100'000, 'x'));
  }
  const std::string temporary = directory_ + "/tmp";
  fs::create_directory(temporary);
  for (int moment = 0; moment < 20; ++moment) {
    const bool on_the_host = geteuid() == 0 && moment % 2 == 0;
    int alive[2];  // each process of the launch has its other end
    ASSERT_EQ(pipe(alive), 0);
    const pid_t caller = fork();
    if (caller == 0) {
      close(alive[0]);
      setenv("TMPDIR", temporary.c_str(), 1);
      Spec wanted = spec("true");
      if (on_the_host) {
        wanted.unshare = Ns::none;
        wanted.root.method = Root::Method::chroot;
      }
      wanted.process.fds.emplace_back(alive[1], alive[1]);
      under_keeper([&] {
        for (;;) launch(compile(wanted)).wait();
        return 0;
      });
      _exit(0);
    }
    close(alive[1]);
    usleep(5'000 + unsigned(moment) * 7'000);
    kill(caller, SIGKILL);
    waitpid(caller, nullptr, 0);
    pollfd hang_up{alive[0], POLLIN, 0};
    EXPECT_EQ(poll(&hang_up, 1, 5000), 1) << "a process is left";
    close(alive[0]);
    EXPECT_TRUE(fs::is_empty(temporary));
  }
}

}  // namespace
}  // namespace isolator
