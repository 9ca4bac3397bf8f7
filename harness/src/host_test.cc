#include "host.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <fstream>

namespace escapement {
namespace {

constexpr const char* v1 = "30 22 0:27 / /sys/fs/cgroup/pids rw,nosuid shared:9 - cgroup cgroup rw,pids\n";
constexpr const char* v2 =
    "31 22 0:28 / /sys/fs/cgroup rw,nosuid,nodev shared:4 master:2 - cgroup2 cgroup2 rw\n";
constexpr const char* other =
    "22 1 8:1 / / rw - ext4 /dev/vda1 rw\n"
    "23 22 0:5 / /mnt/cgroup2 rw - tmpfs cgroup rw\n";  // neither a path nor a source is a type

TEST(Host, cgroup_mode_goes_by_the_types_of_file_systems) {
  EXPECT_EQ(cgroup_mode(std::string(other) + v1), "v1");
  EXPECT_EQ(cgroup_mode(std::string(other) + v2), "v2");
  EXPECT_EQ(cgroup_mode(std::string(v1) + other + v2), "hybrid");
  EXPECT_EQ(cgroup_mode(other), "none");
  EXPECT_EQ(cgroup_mode("nonsense\n"), "none");
}

TEST(Host, lists_are_split_at_commas) {
  EXPECT_THAT(comma_list("lockdown,capability,landlock"),
              testing::ElementsAre("lockdown", "capability", "landlock"));
  EXPECT_THAT(comma_list(""), testing::ElementsAre());
}

TEST(Host, a_guest_of_its_own_says_so_in_a_word) {
  EXPECT_TRUE(is_guest_of_its_own("console=ttyS0 escapement.guest lsm=yama\n"));
  EXPECT_TRUE(is_guest_of_its_own("escapement.guest"));
  for (const char* text :
       {"", "root=/dev/vda1", "escapement.guests", "x=escapement.guest", "ESCAPEMENT.GUEST"})
    EXPECT_FALSE(is_guest_of_its_own(text)) << text;
}

TEST(Host, is_the_machine_that_the_kernel_shows) {
  Host host = this_host();
  auto line = [](const char* path) {
    std::ifstream file(path);
    std::string text;
    std::getline(file, text);
    return text;
  };
  EXPECT_EQ(host.kernel, line("/proc/sys/kernel/osrelease"));
  EXPECT_EQ(host.boot_id, line("/proc/sys/kernel/random/boot_id"));
  EXPECT_EQ(host.boot_id.size(), 36u);
  EXPECT_FALSE(host.machine.empty());
  EXPECT_THAT(host.cgroup, testing::AnyOf("v1", "v2", "hybrid", "none"));
  EXPECT_EQ(host.uid, getuid());
  EXPECT_EQ(host.sysctls.at("kernel.randomize_va_space"), line("/proc/sys/kernel/randomize_va_space"));
}

}  // namespace
}  // namespace escapement
