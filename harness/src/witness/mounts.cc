// What is mounted where: a line of /proc/PID/mountinfo as the host reads it, which the probe has to know
// whole, and the number of the host's own mount namespace.

#include "pattern.h"
#include "witness.h"

#include <isolator/fd.h>

#include <fcntl.h>
#include <sys/ioctl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

namespace escapement {
namespace {

using Finding = Observation::Finding;

class MountinfoWitness : public Witness {
 public:
  explicit MountinfoWitness(const std::string& line) : line_(line) {}

  Planted plant(const Inside& inside) override {
    path_ = "/proc/" + std::to_string(inside.pid) + "/mountinfo";
    return {};
  }

  Observation observe(const Record& record) override {
    std::ifstream file(path_);
    if (!file) return {Finding::unknown, "its mounts cannot be seen"};
    for (std::string line; std::getline(file, line);)
      if (line_.matches(line) &&
          std::find(record.saw.begin(), record.saw.end(), line.substr(0, 200)) != record.saw.end())
        return {Finding::reached, "the host reads the same of its mounts"};
    return {Finding::unchanged, "it does not know what is mounted"};
  }

  Observation observe_after(const Record& record, const std::map<std::string, std::uint64_t>&) override {
    return record.live;
  }

 private:
  Pattern line_;
  std::string path_;
};

/// Only tells the probe what to ask for; who looks at what it gets is another witness.
class MountNamespaceWitness : public Witness {
 public:
  Planted plant(const Inside&) override {
    constexpr unsigned long get_id = _IOR(0xb7, 5, std::uint64_t);  // NS_GET_MNTNS_ID, of Linux 6.10
    const isolator::Fd own(open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC));
    std::uint64_t id = 0;
    if (ioctl(own.get(), get_id, &id) != 0)
      return {.order = "",
              .not_planted = std::string("the host's mount namespace has no number: ") + std::strerror(errno),
              .absent = errno == ENOTTY};
    return {.order = "namespace=" + std::to_string(id), .not_planted = ""};
  }
  Observation observe(const Record&) override { return {}; }
  Observation observe_after(const Record&, const std::map<std::string, std::uint64_t>&) override {
    return {};
  }
};

}  // namespace

std::unique_ptr<Witness> mountinfo_witness(const std::string& line) {
  return std::make_unique<MountinfoWitness>(line);
}
std::unique_ptr<Witness> mount_namespace_witness() { return std::make_unique<MountNamespaceWitness>(); }

}  // namespace escapement
