// What a namespace can be given beside itself.

#include "test_sandbox.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace isolator {
namespace {

using ::testing::HasSubstr;
using testing::run;
using testing::shell;

TEST(NestedUser, NamespacesAreForbidden) {
  Spec spec = shell("unshare --user echo nested");
  spec.capabilities = Capabilities{};
  EXPECT_EQ(run(spec).output, "nested\n");
  spec.nested_user = false;
  EXPECT_THAT(run(spec).output, HasSubstr("No space left on device"));
}

TEST(NestedUser, LeavesTheCallersOwnLimit) {
  const auto limit = [] {
    std::ifstream file("/proc/sys/user/max_user_namespaces");
    return std::string(std::istreambuf_iterator<char>(file), {});
  };
  const std::string before = limit();
  Spec spec = shell("true");
  spec.capabilities = Capabilities{};
  spec.nested_user = false;
  run(spec);
  EXPECT_EQ(limit(), before);
}

double uptime_inside(const Spec& spec) { return std::stod(run(spec).output); }

// /proc/uptime shows the clock since boot, with the offset of the reader's time namespace.
class TimeOffsets : public ::testing::TestWithParam<const char*> {
 protected:
  TimeOffsets() {
    spec_.unshare = spec_.unshare | Ns::time;
    spec_.process.argv = {"cat", "/proc/uptime"};
  }
  Spec spec_ = shell("");
};
const std::vector<const char*>& if_the_kernel_can() {
  static const std::vector<const char*> can{"kernel"}, cannot;
  return testing::exec_enters_time_namespace() ? can : cannot;
}
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TimeOffsets);
INSTANTIATE_TEST_SUITE_P(This, TimeOffsets, ::testing::ValuesIn(if_the_kernel_can()),
                         [](const auto& test) { return test.param; });

TEST_P(TimeOffsets, MoveTheClockSinceBoot) {
  const double before = uptime_inside(spec_);
  spec_.boottime = std::chrono::hours(100);
  EXPECT_NEAR(uptime_inside(spec_) - before, 360000, 60);
  spec_.boottime = -std::chrono::milliseconds(1500);
  EXPECT_NEAR(uptime_inside(spec_) - before, 0, 60);
}

TEST_P(TimeOffsets, BelowZeroAreAnError) {
  spec_.boottime = -std::chrono::hours(24 * 365 * 50);
  try {
    run(spec_);
    FAIL();
  } catch (const Error& e) {
    EXPECT_STREQ(e.what(), "namespaces time offsets: Numerical result out of range");
    EXPECT_FALSE(e.hint.empty());
  }
}

}  // namespace
}  // namespace isolator
