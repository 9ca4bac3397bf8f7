// A descriptor that was opened before the sandbox was built leads past everything that was built after it: no
// path is looked up, and no permission asked for again. So a single one that is forgotten is a way out.

#include <linux/sockios.h>
#include <sys/mman.h>

#include "child.h"
#include "openings.h"
#include "paths.h"
#include "probe.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Close every descriptor but those that the program is to have, with close_range(2), before it starts.";

int left_open(const Order& order) { return int(order.number("descriptor", 3, INT_MAX)); }

}  // namespace

constinit const Probes probes = {
    {.id = "fd-leak-inventory",
     .cls = "inheritance",
     .guarantee = "inheritance.descriptors",
     .summary = "write into a descriptor that was forgotten",
     .technique = "Writes a word into a socket that the harness left open when it started the sandbox. Its "
                  "other end is on the host.",
     .references = {"execve(2)", "close_range(2)", "CVE-2024-21626"},
     .attempts = {{"write", {"EBADF"}}},
     .witness = {"descriptor socket"},
     .opening = {"process.inherit=[\"descriptors\"]"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           std::string_view nonce = order.text("nonce");
           attempt("write", Text("write(", left_open(order), ", nonce)"),
                   sys(SYS_write, left_open(order), nonce.data(), nonce.size()));
         }},
    {.id = "fd-leak-directory-class",
     .cls = "inheritance",
     .guarantee = "inheritance.descriptors",
     .summary = "open a file below a directory that was left open",
     .technique = "Opens a file of the host below a directory that the harness left open. What the "
                  "sandbox's root is does not matter: the path begins elsewhere.",
     .references = {"openat(2)", "CVE-2024-21626", "CVE-2016-9962"},
     .attempts = {{"openat", {"EBADF"}}},
     .witness = {"descriptor directory"},
     .opening = {"process.inherit=[\"descriptors\"]"},
     .remedy = remedy,
     .attack = [](const Order& order) { read_canary("openat", left_open(order), "canary", "left open"); }},
    {.id = "chroot-leaked-dirfd",
     .cls = "inheritance",
     .guarantee = "inheritance.descriptors",
     .summary = "walk out by a directory that was left open",
     .technique =
         "Makes a directory of the host its working directory, by a descriptor that the harness left "
         "open, and goes on from there. A root is a limit for \"..\" of those only who are below it.",
     .references = {"fchdir(2)", "chroot(2)", "CVE-2024-21626"},
     .attempts = {{"fchdir", {"EBADF"}}},
     .witness = {"descriptor directory"},
     .opening = {"process.inherit=[\"descriptors\"]"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           Result moved = sys(SYS_fchdir, left_open(order));
           Text call("fchdir(", left_open(order), ")");
           if (!moved) {
             attempt("fchdir", call, moved);
             return;
           }
           step(call, moved);
           read_canary("fchdir", AT_FDCWD, "canary", "AT_FDCWD");
         }},
    {.id = "cwd-unreachable",
     .cls = "inheritance",
     .guarantee = "inheritance.descriptors",
     .summary = "start in a directory outside the root",
     .technique = "Opens a file of the host below its working directory. A configuration that names a "
                  "forgotten descriptor in /proc/self/fd as the directory to start in has put it outside.",
     .references = {"getcwd(3)", "proc_pid_fd(5)", "CVE-2024-21626"},
     .attempts = {{"openat", {"ENOENT"}}},
     .witness = {"descriptor directory"},
     .opening = {PROC, "process.inherit=[\"descriptors\"]", "process.cwd=/proc/self/fd/100"},
     .remedy = "Close every descriptor before the working directory is entered, and look where that led.",
     .attack = [](const Order&) { read_canary("openat", AT_FDCWD, "canary", "AT_FDCWD"); }},
    {.id = "futex-shared-mem",
     .cls = "inheritance",
     .guarantee = "inheritance.descriptors",
     .summary = "write into memory that the host goes on using",
     .technique = "Maps a memory file that the harness left open, and writes a word there, which the harness "
                  "finds. A program that trusts what stands in such memory has trusted the sandbox.",
     .references = {"memfd_create(2)", "mmap(2)"},
     .attempts = {{"mmap", {"EBADF"}}},
     .witness = {"descriptor memory"},
     .opening = {"process.inherit=[\"descriptors\"]"},
     .remedy = "Close every descriptor before the program starts, and seal memory that it is to have "
               "(F_SEAL_WRITE).",
     .attack =
         [](const Order& order) {
           std::string_view nonce = order.text("nonce");
           Result mapped =
               attempt("mmap", Text("mmap(", left_open(order), ", PROT_WRITE, MAP_SHARED)"),
                       sys(SYS_mmap, 0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, left_open(order), 0));
           if (!mapped) return;
           char* memory = reinterpret_cast<char*>(mapped.value);
           for (std::size_t i = 0; i < nonce.size(); ++i) memory[i] = nonce[i];
           hold();
         }},
    {.id = "stdin-out-reopen",
     .cls = "inheritance",
     .guarantee = "inheritance.reopen",
     .summary = "read a log that it may only add to",
     .technique = "Opens a log anew to read, through its link in /proc/self/fd: the descriptor was open to "
                  "add to its end and for nothing else, the link asks the file's mode and no more.",
     .references = {"proc_pid_fd(5)", "open(2)"},
     .attempts = {{"open", {"ENOENT", "EACCES", "EPERM"}}},
     .witness = {"descriptor log"},
     .opening = {PROC, AS_ROOT_OF_THE_HOST, "process.inherit=[\"descriptors\"]"},
     .remedy = "Hand out pipes in place of files, or do without /proc.",
     .attack =
         [](const Order& order) {
           Text path("/proc/self/fd/", left_open(order));
           Result opened = attempt("open", Text("open(", quoted(path), ", O_RDWR)"),
                                   sys(SYS_openat, AT_FDCWD, path.c_str(), O_RDWR | O_CLOEXEC));
           if (!opened) return;
           Fd log(opened);
           char content[128];
           Result size = step("read()", sys(SYS_read, log.get(), content, sizeof content));
           if (size) saw({content, std::size_t(size.value)});
         }},
    {.id = "siocgskns",
     .cls = "inheritance",
     .guarantee = "inheritance.descriptors",
     .summary = "get at the host's network by a socket that was left open",
     .technique = "Asks a socket that the harness left open for the network namespace that it was made in, "
                  "which is a descriptor to enter it with, and closes that again.",
     .references = {"network_namespaces(7)", "SIOCGSKNS of linux/sockios.h"},
     .attempts = {{"ioctl", {"EBADF", "EPERM"}}},
     .witness = {"descriptor socket", "trace"},
     .opening = {"process.inherit=[\"descriptors\"]", OUT_OF_THE_USER_NAMESPACE,
                 "capabilities.keep+=cap_net_admin"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           Fd close_again(attempt("ioctl", Text("ioctl(", left_open(order), ", SIOCGSKNS)"),
                                  sys(SYS_ioctl, left_open(order), SIOCGSKNS)));
         }},
};

}  // namespace probe
