#include "plantings.h"

#include "nonce.h"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace escapement {
namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::string read_word(const std::string& path) {
  std::ifstream file(path);
  std::string word;
  file >> word;
  return word;
}

std::string line_of(const std::string& name) {
  const std::string directory = "/sys/class/net/" + name + "/";
  return name + "/" + read_word(directory + "ifindex") + "/" + read_word(directory + "address");
}

// -1 where this user may not, or this kernel has none.
int make_tap(const std::string& name) {
  const int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
  if (fd < 0) return -1;
  ifreq request{};
  std::strncpy(request.ifr_name, name.c_str(), IFNAMSIZ - 1);
  request.ifr_flags = IFF_TAP | IFF_NO_PI;
  if (ioctl(fd, TUNSETIFF, &request) == 0) return fd;
  close(fd);
  return -1;
}

}  // namespace

HostPlantings::HostPlantings() {
  // What is planted in IPC goes with its namespace. To the sandboxes of the run it is the host's.
  plantings_.own_ipc = unshare(CLONE_NEWIPC) == 0;
  plant_canary();
  plant_interface();
}

HostPlantings::~HostPlantings() {
  if (tap_ >= 0) close(tap_);
  std::error_code failed;
  std::filesystem::remove_all(directory_, failed);
  if (failed)
    std::fprintf(stderr, "escapement: cannot remove %s: %s\n", directory_.c_str(), failed.message().c_str());
}

void HostPlantings::plant_canary() {
  const char* parent = std::getenv("TMPDIR");
  directory_ = std::string(parent != nullptr && *parent == '/' ? parent : "/tmp") + "/escapement-" + nonce();
  entry_ = isolator::ledger::Entry(directory_);
  if (mkdir(directory_.c_str(), 0755) != 0) fail(directory_);
  plantings_.canary_path = directory_ + "/canary";
  plantings_.canary_nonce = nonce();
  std::ofstream file(plantings_.canary_path);
  file << plantings_.canary_nonce;
  if (!file.flush() || chmod(directory_.c_str(), 0755) != 0 ||
      chmod(plantings_.canary_path.c_str(), 0644) != 0)
    fail(plantings_.canary_path);
}

// The probe is told the beginning and must find the rest: half of a random name, or half of a hardware
// address.
void HostPlantings::plant_interface() {
  const std::string name = "esc" + nonce().substr(0, 12);
  tap_ = make_tap(name);
  if (tap_ >= 0) {
    plantings_.interface_line = line_of(name);
    plantings_.interface_prefix = name.substr(0, 9);
    return;
  }
  struct if_nameindex* all = if_nameindex();
  for (const struct if_nameindex* i = all; i != nullptr && i->if_index != 0; ++i) {
    const std::string line = line_of(i->if_name);
    if (line.ends_with("/") || line.ends_with("/00:00:00:00:00:00")) continue;
    plantings_.interface_line = line;
    plantings_.interface_prefix = line.substr(0, line.size() - std::strlen("00:00:00"));
    break;
  }
  if_freenameindex(all);
  if (plantings_.interface_line.empty())
    plantings_.no_interface =
        "the host has no interface but the loopback, and making one needs root and /dev/net/tun";
}

}  // namespace escapement
