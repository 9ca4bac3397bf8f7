#include "cgroup.h"

#include <fcntl.h>
#include <isolator/error.h>
#include <isolator/ledger.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>

#include "cgroup_backend.h"
#include "cgroup_files.h"
#include "cgroup_remove.h"
#include "cgroup_shares.h"

namespace isolator {

namespace {

struct Directory {
  ledger::Entry entry;
  std::string path;
  bool v2;
  Limits limits;  // that it keeps
};

/// A process of the same number in another pid namespace may have taken a name already: then the next one.
Directory make_directory(const std::string& parent, bool v2, const Limits& limits) {
  static std::atomic<unsigned> made = 0;
  for (;;) {
    const std::string path =
        parent + "/escapement-" + std::to_string(::getpid()) + "-" + std::to_string(made++);
    if (::access(path.c_str(), F_OK) == 0) continue;  // another's cgroup must not enter our ledger
    ledger::Entry entry(path);
    if (::mkdir(path.c_str(), 0755) == 0) return {std::move(entry), path, v2, limits};
    if (errno != EEXIST) cgroup::fail(path, errno);
  }
}

}  // namespace

struct Cgroup::State {
  std::vector<Directory> directories;
};

Cgroup::Cgroup(std::unique_ptr<State> state) : state_(std::move(state)) {}
Cgroup::Cgroup(Cgroup&&) noexcept = default;

Cgroup& Cgroup::operator=(Cgroup&& other) noexcept {
  const Cgroup old(std::exchange(state_, std::move(other.state_)));
  return *this;
}

Cgroup::~Cgroup() {
  if (!state_) return;
  try {
    remove();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "isolator: %s\n", error.what());
  }
}

Cgroup Cgroup::make(const Limits& limits) {
  return make_for(cgroup::shares(limits, limits.any() ? cgroup::read_tables() : cgroup::Tables()));
}

Cgroup Cgroup::make_for(const std::vector<cgroup::Share>& shares) {
  Cgroup group(std::make_unique<State>());  // from here on, what was made is removed if a later step fails
  for (const auto& [hierarchy, part] : shares) {
    const std::string parent = hierarchy.v2 ? cgroup::v2::parent(hierarchy, part) : hierarchy.own;
    group.state_->directories.push_back(make_directory(parent, hierarchy.v2, part));
    const std::string& path = group.state_->directories.back().path;
    hierarchy.v2 ? cgroup::v2::limit(path, part) : cgroup::v1::limit(path, part);
  }
  return group;
}

std::vector<Fd> Cgroup::doors() const {
  std::vector<Fd> all;
  for (const Directory& one : state_->directories) {
    if (one.v2) continue;
    const std::string path = one.path + "/tasks";
    all.emplace_back(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
    if (!all.back()) cgroup::fail(path, errno);
  }
  return all;
}

Fd Cgroup::v2() const {
  for (const Directory& one : state_->directories) {
    if (!one.v2) continue;
    Fd directory(::open(one.path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory) cgroup::fail(one.path, errno);
    return directory;
  }
  return Fd();
}

void Cgroup::enter(pid_t pid) const {
  for (const Directory& one : state_->directories)
    cgroup::write_file(one.path + "/cgroup.procs", std::to_string(pid));
}

std::vector<std::string> Cgroup::paths() const {
  std::vector<std::string> all;
  for (const Directory& one : state_->directories) all.push_back(one.path);
  return all;
}

Counters Cgroup::counters() const {
  Counters all;
  for (const Directory& one : state_->directories)
    one.v2 ? cgroup::v2::count(one.path, one.limits, all) : cgroup::v1::count(one.path, one.limits, all);
  return all;
}

void Cgroup::freeze() {
  std::vector<Directory>& all = state_->directories;
  if (all.empty()) return;
  try {
    for (const Directory& one : all)
      if (one.v2 || cgroup::read_if_there(one.path + "/freezer.state"))
        return cgroup::freeze(one.path, one.v2);
    const cgroup::Hierarchy freezer = cgroup::find(cgroup::read_tables(), "freezer");
    all.insert(all.begin(),
               make_directory(freezer.own, false, {}));  // first: it is thawed before the others are emptied
    cgroup::freeze_members(all[0].path, all[1].path);
  } catch (const Error&) {
    thaw();
    throw;
  }
}

void Cgroup::thaw() {
  for (const Directory& one : state_->directories)
    if (one.v2 || cgroup::read_if_there(one.path + "/freezer.state")) cgroup::thaw(one.path, one.v2);
}

void Cgroup::kill() {
  for (const Directory& one : state_->directories)
    if (!cgroup::kill(one.path)) cgroup::fail(one.path, errno);
}

void Cgroup::remove() {
  std::string failed;
  int err = 0;
  std::erase_if(state_->directories, [&](const Directory& one) {
    if (remove_cgroup(one.path)) return true;
    err = errno;
    failed = one.path;
    return false;
  });
  if (err != 0) cgroup::fail(failed, err);
}

}  // namespace isolator
