#include <fcntl.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <chrono>
#include <cstdlib>

#include "cgroup_backend.h"
#include "cgroup_device_filter.h"
#include "cgroup_shares.h"
#include "cgroup_test.h"

// The limits that say where and on what: processors and memory nodes, disks, devices.

namespace isolator {
namespace {

using testing::AnyOf;
using testing::Eq;
using testing::HasSubstr;
using Device = Limits::Device;

class CgroupCpuset : public CgroupTest {};

TEST_F(CgroupCpuset, HoldsAProcessOnItsProcessors) {
  for (const unsigned only : {0U, 1U}) {
    const Cgroup group = Cgroup::make({.cpus = {only}});
    const int status = run_in(group, [&] {
      cpu_set_t set;
      if (::sched_getaffinity(0, sizeof set, &set) != 0) return 1;
      if (CPU_COUNT(&set) != 1 || !CPU_ISSET(only, &set)) return 2;
      CPU_ZERO(&set);
      CPU_SET(1 - only, &set);
      return ::sched_setaffinity(0, sizeof set, &set) != 0 && errno == EINVAL ? 0 : 3;
    });
    EXPECT_EQ(status, 0) << "on " << only;
  }
}

// v1 refuses a process (ENOSPC) while one of the two is empty.
TEST_F(CgroupCpuset, OneOfTheTwoIsEnough) {
  EXPECT_EQ(run_in(Cgroup::make({.cpus = {0}}), [] { return 7; }), 7);
  EXPECT_EQ(run_in(Cgroup::make({.mems = {0}}), [] { return 7; }), 7);
  EXPECT_EQ(value(Cgroup::make({.cpus = {0}, .mems = {0}}), "cpuset.mems"), "0\n");
}

TEST_F(CgroupCpuset, AProcessorThatIsNotThereIsNotPassedOver) {
  for (const Limits& limits : {Limits{.cpus = {8191}}, Limits{.cpus = {0, 1000}}, Limits{.mems = {1023}}}) {
    const Error error = failure([&] { Cgroup::make(limits); });
    EXPECT_EQ(error.step, Step::cgroup);
    EXPECT_THAT(error.object, HasSubstr("/cpuset."));
    EXPECT_THAT(error.code().value(), AnyOf(EINVAL, EACCES, ERANGE)) << error.what();
    EXPECT_THAT(error.hint, AnyOf(HasSubstr("the caller's are 0"), HasSubstr("the kernel uses 0")));
  }
}

class CgroupIo : public CgroupTest {
 protected:
  void SetUp() override {
    CgroupTest::SetUp();
    disk = a_disk();
    if (disk.empty()) GTEST_SKIP() << "needs a disk, of which it reads";
  }
  std::string disk;
};

/// What can be read of a disk: all of it, or where nobody may, this program on its file system; empty if
/// neither.
std::string readable(const std::string& disk) {
  if (Fd(::open(disk.c_str(), O_RDONLY | O_CLOEXEC))) return disk;
  struct stat whole, program;
  const char* const self = "/proc/self/exe";
  return ::stat(disk.c_str(), &whole) == 0 && ::stat(self, &program) == 0 && program.st_dev == whole.st_rdev
             ? self
             : "";
}

/// Milliseconds that it takes to read a mebibyte from the disk, not from memory; -1 where it could not be
/// read.
int reading(const std::string& path) {
  using Clock = std::chrono::steady_clock;
  constexpr std::size_t size = 1 << 20;
  const Fd file(::open(path.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC));
  void* const buffer = std::aligned_alloc(4096, size);
  const Clock::time_point start = Clock::now();
  const bool read = ::pread(file.get(), buffer, size, 0) == ssize_t(size);
  const auto took = std::chrono::ceil<std::chrono::milliseconds>(Clock::now() - start).count();
  std::free(buffer);
  return read ? int(took) : -1;
}

TEST_F(CgroupIo, ReadingTakesAsLongAsItMust) {
  const std::string path = readable(disk);
  if (path.empty()) GTEST_SKIP() << "needs a disk that it may read";
  const auto in = [&](const Limits& limits) {
    return run_in(Cgroup::make(limits), [&] {
      const int took = reading(path);
      return took < 0 ? 3 : took < 500 ? 1 : 2;
    });
  };
  EXPECT_EQ(in({.pids = 8}), 1) << "without a limit it is slow already";
  EXPECT_EQ(in({.io_max = {{.device = disk, .rbps = 1 << 20}}}), 2) << "a second";
  EXPECT_EQ(in({.io_max = {{.device = disk, .wbps = 2}}}), 1) << "nothing is written";
}

TEST_F(CgroupIo, TheKernelKeepsEveryLimitOfADisk) {
  struct stat st;
  ASSERT_EQ(::stat(disk.c_str(), &st), 0);
  const std::string number = std::to_string(major(st.st_rdev)) + ":" + std::to_string(minor(st.st_rdev));
  const Limits limits{
      .io_max = {{.device = number, .rbps = 2, .wbps = 2 << 20, .riops = 3, .wiops = 0xfffffffe}}};
  const Cgroup group = Cgroup::make(limits);
  const std::string text = number + " rbps=2 wbps=2097152 riops=3 wiops=4294967294";
  EXPECT_EQ(cgroup::io_max_text(group.paths().at(0), on_v2("io")), text);
  EXPECT_EQ(cgroup::io_max_text(limits), text);
  EXPECT_EQ(cgroup::io_max_text(Cgroup::make({.io_max = {{.device = disk, .wiops = 5}}}).paths().at(0),
                                on_v2("io")),
            number + " wiops=5");
}

TEST_F(CgroupIo, AWeightIsKept) {
  try {
    const Cgroup group = Cgroup::make({.io_weight = 300});
    EXPECT_THAT(value(group, "io.weight") + value(group, "blkio.bfq.weight"),
                AnyOf(Eq("default 300\n"), Eq("300\n")));
  } catch (const Error& error) {  // of v1 bfq alone keeps one, which may be a module that is not loaded
    EXPECT_FALSE(on_v2("io"));
    EXPECT_EQ(error.code().value(), ENOENT);
    EXPECT_THAT(error.hint, HasSubstr("modprobe bfq"));
  }
}

TEST_F(CgroupIo, WhatIsNoDiskIsNamed) {
  const auto of = [](const char* device) {
    return failure([=] { Cgroup::make({.io_max = {{.device = device, .rbps = 2}}}); });
  };
  EXPECT_EQ(of("/dev/null").code().value(), ENOTBLK);
  EXPECT_EQ(of("/does/not/exist").object, "/does/not/exist");
  EXPECT_EQ(of("0:0").code().value(), ENODEV);
  EXPECT_THAT(of("0:0").hint, HasSubstr("whole disk"));
}

/// Each version where it is mounted; in v2 devices need no controller.
class CgroupDevices : public CgroupTest, public testing::WithParamInterface<bool> {
 protected:
  void SetUp() override {
    CgroupTest::SetUp();
    std::istringstream lines(cgroup::read_tables().mountinfo);
    tables.membership = cgroup::read_tables().membership;
    for (std::string line; std::getline(lines, line);)
      if ((line.find(" - cgroup2 ") != std::string::npos) == GetParam()) tables.mountinfo += line + "\n";
  }
  Cgroup make(std::vector<Device> devices) const {
    return Cgroup::make_for(cgroup::shares({.devices = std::move(devices)}, tables));
  }
  cgroup::Tables tables;
};

std::vector<bool> versions() {
  const std::string mounts = cgroup::read_tables().mountinfo;
  std::vector<bool> out;
  if (mounts.find(",devices") != std::string::npos) out.push_back(false);
  if (mounts.find(" - cgroup2 ") != std::string::npos) out.push_back(true);
  return out;
}
INSTANTIATE_TEST_SUITE_P(, CgroupDevices, testing::ValuesIn(versions()),
                         [](const auto& one) { return one.param ? "v2" : "v1"; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CgroupDevices);

/// 0, or the errno.
int use(const char* node, int flags) {
  const Fd file(::open(node, flags | O_CLOEXEC));
  return file ? 0 : errno;
}

constexpr Device null{.type = 'c', .major = 1, .minor = 3, .read = true, .write = true};

TEST_P(CgroupDevices, OnlyWhatIsListedCanBeUsed) {
  const Cgroup group = make({null});
  const auto in = [&](const auto& work) { return run_in(group, work); };
  EXPECT_EQ(in([] { return use("/dev/null", O_RDWR); }), 0);
  EXPECT_EQ(in([] { return use("/dev/zero", O_RDONLY); }), EPERM);
  EXPECT_EQ(use("/dev/zero", O_RDONLY), 0) << "and outside it can";
  EXPECT_EQ(in([] {
              std::string path = "/dev/shm/escapement-test-" + std::to_string(::getpid());
              const int err = ::mknod(path.c_str(), S_IFCHR | 0600, makedev(1, 3)) == 0 ? 0 : errno;
              ::unlink(path.c_str());
              return err;
            }),
            EPERM)
      << "mknod is not among what is listed";
}

TEST_P(CgroupDevices, AnAccessThatIsNotListedIsRefused) {
  const Cgroup group = make({{.type = 'c', .major = 1, .read = true}});
  const auto in = [&](const auto& work) { return run_in(group, work); };
  EXPECT_EQ(in([] { return use("/dev/null", O_RDONLY); }), 0);
  EXPECT_EQ(in([] { return use("/dev/zero", O_RDONLY); }), 0) << "any minor";
  EXPECT_EQ(in([] { return use("/dev/zero", O_RDWR); }), EPERM);
  EXPECT_EQ(in([] { return use("/dev/ptmx", O_RDONLY); }), EPERM) << "another major";
}

TEST_P(CgroupDevices, AnEmptyListAllowsNone) {
  const Cgroup group = make({});
  EXPECT_EQ(run_in(group, [] { return use("/dev/null", O_RDONLY); }), EPERM);
}

TEST_P(CgroupDevices, TheKernelTellsWhatItKeeps) {
  const std::vector<Device> devices = {{.type = 'c', .major = 5, .minor = 0, .read = true},
                                       {.type = 'b', .mknod = true},
                                       {.type = 'c', .major = 5, .minor = 0, .write = true},
                                       {.type = 'c', .minor = 0xfffff, .read = true, .mknod = true}};
  const std::string text = "b *:* m, c *:1048575 rm, c 5:0 rw";
  EXPECT_EQ(cgroup::devices_text(devices), text);
  EXPECT_EQ(cgroup::devices_text(make(devices).paths().at(0), GetParam()), text);
  EXPECT_EQ(cgroup::devices_text(make({}).paths().at(0), GetParam()), "none");
}

TEST_P(CgroupDevices, ASandboxWithinASandboxGetsNoMore) {
  const Cgroup outer = make({null, {.type = 'b', .minor = 7, .read = true}});
  const int status = run_in(outer, [&] {
    cgroup::Tables own = tables;
    own.membership = cgroup::read_file("/proc/self/cgroup");
    const auto inner = [&](std::vector<Device> devices) {
      return Cgroup::make_for(cgroup::shares({.devices = std::move(devices)}, own));
    };
    const Device any{.type = 'c', .read = true, .write = true, .mknod = true};
    if (GetParam()) {  // each program has to allow
      const Cgroup wider = inner({any});
      if (run_in(wider, [] { return use("/dev/zero", O_RDONLY); }) != EPERM) return 1;
      if (run_in(wider, [] { return use("/dev/null", O_RDWR); }) != 0) return 2;
    } else {
      const Error error = failure([&] { inner({any}); });
      if (error.code().value() != EPERM || error.hint.find("c *:* rwm is not allowed") == std::string::npos)
        return 3;
    }
    return run_in(inner({}), [] { return use("/dev/null", O_RDONLY); }) == EPERM ? 0 : 4;
  });
  EXPECT_EQ(status, 0);
}

TEST(CgroupDeviceFilter, OfAnotherMakerIsNotTakenForOurs) {
  std::vector<bpf_insn> code = cgroup::assemble({null});
  EXPECT_TRUE(cgroup::disassemble(code));
  code.back().code = BPF_JMP | BPF_JA;
  EXPECT_FALSE(cgroup::disassemble(code));
  EXPECT_FALSE(cgroup::disassemble({}));
}

}  // namespace
}  // namespace isolator
