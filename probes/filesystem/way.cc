// Other ways to a file than its plain name. Who decides by names alone, a rule, a mask or a broker, is led
// past by each of them; a root that does not have the file at all is not.

#include <errno.h>

#include "host-file.h"
#include "openings.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Decide by what a name leads to, not by the name: a root of its own that lacks the file, or landlock(7).";

}  // namespace

constinit const Probes probes = {
    {.id = "symlink-escape-read",
     .cls = "filesystem",
     .guarantee = "filesystem.root",
     .summary = "read a file of the host through a symbolic link",
     .technique = "Makes a symbolic link in /tmp that leads to a file which the host has just planted, opens "
                  "it and removes the link. A link may lead anywhere; who checks where it lies and not where "
                  "it leads is fooled.",
     .references = {"symlink(7)", "CWE-59"},
     .attempts = {{"open", NO_WAY_TO_IT}},
     .witness = {"planted /tmp"},
     .opening = {"mounts+={type=\"bind\",source=\"/tmp\",target=\"/tmp\",read_only=false}"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           const char* path = order.text("path");
           Text link = own_path("/tmp");
           Text call("symlink(", quoted(path), ", ", quoted(link), ")");
           Result made = sys(SYS_symlinkat, path, AT_FDCWD, link.c_str());
           if (!made) {
             attempt("open", call, made);
             return;
           }
           step(call, made);
           Fd file = attempt_file_of_the_host(order, link, "O_RDONLY", O_RDONLY);
           step("unlink()", sys(SYS_unlinkat, AT_FDCWD, link.c_str(), 0));
           hold();
         }},
    {.id = "dotdot-traversal",
     .cls = "filesystem",
     .guarantee = "filesystem.root",
     .summary = "write a path so that it leads out",
     .technique = "Opens a file that the host has just planted in /tmp by paths that say the same in another "
                  "way: through \"..\" above the root, with slashes and dots that mean nothing, beginning "
                  "at a directory that is allowed.",
     .references = {"path_resolution(7)", "CWE-22"},
     .attempts = {{"open", NO_WAY_TO_IT}},
     .witness = {"planted /tmp"},
     .opening = {"mounts+={type=\"bind\",source=\"/tmp\",target=\"/tmp\"}"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           Fd file;
           for (const char* way : {"/tmp/../../..", "/tmp//.././/", "/dev/../..", "//", "/./.", "/..",
                                   "../../../../../../../../..", "./.././"})
             if (!file)
               file = attempt_file_of_the_host(order, Text(way, order.text("path")), "O_RDONLY", O_RDONLY);
           hold();
         }},
    {.id = "rename-bypass-deny",
     .cls = "filesystem",
     .guarantee = "filesystem.root",
     .summary = "rename the directory in which a file is denied",
     .technique = "Renames a directory that the host has just planted in /tmp, and gives it its old name "
                  "back. A rule about the path of a file below does not hold under the other name.",
     .references = {"rename(2)", "landlock(7), LANDLOCK_ACCESS_FS_REFER"},
     .attempts = {{"name", {"ENOENT", "EACCES", "EPERM", "EROFS", "EXDEV", "EBUSY"}}},
     .witness = {"planted /tmp", "trace"},
     .opening = {"mounts+={type=\"bind\",source=\"/tmp\",target=\"/tmp\",read_only=false}"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           Text inner(order.text("top"), "/inner"), moved(order.text("top"), "/moved");
           if (attempt("name", Text("rename(", quoted(inner), ", ", quoted(moved), ")"),
                       sys(SYS_renameat2, AT_FDCWD, inner.c_str(), AT_FDCWD, moved.c_str(), 0)))
             step("rename() back", sys(SYS_renameat2, AT_FDCWD, moved.c_str(), AT_FDCWD, inner.c_str(), 0));
         }},
    {.id = "hardlink-bypass-deny",
     .cls = "filesystem",
     .guarantee = "filesystem.root",
     .summary = "give a file that is denied another name",
     .technique = "Makes a hard link to a file that the host has just planted in /tmp, beside it, and "
                  "removes it again. The file is the same under both names, and a rule knows one of them.",
     .references = {"link(2)", "proc_sys_fs(5), protected_hardlinks"},
     .attempts = {{"name", {"ENOENT", "EACCES", "EPERM", "EROFS", "EXDEV"}}},
     .witness = {"planted /tmp", "trace"},
     .opening = {"mounts+={type=\"bind\",source=\"/tmp\",target=\"/tmp\",read_only=false}"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           Text other(order.text("top"), "/other");
           const char* path = order.text("path");
           if (attempt("name", Text("link(", quoted(path), ", ", quoted(other), ")"),
                       sys(SYS_linkat, AT_FDCWD, path, AT_FDCWD, other.c_str(), 0)))
             step("unlink()", sys(SYS_unlinkat, AT_FDCWD, other.c_str(), 0));
         }},
};

}  // namespace probe
