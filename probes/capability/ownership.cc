// Files that their owner, their mode or their kind keeps from everybody else: capabilities that lift one rule
// of the file system each.

#include <fcntl.h>
#include <linux/capability.h>
#include <sys/stat.h>

#include "child.h"
#include "openings.h"
#include "probe.h"

namespace probe {
namespace {

// F_SETDELEG and struct delegation of linux/fcntl.h, which the headers of Debian 12 have not.
constexpr int set_delegation = 1024 + 16;
struct Delegation {
  unsigned flags;
  unsigned short type, pad;
};

constexpr long nobody = 65534;
constexpr long mine = -2;  // a Result's value: everything in reach belongs to the caller

/// A file of one's own with mode 000, for a moment, where one can be made.
class Made {
 public:
  Made() {
    for (const char* directory : {"/tmp", "/dev/shm", ""}) {
      path_ = own_path(directory);
      Result made = step(Text("open(", quoted(path_), ", O_CREAT|O_EXCL, 0)"),
                         sys(SYS_openat, AT_FDCWD, path_.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0));
      if (!made) continue;
      Fd close(made);
      return;
    }
    stop("no directory to make a file in");
  }
  ~Made() { remove(); }
  Made(const Made&) = delete;
  Made& operator=(const Made&) = delete;

  void remove() const { sys(SYS_unlinkat, AT_FDCWD, path_.c_str(), 0); }
  const Text& path() const { return path_; }

 private:
  Text path_;
};

/// Turns the caller, a child, into nobody as far as files go, if `owner` is who it is. setfsuid(2) takes the
/// capabilities over files away from the effective set, and capset(2) takes them back. False: it is still the
/// owner.
bool not_as(unsigned owner) {
  constexpr long which = -1;  // changes nothing, and tells the present one
  if (sys(SYS_geteuid).value != long{owner}) return true;
  sys(SYS_setfsuid, nobody);
  if (sys(SYS_setfsuid, which).value != nobody) return false;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  if (!sys(SYS_capget, &header, data)) return false;
  for (__user_cap_data_struct& half : data) half.effective = half.permitted;
  return bool(sys(SYS_capset, &header, data));
}

/// A child calls `body` with a directory that belongs to somebody else.
template <typename Body>
void of_another(const char* name, std::string_view call, Body body) {
  struct stat info {};
  const char* directory = "/tmp";
  if (!sys(SYS_newfstatat, AT_FDCWD, directory, &info, 0) || (info.st_mode & S_ISGID) != 0) {
    directory = "/";
    if (!step("stat(\"/\")", sys(SYS_newfstatat, AT_FDCWD, directory, &info, 0))) stop("no directory");
  }
  ChildEnd end = in_child([&] { return not_as(info.st_uid) ? body(directory, info) : Result{mine}; });
  if (end.told && end.result.value == mine) stop_for_want_of("all that is in reach belongs to the caller");
  attempt(name, Text(call, " of ", quoted(directory)), end);
}

}  // namespace

constinit const Probes probes = {
    {.id = "cap-mknod",
     .cls = "capability",
     .guarantee = "capability.device-nodes",
     .summary = "make a device node",
     .technique = "Makes a node for the null device beside its own files, and removes it. A node for a disk "
                  "is made in the same way, and stands for the disk wherever it lies.",
     .references = {"mknod(2)", "capabilities(7), CAP_MKNOD", "CIS Docker Benchmark 5.4"},
     .attempts = {{"mknod", {"EPERM"}}},
     .witness = {"trace"},
     .opening = {OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_mknod"},
     .remedy = "Keep cap_mknod from the sandbox; a user namespace makes it worthless.",
     .attack =
         [](const Order&) {
           constexpr long null_device = 1 << 8 | 3;
           Made made;
           made.remove();
           attempt("mknod", Text("mknod(", quoted(made.path()), ", S_IFCHR, 1:3)"),
                   sys(SYS_mknodat, AT_FDCWD, made.path().c_str(), S_IFCHR | 0600, null_device));
         }},
    {.id = "cap-dac-override",
     .cls = "capability",
     .guarantee = "capability.file-modes",
     .summary = "open a file that its mode keeps from everybody",
     .technique = "Makes a file that nobody may read or write, itself included, and opens it again. With the "
                  "capability no mode counts, on any file whose owner the sandbox can name.",
     .references = {"capabilities(7), CAP_DAC_OVERRIDE"},
     .attempts = {{"open", {"EACCES"}}},
     .witness = {"trace"},
     .opening = {"capabilities.keep+=cap_dac_override"},
     .remedy = "Keep cap_dac_override from the sandbox.",
     .attack =
         [](const Order&) {
           Made made;
           Result opened = attempt("open", Text("open(", quoted(made.path()), ", O_RDWR)"),
                                   sys(SYS_openat, AT_FDCWD, made.path().c_str(), O_RDWR | O_CLOEXEC));
           if (opened) Fd close(opened);
         }},
    {.id = "cap-fowner-fsetid",
     .cls = "capability",
     .guarantee = "capability.file-modes",
     .summary = "change the mode of another's file",
     .technique = "A child gives a directory that is not its own the mode that it has already: EPERM without "
                  "the capability, and with it nothing changes. A child of its owner becomes nobody first, "
                  "and keeps its capabilities.",
     .references = {"chmod(2)", "capabilities(7), CAP_FOWNER"},
     .attempts = {{"chmod", {"EPERM", "EROFS"}}},
     .witness = {"trace"},
     .opening = {"capabilities.keep+=cap_fowner"},
     .remedy = "Keep cap_fowner from the sandbox.",
     .attack =
         [](const Order&) {
           of_another("chmod", "chmod() to the mode", [](const char* directory, const struct stat& info) {
             return sys(SYS_fchmodat, AT_FDCWD, directory, info.st_mode & 07777);
           });
         }},
    {.id = "cap-lease",
     .cls = "capability",
     .guarantee = "capability.file-modes",
     .summary = "take a lease on another's file",
     .technique = "A child asks fcntl(2) to end a lease, which it does not have, on a directory that is not "
                  "its own: EACCES without the capability, and with it the kernel finds no lease. Who holds "
                  "one makes every other program wait that opens the file.",
     .references = {"fcntl(2), F_SETLEASE", "capabilities(7), CAP_LEASE"},
     .attempts = {{"fcntl", {"EACCES"}, {"EINVAL", "EAGAIN"}}},
     .witness = {"trace"},
     .opening = {"namespaces.new-=user", "identity.uid_map=[]", "identity.gid_map=[]",
                 "capabilities.keep+=cap_lease"},
     .remedy = "Keep cap_lease from the sandbox, or give it a user namespace.",
     .attack =
         [](const Order&) {
           of_another("fcntl", "fcntl(F_SETLEASE, F_UNLCK)", [](const char* directory, const struct stat&) {
             Result opened = sys(SYS_openat, AT_FDCWD, directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
             if (!opened) return opened;
             // Since directories have delegations, they have leases no more: EINVAL, whoever asks.
             const Delegation none{.flags = 0, .type = F_UNLCK, .pad = 0};
             Result ended = sys(SYS_fcntl, opened.value, set_delegation, &none);
             return ended.error == EINVAL ? sys(SYS_fcntl, opened.value, F_SETLEASE, F_UNLCK) : ended;
           });
         }},
};

}  // namespace probe
