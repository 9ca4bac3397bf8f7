#include "kernel_settings.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace escapement {
namespace {

TEST(KernelSettings, are_what_the_kernel_shows) {
  const auto found = kernel_settings();
  std::ifstream file("/proc/sys/kernel/randomize_va_space");
  std::string value;
  ASSERT_TRUE(file >> value);
  ASSERT_TRUE(found.contains("kernel.randomize_va_space"));
  EXPECT_EQ(found.at("kernel.randomize_va_space"), value);
  for (const auto& [name, shown] : found) EXPECT_FALSE(shown.empty()) << name;
}

TEST(KernelSettings, what_is_not_there_is_left_out_and_tabs_become_blanks) {
  const std::filesystem::path directory = testing::TempDir() + "kernel_settings";
  std::filesystem::create_directories(directory / "net/ipv4");
  std::ofstream(directory / "net/ipv4/ping_group_range") << "0\t2147483647\n";
  EXPECT_THAT(kernel_settings(directory),
              testing::ElementsAre(testing::Pair("net.ipv4.ping_group_range", "0 2147483647")));
  std::filesystem::remove_all(directory);
}

TEST(KernelSettings, each_has_a_direction) {
  struct {
    const char *name, *strict, *loose;
  } const ordered[] = {
      {"dev.tty.legacy_tiocsti", "0", "1"},
      {"fs.protected_hardlinks", "1", "0"},
      {"fs.protected_regular", "2", "1"},
      {"fs.suid_dumpable", "0", "2"},
      {"fs.suid_dumpable", "2", "1"},
      {"kernel.apparmor_restrict_unprivileged_userns", "1", "0"},
      {"kernel.dmesg_restrict", "1", "0"},
      {"kernel.io_uring_disabled", "2", "1"},
      {"kernel.kptr_restrict", "2", "1"},
      {"kernel.perf_event_paranoid", "2", "-1"},
      {"kernel.randomize_va_space", "2", "1"},
      {"kernel.unprivileged_bpf_disabled", "1", "2"},
      {"kernel.unprivileged_bpf_disabled", "2", "0"},
      {"kernel.unprivileged_userns_clone", "0", "1"},
      {"kernel.yama.ptrace_scope", "1", "0"},
      {"net.ipv4.ip_unprivileged_port_start", "1024", "0"},
      {"net.ipv4.ping_group_range", "1 0", "0 2147483647"},
      {"net.ipv4.ping_group_range", "5 5", "5 6"},
      {"user.max_user_namespaces", "0", "31000"},
      {"vm.unprivileged_userfaultfd", "0", "1"},
  };
  for (const auto& [name, strict, loose] : ordered) {
    EXPECT_EQ(shift(name, strict, loose), Shift::looser) << name << ' ' << strict << ' ' << loose;
    EXPECT_EQ(shift(name, loose, strict), Shift::tighter) << name << ' ' << strict << ' ' << loose;
  }
}

TEST(KernelSettings, the_size_of_a_limit_that_depends_on_the_memory_is_none_of_ours) {
  EXPECT_EQ(shift("user.max_user_namespaces", "31000", "96365"), Shift::same);
  EXPECT_EQ(shift("net.ipv4.ping_group_range", "1 0", "9 3"), Shift::same);
}

TEST(KernelSettings, one_that_is_gone_is_looser_only_where_it_came_with_the_refusal) {
  EXPECT_EQ(shift("kernel.yama.ptrace_scope", "1", ""), Shift::looser);
  EXPECT_EQ(shift("kernel.yama.ptrace_scope", "0", ""), Shift::same);
  EXPECT_EQ(shift("kernel.yama.ptrace_scope", "", "1"), Shift::tighter);
  EXPECT_EQ(shift("kernel.unprivileged_userns_clone", "0", ""), Shift::looser);
  EXPECT_EQ(shift("kernel.unprivileged_bpf_disabled", "1", ""), Shift::unclear);
  EXPECT_EQ(shift("fs.protected_hardlinks", "1", ""), Shift::unclear);
}

TEST(KernelSettings, what_has_no_order_is_not_judged) {
  EXPECT_EQ(shift("kernel.no_such", "1", "0"), Shift::unclear);
  EXPECT_EQ(shift("kernel.dmesg_restrict", "1", "none"), Shift::unclear);
}

}  // namespace
}  // namespace escapement
