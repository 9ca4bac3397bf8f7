// What cannot be written cannot be changed for the next who comes: mount_setattr(2), MOUNT_ATTR_RDONLY.

#include <fcntl.h>

#include "openings.h"
#include "probe.h"

namespace probe {

constinit const Probes probes = {{
    .id = "rootfs-readonly",
    .cls = "filesystem",
    .guarantee = "filesystem.read-only",
    .summary = "make a file in the root of the sandbox",
    .technique =
        "Makes an empty file in the root directory, by a name that nothing has, and removes it again. A root "
        "that can be "
        "written keeps what an intruder leaves there, for the next run or for other sandboxes that share it.",
    .references = {"open(2)", "mount_setattr(2)", "CIS Docker Benchmark 5.13"},
    .attempts = {{"openat", {"EROFS", "EACCES"}}},
    .witness = {"trace"},
    .opening = {AS_ROOT_OF_THE_SANDBOX, "root.read_only=false"},
    .remedy = "Make the root read-only, and give what must be written a tmpfs of its own.",
    .attack =
        [](const Order&) {
          Text name = own_path("");
          Result made =
              attempt("openat", Text("open(", quoted(name), ", O_CREAT|O_EXCL)"),
                      sys(SYS_openat, AT_FDCWD, name.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
          Fd file(made);
          if (made) step(Text("unlink(", quoted(name), ")"), sys(SYS_unlinkat, AT_FDCWD, name.c_str(), 0));
        },
}};

}  // namespace probe
