#include "player.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

using nlohmann::json;
using std::chrono::steady_clock;

namespace {

constexpr uid_t nobody = 61234;  // not 65534: others may count that user's processes

/// Polls `done` for up to `limit`.
template <typename Done>
bool within(std::chrono::seconds limit, Done done) {
  for (auto deadline = steady_clock::now() + limit; steady_clock::now() < deadline; usleep(1000))
    if (done()) return true;
  return done();
}

/// proc_pid_stat(5); empty if there is no such process.
std::string stat_of(const std::filesystem::path& proc) {
  std::ifstream stat(proc / "stat");
  std::string text;
  std::getline(stat, text);
  return text;
}

}  // namespace

Player::Player(const std::string& program, const std::function<void()>& confine)
    : name_(program.substr(program.rfind('/') + 1)) {
  signal(SIGPIPE, SIG_IGN);
  int in[2], out[2];
  if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) die("pipe2");
  // By descriptor, because the program may lie where its user cannot go.
  int file = open(program.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) die(program.c_str());
  pid_ = fork();
  if (pid_ == 0) {
    signal(SIGPIPE, SIG_DFL);
    dup2(in[0], 0);
    dup2(out[1], 1);
    for (int fd : {in[0], in[1], out[0], out[1]}) close(fd);
    if (confine) confine();
    const char* argv[] = {program.c_str(), nullptr};
    const char* environment[] = {nullptr};
    fexecve(file, const_cast<char**>(argv), const_cast<char**>(environment));
    die("fexecve");
  }
  close(in[0]);
  close(out[1]);
  close(file);
  to_ = in[1];
  from_ = out[0];
}

Player::~Player() {
  hang_up();
  stop_listening();
  if (!status_) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
}

void Player::greet(const std::string& nonce) { say("escapement 1 " + nonce + " " + name_); }
void Player::say(const std::string& text) {
  std::string with_newline = text + "\n";
  // A program that has gone already shows it by its status.
  if (write(to_, with_newline.data(), with_newline.size()) < 0 && errno != EPIPE) die("write to the probe");
}

void Player::hang_up() {
  if (to_ >= 0) close(to_);
  to_ = -1;
}

void Player::stop_listening() {
  if (from_ >= 0) close(from_);
  from_ = -1;
}

std::optional<json> Player::line() {
  for (;;) {
    if (std::size_t end = buffer_.find('\n'); end != std::string::npos) {
      json parsed = json::parse(buffer_.substr(0, end));
      buffer_.erase(0, end + 1);
      return parsed;
    }
    pollfd ready{from_, POLLIN, 0};
    if (poll(&ready, 1, 10'000) <= 0) return std::nullopt;
    char bytes[4096];
    ssize_t size = read(from_, bytes, sizeof bytes);
    if (size <= 0) return std::nullopt;
    buffer_.append(bytes, static_cast<std::size_t>(size));
  }
}

std::vector<json> Player::until_claim() {
  std::vector<json> lines;
  while (std::optional<json> next = line()) {
    lines.push_back(*next);
    if (next->contains("claim")) break;
  }
  return lines;
}

int Player::status() {
  within(std::chrono::seconds(10), [&] {
    int status = 0;
    if (!status_ && waitpid(pid_, &status, WNOHANG) == pid_)
      status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return status_.has_value();
  });
  return status_.value_or(-1);
}

Played play(const std::string& program, const std::string& order, const std::function<void()>& confine) {
  Player player(program, confine);
  player.greet("0123456789abcdef");
  player.say("order " + order);
  Played played;
  played.lines = player.until_claim();
  player.say("end");
  played.status = player.status();
  return played;
}

std::string Played::claim() const { return lines.empty() ? "" : lines.back().value("claim", ""); }
std::string Played::reason() const { return lines.empty() ? "" : lines.back().value("reason", ""); }

std::string Played::result(const std::string& attempt) const {
  for (const json& each : lines)
    if (each.value("attempt", "") == attempt) return each["result"];
  return "";
}

std::vector<std::string> Played::saw() const {
  std::vector<std::string> all;
  for (const json& each : lines)
    if (each.contains("saw")) all.push_back(each["saw"]);
  return all;
}

std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    std::string text = stat_of(entry.path());
    std::size_t name_end = text.rfind(')');
    char state = 0;
    int ppid = 0;
    if (name_end == std::string::npos || sscanf(text.c_str() + name_end, ") %c %d", &state, &ppid) != 2)
      continue;
    if (ppid == parent && state != 'Z') children.push_back(std::stoi(entry.path().filename()));
  }
  return children;
}

bool goes(const std::string& path) {
  return within(std::chrono::seconds(10), [&] { return access(path.c_str(), F_OK) != 0; });
}

bool ends(pid_t pid) {
  return within(std::chrono::seconds(10), [&] {
    std::string text = stat_of("/proc/" + std::to_string(pid));
    return text.empty() || text.find(") Z ") != std::string::npos;
  });
}

void die(const char* what) {
  perror(what);
  _exit(99);
}

void become_nobody() {
  if (setgid(nobody) != 0 || setuid(nobody) != 0) die("setuid");
}

void enter_pid_namespace() {
  if (unshare(CLONE_NEWPID) != 0) die("unshare pid");
  pid_t first = fork();
  if (first < 0) die("fork");
  if (first == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return;
  }
  close(0);
  close(1);
  int status = 0;
  waitpid(first, &status, 0);
  _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

void enter_empty_root() {
  if (unshare(CLONE_NEWNS) != 0) die("unshare mount");
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) die("make / private");
  // Over /tmp, in a mount namespace of our own: no directory is left behind.
  if (mount("none", "/tmp", "tmpfs", MS_RDONLY, "mode=0755") != 0) die("mount tmpfs");
  if (chroot("/tmp") != 0 || chdir("/") != 0) die("chroot");
}

std::string output_of(const std::string& command) {
  std::string all;
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) die("popen");
  char bytes[4096];
  for (std::size_t size; (size = fread(bytes, 1, sizeof bytes, pipe)) > 0;) all.append(bytes, size);
  if (int status = pclose(pipe); status != 0) all += "\nexit status " + std::to_string(status);
  return all;
}
