#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace isolator {

/// Namespaces to create, as the CLONE_NEW* bits of clone(2); namespaces(7).
enum class Ns : std::uint64_t {
  none = 0,
  time = 0x80,
  mount = 0x20000,
  cgroup = 0x2000000,
  uts = 0x4000000,
  ipc = 0x8000000,
  user = 0x10000000,
  pid = 0x20000000,
  net = 0x40000000,
};
constexpr Ns operator|(Ns a, Ns b) { return Ns(std::uint64_t(a) | std::uint64_t(b)); }
constexpr Ns operator&(Ns a, Ns b) { return Ns(std::uint64_t(a) & std::uint64_t(b)); }
constexpr Ns operator~(Ns a) { return Ns(~std::uint64_t(a)); }
constexpr bool has(Ns set, Ns one) { return (set & one) != Ns::none; }

struct Root {
  enum class Method { none, chroot, move, pivot_root } method = Method::none;
  std::string path;  ///< directory on the host; empty: a fresh tmpfs (a temporary directory without a mount
                     ///< namespace)
  std::string archive;             ///< tar archive on the host that fills the fresh tmpfs
  bool keep_owners = true;         ///< of the archive; false: all is the first mapped uid's and gid's
  std::vector<std::string> from;   ///< programs on the host, copied into it with all that loads them
  std::vector<std::string> lower;  ///< instead of `path`: directories on the host, the topmost first, under
                                   ///< an overlay; Linux, Documentation/filesystems/overlayfs.rst
  std::string upper, work;         ///< where changes go, on one file system; empty: a tmpfs, gone at the end
  bool read_only = false;          ///< the root and, where `path` is given, all that is mounted below it
  std::vector<std::string> masked_paths;  ///< covered by an empty file or directory; absent ones are left out
  std::vector<std::string> read_only_paths;  ///< made read-only, recursively; absent ones are left out
  std::uint64_t size = 0;  ///< bytes that a fresh tmpfs, or that of an overlay, can hold; 0: half of memory
};

/// One line of /proc/PID/uid_map; user_namespaces(7).
struct IdRange {
  std::uint32_t inside, outside, count;
  enum class Of {
    number,
    caller,      ///< `outside` is the caller's own id, whichever that is
    subordinate  ///< the next `count` of those that subuid(5) or subgid(5) gives to the caller
  } of = Of::number;
};

/// One entry of the mount list, made in order inside the new root.
struct Mount {
  enum class Type { bind, proc, sysfs, tmpfs, dev, devpts, mqueue } type = Type::bind;
  std::string source;      ///< bind only: path on the host
  std::string target;      ///< absolute, inside; made where it is missing
  bool recursive = true;   ///< bind only: with all that is mounted below
  bool optional = false;   ///< bind only: leave it out where the source does not exist
  bool read_only = false;  ///< recursively
  bool nosuid = true, nodev = true, noexec = false;  ///< devpts: with nodev nobody can open a terminal
  bool nosymfollow = false;                          ///< Linux 5.14, or 5.10 and 5.11
  std::uint64_t size = 0;                 ///< tmpfs only: bytes; 0: the kernel's default, half of memory
  std::uint64_t inodes = 0;               ///< tmpfs only: 0: the kernel's default
  mode_t mode = 0755;                     ///< tmpfs only
  std::string subset, hidepid;            ///< proc only, in the words of proc(5)
  std::vector<IdRange> uid_map, gid_map;  ///< bind only: owners inside from owners on the host; Linux 5.12
};

/// A file or symbolic link that is made inside, on a tmpfs or an overlay of the sandbox.
struct File {
  std::string path;     ///< absolute, inside; nothing may be there yet
  std::string content;  ///< without `symlink`
  mode_t mode = 0644;
  std::string symlink;  ///< what a symbolic link points to; empty: a regular file
};

struct Identity {
  std::optional<std::uint32_t> uid, gid;  ///< inside; unset: 0 in a new user namespace, else the caller's
  std::vector<std::uint32_t> groups;      ///< supplementary, inside
  std::vector<IdRange> uid_map,
      gid_map;  ///< empty with a user namespace: `uid` is the caller, nothing else exists
};

