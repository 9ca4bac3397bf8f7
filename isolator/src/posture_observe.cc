// What /proc tells of a process, as facts.

#include <isolator/posture.h>

#include "builder.h"
#include "mountinfo.h"
#include "posture_inside.h"
#include "posture_limits.h"
#include "posture_words.h"
#include "profile_values.h"

#include <dirent.h>
#include <linux/ioprio.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <memory>
#include <set>
#include <sstream>
#include <system_error>

namespace isolator {
namespace {

class Proc {
 public:
  explicit Proc(const std::string& pid) : directory_("/proc/" + pid + "/") {}

  std::string read(const std::string& file) const {
    std::ifstream in(directory_ + file);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (!in && text.empty()) throw std::system_error(errno, std::generic_category(), directory_ + file);
    return text;
  }
  std::string link(const std::string& file) const {
    char target[4096];
    const ssize_t n = readlink((directory_ + file).c_str(), target, sizeof target);
    if (n < 0) throw std::system_error(errno, std::generic_category(), directory_ + file);
    return {target, std::size_t(n)};
  }
  std::string inode(const std::string& file) const {
    struct stat info {};
    if (stat((directory_ + file).c_str(), &info) != 0)
      throw std::system_error(errno, std::generic_category(), directory_ + file);
    return words::inode(info);
  }
  bool has(const std::string& file) const { return access((directory_ + file).c_str(), F_OK) == 0; }
  const std::string& directory() const { return directory_; }

  /// A line of status, without its name.
  std::string status(const std::string& name) const {
    std::istringstream lines(read("status"));
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with(name + ":"))
        return line.substr(std::min(line.size(), line.find_first_not_of(" \t", name.size() + 1)));
    return "";
  }

