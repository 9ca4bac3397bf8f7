#include "plantings.h"

#include "nonce.h"

#include <isolator/fd.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>
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

// An interface that is down still makes its address one of this host's, and of nobody's else: no route leads
// to it. 198.18.0.0/15 is for tests alone (RFC 2544). Empty where it cannot be had.
std::string give_address(const std::string& name) {
  const auto set = [&](unsigned long request, in_addr_t address) {
    ifreq change{};
    std::strncpy(change.ifr_name, name.c_str(), IFNAMSIZ - 1);
    sockaddr_in in{};
    in.sin_family = AF_INET;
    in.sin_addr.s_addr = htonl(address);
    std::memcpy(&change.ifr_addr, &in, sizeof in);
    const isolator::Fd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    return ioctl(socket.get(), request, &change) == 0;
  };
  const in_addr address{htonl(0xc6120000U + std::random_device()() % 0x1fffe + 1)};
  if (!set(SIOCSIFADDR, ntohl(address.s_addr)) || !set(SIOCSIFNETMASK, 0xffffffffU)) return "";
  char text[INET_ADDRSTRLEN];
  return inet_ntop(AF_INET, &address, text, sizeof text);
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
    if (const std::string address = give_address(name); !address.empty()) plantings_.address = address;
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
