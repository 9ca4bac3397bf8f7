// A device node as the sandbox has it, seen from the host through /proc/PID/root: "c 1:3", as ls(1) and
// mknod(1) have it.

#include "pattern.h"
#include "witness.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <cstring>

namespace escapement {
namespace {

using Finding = Observation::Finding;

class NodeWitness : public Witness {
 public:
  NodeWitness(std::string path, const std::string& pattern) : path_(std::move(path)), pattern_(pattern) {}

  Planted plant(const Inside& inside) override {
    root_ = "/proc/" + std::to_string(inside.pid) + "/root";
    return {};
  }

  Observation observe(const Record&) override {
    struct stat info {};
    // A link would be followed from the host's root, so it is not followed at all.
    if (lstat((root_ + path_).c_str(), &info) != 0) {
      const int error = errno;
      // So it is too with all that a process had which is gone: proc(5).
      if (error == ENOENT && identity_of(root_ + "/.").empty())
        return {Finding::unknown, "its root cannot be seen"};
      if (error == ENOENT) return {Finding::unchanged, "it has no " + path_};
      return {Finding::unknown, "its " + path_ + " cannot be seen: " + std::strerror(error)};
    }
    const std::string kind = S_ISCHR(info.st_mode) ? "c" : S_ISBLK(info.st_mode) ? "b" : "no device";
    const std::string numbers = kind == "no device" ? ""
                                                    : " " + std::to_string(major(info.st_rdev)) + ":" +
                                                          std::to_string(minor(info.st_rdev));
    return {pattern_.matches(kind + numbers) ? Finding::reached : Finding::unchanged,
            "the host sees that its " + path_ + " is " + kind + numbers};
  }

  Observation observe_after(const Record& record, const std::map<std::string, std::uint64_t>&) override {
    return record.live;
  }

 private:
  std::string path_, root_;
  Pattern pattern_;
};

}  // namespace

std::unique_ptr<Witness> node_witness(const std::string& words) {
  const std::size_t space = words.find(' ');
  return std::make_unique<NodeWitness>(words.substr(0, space),
                                       space == words.npos ? ".*" : words.substr(space + 1));
}

}  // namespace escapement