 private:
  std::string directory_;
};

// The numbers that a caller outside reads, in the numbers of the process.
std::string ids_inside(const std::string& outside, const std::vector<IdRange>& map) {
  std::vector<std::string> words;
  std::istringstream numbers(outside);
  for (std::uint64_t id = 0; numbers >> id;) {
    const auto range = std::find_if(map.begin(), map.end(), [&](const IdRange& r) {
      return id >= r.outside && id - r.outside < r.count;
    });
    words.push_back(range == map.end() ? "unmapped" : std::to_string(range->inside + (id - range->outside)));
  }
  return words::joined(words);
}

// "0 0 0 0", real, effective, saved and file system, as one where they are one.
std::string one_of_four(const std::string& ids) {
  const std::string first = ids.substr(0, ids.find(' '));
  return ids == words::joined({first, first, first, first}) ? first : ids;
}

void identity(const Proc& process, Posture& out) {
  const std::vector<IdRange> uids = words::parse_map(process.read("uid_map"));
  const std::vector<IdRange> gids = words::parse_map(process.read("gid_map"));
  out["uid_map"] = words::ranges(uids);
  out["gid_map"] = words::ranges(gids);
  out["uid"] = one_of_four(ids_inside(process.status("Uid"), uids));
  out["gid"] = one_of_four(ids_inside(process.status("Gid"), gids));
  out["groups"] = words::or_none(ids_inside(process.status("Groups"), gids));
  std::string setgroups = process.read("setgroups");
  setgroups.pop_back();
  out["setgroups"] = setgroups;
}

void privileges(const Proc& process, Posture& out) {
  for (const auto& [name, line] :
       {std::pair("inheritable", "CapInh"), std::pair("permitted", "CapPrm"),
        std::pair("effective", "CapEff"), std::pair("bounding", "CapBnd"), std::pair("ambient", "CapAmb")})
    out[std::string("capabilities.") + name] =
        words::capabilities(std::stoull(process.status(line), nullptr, 16));
  out["no_new_privs"] = process.status("NoNewPrivs") == "1" ? "yes" : "no";
  out["seccomp"] = process.status("Seccomp") == "0" ? "none" : "filter";
}

void signals(const Proc& process, Posture& out) {
  for (const auto& [name, line] : {std::pair("blocked", "SigBlk"), std::pair("ignored", "SigIgn")}) {
    const std::string set = process.status(line);
    out[std::string("signals.") + name] = set.find_first_not_of('0') == std::string::npos ? "none" : set;
  }
}

void rlimits(const Proc& process, Posture& out) {
  std::istringstream lines(process.read("limits"));
  std::string line;
  std::getline(lines, line);  // the heading; the columns below it are 26, 21, 21 and 10 wide
  while (std::getline(lines, line))
    for (const auto& [title, name] : words::rlimit_titles)
      if (line.starts_with(title)) {
        std::string soft, hard;
        std::istringstream(line.substr(26)) >> soft >> hard;
        out["rlimits." + std::string(name)] = soft == hard ? soft : soft + " " + hard;
      }
}

std::vector<std::string> entries(const std::string& directory) {
  const std::unique_ptr<DIR, int (*)(DIR*)> dir(opendir(directory.c_str()), closedir);
  if (!dir) throw std::system_error(errno, std::generic_category(), directory);
  std::vector<std::string> out;
  while (const dirent* entry = readdir(dir.get()))
    if (entry->d_name[0] != '.') out.emplace_back(entry->d_name);
  return out;
}

void descriptors(const Proc& process, Posture& out) {
  std::vector<int> fds;
  for (const std::string& name : entries(process.directory() + "fd")) fds.push_back(std::stoi(name));
  std::sort(fds.begin(), fds.end());
  std::vector<std::string> shown;
  for (const int fd : fds) shown.push_back(std::to_string(fd));
  out["fds"] = words::or_none(words::joined(shown));
}

void environment(const Proc& process, Posture& out) {
  std::string text = process.has("environ") ? process.read("environ") : "";
  std::vector<std::string> variables;
  std::istringstream in(text);
  for (std::string variable; std::getline(in, variable, '\0');) variables.push_back(variable);
  std::sort(variables.begin(), variables.end());
  out["environment"] = words::or_none(words::joined(variables));
}

void schedule(const Proc& process, Posture& out) {
  const std::string stat = process.read("stat");
  std::istringstream fields(
      stat.substr(stat.rfind(')') + 2));  // from the third on: the name may hold anything
  std::vector<std::string> field(3);
  for (std::string word; fields >> word;) field.push_back(word);
  const std::string pid = stat.substr(0, stat.find(' '));
  out["session"] = field.at(6) == pid ? "own" : "shared";
  out["terminal"] = field.at(7) == "0" ? "no" : "yes";
  out["nice"] = field.at(19);
  const long priority = syscall(SYS_ioprio_get, IOPRIO_WHO_PROCESS, std::stoi(pid));
  if (priority < 0) throw std::system_error(errno, std::generic_category(), "ioprio_get " + pid);
  out["ioprio"] = words::io_priority(int(priority));
  out["processors"] = process.status("Cpus_allowed_list");
  std::string score = process.read("oom_score_adj");
  score.pop_back();
  out["oom_score_adj"] = score;
  out["personality"] = in_hexadecimal(std::stoull(process.read("personality"), nullptr, 16));
}

void clocks(const Proc& process, Posture& out) {
  if (!process.has("timens_offsets")) return;
  std::istringstream lines(process.read("timens_offsets"));
  std::string clock;
  long seconds = 0, nanoseconds = 0;
  while (lines >> clock >> seconds >> nanoseconds)
    out["clock." + clock] =
        words::offset(std::chrono::seconds(seconds) + std::chrono::nanoseconds(nanoseconds));
}

// Of its network namespace. What the kernel gives to each link by itself, and lo's own, are no news.
void network(const Proc& process, Posture& out) {
  std::set<std::string> addresses;
  bool loopback = false;
  std::istringstream trie(process.has("net/fib_trie") ? process.read("net/fib_trie") : "");
  std::string last;
  for (std::string line; std::getline(trie, line);) {
    if (const std::size_t at = line.find("-- "); at != std::string::npos) last = line.substr(at + 3);
    if (line.find("/32 host LOCAL") == std::string::npos) continue;
    loopback = loopback || last.starts_with("127.");
    if (!last.starts_with("127.")) addresses.insert(last);
  }
  std::istringstream lines(process.has("net/if_inet6") ? process.read("net/if_inet6") : "");
  for (std::string line; std::getline(lines, line);) {
    std::string address;
    for (int i = 0; i < 32; i += 4) address += (i > 0 ? ":" : "") + line.substr(std::size_t(i), 4);
    address = words::address(address);
    if (address != "::1" && !address.starts_with("fe80:")) addresses.insert(address);
  }
  out["network.loopback"] = loopback ? "up" : "down";
  out["network.addresses"] = words::or_none(words::joined({addresses.begin(), addresses.end()}));
}

// Of the options of a file system those that a profile can ask for. A tmpfs has the mode 1777 where it shows
// none.
std::string filesystem(const MountLine& mount) {
  std::vector<std::string> out = {mount.type};
  std::string mode = "1777";
  std::istringstream options(mount.super_options);
  for (std::string option; std::getline(options, option, ',');) {
    for (const char* known : {"subset=", "hidepid=", "size=", "nr_inodes="})
      if (option.starts_with(known)) out.push_back(option);
    if (option.starts_with("mode=")) mode = in_octal(mode_t(std::stoul(option.substr(5), nullptr, 8)));
  }
  if (mount.type == "tmpfs") out.push_back("mode=" + mode);
  return words::joined(out);
}

void mounts(const Proc& process, Posture& out) {
  std::vector<std::string> points;
  for (const MountLine& mount : parse_mountinfo(process.read("mountinfo"))) {
    points.push_back(mount.point);
    // The last one covers those before it.
    out["filesystem " + mount.point] = filesystem(mount);
    std::string options = mount.options;
    std::replace(options.begin(), options.end(), ',', ' ');
    out["mount " + mount.point] = options;
  }
  out["mounts"] = words::joined(points);
}

}  // namespace

Posture observe(pid_t pid, const Posture& asked) {
  const Proc process(std::to_string(pid)), self("self");
  Posture out;
  for (const auto& [word, ns] : namespace_names) {
    const std::string file = words::namespace_file(word);
    if (!self.has(file)) continue;  // this kernel has no such namespace
    out["namespace." + std::string(word)] = process.inode(file) == self.inode(file) ? "shared" : "new";
  }
  out["root"] = process.inode("root") == self.inode("root") ? "shared" : "own";
  if (asked.contains("root.inode")) out["root.inode"] = process.inode("root");
  identity(process, out);
  privileges(process, out);
  signals(process, out);
  rlimits(process, out);
  descriptors(process, out);
  environment(process, out);
  schedule(process, out);
  clocks(process, out);
  mounts(process, out);
  observe_paths(pid, asked, out);
  observe_names(pid, out);
  network(process, out);
  observe_limits({.mountinfo = self.read("mountinfo"), .membership = process.read("cgroup")}, out);
  const std::string root = process.link("root"), cwd = process.link("cwd");
  out["cwd"] = root != "/" && cwd.starts_with(root) ? cwd.substr(root.size()) : cwd;
  if (out["cwd"].empty()) out["cwd"] = "/";
  out["umask"] = process.status("Umask");
  return out;
}

}  // namespace isolator
