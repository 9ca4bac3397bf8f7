#include "workshop.h"

#include "../nonce.h"
#include "../report_text.h"
#include "programs.h"
#include "skeleton.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace escapement {
Workshop::Workshop() {
  const char* parent = std::getenv("TMPDIR");
  directory_ = std::string(parent != nullptr && *parent == '/' ? parent : "/tmp") + "/escapement-" + nonce();
  entry_ = isolator::ledger::Entry(directory_);
  places_ = directory_ + "/places";
  make_directory(directory_);
  make_directory(places_);
}

Workshop::~Workshop() {
  open_.clear();
  std::error_code failed;
  std::filesystem::remove_all(directory_, failed);
  if (failed)
    std::fprintf(stderr, "escapement: cannot remove %s: %s\n", directory_.c_str(), failed.message().c_str());
}

const Target& Workshop::open(const std::string& id, const std::string& command) {
  if (id == "command") return *open_.emplace_back(command_target(command));
  const std::string own = directory_ + "/" + id;
  make_directory(own);
  return *open_.emplace_back(find_target(id)->open(own));
}

std::string Workshop::shown(const Target& target, const std::string& program,
                            const isolator::Spec* spec) const {
  const Place place = make_place(places_, program);
  std::string out = quoted(target.invocation(place, spec).argv);
  std::filesystem::remove_all(place.directory);
  // From the longest path to the shortest, which is part of it.
  out = text::replaced(out, place.program, "{probe}");
  out = text::replaced(out, place.root, "{root}");
  out = text::replaced(out, place.directory, "{directory}");
  return text::replaced(out, place.name, "{name}");
}

const TargetKind* find_target(const std::string& id) {
  const auto found = std::find_if(target_kinds.begin(), target_kinds.end(),
                                  [&](const TargetKind& kind) { return kind.id == id; });
  return found == target_kinds.end() ? nullptr : &*found;
}

}  // namespace escapement
