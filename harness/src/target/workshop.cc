#include "workshop.h"

#include "../nonce.h"
#include "programs.h"
#include "skeleton.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace escapement {
namespace {

void make_directory(const std::string& path) {
  if (mkdir(path.c_str(), 0755) != 0 || chmod(path.c_str(), 0755) != 0)  // whatever the umask takes away
    throw std::system_error(errno, std::generic_category(), path);
}

void replace(std::string& text, const std::string& what, const std::string& by) {
  for (std::size_t at = 0; (at = text.find(what, at)) != text.npos; at += by.size())
    text.replace(at, what.size(), by);
}

}  // namespace

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
  replace(out, place.program, "{probe}");
  replace(out, place.root, "{root}");
  replace(out, place.directory, "{directory}");
  replace(out, place.name, "{name}");
  return out;
}

const TargetKind* find_target(const std::string& id) {
  const auto found = std::find_if(target_kinds.begin(), target_kinds.end(),
                                  [&](const TargetKind& kind) { return kind.id == id; });
  return found == target_kinds.end() ? nullptr : &*found;
}

}  // namespace escapement
