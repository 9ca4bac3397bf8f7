#pragma once

#include <isolator/profile.h>

#include <functional>
#include <string>
#include <vector>

namespace bench {

/// Does its work once and returns how long that took, in microseconds. Throws where it fails, so that a
/// failure is never measured.
using Work = std::function<double()>;

/// The same for work whose whole time counts.
Work timed(std::function<void()> work);

/// One thing to measure. `prepare` does what need not be done again for every launch; it throws where this
/// host cannot do it at all.
struct Way {
  std::string name;
  std::function<Work()> prepare;
  std::string command;  ///< the command line of another's program
};

/// The payload: see payload.cc.
extern const char* const payload;

/// A profile that ships, set up to run the payload by descriptor.
isolator::Profile profile(const std::string& name);

std::vector<Way> floors();     ///< "floor/...": raw system calls, the namespaces and nothing else
std::vector<Way> launches();   ///< "library/...", "compile/...", "load_profile/...": the isolator library
std::vector<Way> processes();  ///< "posix_spawn", "fork_exec", "process/...": whole programs
std::vector<Way> peers();      ///< "peer/...": what others build, as close to `strict` as they can
std::vector<Way> hosts();   ///< "caller/...", "host/...": the same launch by another caller, on another host
std::vector<Way> crowds();  ///< "four_threads/...": many launches at once

std::vector<Way> all_ways();

/// Throws std::out_of_range where there is none of that name.
Way way(const std::string& name);

}  // namespace bench
