// root.from: which files of the host a program needs to run.

#include "root_copies.h"

#include <isolator/error.h>
#include <isolator/fd.h>
#include "loader_paths.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <climits>
#include <deque>
#include <set>
#include <string_view>

namespace isolator {
namespace {

class Collector {
 public:
  std::vector<Copy> copies;

  void add(const std::string& path, const Loaded* by = nullptr) {
    const std::string real = place(path);
    if (!visited_.insert(real).second) return;
    if (std::optional<ElfFile> elf = read_elf(real)) {
      const Loaded object{*std::move(elf), path.substr(0, path.rfind('/')), by};
      if (by == nullptr && !object.elf.interpreter.empty()) add_quoted(object.elf.interpreter, real);
      for (const std::string& name : object.elf.needed) add_library(name, object, real);
    } else if (const std::string interpreter = script_interpreter(real); !interpreter.empty()) {
      add_quoted(interpreter, real);
    }
  }

 private:
  // An error names what asked for it.
  void add_quoted(const std::string& path, const std::string& by) try { add(path); } catch (const Error& e) {
    throw Error(Step::root, e.object + ", for " + by, e.code().value(), e.hint);
  }

  void add_library(const std::string& name, const Loaded& object, const std::string& by) try {
    const LibraryPath found = find_library(name, object);
    if (!found.path.empty()) add(found.path, &object);
    if (found.by_cache) place("/etc/ld.so.cache");
  } catch (const Error& e) {
    throw Error(Step::root, e.object + ", for " + by, e.code().value(), e.hint);
  }

  static std::string script_interpreter(const std::string& path) {
    const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    char head[256];  // BINPRM_BUF_SIZE: the kernel reads no more
    const ssize_t n = fd ? read(fd.get(), head, sizeof head) : -1;
    if (n < 0) throw Error(Step::root, path, errno);
    std::string_view line(head, std::size_t(n));
    if (!line.starts_with("#!")) return "";
    line = line.substr(2, line.find('\n') - 2);
    line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    return std::string(line.substr(0, line.find_first_of(" \t")));
  }

  // Walks the path as the kernel would, and keeps each step of it: a merged /usr stays one. Returns where it
  // ended.
  std::string place(const std::string& path) {
    std::deque<std::string> rest = components(path);
    std::vector<std::string> at;
    int links = 0;
    while (!rest.empty()) {
      const std::string part = rest.front();
      rest.pop_front();
      if (part == "..") {
        if (!at.empty()) at.pop_back();
        continue;
      }
      std::string here;
      for (const std::string& each : at) here += "/" + each;
      here += "/" + part;
      struct stat info {};
      if (lstat(here.c_str(), &info) != 0) throw Error(Step::root, here, errno);
      if (S_ISLNK(info.st_mode)) {
        char target[PATH_MAX];
        const ssize_t n = readlink(here.c_str(), target, sizeof target);
        if (n < 0 || ++links > 40) throw Error(Step::root, here, n < 0 ? errno : ELOOP);
        keep({Copy::Kind::symlink, here, std::string(target, std::size_t(n))});
        if (target[0] == '/') at.clear();
        const std::deque<std::string> on = components(std::string(target, std::size_t(n)));
        rest.insert(rest.begin(), on.begin(), on.end());
      } else if (S_ISDIR(info.st_mode)) {
        keep({Copy::Kind::directory, here, ""});
        at.push_back(part);
      } else if (!S_ISREG(info.st_mode)) {
        throw Error(Step::root, here, EINVAL, "root.from takes programs, libraries and other regular files");
      } else if (!rest.empty()) {
        throw Error(Step::root, path, ENOTDIR);
      } else {
        keep({Copy::Kind::file, here, "", info.st_mode & mode_t(0777)});
        return here;
      }
    }
    throw Error(Step::root, path, EISDIR, "a directory comes in by [[mounts]]");
  }

  void keep(Copy copy) {
    if (kept_.insert(copy.path).second) copies.push_back(std::move(copy));
  }

  static std::deque<std::string> components(const std::string& path) {
    std::deque<std::string> out;
    for (std::size_t at = 0; at < path.size();) {
      const std::size_t end = std::min(path.find('/', at), path.size());
      if (end > at && path.compare(at, end - at, ".") != 0) out.push_back(path.substr(at, end - at));
      at = end + 1;
    }
    return out;
  }

  std::set<std::string> visited_, kept_;
};

}  // namespace

std::vector<Copy> copies_of(const std::vector<std::string>& files) {
  Collector collector;
  for (const std::string& file : files) collector.add(file);
  return collector.copies;
}

}  // namespace isolator
