// Maps of more than one id for who is not root. The files of the host that lend ids are replaced in a mount
// namespace of the test's own.

#include "test_sandbox.h"

#include <isolator/rootless.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>

namespace isolator {
namespace {

using ::testing::HasSubstr;
using testing::run;
using testing::shell;

class SubordinateIds : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "replacing /etc/subuid needs root";
    if (access("/usr/bin/newuidmap", X_OK) != 0) GTEST_SKIP() << "no newuidmap: Debian's uidmap";
  }

  static void replace(const char* file, const std::string& content) {
    const std::string copy = "/tmp/escapement-test-lent";  // on a tmpfs of this process
    std::ofstream(copy) << content;
    if (mount(copy.c_str(), file, nullptr, MS_BIND, nullptr) != 0 || unlink(copy.c_str()) != 0) _exit(2);
  }

  // What `work` returns when nobody does it, with these ids lent.
  static std::string as_nobody(const std::string& subuid, const std::string& subgid,
                               const std::function<std::string()>& work) {
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    if (child == 0) {
      if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
          mount("none", "/tmp", "tmpfs", 0, nullptr) != 0)
        _exit(2);
      replace("/etc/subuid", subuid);
      replace("/etc/subgid", subgid);
      std::string said;
      try {
        become_nobody();
        said = work();
      } catch (const Error& e) {
        said = std::string("error: ") + e.what() + "; " + e.hint;
      } catch (const std::exception& e) {
        said = e.what();
      }
      _exit(write(ends[1], said.data(), said.size()) == ssize_t(said.size()) ? 0 : 1);
    }
    close(ends[1]);
    std::string out;
    char buffer[4096];
    for (ssize_t n; (n = read(ends[0], buffer, sizeof buffer)) > 0;) out.append(buffer, std::size_t(n));
    close(ends[0]);
    waitpid(child, nullptr, 0);
    return out;
  }

  static Spec mapped(std::vector<IdRange> map, const std::string& script) {
    Spec spec = shell(script);
    spec.identity.uid_map = spec.identity.gid_map = std::move(map);
    return spec;
  }

  static constexpr IdRange self{0, 0, 1, IdRange::Of::caller}, lent{1, 0, 65536, IdRange::Of::subordinate};
  static constexpr const char* mine = "nobody:300000:65536\n";
};

TEST_F(SubordinateIds, AreMappedForAUser) {
  const std::string seen = as_nobody(mine, mine, [] {
    Spec spec =
        mapped({self, lent}, "cat /proc/self/uid_map /proc/self/gid_map; cat /proc/self/setgroups; id");
    spec.identity.uid = 7;
    spec.identity.gid = 8;
    spec.identity.groups = {9};
    return run(spec).output;
  });
  const std::string map = " +0 +65534 +1\n +1 +300000 +65536\n";
  EXPECT_THAT(seen, ::testing::MatchesRegex(map + map + "allow\nuid=7.* gid=8.* groups=8.*,9.*\n"));
}

TEST_F(SubordinateIds, OfSeveralLoansAreTakenInTurn) {
  const std::string seen =
      as_nobody("root:1:1\nnobody:300000:10\n65534:500000:70000\n", "nobody:300000:65536\n", [] {
        return run(mapped({self, lent}, "cat /proc/self/uid_map")).output;
      });
  EXPECT_THAT(seen, ::testing::MatchesRegex(" +0 +65534 +1\n +1 +300000 +10\n +11 +500000 +65526\n"));
}

TEST_F(SubordinateIds, InNumbersAreMappedToo) {
  EXPECT_THAT(as_nobody(mine, mine,
                        [] {
                          return run(mapped({{0, 300000, 100}}, "cat /proc/self/uid_map")).output;
                        }),
              ::testing::MatchesRegex(" +0 +300000 +100\n"));
}

TEST_F(SubordinateIds, MayHaveTheirCallsAnswered) {
  const std::string seen = as_nobody(mine, mine, [] {
    Spec spec = mapped({self, lent}, "mkdir /nowhere/made; test $? = 1");
    spec.identity.uid = spec.identity.gid = 7;
    spec.seccomp = Seccomp{.rules = {{"mkdir", {Seccomp::Action::Kind::notify}, {}}}};
    const Outcome outcome = launch(compile(spec)).wait();
    return std::to_string(outcome.code) + ", " + std::to_string(outcome.notified.at("mkdir")) + " notified";
  });
  EXPECT_EQ(seen, "0, 1 notified");
}

TEST_F(SubordinateIds, ThatAreMissingAreNamedWithTheLineThatLendsThem) {
  const auto attempt = [] { return run(mapped({self, lent}, "true")).output; };
  EXPECT_EQ(
      as_nobody("other:300000:65536\n", mine, attempt),
      "error: maps 65536 subordinate uids of /etc/subuid: Operation not permitted; as root add the line "
      "nobody:365536:65536 to /etc/subuid, which lends 0 so far");
  EXPECT_THAT(as_nobody(mine, "nobody:300000:6\n", attempt),
              HasSubstr("as root add the line nobody:300006:65530 to /etc/subgid, which lends 6 so far"));
}

TEST_F(SubordinateIds, ThatAreNotLentAreRefusedWithTheLineThatLendsThem) {
  const std::string said = as_nobody(mine, mine, [] {
    return run(mapped({{0, 700000, 100}}, "true")).output;
  });
  EXPECT_THAT(said, HasSubstr("error: maps newgidmap: "));
  EXPECT_THAT(said, HasSubstr("as root add the line nobody:700000:100 to /etc/subgid"));
}

TEST_F(SubordinateIds, TakeAProgramThatIsNamedWhereItIsMissing) {
  const std::string said = as_nobody(mine, mine, [] {
    setenv("PATH", "/nowhere", 1);
    return run(mapped({self, lent}, "true")).output;
  });
  EXPECT_THAT(said, HasSubstr("error: maps newuidmap: No such file or directory; "));
  EXPECT_THAT(said, HasSubstr("apt install uidmap"));
}

TEST_F(SubordinateIds, AreNotForWhoHasSetNoNewPrivs) {
  const std::string said = as_nobody(mine, mine, [] {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return run(mapped({self, lent}, "true")).output;
  });
  EXPECT_THAT(said, HasSubstr("its caller has set no_new_privs"));
}

// The owners of an archive, without root.
TEST_F(SubordinateIds, OwnWhatTheRootBrings) {
  const std::string seen = as_nobody(mine, mine, [] {
    Spec spec = mapped({self, lent}, "");
    spec.mounts.clear();
    spec.root.from = {"/bin/ls"};
    spec.process.argv = {"/bin/ls", "-ln", "/bin/ls"};
    return run(spec).output;
  });
  EXPECT_THAT(seen, ::testing::MatchesRegex("-rwxr-xr-x 1 0 0 .*\n"));
}

}  // namespace
}  // namespace isolator
