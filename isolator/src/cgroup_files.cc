#include "cgroup_files.h"

#include <fcntl.h>
#include <isolator/error.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include <isolator/fd.h>

namespace isolator::cgroup {

namespace {

std::string advice(int err) {
  switch (err) {
    case EACCES:
    case EPERM:
      return "cgroups are root's; without root they need cgroup v2 and a delegated subtree: "
             "systemd-run --user --scope -p Delegate=yes COMMAND, or as root a cgroup of which the user owns "
             "the "
             "directory, cgroup.procs, cgroup.subtree_control and cgroup.threads, with COMMAND in it";
    case EROFS:
      return "the cgroup file system is mounted read-only here";
    default:
      return "";
  }
}

Fd open_file(const std::string& path, int flags) {
  int fd;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  return Fd(fd);
}

std::string read_all(const Fd& file, const std::string& path) {
  std::string text;
  std::array<char, 16384> chunk;
  for (;;) {
    const ssize_t n = ::read(file.get(), chunk.data(), chunk.size());
    if (n > 0) text.append(chunk.data(), std::size_t(n));
    if (n == 0) return text;
    if (n < 0 && errno != EINTR) fail(path, errno);
  }
}

void write_all(const Fd& file, const std::string& path, const std::string& text,
               const std::string& hint = "") {
  ssize_t n;
  do {
    n = ::write(file.get(), text.data(), text.size());
  } while (n < 0 && errno == EINTR);
  if (n < 0) fail(path, errno, hint);
  if (std::size_t(n) != text.size()) fail(path, EIO);
}

}  // namespace

void fail(const std::string& object, int err, const std::string& hint) {
  throw Error(Step::cgroup, object, err, hint.empty() ? advice(err) : hint);
}

std::string read_file(const std::string& path) {
  const Fd file = open_file(path, O_RDONLY);
  if (!file) fail(path, errno);
  return read_all(file, path);
}

std::optional<std::string> read_if_there(const std::string& path) {
  const Fd file = open_file(path, O_RDONLY);
  if (!file && errno == ENOENT) return std::nullopt;
  if (!file) fail(path, errno);
  return read_all(file, path);
}

void write_file(const std::string& path, const std::string& text, const std::string& hint) {
  const Fd file = open_file(path, O_WRONLY);
  if (!file) fail(path, errno);
  write_all(file, path, text, hint);
}

void set_line(const std::string& path, const std::string& text, const std::string& line,
              const std::string& hint) {
  write_file(path, text, hint);
  if (!contains(read_file(path), line, '\n'))
    fail(path, ERANGE, "wrote " + text + ", but the kernel does not keep " + line);
}

void set(const std::string& path, const std::string& text, const std::string& kept) {
  if (!set_if_there(path, text, kept)) fail(path, ENOENT);
}

bool set_if_there(const std::string& path, const std::string& text, const std::string& kept) {
  // One descriptor for both: to open a file of a cgroup costs the kernel more than to write and read it.
  const Fd file = open_file(path, O_RDWR);
  if (!file && errno == ENOENT) return false;
  if (!file) fail(path, errno);
  write_all(file, path, text);
  if (::lseek(file.get(), 0, SEEK_SET) != 0) fail(path, errno);
  std::string now = read_all(file, path);
  if (now.ends_with('\n')) now.pop_back();
  if (now != kept) fail(path, ERANGE, "wrote " + text + ", but the kernel keeps " + now);
  return true;
}

std::string_view next(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  return part;
}

bool contains(std::string_view list, std::string_view word, char separator) {
  if (list.ends_with('\n')) list.remove_suffix(1);
  while (!list.empty())
    if (next(list, separator) == word) return true;
  return false;
}

}  // namespace isolator::cgroup
