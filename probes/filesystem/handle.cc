// A handle names a file by its number, without a path: open_by_handle_at(2). No root and no mount stands in
// its way, so the kernel lets only those use one who may look at every file anyway.

#include <errno.h>
#include <fcntl.h>

#include "host-file.h"
#include "openings.h"

namespace probe {
namespace {

/// struct file_handle, with room for any.
struct Handle {
  unsigned size = sizeof bytes;
  int type = 0;
  alignas(8) unsigned char bytes[128] = {};
};

/// What a handle of nsfs(5) holds: struct nsfs_file_handle.
struct NamespaceHandle {
  unsigned long id;
  unsigned type, inode;
};

constexpr int root_of_nsfs = -10003;       // FD_NSFS_ROOT, since Linux 6.18
constexpr int type_of_nsfs = 0xf1;         // FILEID_NSFS
constexpr unsigned net_type = 0x40000000;  // CLONE_NEWNET

}  // namespace

constinit const Probes probes = {
    {.id = "open-by-handle-shocker",
     .cls = "filesystem",
     .guarantee = "filesystem.handles",
     .summary = "open a file by its number instead of its path",
     .technique = "Asks for the handle of a directory that it sees, and opens it by that. The numbers of "
                  "handles can be guessed: one that was made up opens any file on the same disk, the host's "
                  "passwords among them.",
     .references = {"open_by_handle_at(2)", "capabilities(7), CAP_DAC_READ_SEARCH",
                    "https://attack.mitre.org/techniques/T1611/"},
     .attempts = {{"open_by_handle_at", {"EPERM", "ENOSYS"}}},
     .witness = {"trace"},
     .opening = {OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_dac_read_search",
                 "seccomp.allow+=open_by_handle_at", "seccomp.deny-=name_to_handle_at"},
     .remedy =
         "Keep cap_dac_read_search from the sandbox, and open_by_handle_at(2) out of the filter's list.",
     .attack =
         [](const Order&) {
           Fd place;
           Handle handle;
           Result found;
           for (const char* path : {"/tmp", "/dev/shm", "/dev", "/"}) {
             int mount = 0;
             handle = {};
             found = sys(SYS_name_to_handle_at, AT_FDCWD, path, &handle, &mount, 0);
             step(Text("name_to_handle_at(", quoted(path), ")"), found);
             if (found.error == EPERM || found.error == ENOSYS) {
               attempt("open_by_handle_at", Text("name_to_handle_at(", quoted(path), ")"), found);
               return;
             }
             if (found) place = Fd(sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
             if (place) break;
           }
           if (!place) stop_for_want_of("nothing here has a handle");
           Fd opened(attempt("open_by_handle_at", "open_by_handle_at(O_PATH)",
                             sys(SYS_open_by_handle_at, place.get(), &handle, O_PATH | O_CLOEXEC)));
         }},
    {.id = "nsfs-handle-open",
     .cls = "filesystem",
     .guarantee = "filesystem.handles",
     .summary = "open the host's network namespace by its number",
     .technique = "Puts a handle together for the network namespace of the host, of two numbers that the "
                  "harness tells: its inode, and one that counts up from the start of the machine, so that "
                  "it can be guessed. Neither /proc nor a process in that namespace is needed.",
     .references = {"open_by_handle_at(2)", "namespaces(7)"},
     .attempts = {{"open", {"ESTALE", "EPERM"}, {"ok"}}},
     .witness = {"file /proc/self/ns/net"},
     .opening = {OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_sys_admin",
                 "seccomp.allow+=open_by_handle_at"},
     .remedy = "Keep open_by_handle_at(2) out of the filter's list, and give the sandbox a user namespace.",
     .attack =
         [](const Order& order) {
           NamespaceHandle host{static_cast<unsigned long>(order.number("id")), net_type,
                                static_cast<unsigned>(order.number("inode"))};
           Handle handle;
           handle.size = sizeof host;
           handle.type = type_of_nsfs;
           std::memcpy(handle.bytes, &host, sizeof host);
           Fd file(attempt("open", "open_by_handle_at(FD_NSFS_ROOT)",
                           sys(SYS_open_by_handle_at, root_of_nsfs, &handle, O_RDONLY | O_CLOEXEC)));
           hold();
         }},
};

}  // namespace probe
