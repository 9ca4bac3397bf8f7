// The owner of a file that the probe made and still holds, as the host sees it through /proc/PID/fd.

#include "witness.h"

#include <sys/stat.h>

#include <cerrno>

namespace escapement {
namespace {

using Finding = Observation::Finding;

class OwnerWitness : public Witness {
 public:
  // An owner other than the probe, within its user namespace if there is any. Where there is none, giving a
  // file away is refused for want of an owner to give it to.
  Planted plant(const Inside& inside) override {
    pid_ = inside.pid;
    std::uint32_t own = 0;
    for (const isolator::IdRange& range : inside.uid_map)
      if (inside.uid - range.outside < range.count) own = range.inside + (inside.uid - range.outside);
    for (const isolator::IdRange& range : inside.uid_map) {
      const std::uint32_t other = range.inside != own ? range.inside : own + 1;
      if (other - range.inside >= range.count) continue;
      expected_ = range.outside + (other - range.inside);
      return {.order = "uid=" + std::to_string(other) + " mapped=1", .not_planted = ""};
    }
    return {.order = "uid=" + std::to_string(own + 1) + " mapped=0", .not_planted = ""};
  }

  Observation observe(const Record& record) override {
    for (const std::string& text : record.saw) {
      if (!text.starts_with("fd=") || text.find_first_not_of("0123456789", 3) != std::string::npos) continue;
      struct stat info {};
      const std::string path = "/proc/" + std::to_string(pid_) + "/fd/" + text.substr(3);
      if (stat(path.c_str(), &info) != 0) return {Finding::unknown, "its file cannot be seen"};
      const std::string owner = "its file belongs to uid " + std::to_string(info.st_uid);
      return {expected_ && info.st_uid == *expected_ ? Finding::reached : Finding::unchanged, owner};
    }
    return {Finding::unknown, "it shows no file"};
  }

  Observation observe_after(const Record& record, const std::map<std::string, std::uint64_t>&) override {
    return record.live;
  }

 private:
  pid_t pid_ = 0;
  std::optional<uid_t> expected_;
};

}  // namespace

std::unique_ptr<Witness> owner_witness() { return std::make_unique<OwnerWitness>(); }

}  // namespace escapement
