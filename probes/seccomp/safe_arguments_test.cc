// Whoever builds with the headers of a newer kernel is told here which calls nobody has thought about.

#include "safe-arguments.h"

#include <system-calls.h>

#include <gtest/gtest.h>

#include <set>
#include <sstream>
#include <string>

namespace probe {
namespace {

template <int size>
void expect_each_known(const SystemCallNumber (&calls)[size]) {
  EXPECT_GT(size, 250);
  for (const auto& [name, number] : calls)
    EXPECT_NE(safe_arguments(name), nullptr)
        << name << ", " << number
        << ": add arguments with which it does nothing, also for root, or why it is never made";
}

TEST(SafeArguments, AreThereForEachCall) {
  expect_each_known(native_calls);
#if defined(__x86_64__)
  expect_each_known(i386_calls);
  expect_each_known(x32_calls);
#endif
}

TEST(SafeArguments, AreNotMadeUpForACallThatIsNew) {
  for (const char* name : {"", "no_such_call", "mou", "ount", "no_such_call64"})
    EXPECT_EQ(safe_arguments(name), nullptr) << name;
}

TEST(SafeArguments, NameACallOnce) {
  std::set<std::string> seen;
  for (const SafeCalls& row : safe_calls) {
    std::istringstream names(row.names);
    for (std::string name; names >> name;) EXPECT_TRUE(seen.insert(name).second) << name;
  }
}

// For each of these some argument does harm to the host, or there are none to choose.
TEST(SafeArguments, AreRefusedToWhatHasNone) {
  for (const char* name : {"sync", "vhangup", "pause", "exit_group", "rt_sigreturn", "fork", "vfork"}) {
    ASSERT_NE(safe_arguments(name), nullptr) << name;
    EXPECT_NE(safe_arguments(name)->never, nullptr) << name;
  }
  for (const SafeCalls& row : safe_calls)
    EXPECT_TRUE(row.never == nullptr || *row.never != '\0') << row.names;
}

// Null turns accounting off, unloads the kernel that kexec would start, and takes a pid for everybody.
TEST(SafeArguments, AreNotThoseThatDoHarm) {
  EXPECT_NE(safe_arguments("acct")->arguments[0], 0);
  EXPECT_NE(safe_arguments("kexec_load")->arguments[1], 0);
  EXPECT_GT(safe_arguments("kill")->arguments[0], 4 << 20) << "PID_MAX_LIMIT of linux/threads.h";
  EXPECT_NE(safe_arguments("reboot")->arguments[0], 0xfee1dead);
  EXPECT_EQ(safe_arguments("shmget")->arguments[2], 0) << "IPC_CREAT";
  EXPECT_NE(safe_arguments("wait4")->arguments[2], 0);
  EXPECT_EQ(safe_arguments("clone")->arguments[0], 0x800);
}

TEST(Counterpart, IsWhatDoesTheSameNatively) {
  EXPECT_EQ(counterpart("mount"), "mount");
  EXPECT_EQ(counterpart("socketcall"), "socket");
  EXPECT_EQ(counterpart("set_thread_area"), "");
  EXPECT_EQ(without_width("clock_gettime64"), "clock_gettime");
  EXPECT_EQ(without_width("futex_time64"), "futex");
  EXPECT_EQ(without_width("chown32"), "chown");
}

}  // namespace
}  // namespace probe
