#include <gmock/gmock.h>
#include <grp.h>
#include <isolator/error.h>
#include <sched.h>

#include "cgroup_test.h"

namespace isolator {
namespace {

namespace fs = std::filesystem;
using testing::EndsWith;
using testing::HasSubstr;
using testing::IsEmpty;

/// Cgroups of this process below the place where those with a limit of pids are made.
std::vector<std::string> left_behind() {
  const fs::path sibling = Cgroup::make({.pids = 1}).paths().at(0);
  const std::string mine = "escapement-" + std::to_string(::getpid()) + "-";
  std::vector<std::string> found;
  for (const auto& entry : fs::directory_iterator(sibling.parent_path()))
    if (entry.path().filename().string().starts_with(mine)) found.push_back(entry.path());
  return found;
}

class CgroupRefused : public CgroupTest {};

TEST_F(CgroupRefused, ALimitThatTheKernelRoundsAwayIsNotPassedOver) {
  // The most that the kernel can count is a page less.
  const Error error = failure([] { Cgroup::make({.pids = 8, .memory = std::uint64_t(1) << 63}); });
  EXPECT_EQ(error.step, Step::cgroup);
  EXPECT_THAT(error.object, EndsWith(on_v2("memory") ? "/memory.max" : "/memory.limit_in_bytes"));
  EXPECT_EQ(error.code().value(), ERANGE);
  EXPECT_THAT(error.hint, HasSubstr("wrote 9223372036854775808, but the kernel keeps "));
  EXPECT_THAT(left_behind(), IsEmpty());
}

TEST_F(CgroupRefused, ALimitThatTheKernelRefusesIsNamed) {
  const Error error = failure([] { Cgroup::make({.pids = 5'000'000, .cpu = 1}); });  // PID_MAX_LIMIT is 4 Mi
  EXPECT_THAT(error.object, EndsWith("/pids.max"));
  EXPECT_EQ(error.code().value(), EINVAL);
  EXPECT_THAT(left_behind(), IsEmpty());
}

TEST_F(CgroupRefused, AShareOfTheProcessorMustBeOneThatTheKernelKeeps) {
  for (const double cpu : {0.0, -1.0, 0.0001, 1e300, double(NAN)}) {
    const Error error = failure([=] { Cgroup::make({.pids = 8, .cpu = cpu}); });
    EXPECT_EQ(error.object, "cpu") << cpu;
    EXPECT_EQ(error.code().value(), EINVAL) << cpu;
  }
  EXPECT_THAT(left_behind(), IsEmpty());
}

TEST(CgroupError, SwapIsCountedTogetherWithMemoryOnly) {
  const Error error = failure([] { Cgroup::make({.pids = 8, .swap = 4096}); });
  EXPECT_EQ(error.object, "swap");
  EXPECT_EQ(error.code().value(), EINVAL);
}

TEST(CgroupError, AWriteThatDoesNotTakeIsFound) {
  const Error error = failure([] { cgroup::set("/dev/null", "32", "32"); });
  EXPECT_EQ(error.object, "/dev/null");
  EXPECT_EQ(error.code().value(), ERANGE);
}

TEST(CgroupError, AHostWithoutTheControllerIsNamed) {
  cgroup::Tables tables = cgroup::read_tables();
  tables.mountinfo = "";
  const Error error = failure([&] { cgroup::shares({.memory = 1 << 20}, tables); });
  EXPECT_EQ(error.object, "memory");
  EXPECT_EQ(error.code().value(), EOPNOTSUPP);
  EXPECT_THAT(error.hint, HasSubstr("no mounted cgroup hierarchy"));
}

TEST_F(CgroupRefused, AProcessThatIsNotThereCannotEnter) {
  const Cgroup group = Cgroup::make({.pids = 8});
  const Error error = failure([&] { group.enter(0x7ffffff0); });
  EXPECT_THAT(error.object, EndsWith("/cgroup.procs"));
  EXPECT_EQ(error.code().value(), ESRCH);
}

TEST_F(CgroupRefused, AnotherUserIsToldToAskForDelegation) {
  const Cgroup outer = Cgroup::make({.pids = 8});
  const int status = run_in(outer, [] {
    constexpr uid_t nobody = 65534;
    if (::setgroups(0, nullptr) != 0 || ::setresgid(nobody, nobody, nobody) != 0 ||
        ::setresuid(nobody, nobody, nobody) != 0)
      return 1;
    const Error error = failure([] { Cgroup::make({.pids = 4}); });
    if (error.step != Step::cgroup || error.object.empty()) return 2;
    if (error.code().value() != EACCES) return 3;
    return error.hint.find("Delegate=yes") != std::string::npos ? 0 : 4;
  });
  EXPECT_EQ(status, 0);
}

TEST_F(CgroupRefused, ACgroupNamespaceHidesTheWay) {
  const Cgroup outer = Cgroup::make({.pids = 8});
  const int status = run_in(outer, [] {
    if (::unshare(CLONE_NEWCGROUP) != 0) return 1;
    const Error error = failure([] { Cgroup::make({.pids = 4}); });
    return error.code().value() == ENOENT && error.hint.find("mount it anew") != std::string::npos ? 0 : 2;
  });
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace isolator
