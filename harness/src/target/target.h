#pragma once

#include "../report.h"

#include <isolator/spec.h>

#include <memory>
#include <string>
#include <vector>

namespace escapement {

struct Bundle;

/// Where one sandbox of a target is made: on the host, of nobody else's.
struct Place {
  std::string directory;  ///< empty, for what the target wants to be given
  std::string root;       ///< a root directory: the probe, and the empty directories that people mount on
  std::string program;    ///< the probe: a file in `root` that no other sandbox executes
  std::string name;       ///< for a container: nobody else on this host is called so
  bool traced = false;    ///< a witness wants to know what the kernel answers to the probe
  const Bundle* bundle = nullptr;  ///< changes to what a target that takes bundles is given; none: nothing
};

/// The probe as it is called in Place::root.
inline constexpr char probe_inside[] = "/probe";

/// How a target is told to run the probe, on descriptors 0 and 1 of who calls it.
struct Invocation {
  std::vector<std::string> argv;  ///< by absolute path
  std::vector<std::string>
      remove;  ///< to be run when it has ended, however that was; empty: it leaves nothing
  std::vector<std::string> cgroups;  ///< directories that it makes, and that are to be removed with it
};

/// A program of somebody else's that builds sandboxes.
class Target {
 public:
  virtual ~Target() = default;

  /// How it runs the probe of `place` in the closest thing to `spec` that it can build; with none, when it is
  /// told nothing but a root directory and a program. Throws std::exception where it cannot write down what
  /// the target wants to read.
  virtual Invocation invocation(const Place& place, const isolator::Spec* spec) const = 0;

  /// What of `spec` is not in that.
  virtual std::vector<Gap> gaps(const isolator::Spec& spec) const = 0;

  /// The probe may be a process of a kernel that the host cannot look into.
  virtual bool kernel_of_its_own() const { return false; }

  /// The directory into which that kernel writes its answers to system calls; empty: nobody could know them.
  virtual std::string call_log(const Place&) const { return ""; }

  /// It is given an OCI bundle, and so may be given a crafted one: Place::bundle.
  virtual bool takes_bundles() const { return false; }

  /// Results, by errno name, that its own filter refuses calls with beside those of the profile.
  virtual std::vector<std::string> refusals() const { return {}; }
};

/// A target before anything of it runs.
struct TargetKind {
  const char* id;
  const char* summary;
  std::string (*missing)();  ///< why it cannot be used here; empty: it can
  std::string (*version)();  ///< in its own words
  /// Makes ready what all its sandboxes share, below `directory`, which is its own. Throws std::exception.
  std::unique_ptr<Target> (*open)(const std::string& directory);
};

/// All but the isolator, which needs none of this, and `command`, which is a template of the user's.
extern const std::vector<TargetKind> target_kinds;

/// A line for sh(1) of the user's own, with {probe} for the path of the probe on the host, or {root} for the
/// root directory that it is in, and {directory} and {name} of its Place where wanted. Throws
/// std::invalid_argument.
std::unique_ptr<Target> command_target(const std::string& words);

}  // namespace escapement
