// What a process is, as the host sees it in /proc: a line of its status (proc_pid_status(5)), or a namespace
// that it shares with the host.

#include "pattern.h"
#include "witness.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

namespace escapement {
namespace {

using Finding = Observation::Finding;

class StatusWitness : public Witness {
 public:
  explicit StatusWitness(const std::string& line) : line_(line) {}

  Planted plant(const Inside& inside) override {
    path_ = "/proc/" + std::to_string(inside.pid) + "/status";
    return {};
  }

  Observation observe(const Record&) override {
    std::ifstream file(path_);
    const std::string key = line_.substr(0, line_.find(':') + 1);
    for (std::string line; std::getline(file, line);) {
      if (!line.starts_with(key)) continue;
      const std::string seen = squeezed(line);
      return {Pattern(line_).matches(seen) ? Finding::reached : Finding::unchanged, "the host sees " + seen};
    }
    return {Finding::unknown, "the host sees no " + key + " in its status"};
  }

  Observation observe_after(const Record& record, const std::map<std::string, std::uint64_t>&) override {
    return record.live;
  }

 private:
  std::string line_, path_;
};

class NamespaceWitness : public Witness {
 public:
  explicit NamespaceWitness(const std::string& name) : name_(name) {}

  Planted plant(const Inside& inside) override {
    const auto found = inside.namespaces.find(name_);
    if (found == inside.namespaces.end())
      return {.order = "", .not_planted = "this kernel has no " + name_ + " namespaces"};
    shared_ = found->second == "shared";
    // proc_pid_ns(5) has the short names.
    const std::string file = name_ == "mount" ? "mnt" : name_;
    const std::string identity = identity_of("/proc/self/ns/" + file);
    return {.order = "inode=" + identity.substr(identity.find(':') + 1), .not_planted = ""};
  }

  // It is as it is, whatever the probe does: what nobody looked for, nobody reached.
  Observation observe(const Record& record) override {
    const bool looked = std::any_of(record.steps.begin(), record.steps.end(),
                                    [](const Step& step) { return !step.attempt.empty(); });
    if (!looked) return {Finding::unchanged, "nobody looked which " + name_ + " namespace it is in"};
    return {shared_ ? Finding::reached : Finding::unchanged,
            "its " + name_ + " namespace is " + (shared_ ? "the host's" : "its own")};
  }

  Observation observe_after(const Record& record, const std::map<std::string, std::uint64_t>&) override {
    return record.live;
  }

 private:
  std::string name_;
  bool shared_ = false;
};

}  // namespace

std::unique_ptr<Witness> status_witness(const std::string& line) {
  return std::make_unique<StatusWitness>(line);
}
std::unique_ptr<Witness> namespace_witness(const std::string& name) {
  return std::make_unique<NamespaceWitness>(name);
}

}  // namespace escapement
