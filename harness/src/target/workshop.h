#pragma once

#include "target.h"

#include <isolator/ledger.h>

#include <memory>
#include <string>
#include <vector>

namespace escapement {

/// The targets of a run, and the directory in which they work; both go with it.
class Workshop {
 public:
  Workshop();  ///< throws std::system_error
  ~Workshop();
  Workshop(const Workshop&) = delete;
  Workshop& operator=(const Workshop&) = delete;

  /// By its id; `command` is the template of the target of that name. Throws std::exception.
  const Target& open(const std::string& id, const std::string& command);

  /// Where the sandboxes have their places.
  const std::string& places() const { return places_; }

  /// How a target is told, with {probe}, {root}, {directory} and {name} for what differs from sandbox to
  /// sandbox. Throws std::exception.
  std::string shown(const Target& target, const std::string& program, const isolator::Spec* spec) const;

 private:
  std::string directory_, places_;
  isolator::ledger::Entry entry_;
  std::vector<std::unique_ptr<Target>> open_;
};

/// Null where there is none of that id, or it is one of the two that need no kind.
const TargetKind* find_target(const std::string& id);

}  // namespace escapement
