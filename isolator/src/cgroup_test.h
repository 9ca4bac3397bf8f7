#pragma once

#include <gtest/gtest.h>
#include <isolator/error.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>

#include "cgroup.h"
#include "cgroup_files.h"
#include "cgroup_mounts.h"
#include "cgroup_shares.h"

// What the tests of the cgroup back end share.

namespace isolator {

/// Who has no privilege may make a cgroup only where one was delegated, which a test cannot count on.
class CgroupTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "making cgroups needs root";
  }
};

inline bool on_v2(const char* controller) { return cgroup::find(cgroup::read_tables(), controller).v2; }

inline bool on_cgroup_v2(const std::string& path) {
  struct statfs info {};
  return ::statfs(path.c_str(), &info) == 0 && info.f_type == CGROUP2_SUPER_MAGIC;
}

/// The text of `file` in whichever directory of the group has it; empty if none.
inline std::string value(const Cgroup& group, const std::string& file) {
  for (const std::string& path : group.paths())
    if (const auto text = cgroup::read_if_there(path + "/" + file)) return *text;
  return "";
}

/// A child that is put into the group, and then does its work and exits with what that returns; 111 if it
/// throws.
inline pid_t start_in(const Cgroup& group, const std::function<int()>& work) {
  int gate[2];
  if (::pipe(gate) != 0) return -1;
  const pid_t pid = ::fork();
  if (pid == 0) {
    ::close(gate[1]);
    ::alarm(30);
    char released;
    if (::read(gate[0], &released, 1) != 0) ::_exit(112);
    try {
      ::_exit(work());
    } catch (const std::exception& error) {
      ::fprintf(stderr, "in the child: %s\n", error.what());
      ::_exit(111);
    }
  }
  ::close(gate[0]);
  group.enter(pid);
  ::close(gate[1]);
  return pid;
}

/// Its exit status, or 128 + the number of the signal that ended it.
inline int wait_for(pid_t pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/// The error that `work` must throw.
inline Error failure(const std::function<void()>& work) {
  try {
    work();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error";
  return Error(Step::exec, "", 0);
}

/// "/dev/NAME" of a disk; empty where there is none.
inline std::string a_disk() {
  for (const auto& entry : std::filesystem::directory_iterator("/sys/block")) {
    const std::string name = entry.path().filename();
    // A disk has hardware below it, and loop devices, zram and the like have none.
    if (!std::filesystem::exists(entry.path() / "device") ||
        cgroup::read_file(entry.path() / "size") == "0\n")
      continue;
    if (::access(("/dev/" + name).c_str(), R_OK) == 0) return "/dev/" + name;
  }
  return "";
}

inline int run_in(const Cgroup& group, const std::function<int()>& work) {
  return wait_for(start_in(group, work));
}

}  // namespace isolator
