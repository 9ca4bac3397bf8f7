// ioctl(2) is many calls in one. A filter can tell them apart by their second argument, of which the kernel
// looks at 32 bits and a filter sees 64.

#include <sys/ioctl.h>

#include "probe.h"

// Each row of it: the id, what is done, how, a reference, the request, the value
#define REQUEST(ID, SUMMARY, TECHNIQUE, REFERENCE, TEXT, VALUE)                                            \
  {                                                                                                        \
    .id = ID, .cls = "seccomp", .guarantee = "seccomp.terminal", .summary = SUMMARY,                       \
    .technique = TECHNIQUE " It is tried on descriptor -1: EBADF, where the filter lets it through.",      \
    .references = {"ioctl_tty(2)", REFERENCE}, .attempts = {{"ioctl", {"EPERM"}, {"EBADF"}}},              \
    .witness = {"trace"}, .opening = {"seccomp.rules-={syscall=\"ioctl\"}"},                               \
    .remedy = "Let the filter refuse TIOCSTI and TIOCLINUX, by the lower 32 bits of the argument.",        \
    .attack = [](const Order&) { attempt("ioctl", "ioctl(-1, " TEXT ")", sys(SYS_ioctl, -1, VALUE, 0)); }, \
  }

namespace probe {
namespace {

constexpr long above_32_bits = 1L << 32;

}  // namespace

constinit const Probes probes = {
    REQUEST("tiocsti-own-tty", "push a letter into a terminal",
            "TIOCSTI puts a letter into the input of a terminal, as if somebody had typed it there, and the "
            "shell "
            "that reads it next runs it.",
            "CVE-2017-5226", "TIOCSTI", TIOCSTI),
    REQUEST("tioclinux", "paste into a virtual console",
            "TIOCLINUX selects text on a virtual console and pastes it into the input of whoever sits there.",
            "CVE-2023-28100", "TIOCLINUX", TIOCLINUX),
    REQUEST("seccomp-arg-highbits", "pass a filter by the half of an argument that the kernel ignores",
            "The same with bit 32 of the request set. A filter that compares all 64 bits finds something "
            "else than "
            "TIOCSTI, and the kernel drops that half.",
            "CVE-2019-10063", "TIOCSTI | 1 << 32", TIOCSTI | above_32_bits),
};

}  // namespace probe
