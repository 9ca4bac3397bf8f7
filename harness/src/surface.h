#pragma once

#include "run.h"

#include <string>
#include <vector>

namespace escapement {

/// The probe that makes every system call by every entry of the kernel.
inline constexpr const char* surface_probe = "seccomp-surface-fingerprint";

/// What the kernel answered to one call by each entry: "EFAULT", "SIGSYS", ...; empty: not made, or not
/// there.
struct SurfaceCall {
  std::string name, native, i386, x32, io_uring;
  std::string never;  ///< why it is not made natively
};

/// A call that is refused natively, and yet reached.
struct ReachedOtherwise {
  std::string name, entry, native, answer;
};

/// The calls of one sandbox.
struct Surface {
  std::string profile;
  Verdict verdict = Verdict::broken;
  std::string reason;
  bool absent = false;  ///< no filter is there, or the kernel has no other entry
  std::vector<SurfaceCall> calls;
  std::vector<ReachedOtherwise> otherwise;
};

struct SurfaceReport {
  Host host;
  std::vector<std::string> not_there;  ///< calls of the headers that this kernel does not have natively
  std::vector<Surface> surfaces;
  std::vector<std::string> changed;  ///< of the host
  microseconds elapsed{};
};

enum class Reach { reached, refused, not_there, not_made, not_native };

/// What became of a native call; `not_there` as in the report.
Reach reach_of(const SurfaceCall& call, const std::vector<std::string>& not_there);

/// What the probe's steps say. Only steps of attempts that passed are reached otherwise.
Surface surface_of(const ProbeInfo& probe, const Record& record);

/// Asks in the sandbox of each profile, in that of the control, and, for which calls this kernel has at all,
/// in one without a filter. `request.probes` is the probe above alone. Throws what run() throws.
SurfaceReport map_surfaces(const Request& request,
                           const std::function<void(std::size_t, const std::string&)>& progress);

/// 0 nothing that is refused is reachable otherwise; 1 something is; 3 that could not be answered, or the
/// host was changed.
int exit_code(const SurfaceReport&);

}  // namespace escapement