/// Capability sets of the payload after exec; capabilities(7). `keep` becomes the bounding, permitted and
/// effective set. Where the payload is not uid 0 the kernel needs it in the inheritable and ambient sets too;
/// else both are empty.
struct Capabilities {
  std::uint64_t keep = 0;   ///< bit n is capability n
  bool where_held = false;  ///< of `keep`, only what the caller has; else lacking one is an error
  unsigned securebits = 0;  ///< SECBIT_*, their locks included
};

/// A seccomp(2) filter. Foreign architectures, x32 included, always end the process.
struct Seccomp {
  struct Action {
    /// notify: the caller waits for an answer from outside, seccomp_unotify(2)
    enum class Kind { allow, fail, kill_process, log, notify } kind = Kind::allow;
    int err = 0;  ///< with `fail`
    bool operator==(const Action&) const = default;
  };
  struct Comparison {
    unsigned arg;
    enum class Op { eq, ne, lt, le, gt, ge, masked_eq } op;
    std::uint64_t value, mask = 0;  ///< masked_eq: (arg & mask) == value
  };
  struct Rule {
    std::string syscall;  ///< name, as libseccomp spells it
    Action action;
    std::vector<Comparison> when;  ///< all must hold; empty: always
  };
  enum class Mode {
    filter,  ///< what stands below
    strict,  ///< read, write, exit and sigreturn only, SIGSYS for the rest: SECCOMP_SET_MODE_STRICT as a
             ///< filter
    engine   ///< what the container engines allow by default, by the capabilities that are kept
  } mode = Mode::filter;
  Action otherwise;  ///< for a call that no rule names; not `notify`
  /// `kill_process` or `allow`: for calls of an architecture that the filter was not made for, and those of
  /// x32. What is allowed there meets no rule at all.
  Action other_architectures{Action::Kind::kill_process};
  /// One that refuses by arguments beats one about the same call that looks at none; where one looks at the
  /// flags of clone, none allows clone3: it gives ENOSYS.
  std::vector<Rule> rules;
  Action answer{Action::Kind::fail, 1};  ///< `allow` or `fail` (EPERM): what a notified call gets where
                                         ///< Waiting::notified says nothing
};

/// A landlock(7) domain: what is handled is denied, but for what the rules allow. The rights are bits of
/// LANDLOCK_ACCESS_FS_*, LANDLOCK_ACCESS_NET_* and LANDLOCK_SCOPE_*.
struct Landlock {
  struct Rights {
    std::uint64_t files = 0, ports = 0, scopes = 0;
    bool operator==(const Rights&) const = default;
  };
  struct Path {
    std::string path;  ///< inside
    std::uint64_t access;
  };
  struct Port {
    std::uint16_t port;
    std::uint64_t access;
  };
  Rights handled;
  Rights
      optional;  ///< of `handled`: left out where the kernel does not know it; else lacking one is an error
  std::vector<Path> paths;
  std::vector<Port> ports;
};

/// Limits of the whole tree, kept by a cgroup (v1 or v2, whichever has the controller).
struct Limits {
  std::optional<std::uint64_t> pids;    ///< tasks
  std::optional<std::uint64_t> memory;  ///< bytes
  std::optional<std::uint64_t> swap;    ///< bytes beyond `memory`; unset with `memory` set: none
  std::optional<double> cpu;            ///< processors: 0.5 is half of one
  std::vector<unsigned> cpus,
      mems;  ///< processors and memory nodes to stay on; empty: the parent's; cpuset(7)
  std::optional<unsigned> io_weight;  ///< share of a busy disk, 1 to 1000; the kernel's default is 100
  /// What may be read from and written to one disk in a second: the words of io.max; unset: no limit.
  struct Disk {
    std::string device;                                     ///< block device on the host, or "MAJOR:MINOR"
    std::optional<std::uint64_t> rbps, wbps, riops, wiops;  ///< bytes, and operations
  };
  std::vector<Disk> io_max;
  /// Device nodes that may be used. Linux, Documentation/admin-guide/cgroup-v1/devices.rst
  struct Device {
    char type;                                  ///< 'b' or 'c'
    std::optional<std::uint32_t> major, minor;  ///< unset: any
    bool read = false, write = false, mknod = false;
  };
  std::optional<std::vector<Device>> devices;  ///< these and no other; unset: the caller's
  bool any() const {
    return pids || memory || cpu || !cpus.empty() || !mems.empty() || io_weight || !io_max.empty() || devices;
  }
};

