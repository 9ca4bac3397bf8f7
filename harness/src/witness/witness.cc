#include "witness.h"

#include <algorithm>
#include <stdexcept>
#include <string_view>

namespace escapement {
namespace {

using Finding = Observation::Finding;

/// Several witnesses of one attack.
class Together : public Witness {
 public:
  explicit Together(std::vector<std::unique_ptr<Witness>> all) : all_(std::move(all)) {}

  Planted plant(const Inside& inside) override {
    Planted out;
    for (const auto& each : all_) {
      Planted one = each->plant(inside);
      if (!one.not_planted.empty()) return one;
      out.order += (out.order.empty() || one.order.empty() ? "" : " ") + one.order;
    }
    return out;
  }

  std::vector<pid_t> helpers() const override {
    std::vector<pid_t> out;
    for (const auto& each : all_)
      for (const pid_t helper : each->helpers()) out.push_back(helper);
    return out;
  }

  Observation observe(const Record& record) override {
    return join([&](Witness& each) { return each.observe(record); });
  }

  Observation observe_after(const Record& record,
                            const std::map<std::string, std::uint64_t>& counters) override {
    return join([&](Witness& each) { return each.observe_after(record, counters); });
  }

 private:
  template <typename Look>
  Observation join(Look look) {
    Observation out;
    for (const auto& each : all_) {
      const Observation one = look(*each);
      out.text += (out.text.empty() || one.text.empty() ? "" : "; ") + one.text;
      if (one.finding == Finding::reached || out.finding == Finding::unchanged) out.finding = one.finding;
    }
    return out;
  }

  std::vector<std::unique_ptr<Witness>> all_;
};

std::unique_ptr<Witness> make_one(const std::string& words, const ProbeInfo& probe,
                                  const Plantings& plantings, const Demand& demand) {
  const std::size_t space = words.find(' ');
  const std::string kind = words.substr(0, space),
                    argument = space == words.npos ? "" : words.substr(space + 1);
  if (kind == "root") return root_witness(plantings);
  if (kind == "victim") return victim_witness(argument);
  if (kind == "interface") return interface_witness(plantings);
  if (kind == "owner") return owner_witness();
  if (kind == "processes") return processes_witness(demand);
  if (kind == "memory") return memory_witness(demand);
  if (kind == "processor") return processor_witness(demand);
  if (kind == "alone") return alone_witness();
  if (kind == "trace") return trace_witness(probe);
  if (kind == "status") return status_witness(argument);
  if (kind == "namespace") return namespace_witness(argument);
  if (kind == "listener") return listener_witness(argument, plantings);
  if (kind == "ipc") return ipc_witness(argument, plantings);
  if (kind == "node") return node_witness(argument);
  if (kind == "symbols") return symbols_witness();
  if (kind == "terminal") return terminal_witness(argument);
  if (kind == "descriptor") return descriptor_witness(argument, plantings);
  if (kind == "variable") return variable_witness(argument);
  if (kind == "session") return session_witness();
  if (kind == "families") return families_witness();
  if (kind == "giver") return giver_witness(plantings);
  if (kind == "uevent") return uevent_witness();
  if (kind == "boottime") return boottime_witness();
  if (kind == "set-user-id") return set_user_id_witness(argument);
  if (kind == "file") return file_witness(argument);
  if (kind == "planted") return planted_witness(argument);
  if (kind == "left") return left_witness(argument);
  if (kind == "program") return program_witness();
  if (kind == "mountinfo") return mountinfo_witness(argument);
  if (kind == "mount-namespace") return mount_namespace_witness();
  if (kind == "outlives") return outlives_witness();
  if (kind == "limits") return limits_witness(argument);
  throw std::invalid_argument(probe.id + ": unknown witness " + words);
}

}  // namespace

bool looks_at_process(const ProbeInfo& probe, bool traced) {
  constexpr std::string_view kinds[] = {
      "owner",           "processes", "memory",  "processor", "trace",       "status",
      "namespace",       "node",      "session", "boottime",  "limits",      "mountinfo",
      "mount-namespace", "program",   "file",    "planted",   "set-user-id", "outlives"};
  return std::any_of(probe.witness.begin(), probe.witness.end(), [&](const std::string& words) {
    const std::string kind = words.substr(0, words.find(' '));
    return !(traced && kind == "trace") &&
           std::find(std::begin(kinds), std::end(kinds), kind) != std::end(kinds);
  });
}

std::unique_ptr<Witness> make_witness(const ProbeInfo& probe, const Plantings& plantings,
                                      const Demand& demand) {
  std::vector<std::unique_ptr<Witness>> all;
  for (const std::string& words : probe.witness) all.push_back(make_one(words, probe, plantings, demand));
  if (all.empty()) throw std::invalid_argument(probe.id + ": nobody looks from outside");
  return all.size() == 1 ? std::move(all.front()) : std::make_unique<Together>(std::move(all));
}

}  // namespace escapement
