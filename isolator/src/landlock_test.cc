#include "landlock.h"

#include "test_sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <cerrno>

namespace isolator {
namespace {

using ::testing::HasSubstr;
using testing::run;
using testing::shell;

int abi() { return int(syscall(SYS_landlock_create_ruleset, nullptr, 0, 1)); }

std::uint64_t all_rights_to_files() {
  std::uint64_t out = 0;
  for (const LandlockRight& right : landlock_rights())
    if (right.kind == &Landlock::Rights::files) out |= right.bit;
  return out;
}
constexpr std::uint64_t read_and_execute = 1 << 0 | 1 << 2 | 1 << 3;

// Handles what the kernel knows, and lets the programs of this machine run.
Landlock programs() {
  Landlock out{.handled = {.files = all_rights_to_files()}, .optional = {.files = all_rights_to_files()}};
  for (const char* path : {"/usr", "/bin", "/lib"}) out.paths.push_back({path, read_and_execute});
  if (access("/lib64", F_OK) == 0) out.paths.push_back({"/lib64", read_and_execute});
  return out;
}

// Tests of what is only there where the kernel has the ABI: such a kernel is no reason to skip.
class Landlocked : public ::testing::TestWithParam<int> {};
class LandlockedPorts : public ::testing::TestWithParam<int> {};
class LandlockedScopes : public ::testing::TestWithParam<int> {};
class LandlockLacking : public ::testing::TestWithParam<int> {};
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(Landlocked);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(LandlockedPorts);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(LandlockedScopes);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(LandlockLacking);
const auto& where(bool there) {
  static const std::vector<int> here{abi()}, nowhere;
  return there ? here : nowhere;
}
INSTANTIATE_TEST_SUITE_P(Abi, Landlocked, ::testing::ValuesIn(where(abi() >= 1)));
INSTANTIATE_TEST_SUITE_P(Abi, LandlockedPorts, ::testing::ValuesIn(where(abi() >= 4)));
INSTANTIATE_TEST_SUITE_P(Abi, LandlockedScopes, ::testing::ValuesIn(where(abi() >= 6)));
INSTANTIATE_TEST_SUITE_P(Abi, LandlockLacking, ::testing::ValuesIn(where(abi() < 6)));

TEST_P(Landlocked, DeniesWhatNoRuleAllows) {
  Spec spec =
      shell("cat /proc/self/comm; echo x > /file; cat /usr/bin/sh > /dev/null 2>&1 || echo unreadable");
  const std::string control = run(spec).output;
  spec.landlock = programs();
  const std::string seen = run(spec).output;
  EXPECT_THAT(control, HasSubstr("cat\n"));
  EXPECT_THAT(control, Not(HasSubstr("Permission denied")));
  EXPECT_THAT(seen, HasSubstr("/proc/self/comm: Permission denied"));
  EXPECT_THAT(seen, HasSubstr("/file: Permission denied"));
}

TEST_P(Landlocked, AllowsWhatARuleAllows) {
  Spec spec = shell("cat /proc/self/comm");
  spec.landlock = programs();
  spec.landlock->paths.push_back({"/proc", 1 << 2});
  EXPECT_EQ(run(spec).output, "cat\n");
}

// It lies below none of the paths inside.
TEST_P(Landlocked, StartsAProgramOfTheHost) {
  Spec spec = shell("");
  spec.process.program = "/bin/true";
  spec.process.argv = {"true"};
  spec.landlock = programs();
  EXPECT_EQ(run(spec).outcome.code, 0);
}

TEST_P(Landlocked, HoldsWithoutNoNewPrivsToo) {
  Spec spec = shell("cat /proc/self/comm");
  spec.landlock = programs();
  spec.process.no_new_privs = false;
  EXPECT_THAT(run(spec).output, HasSubstr("Permission denied"));
}

TEST_P(Landlocked, HoldsWithAnyDescriptorsAndAFewOfThem) {
  Spec spec = shell("cat /proc/self/comm");
  spec.landlock = programs();
  spec.process.rlimits[RLIMIT_NOFILE] = 16;
  EXPECT_THAT(run(spec).output, HasSubstr("Permission denied"));
}

TEST_P(Landlocked, APathThatIsNotThereIsAnError) {
  Spec spec = shell("true");
  spec.landlock = programs();
  spec.landlock->paths.push_back({"/not/there", read_and_execute});
  try {
    run(spec);
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "landlock /not/there: No such file or directory");
    EXPECT_FALSE(e.hint.empty());
  }
}

constexpr const char* connect = "bash -c 'exec 3<>/dev/tcp/127.0.0.1/9'";

TEST_P(LandlockedPorts, DenyToConnect) {
  Spec spec = shell(connect);
  spec.unshare = spec.unshare | Ns::net;
  const std::string control = run(spec).output;
  spec.landlock = Landlock{.handled = {.ports = 1 << 1}};
  const std::string denied = run(spec).output;
  spec.landlock->ports = {{9, 1 << 1}};
  const std::string allowed = run(spec).output;
  EXPECT_THAT(control, HasSubstr("Connection refused"));
  EXPECT_THAT(denied, HasSubstr("Permission denied"));
  EXPECT_THAT(allowed, HasSubstr("Connection refused"));
}

TEST_P(LandlockedScopes, DenyToSignal) {
  Spec spec = shell("kill -0 " + std::to_string(getpid()) + " && echo signalled");
  spec.unshare = Ns::user | Ns::mount;
  spec.mounts.pop_back();  // a new proc takes a new PID namespace
  const std::string control = run(spec).output;
  spec.landlock = Landlock{.handled = {.scopes = 1 << 1}};
  EXPECT_EQ(control, "signalled\n");
  EXPECT_THAT(run(spec).output, HasSubstr("Operation not permitted"));
}

TEST_P(LandlockLacking, ARightIsAnErrorUnlessItIsNamed) {
  Spec spec = shell("echo started");
  spec.landlock = Landlock{.handled = {.scopes = 1 << 1}};
  try {
    run(spec);
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.step, Step::landlock);
    EXPECT_EQ(e.object, "signal");
    EXPECT_EQ(e.code().value(), EOPNOTSUPP);
    EXPECT_THAT(e.hint, HasSubstr("Landlock"));
  }
  spec.landlock->optional = spec.landlock->handled;
  EXPECT_EQ(run(spec).output, "started\n");
}

}  // namespace
}  // namespace isolator
