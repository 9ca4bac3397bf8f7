// What io_uring does for a program no filter sees: it looks at system calls, and the kernel's own threads
// make none.

#include <linux/io_uring.h>

#include "probe.h"

namespace probe {

constinit const Probes probes = {{
    .id = "seccomp-io-uring-bypass",
    .cls = "seccomp",
    .guarantee = "seccomp.io-uring",
    .summary = "have the kernel make calls that no filter sees",
    .technique = "Asks for a ring of io_uring(7). A program that has one opens files and makes sockets "
                 "through it, and a "
                 "seccomp filter that forbids openat(2) and socket(2) is not asked.",
    .references = {"io_uring_setup(2)", "CVE-2022-29582", "sysctl kernel.io_uring_disabled"},
    .attempts = {{"io_uring_setup", {"EPERM"}}},
    .witness = {"trace"},
    .opening = {"seccomp.allow+=io_uring_setup", "rlimits.memlock=inherit"},
    .remedy =
        "Leave the io_uring calls out of the filter's list, or set the sysctl kernel.io_uring_disabled to 2.",
    .attack =
        [](const Order&) {
          io_uring_params parameters{};
          Fd ring(attempt("io_uring_setup", "io_uring_setup(1)", sys(SYS_io_uring_setup, 1, &parameters)));
        },
}};

}  // namespace probe
