// A file that the probe got hold of, and keeps open: the host finds it among its descriptors, in
// /proc/PID/fd, whatever the probe says of it.

#include "witness.h"

#include "../nonce.h"

#include <isolator/fd.h>
#include <isolator/ledger.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace escapement {
namespace {

using Finding = Observation::Finding;

class HeldWitness : public Witness {
 public:
  Planted plant(const Inside& inside) override {
    descriptors_ = "/proc/" + std::to_string(inside.pid) + "/fd";
    return prepare();
  }

  Observation observe(const Record&) override {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(descriptors_, error))
      if (is_it(entry.path())) return {Finding::reached, "the host sees that it holds " + what()};
    if (error) return {Finding::unknown, "its descriptors cannot be seen: " + error.message()};
    return {Finding::unchanged, "the host sees nothing of the kind among its descriptors"};
  }

  Observation observe_after(const Record& record, const std::map<std::string, std::uint64_t>&) override {
    return record.live;
  }

 private:
  virtual Planted prepare() = 0;
  virtual bool is_it(const std::string& descriptor) const = 0;
  virtual std::string what() const = 0;

  std::string descriptors_;
};

/// A file that the host has anyway.
class FileWitness : public HeldWitness {
 public:
  explicit FileWitness(std::string path) : path_(std::move(path)) {}

 protected:
  Planted prepare() override {
    struct stat info {};
    if (stat(path_.c_str(), &info) != 0)
      return {.order = "", .not_planted = "this host has no " + path_, .absent = errno == ENOENT};
    identity_ = identity_of(path_);
    return {.order = "path=" + path_ + " device=" + std::to_string(info.st_dev) +
                     " inode=" + std::to_string(info.st_ino),
            .not_planted = ""};
  }
  bool is_it(const std::string& descriptor) const override { return identity_of(descriptor) == identity_; }
  std::string what() const override { return "the host's " + path_; }

  std::string path_, identity_;
};

/// A namespace of the host: since Linux 6.18 they have handles, of which a number is the first part.
class NamespaceFileWitness : public FileWitness {
 public:
  using FileWitness::FileWitness;

 private:
  Planted prepare() override {
    const isolator::Fd file(open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    alignas(std::uint64_t) char bytes[sizeof(file_handle) + 128] = {};
    auto& handle = *reinterpret_cast<file_handle*>(bytes);
    handle.handle_bytes = 128;
    int mount = 0;
    if (name_to_handle_at(file.get(), "", &handle, &mount, AT_EMPTY_PATH) != 0)
      return {.order = "",
              .not_planted = std::string("its namespaces have no handles: ") + std::strerror(errno),
              .absent = errno == EOPNOTSUPP};
    std::uint64_t id = 0;
    std::memcpy(&id, handle.f_handle, sizeof id);
    Planted out = FileWitness::prepare();
    out.order += " id=" + std::to_string(id);
    return out;
  }
};

/// A file that is made for one attack, two directories below `parent`, which it may find and change: what
/// keeps a sandbox from it is its own root.
class PlantedWitness : public FileWitness {
 public:
  explicit PlantedWitness(std::string parent) : FileWitness(""), parent_(std::move(parent)) {
    const char* home = std::getenv("HOME");
    if (parent_ == "HOME") parent_ = home != nullptr && *home == '/' ? home : "/root";
  }
  ~PlantedWitness() override {
    std::error_code failed;
    if (!top_.empty()) std::filesystem::remove_all(top_, failed);
  }
  PlantedWitness(const PlantedWitness&) = delete;
  PlantedWitness& operator=(const PlantedWitness&) = delete;

 protected:
  std::string top_;

 private:
  Planted prepare() override {
    const std::string top = parent_ + "/escapement-" + nonce();
    entry_ = isolator::ledger::Entry(top);
    if (mkdir(top.c_str(), 0700) != 0)
      return {.order = "",
              .not_planted = "nothing can be planted in " + parent_ + ": " + std::strerror(errno),
              .absent = errno == EACCES || errno == ENOENT || errno == EROFS};
    top_ = top;
    const std::string inner = top + "/inner";
    path_ = inner + "/file";
    // Whatever the umask takes away.
    if (mkdir(inner.c_str(), 0700) != 0 || !std::ofstream(path_) || chmod(path_.c_str(), 0666) != 0 ||
        chmod(inner.c_str(), 0777) != 0 || chmod(top.c_str(), 0777) != 0)
      return {.order = "", .not_planted = "nothing can be planted in " + top + ": " + std::strerror(errno)};
    Planted out = FileWitness::prepare();
    out.order += " top=" + top;
    return out;
  }

  std::string parent_;
  isolator::ledger::Entry entry_;
};

/// The same, for what is left there when the sandbox is gone.
class LeftWitness : public PlantedWitness {
 public:
  using PlantedWitness::PlantedWitness;

  Observation observe(const Record&) override { return {Finding::unchanged, ""}; }
  Observation observe_after(const Record&, const std::map<std::string, std::uint64_t>&) override {
    if (std::filesystem::exists(top_ + "/left"))
      return {Finding::reached, "what it left is there for the next"};
    return {Finding::unchanged, "nothing of it is left"};
  }
};

/// A program that runs as its owner, whoever starts it.
class ProgramWitness : public HeldWitness {
 private:
  Planted prepare() override { return {}; }
  bool is_it(const std::string& descriptor) const override {
    struct stat info {};
    struct statvfs mounted {};
    return stat(descriptor.c_str(), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & S_ISUID) != 0 &&
           statvfs(descriptor.c_str(), &mounted) == 0 && (mounted.f_flag & ST_NOSUID) == 0;
  }
  std::string what() const override { return "a program that runs as its owner"; }
};

}  // namespace

std::unique_ptr<Witness> file_witness(const std::string& path) {
  if (path.starts_with("/proc/self/ns/")) return std::make_unique<NamespaceFileWitness>(path);
  return std::make_unique<FileWitness>(path);
}
std::unique_ptr<Witness> planted_witness(const std::string& parent) {
  return std::make_unique<PlantedWitness>(parent);
}
std::unique_ptr<Witness> left_witness(const std::string& parent) {
  return std::make_unique<LeftWitness>(parent);
}
std::unique_ptr<Witness> program_witness() { return std::make_unique<ProgramWitness>(); }

}  // namespace escapement
