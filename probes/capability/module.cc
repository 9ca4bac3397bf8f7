// New code for the kernel: a module, or another kernel. Nobody who may do that is in a sandbox any more.
//
// The kernel asks for the capability before it looks at what it is given, and what it is given here is
// nothing that could be loaded or removed.

#include <fcntl.h>

#include "openings.h"
#include "probe.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Keep the capability from the sandbox, or give it a user namespace; and leave the call out of the "
    "filter's list.";
constexpr const char* no_file = "no_such_module";

}  // namespace

constinit const Probes probes = {
    {.id = "cap-sys-module",
     .cls = "capability",
     .guarantee = "capability.kernel-code",
     .summary = "load a module into the kernel",
     .technique = "Hands finit_module(2) no file and init_module(2) no bytes. Who may not load modules is "
                  "told so first (EPERM); who may learns that there is nothing to load (EBADF, ENOEXEC).",
     .references = {"init_module(2)", "capabilities(7), CAP_SYS_MODULE",
                    "https://attack.mitre.org/techniques/T1547/006/"},
     .attempts = {{"finit_module", {"EPERM"}, {"EBADF"}, {"ENOSYS"}},
                  {"init_module", {"EPERM"}, {"ENOEXEC", "EFAULT"}, {"ENOSYS"}}},
     .witness = {"trace"},
     .opening = {AS_ROOT_OF_THE_HOST, "capabilities.keep+=cap_sys_module",
                 "seccomp.allow+=[\"finit_module\", \"init_module\"]"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           attempt("finit_module", "finit_module(-1, \"\", 0)", sys(SYS_finit_module, -1, "", 0));
           attempt("init_module", "init_module(NULL, 0, \"\")", sys(SYS_init_module, nullptr, 0, ""));
         }},
    {.id = "cap-delete-module",
     .cls = "capability",
     .guarantee = "capability.kernel-code",
     .summary = "remove a module from the kernel",
     .technique = "Asks delete_module(2) for a module that does not exist: EPERM without the capability, "
                  "ENOENT with it.",
     .references = {"delete_module(2)", "capabilities(7), CAP_SYS_MODULE"},
     .attempts = {{"delete_module", {"EPERM"}, {"ENOENT"}, {"ENOSYS"}}},
     .witness = {"trace"},
     .opening = {AS_ROOT_OF_THE_HOST, "capabilities.keep+=cap_sys_module", "seccomp.allow+=delete_module"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           attempt("delete_module", Text("delete_module(", quoted(no_file), ", O_NONBLOCK)"),
                   sys(SYS_delete_module, no_file, O_NONBLOCK));
         }},
    {.id = "cap-kexec",
     .cls = "capability",
     .guarantee = "capability.kernel-code",
     .summary = "put another kernel in place of this one",
     .technique =
         "Calls kexec_load(2) and kexec_file_load(2) with flags that do not exist: EPERM without the "
         "capability, EINVAL with it. A call without flags is never made: it would throw away the "
         "kernel that was loaded for a crash.",
     .references = {"kexec_load(2)", "capabilities(7), CAP_SYS_BOOT"},
     .attempts = {{"kexec_load", {"EPERM"}, {"EINVAL"}, {"ENOSYS"}},
                  {"kexec_file_load", {"EPERM"}, {"EINVAL"}, {"ENOSYS"}}},
     .witness = {"trace"},
     .opening = {AS_ROOT_OF_THE_HOST, "capabilities.keep+=cap_sys_boot",
                 "seccomp.allow+=[\"kexec_load\", \"kexec_file_load\"]"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           constexpr unsigned long no_flags_of_kexec = 0x00ff00f0;
           attempt("kexec_load", "kexec_load(0, 0, NULL, 0x00ff00f0)",
                   sys(SYS_kexec_load, 0, 0, nullptr, no_flags_of_kexec));
           attempt("kexec_file_load", "kexec_file_load(-1, -1, 0, NULL, 0x00ff00f0)",
                   sys(SYS_kexec_file_load, -1, -1, 0, nullptr, no_flags_of_kexec));
         }},
};

}  // namespace probe
