#include "signs.h"

#include <gmock/gmock.h>

#include <cerrno>

namespace escapement::unwitnessed {
namespace {

const std::vector<Likeness> one_kernel = {{"kernel", Standing::shared, ""}},
                            another = {{"kernel", Standing::own, ""}};

Facts bare() {
  Facts out;
  out.release = "6.1.0";
  out.calls = {{"statx", 0}, {"vmsplice", EBADF}};
  out.namespaces = {{"pid", "pid:[4026531836]"}};
  out.files = {{"/proc/version", "Linux version 6.1.0"},
               {"/proc/self/status", "Name:\tx\nCapBnd:\t000001ffffffffff\nNoNewPrivs:\t0\n"},
               {"/proc/self/uid_map", "         0          0 4294967295\n"},
               {"/proc/sys/kernel/cap_last_cap", "40\n"},
               {"/proc/self/mountinfo", "21 1 8:1 / / rw - ext4 /dev/sda1 rw\n"},
               {"/proc/kallsyms", ""}};
  return out;
}

Facts contained() {
  Facts out = bare();
  out.files["/proc/self/status"] = "CapBnd:\t00000000a80425fb\nNoNewPrivs:\t1\n";
  out.filtered = true;
  out.files["/proc/self/mountinfo"] =
      "21 1 0:9 / / rw - overlay overlay rw\n22 21 0:3 / /proc rw - proc proc rw\n";
  out.files["/.dockerenv"] = "";
  out.namespaces["pid"] = "pid:[4026532999]";
  return out;
}

Facts gvisor() {
  Facts out = contained();
  out.release = "4.4.0";
  out.files["/proc/version"] = "Linux version 4.4.0 #1 SMP Sun Jan 10 15:06:54 PST 2016";
  out.files.erase("/proc/kallsyms");
  return out;
}

std::vector<std::string> places(const Facts& facts) {
  std::vector<std::string> out;
  for (const Sign& sign : signs_of(facts)) out.push_back(sign.where + ": " + sign.says);
  return out;
}

TEST(Signs, AreNoneOnABareMachine) { EXPECT_THAT(places(bare()), testing::IsEmpty()); }

TEST(Signs, OfAContainerAreEachTold) {
  EXPECT_THAT(places(contained()),
              testing::UnorderedElementsAre(
                  "prctl(PR_GET_SECCOMP): a filter of system calls is there",
                  "/proc/self/status: NoNewPrivs 1: no program gives rights",
                  "/proc/self/status: CapBnd lacks 27 capabilities",
                  "/.dockerenv: is there: an engine has made this root, or an image that it was copied from",
                  "/proc/self/mountinfo: the root is of type overlay",
                  "/proc/self/ns: not the machine's first: pid"));
}

TEST(Signs, TakeAFiltersEnosysForNoKernelsWord) {
  Facts filtered = contained(), lacking = bare();
  filtered.calls["vmsplice"] = lacking.calls["vmsplice"] = ENOSYS;
  EXPECT_EQ(places(filtered), places(contained()));
  EXPECT_THAT(places(lacking), testing::ElementsAre("ENOSYS: it lacks calls that every Linux has: vmsplice"));
}

TEST(Boundary, IsNoneSeenOnABareMachine) { EXPECT_EQ(boundary_of(bare()).kind, "none seen"); }

TEST(Boundary, IsAContainerByOneSign) {
  EXPECT_EQ(boundary_of(contained()).kind, "container");
  EXPECT_EQ(boundary_of(contained()).name, "docker");
  Facts chroot = bare();
  chroot.root_is_a_mount = false;
  EXPECT_EQ(boundary_of(chroot).kind, "container");
  EXPECT_EQ(boundary_of(chroot).name, "chroot");
}

TEST(Boundary, IsNoContainerByWeakSignsAlone) {
  Facts copied = bare();
  copied.files["/.dockerenv"] = "";
  copied.files["/proc/self/status"] = "CapBnd:\t000001fffffffffe\nNoNewPrivs:\t1\n";
  EXPECT_EQ(places(copied).size(), 3U);
  EXPECT_EQ(boundary_of(copied).kind, "none seen");
  EXPECT_EQ(boundary_of(copied, {{"kernel", Standing::shared, ""}, {"root", Standing::own, ""}}).kind,
            "container");
  EXPECT_EQ(boundary_of(copied, {{"kernel", Standing::shared, ""}, {"hostname", Standing::own, ""}}).kind,
            "none seen");
}

TEST(Boundary, IsAKernelInUserSpaceByTwoSignsAndNotByOne) {
  EXPECT_EQ(boundary_of(gvisor()).kind, "user-space kernel");
  Facts one = bare();
  one.files.erase("/proc/kallsyms");
  EXPECT_EQ(boundary_of(one).kind, "none seen");
}

TEST(Boundary, IsAVirtualMachineWhereNothingElseIsSeen) {
  Facts machine = bare();
  machine.hypervisor = "KVMKVMKVM";
  EXPECT_EQ(boundary_of(machine).kind, "virtual machine");
  EXPECT_EQ(boundary_of(machine).name, "KVM");
  EXPECT_EQ(boundary_of(machine, one_kernel).kind, "none seen");  // the host is that machine
}

TEST(Boundary, OfAContainerInAMachineHangsOnWhoseTheKernelIs) {
  Facts both = contained();
  both.hypervisor = "KVMKVMKVM";
  EXPECT_EQ(boundary_of(both).kind, "container");
  EXPECT_EQ(boundary_of(both, one_kernel).kind, "container");
  EXPECT_EQ(boundary_of(both, another).kind, "virtual machine");
}

}  // namespace
}  // namespace escapement::unwitnessed
