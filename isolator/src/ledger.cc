#include "ledger.h"

#include <isolator/ledger.h>

#include "cgroup.h"

#include <fcntl.h>
#include <isolator/fd.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>

namespace isolator::ledger {
namespace {

// A table of paths, shared by every process below the keeper. The states lie side by side: looking through
// them touches one page of shared memory, not one for every eight paths.
struct Ledger {
  enum State : int { free, taken, written };
  static constexpr int count = 512;
  std::atomic<int> states[count];
  char paths[count][512];
};
Ledger* table = nullptr;

bool on_cgroup_file_system(const char* path) {
  struct statfs info {};
  return statfs(path, &info) == 0 &&
         (info.f_type == CGROUP_SUPER_MAGIC || info.f_type == CGROUP2_SUPER_MAGIC);
}

}  // namespace

void open() {
  if (table != nullptr) return;
  void* memory = mmap(nullptr, sizeof(Ledger), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "ledger");
  table = static_cast<Ledger*>(memory);
}

void thaw() {
  for (int i = 0; i < Ledger::count; ++i) {
    if (table->states[i] != Ledger::written || !on_cgroup_file_system(table->paths[i])) continue;
    const std::string file = std::string(table->paths[i]) + "/freezer.state";
    const Fd state(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
    if (state && write(state.get(), "THAWED", 6) != 6)
      std::fprintf(stderr, "keeper: cannot thaw %s: %s\n", table->paths[i], std::strerror(errno));
  }
}

void clear() {
  for (int i = 0; i < Ledger::count; ++i) {
    if (table->states[i].exchange(Ledger::free) != Ledger::written) continue;
    const char* path = table->paths[i];
    std::error_code failed;
    if (on_cgroup_file_system(path)) {
      if (!remove_cgroup(path)) failed.assign(errno, std::generic_category());
    } else {
      std::filesystem::remove_all(path, failed);
    }
    if (failed) std::fprintf(stderr, "keeper: cannot remove %s: %s\n", path, failed.message().c_str());
  }
}

Entry::Entry(const std::string& path) {
  if (table == nullptr) return;
  if (path.size() >= sizeof(Ledger::paths[0]))
    throw std::system_error(ENAMETOOLONG, std::generic_category(), path);
  for (int i = 0; i < Ledger::count; ++i) {
    int expected = Ledger::free;
    if (!table->states[i].compare_exchange_strong(expected, Ledger::taken)) continue;
    std::memcpy(table->paths[i], path.c_str(), path.size() + 1);
    table->states[i] = Ledger::written;
    slot_ = i;
    return;
  }
  throw std::system_error(ENOSPC, std::generic_category(), "ledger");
}

Entry::Entry(Entry&& other) noexcept : slot_(std::exchange(other.slot_, -1)) {}
Entry& Entry::operator=(Entry&& other) noexcept {
  std::swap(slot_, other.slot_);
  return *this;
}
Entry::~Entry() {
  if (slot_ >= 0) table->states[slot_] = Ledger::free;
}

}  // namespace isolator::ledger