/// What a new network namespace holds.
struct Network {
  enum class Kind {
    none,      ///< lo, which is down
    loopback,  ///< lo
    veth,      ///< lo, and a pair of interfaces with one end outside; veth(4)
    user,      ///< lo, and the host's network by a program in user mode, slirp4netns(1)
  } kind = Kind::loopback;
  std::string interface;                               ///< veth: name of the end outside; empty: a fresh one
  std::vector<std::string> addresses, host_addresses;  ///< veth: "10.0.0.2/24", inside and outside
  std::vector<std::string> gateways;                   ///< veth: of default routes inside
};

/// What of its caller a program keeps, as it would without a sandbox.
struct Inherit {
  bool descriptors = false;  ///< those that are not closed at an exec; not beside Landlock or `notify`
  bool environment = false;  ///< but for the variables that Process::environment names
};

struct Process {
  std::vector<std::string> argv;
  std::map<std::string, std::string> environment;  ///< complete, unless it is inherited
  Inherit inherit;
  std::string program;    ///< path on the host, executed by descriptor, so that it need not exist inside;
                          ///< empty: argv[0] is looked up inside
  std::string init;       ///< path on the host of a program that is executed in its place and runs it, as
                          ///< init_path() of paths.h: the first process of a PID namespace has duties
  bool terminal = false;  ///< descriptor 0 inside becomes the controlling terminal; needs `new_session`
  std::string cwd = "/";
  mode_t umask = 022;
  std::vector<std::pair<int, int>> fds{
      {0, 0}, {1, 1}, {2, 2}};       ///< outside -> inside; every other one is closed, unless inherited
  std::string hostname, domainname;  ///< empty: left as it is
  bool new_session = true, no_new_privs = true;
  bool new_keyring = true;                   ///< an empty session keyring; the caller's stays outside
  std::optional<int> nice;                   ///< -20 to 19
  std::optional<int> ioprio;                 ///< as ioprio_set(2) takes it: class << 13 | level
  std::vector<unsigned> processors;          ///< that it may run on; empty: the caller's
  std::optional<int> oom_score_adj;          ///< -1000 to 1000; proc_pid_oom_score_adj(5)
  std::optional<unsigned long> personality;  ///< personality(2)
  std::map<int, std::uint64_t> rlimits;      ///< RLIMIT_* -> soft and hard limit
  bool stop_at_exec = false;  ///< before its first instruction, with the caller as its tracer; ptrace(2)
  std::optional<std::chrono::milliseconds> wall;  ///< killed when it has run for longer
};

/// Namespaces of others, entered before anything of the sandbox is made; setns(2).
struct Join {
  Ns namespaces = Ns::none;  ///< with `pid`, none: all that the process does not share with the caller
  pid_t pid = 0;             ///< of a process that is in them, as the caller sees it
  std::string path;          ///< instead: one namespace, such as /run/netns/blue
};

/// A sandbox, described: plain data, no behaviour. Every layer can be left out alone.
struct Spec {
  Ns unshare = Ns::none;
  std::vector<Join> join;
  bool nested_user = true;  ///< false: no user namespace can be made inside; needs one of its own
  std::chrono::nanoseconds monotonic{}, boottime{};  ///< of a new time namespace: from the host's clocks
  Root root;
  std::vector<Mount> mounts;
  std::vector<File> files;  ///< made once the mounts are there
  Identity identity;
  std::optional<Capabilities> capabilities;  ///< unset: as the kernel gives them
  std::optional<Landlock> landlock;
  std::optional<Seccomp> seccomp;
  Limits limits;
  Network network;
  Process process;
};

}  // namespace isolator
