// Would a program that the sandbox shows give the rights of its owner to who runs it? The host sees the file
// through /proc/PID/root, and in /proc/PID/status whether its bit counts.

#include "witness.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <utility>

namespace escapement {
namespace {

using Finding = Observation::Finding;

class SetUserIdWitness : public Witness {
 public:
  explicit SetUserIdWitness(std::string paths) : paths_(std::move(paths)) {}

  Planted plant(const Inside& inside) override {
    inside_ = inside;
    return {};
  }

  Observation observe(const Record&) override {
    if (identity_of("/proc/" + std::to_string(inside_.pid) + "/root/.").empty())
      return {Finding::unknown, "its root cannot be seen"};
    std::istringstream paths(paths_);
    for (std::string path; paths >> path;)
      if (counts(path)) return {Finding::reached, "who runs " + path + " gets the rights of its owner"};
    return {Finding::unchanged, "no program that gives the rights of its owner"};
  }

  Observation observe_after(const Record& record, const std::map<std::string, std::uint64_t>&) override {
    return record.live;
  }

 private:
  bool counts(const std::string& path) const {
    const std::string seen = "/proc/" + std::to_string(inside_.pid) + "/root" + path;
    struct stat file {};
    struct statvfs mount {};
    // A link would be followed from the host's root, so it is not followed at all.
    if (lstat(seen.c_str(), &file) != 0 || !S_ISREG(file.st_mode) || statvfs(seen.c_str(), &mount) != 0)
      return false;
    return (file.st_mode & S_ISUID) != 0 && file.st_uid != inside_.uid && (mount.f_flag & ST_NOSUID) == 0 &&
           exists(file.st_uid) && may_gain();
  }

  bool exists(uid_t uid) const {
    return std::any_of(inside_.uid_map.begin(), inside_.uid_map.end(), [&](const isolator::IdRange& range) {
      return uid >= range.outside && uid - range.outside < range.count;
    });
  }

  bool may_gain() const {
    std::ifstream file("/proc/" + std::to_string(inside_.pid) + "/status");
    for (std::string line; std::getline(file, line);)
      if (line.starts_with("NoNewPrivs:")) return line.ends_with("0");
    return false;
  }

  std::string paths_;
  Inside inside_;
};

}  // namespace

std::unique_ptr<Witness> set_user_id_witness(const std::string& paths) {
  return std::make_unique<SetUserIdWitness>(paths);
}

}  // namespace escapement
