#pragma once

#include "witness.h"

#include <isolator/fd.h>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <exception>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>

namespace escapement::testing {

/// For tests: a process that stands where a probe would be. It is put somewhere, waits for its order, does
/// its work, says what it saw, and holds what it has until it is let go.
class Worker {
 public:
  using Work = std::function<std::string(const std::string& order)>;

  explicit Worker(const std::function<void()>& work)
      : Worker([&](const std::string&) { return work(), std::string(); }) {}

  /// Where `put` is done when this returns.
  explicit Worker(
      const Work& work, const std::function<void()>& put = [] {}) {
    std::signal(SIGPIPE, SIG_IGN);
    int in[2], out[2];
    EXPECT_EQ(pipe2(in, O_CLOEXEC) | pipe2(out, O_CLOEXEC), 0);
    isolator::Fd its_order(in[0]), its_word(out[1]);
    order_.reset(in[1]);
    word_.reset(out[0]);
    pid_ = fork();
    if (pid_ != 0) {
      its_word.reset();
      EXPECT_EQ(read_line(word_.get()), "there\n");
      return;
    }
    order_.reset();
    word_.reset();
    be(its_order.get(), its_word.get(), work, put);
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() { end(); }

  pid_t pid() const { return pid_; }

  /// Returns what it says when its work is done, while it still lives.
  std::string go(const std::string& order = "") {
    write_line(order_.get(), told + order);
    std::string saw = read_line(word_.get());
    EXPECT_FALSE(saw.empty()) << "the worker died of its work";
    if (!saw.empty()) saw.pop_back();
    return saw;
  }

  /// It is gone when this returns, and nothing of it is left in /proc.
  void end() {
    if (pid_ <= 0) return;
    // Others may hold this end too, such as a helper of the witness; and it may have been killed.
    EXPECT_TRUE(write(order_.get(), "\n", 1) == 1 || errno == EPIPE);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
  }

 private:
  static constexpr char told = '>';

  /// What it throws ends it: the test that it is a copy of must not go on in it.
  [[noreturn]] static void be(int its_order, int its_word, const Work& work,
                              const std::function<void()>& put) noexcept {
    put();
    write_line(its_word, "there");
    const std::string order = read_line(its_order);
    if (!order.starts_with(told)) _exit(0);
    write_line(its_word, work(order.substr(1, order.size() - 2)));
    read_line(its_order);
    _exit(0);
  }

  /// With the newline; empty where there comes none any more.
  static std::string read_line(int fd) {
    std::string out;
    for (char byte; read(fd, &byte, 1) == 1;) {
      out += byte;
      if (byte == '\n') return out;
    }
    return "";
  }

  static void write_line(int fd, const std::string& text) {
    const std::string line = text + "\n";
    EXPECT_EQ(write(fd, line.data(), line.size()), ssize_t(line.size()));
  }

  isolator::Fd order_, word_;
  pid_t pid_ = -1;
};

/// The value of one key of an order, or empty.
inline std::string value_of(const std::string& order, const std::string& key) {
  const std::string text = " " + order + " ";
  const std::size_t at = text.find(" " + key + "=");
  if (at == text.npos) return "";
  const std::size_t from = at + key.size() + 2;
  return text.substr(from, text.find(' ', from) - from);
}

/// Goes to namespaces of its own, as who it is.
inline void go_apart(int namespaces) {
  const uid_t uid = geteuid();
  const gid_t gid = getegid();
  EXPECT_EQ(unshare(uid == 0 ? namespaces : namespaces | CLONE_NEWUSER), 0);
  const auto map = [](const char* what, unsigned id) {
    std::ofstream(std::string("/proc/self/") + what) << std::to_string(id) + " " + std::to_string(id) + " 1";
  };
  if (uid == 0) return;
  std::ofstream("/proc/self/setgroups") << "deny";  // or no group could be mapped: user_namespaces(7)
  map("uid_map", uid);
  map("gid_map", gid);
}

/// Leaves the mounts of the host for one's own, with an empty directory at `place` that only those see who
/// are in there.
inline void mount_at(const std::string& place, unsigned long flags = 0) {
  go_apart(CLONE_NEWNS);
  EXPECT_EQ(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
  EXPECT_EQ(mount("tmpfs", place.c_str(), "tmpfs", flags, "mode=0777"), 0);
}

/// What a witness says of one attack by `work`, which gets the order and says what it saw. In a process of
/// its own, as each cell is: some witnesses change the process that they live in.
inline Observation seen_of(
    const std::function<std::unique_ptr<Witness>()>& make, const Worker::Work& work,
    const std::function<void()>& put = [] {}) {
  int ends[2];
  EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    Record record;
    try {
      const std::unique_ptr<Witness> witness = make();
      Worker worker(work, put);
      const Planted planted = witness->plant(look_inside(worker.pid()));
      record.not_planted = planted.not_planted;
      if (record.not_planted.empty()) {
        record.saw = {worker.go(planted.order)};
        record.live = witness->observe(record);
      }
    } catch (const std::exception& error) {
      record.trouble = error.what();
    }
    const std::string line = to_line(record);
    _exit(write(ends[1], line.data(), line.size()) == ssize_t(line.size()) ? 0 : 1);
  }
  close(ends[1]);
  std::string line;
  for (char byte; read(ends[0], &byte, 1) == 1;) line += byte;
  close(ends[0]);
  int status = 0;
  waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0) << "the process of the witness died";
  if (line.empty()) return {Observation::Finding::unknown, "nothing"};
  const Record record = from_line(line);
  EXPECT_EQ(record.trouble + record.not_planted, "");
  return record.live;
}

}  // namespace escapement::testing
