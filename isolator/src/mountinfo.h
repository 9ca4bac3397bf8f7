#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace isolator {

/// One line of /proc/PID/mountinfo; proc_pid_mountinfo(5).
struct MountLine {
  std::uint64_t id = 0, parent = 0;  ///< as statx(2) gives it, STATX_MNT_ID
  std::string device;                ///< major:minor
  std::string root;                  ///< what of the file system is mounted
  std::string point;                 ///< where, below the reader's or the process's root
  std::string options;               ///< of the mount: "ro,nosuid,nodev"
  std::string type;
  std::string super_options;  ///< of the file system
};

MountLine parse_mount_line(std::string_view line);
std::vector<MountLine> parse_mountinfo(std::string_view text);

}  // namespace isolator
