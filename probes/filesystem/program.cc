// Programs as files: those that run outside, and are there to be changed, and those that an intruder brings.

#include <sys/mman.h>

#include "child.h"
#include "openings.h"
#include "paths.h"
#include "scratch.h"

namespace probe {
namespace {

/// That a program runs (ETXTBSY) is the last thing that keeps it from being written: with it gone, the next
/// who starts it starts what the intruder wrote.
#define UNLESS_IT_RUNS \
  { "ok", "ETXTBSY" }

constexpr const char* remedy =
    "Run the sandbox as a user who owns nothing outside, with a pid namespace of its own, and start it from "
    "a copy of the program that nobody can write (memfd_create(2)).";

void open_program(const Text& path) {
  Fd file(attempt("open", Text("open(", quoted(path), ", O_WRONLY)"),
                  sys(SYS_openat, AT_FDCWD, path.c_str(), O_WRONLY | O_CLOEXEC)));
}

}  // namespace

constinit const Probes probes = {
    {.id = "exe-overwrite-supervisor",
     .cls = "filesystem",
     .guarantee = "filesystem.programs",
     .summary = "overwrite the program that started the sandbox",
     .technique = "Opens the program of a process of the harness to write, through its magic link in /proc, "
                  "and writes nothing. Who may write it runs as root of the host the next time that "
                  "somebody starts a sandbox.",
     .references = {"CVE-2019-5736", "proc_pid_exe(5)"},
     .attempts = {{"open", {"ENOENT", "EACCES", "EPERM", "EROFS", "ESRCH"}, UNLESS_IT_RUNS}},
     .witness = {"victim", "trace"},
     .opening = {"namespaces.new-=pid", AS_ROOT_OF_THE_HOST, "capabilities.keep+=cap_sys_ptrace", PROC},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           open_program(Text("/proc/", order.number("victim", 1, INT_MAX), "/exe"));
         }},
    {.id = "exe-fd-overwrite-self",
     .cls = "filesystem",
     .guarantee = "filesystem.programs",
     .summary = "overwrite its own program where it lies on the host",
     .technique = "Opens the program that it is to write, through /proc/self/exe, and writes nothing. A "
                  "runtime that enters a sandbox and runs itself there can be had by that name, though its "
                  "file lies outside.",
     .references = {"CVE-2019-5736", "proc_pid_exe(5)"},
     .attempts = {{"open", {"ENOENT", "EACCES", "EPERM", "EROFS"}, UNLESS_IT_RUNS}},
     .witness = {"trace"},
     .opening = {AS_ROOT_OF_THE_HOST, PROC},
     .remedy = remedy,
     .attack = [](const Order&) { open_program(Text("/proc/self/exe")); }},
    {.id = "noexec-writable",
     .cls = "filesystem",
     .guarantee = "filesystem.shared-memory",
     .summary = "run what it wrote into shared memory",
     .technique = "Makes a file without a name in /dev/shm and maps a page of it to be executed, as a loader "
                  "does with a program. What is run from memory is never on a disk, where somebody would "
                  "look for it.",
     .references = {"mount(8), noexec", "mmap(2), EPERM"},
     .attempts = {{"mmap", {"EPERM", "ENOENT", "EACCES", "EROFS", "EOPNOTSUPP"}}},
     .witness = {"trace"},
     .opening = {"mounts+={type=\"tmpfs\",target=\"/dev/shm\",mode=\"1777\"}"},
     .remedy = "Mount /dev/shm with noexec, or leave it out.",
     .attack =
         [](const Order&) {
           Result made = make_scratch_file("/dev/shm");
           if (!made) {
             attempt("mmap", "open(\"/dev/shm\", O_TMPFILE)", made);
             return;
           }
           Fd file(step("open(\"/dev/shm\", O_TMPFILE)", made));
           constexpr long page = 4096;
           step("ftruncate()", sys(SYS_ftruncate, file.get(), page));
           Result mapped =
               attempt("mmap", "mmap(PROT_READ|PROT_EXEC, MAP_PRIVATE)",
                       sys(SYS_mmap, nullptr, page, PROT_READ | PROT_EXEC, MAP_PRIVATE, file.get(), 0));
           if (mapped) sys(SYS_munmap, mapped.value, page);
         }},
};

}  // namespace probe
