// What the process that starts the sandbox leaves open, or in its environment: a forgotten descriptor above
// all that anybody uses, or a variable with a secret. The process runs this sandbox alone, so that nothing
// else finds it.

#include "witness.h"

#include "../nonce.h"

#include <isolator/fd.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <system_error>

namespace escapement {
namespace {

using Finding = Observation::Finding;

constexpr int number = 100;  // inside, too: one that is inherited keeps its number

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

class DescriptorWitness : public Witness {
 public:
  Planted plant(const Inside&) override {
    const std::string known = order();
    return {.order = "descriptor=" + std::to_string(number) + (known.empty() ? "" : " ") + known,
            .not_planted = ""};
  }
  Observation observe(const Record& record) override {
    if (reached(record)) return {Finding::reached, "it used what had been left open"};
    return {Finding::unchanged, "nobody used what had been left open"};
  }
  Observation observe_after(const Record& record, const std::map<std::string, std::uint64_t>&) override {
    return record.live;
  }

 protected:
  /// Not to be closed at an exec: dup2(2) clears the flag.
  void leave_open(int fd, const char* what) {
    if (fd < 0 || dup2(fd, number) != number) fail(what);
    left_.reset(number);
  }
  virtual std::string order() const { return ""; }
  virtual bool reached(const Record&) = 0;

  const std::string nonce_ = nonce();

 private:
  isolator::Fd left_;
};

/// The directory of the canary.
class DirectoryWitness : public DescriptorWitness {
 public:
  explicit DirectoryWitness(const Plantings& plantings) : plantings_(plantings) {
    const std::string directory = std::filesystem::path(plantings.canary_path).parent_path();
    const isolator::Fd fd(open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    leave_open(fd.get(), directory.c_str());
  }

 private:
  bool reached(const Record& record) override {
    return std::find(record.saw.begin(), record.saw.end(), plantings_.canary_nonce) != record.saw.end();
  }
  const Plantings& plantings_;
};

/// One end of a pair of sockets.
class SocketWitness : public DescriptorWitness {
 public:
  SocketWitness() {
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0) fail("socketpair");
    ours_.reset(ends[0]);
    const isolator::Fd its(ends[1]);
    leave_open(its.get(), "socketpair");
  }

 private:
  std::string order() const override { return "nonce=" + nonce_; }
  bool reached(const Record&) override {
    char text[256];
    const ssize_t size = read(ours_.get(), text, sizeof text);
    return size > 0 && std::string(text, std::size_t(size)) == nonce_;
  }
  isolator::Fd ours_;
};

/// Memory that the host goes on using.
class MemoryFileWitness : public DescriptorWitness {
 public:
  MemoryFileWitness() : ours_(memfd_create("canary", MFD_CLOEXEC)) {
    if (!ours_ || ftruncate(ours_.get(), getpagesize()) != 0) fail("memfd_create");
    leave_open(ours_.get(), "memfd_create");
  }

 private:
  std::string order() const override { return "nonce=" + nonce_; }
  bool reached(const Record&) override {
    char text[256]{};
    return pread(ours_.get(), text, nonce_.size(), 0) == ssize_t(nonce_.size()) && text == nonce_;
  }
  isolator::Fd ours_;
};

/// A log of the host's, open to add to its end and for nothing else.
class LogWitness : public DescriptorWitness {
 public:
  explicit LogWitness(const Plantings& plantings)
      : path_(std::filesystem::path(plantings.canary_path).parent_path() / ("log-" + nonce_)),
        ours_(open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC, 0600)) {
    if (!ours_ || write(ours_.get(), nonce_.data(), nonce_.size()) < 0) fail(path_.c_str());
    const isolator::Fd to_append(open(path_.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
    leave_open(to_append.get(), path_.c_str());
  }
  ~LogWitness() override { unlink(path_.c_str()); }
  LogWitness(const LogWitness&) = delete;
  LogWitness& operator=(const LogWitness&) = delete;

 private:
  bool reached(const Record& record) override {
    return std::find(record.saw.begin(), record.saw.end(), nonce_) != record.saw.end();
  }
  std::string path_;
  isolator::Fd ours_;
};

class VariableWitness : public Witness {
 public:
  explicit VariableWitness(const std::string& name) : name_(name) {
    if (setenv(name.c_str(), nonce_.c_str(), 1) != 0) fail("setenv");
  }
  Planted plant(const Inside&) override {
    return {.order = "variable=" + name_ + " prefix=" + nonce_.substr(0, 8), .not_planted = ""};
  }
  Observation observe(const Record& record) override {
    // A runtime may hand it on with something before or after it, as crun(1) does with NOTIFY_SOCKET.
    const auto tells = [&](const std::string& text) { return text.find(nonce_) != text.npos; };
    if (std::any_of(record.saw.begin(), record.saw.end(), tells))
      return {Finding::reached, "it knows the value of " + name_};
    return {Finding::unchanged, "it does not know the value of " + name_};
  }
  Observation observe_after(const Record& record, const std::map<std::string, std::uint64_t>&) override {
    return record.live;
  }

 private:
  const std::string nonce_ = nonce();
  std::string name_;
};

/// The session of who starts it, whose terminal and job control are then shared.
class SessionWitness : public Witness {
 public:
  Planted plant(const Inside& inside) override {
    pid_ = inside.pid;
    return {};
  }
  Observation observe(const Record&) override {
    const pid_t its = getsid(pid_);
    if (its < 0) return {Finding::unknown, "its session cannot be seen"};
    if (its == getsid(0)) return {Finding::reached, "its session is that of who started it"};
    return {Finding::unchanged, "its session is its own"};
  }
  Observation observe_after(const Record& record, const std::map<std::string, std::uint64_t>&) override {
    return record.live;
  }

 private:
  pid_t pid_ = 0;
};

}  // namespace

std::unique_ptr<Witness> descriptor_witness(const std::string& kind, const Plantings& plantings) {
  if (kind == "directory") return std::make_unique<DirectoryWitness>(plantings);
  if (kind == "socket") return std::make_unique<SocketWitness>();
  if (kind == "memory") return std::make_unique<MemoryFileWitness>();
  if (kind == "log") return std::make_unique<LogWitness>(plantings);
  throw std::invalid_argument("unknown descriptor to leave open: " + kind);
}
std::unique_ptr<Witness> variable_witness(const std::string& name) {
  return std::make_unique<VariableWitness>(name);
}
std::unique_ptr<Witness> session_witness() { return std::make_unique<SessionWitness>(); }

}  // namespace escapement
