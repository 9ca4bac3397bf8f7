#pragma once

#include "../inside.h"
#include "../probe_info.h"
#include "../record.h"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace escapement {

/// What stands on the host for all sandboxes of a run.
struct Plantings {
  std::string canary_path, canary_nonce;  ///< a file whose content nobody can guess
  std::string interface_line;             ///< NAME/INDEX/MAC of an interface of the host
  std::string interface_prefix;           ///< what a probe is told of it
  std::string no_interface;               ///< why there is none
  std::string address = "127.0.0.1";      ///< of that interface; of the loopback where none could be made
  bool own_ipc = false;                   ///< objects of IPC vanish with the run, however it ends
};

/// How much an attack on a limit asks for: more than the limit, and no more than it takes to tell.
struct Demand {
  std::uint64_t processes = 0, bytes = 0;
  double processors = 0;  ///< the limit itself; the witness knows how much more tells
};

struct Planted {
  std::string order;        ///< for the probe
  std::string not_planted;  ///< why there is nothing to attack; else empty
  bool absent = false;      ///< and that is how this host is
};

/// Looks from outside at what one attack on one sandbox does. It lives in the process that runs this sandbox
/// alone.
class Witness {
 public:
  virtual ~Witness() = default;

  /// Before the attack, while the probe waits.
  virtual Planted plant(const Inside& inside) = 0;

  /// After its claim, while the probe still holds what it reached.
  virtual Observation observe(const Record& record) = 0;

  /// Children of this process that belong to the witness.
  virtual std::vector<pid_t> helpers() const { return {}; }

  /// When nothing of the sandbox is left. `counters` are those of its cgroup.
  virtual Observation observe_after(const Record& record,
                                    const std::map<std::string, std::uint64_t>& counters) = 0;
};

/// Those that the probe's metadata names, as one: it was reached where one of them says so. Throws
/// std::invalid_argument for an unknown one.
std::unique_ptr<Witness> make_witness(const ProbeInfo& probe, const Plantings& plantings,
                                      const Demand& demand);

/// Does any of them look at the process of the probe, as the host sees it? A tracer of `traced` ones has
/// their kernel's log.
bool looks_at_process(const ProbeInfo& probe, bool traced);

// One function a kind; the argument is the word behind it.
std::unique_ptr<Witness> root_witness(const Plantings&);
std::unique_ptr<Witness> victim_witness(const std::string& where);
std::unique_ptr<Witness> interface_witness(const Plantings&);
std::unique_ptr<Witness> owner_witness();
std::unique_ptr<Witness> processes_witness(const Demand&);
std::unique_ptr<Witness> memory_witness(const Demand&);
std::unique_ptr<Witness> processor_witness(const Demand&);
std::unique_ptr<Witness> alone_witness();
std::unique_ptr<Witness> trace_witness(const ProbeInfo&);
std::unique_ptr<Witness> status_witness(const std::string& line);
std::unique_ptr<Witness> namespace_witness(const std::string& name);
std::unique_ptr<Witness> listener_witness(const std::string& kind, const Plantings&);
std::unique_ptr<Witness> ipc_witness(const std::string& kind, const Plantings&);
std::unique_ptr<Witness> node_witness(const std::string& words);
std::unique_ptr<Witness> symbols_witness();
std::unique_ptr<Witness> terminal_witness(const std::string& left);
std::unique_ptr<Witness> descriptor_witness(const std::string& kind, const Plantings&);
std::unique_ptr<Witness> variable_witness(const std::string& name);
std::unique_ptr<Witness> session_witness();
std::unique_ptr<Witness> boottime_witness();
std::unique_ptr<Witness> families_witness();
std::unique_ptr<Witness> giver_witness(const Plantings&);
std::unique_ptr<Witness> uevent_witness();
std::unique_ptr<Witness> set_user_id_witness(const std::string& paths);
std::unique_ptr<Witness> file_witness(const std::string& path);
std::unique_ptr<Witness> planted_witness(const std::string& parent);
std::unique_ptr<Witness> left_witness(const std::string& parent);
std::unique_ptr<Witness> program_witness();
std::unique_ptr<Witness> mountinfo_witness(const std::string& line);
std::unique_ptr<Witness> mount_namespace_witness();
std::unique_ptr<Witness> outlives_witness();
std::unique_ptr<Witness> limits_witness(const std::string& line);

}  // namespace escapement
