// Launches that fail: the error names step, object and errno, and nothing is left.

#include "test_sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>

namespace isolator {
namespace {

using testing::shell;

std::string mount_table() {
  std::ifstream file("/proc/self/mountinfo");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

struct Fault {
  const char* name;
  void (*make)(Spec&);
  Step step;
  const char* object;
  int err;
};
class Faults : public ::testing::TestWithParam<Fault> {};

TEST_P(Faults, NameStepObjectAndErrno) {
  Spec spec = shell("true");
  GetParam().make(spec);
  const std::string mounts = mount_table();
  const std::size_t descriptors = open_descriptors();
  std::optional<Error> error;
  try {
    launch(compile(spec)).wait();
  } catch (const Error& e) {
    error = e;
  }
  ASSERT_TRUE(error) << "it was built";
  EXPECT_EQ(name(error->step), name(GetParam().step)) << error->what();
  EXPECT_THAT(error->object, ::testing::HasSubstr(GetParam().object));
  EXPECT_EQ(error->code().value(), GetParam().err) << error->what();
  EXPECT_FALSE(error->hint.empty()) << error->what();
  EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
  EXPECT_EQ(errno, ECHILD);
  EXPECT_EQ(mount_table(), mounts);
  EXPECT_EQ(open_descriptors(), descriptors);
}

INSTANTIATE_TEST_SUITE_P(
    All, Faults,
    ::testing::Values(
        Fault{"source", [](Spec& s) { s.mounts.push_back({.source = "/does/not/exist", .target = "/x"}); },
              Step::mount, "/does/not/exist", ENOENT},
        Fault{"command", [](Spec& s) { s.process.argv = {"no-such-command"}; }, Step::exec, "no-such-command",
              ENOENT},
        Fault{"not_executable", [](Spec& s) { s.process.argv = {"/usr/share"}; }, Step::exec, "/usr/share",
              EACCES},
        Fault{"unmapped_uid",
              [](Spec& s) {
                s.identity.uid = 5;
                s.identity.uid_map = {{0, geteuid(), 1}};
                s.identity.gid_map = {{0, getegid(), 1}};
              },
              Step::identity, "uid 5", EINVAL},
        Fault{"mount_point",
              [](Spec& s) {
                s.mounts.push_back({.type = Mount::Type::tmpfs, .target = "/usr/no-such-directory"});
              },
              Step::mount, "/usr/no-such-directory", EROFS},
        Fault{"proc", [](Spec& s) { s.unshare = Ns::user | Ns::mount; }, Step::mount, "/proc", EPERM},
        Fault{"program", [](Spec& s) { s.process.program = "/does/not/exist"; }, Step::exec,
              "/does/not/exist", ENOENT}),
    [](const auto& param) { return param.param.name; });

TEST(Error, SaysStepObjectAndReason) {
  const Error e(Step::mount, "/proc", EPERM, "advice");
  EXPECT_STREQ(e.what(), "mount /proc: Operation not permitted");
  EXPECT_STREQ(Error(Step::validate, "a and b contradict each other", 0).what(),
               "validate a and b contradict each other");
}

TEST(Error, EveryStepHasAName) {
  for (int step = 0; step <= int(Step::wait); ++step) EXPECT_FALSE(name(Step(step)).empty());
}

}  // namespace
}  // namespace isolator
