// What a process is given with its start besides descriptors and variables: the session it belongs to, and
// the mask that its files are made with.

#include <fcntl.h>
#include <sys/stat.h>

#include "probe.h"

namespace probe {
namespace {

Result make(const char* path) {
  return sys(SYS_openat, AT_FDCWD, path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
}

}  // namespace

constinit const Probes probes = {
    {.id = "pgrp-session-host",
     .cls = "inheritance",
     .guarantee = "inheritance.session",
     .summary = "belong to the session of whoever started it",
     .technique = "Asks which session it belongs to. One that is not its own is that of the caller, whose "
                  "terminal and job control go with it: a signal to the group reaches both.",
     .references = {"credentials(7), Sessions", "setsid(2)"},
     .attempts = {{.name = "getsid", .denials = {"no effect"}, .scope = "session"}},
     .witness = {"session"},
     .opening = {"process.new_session=false"},
     .remedy = "Give the sandbox a session of its own.",
     .attack =
         [](const Order&) {
           long self = sys(SYS_getpid).value;
           Result session = step("getsid(0)", sys(SYS_getsid, 0));
           if (!session) stop("it cannot be asked");
           attempt("getsid", Text("getsid(0) = ", session.value, ", getpid() = ", self),
                   session.value == self ? "no effect" : "ok");
         }},
    {.id = "umask-nice-affinity-inherit",
     .cls = "inheritance",
     .guarantee = "inheritance.umask",
     .summary = "make a file that everybody can write",
     .technique = "Makes a file without a word on its mode, as most programs do, looks whether everybody may "
                  "write it, and removes it.",
     .references = {"umask(2)", "systemd.exec(5), UMask"},
     .attempts = {{"mode", {"no effect"}}},
     .witness = {"status Umask: 0000"},
     .opening = {"process.umask=0"},
     .remedy = "Set a mask, 022 or 077.",
     .attack =
         [](const Order&) {
           Text path = own_path("/tmp");
           Result made = make(path.c_str());
           if (!made) {
             path = own_path("");
             made = make(path.c_str());
           }
           step(Text("open(", quoted(path), ", O_CREAT, 0666)"), made);
           if (!made) stop_for_want_of("there is no directory to make a file in");
           Fd file(made);
           struct stat state {};
           Result seen = sys(SYS_fstat, file.get(), &state);
           sys(SYS_unlinkat, AT_FDCWD, path.c_str(), 0);
           if (!seen) stop("its mode cannot be seen");
           attempt("mode", "fstat()", (state.st_mode & S_IWOTH) != 0 ? "ok" : "no effect");
         }},
};

}  // namespace probe
