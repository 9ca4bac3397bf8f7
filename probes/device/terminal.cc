// The terminal from which a program was started belongs to whoever sits there.

#include <fcntl.h>
#include <sys/ioctl.h>

#include "probe.h"

namespace probe {

constinit const Probes probes = {
    {.id = "dev-tty-ctty",
     .cls = "device",
     .guarantee = "device.terminal",
     .summary = "write on the terminal from which it was started",
     .technique =
         "Opens /dev/tty, which is the terminal of its session, and writes a word there. The harness "
         "has started it from a terminal that nobody looks at. On a person's, the word could be a "
         "question for a password; and what is pushed into it by TIOCSTI, the person's shell runs.",
     .references = {"tty(4)", "credentials(7), Sessions", "CVE-2017-5226"},
     .attempts = {{"write", {"ENXIO", "ENOENT", "EACCES", "EPERM", "EIO"}}},
     .witness = {"terminal"},
     .opening = {"process.new_session=false"},
     .remedy = "Give the sandbox a session of its own.",
     .attack =
         [](const Order& order) {
           std::string_view nonce = order.text("nonce");
           Result opened =
               sys(SYS_openat, AT_FDCWD, "/dev/tty", O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
           if (!opened) {
             attempt("write", "open(\"/dev/tty\")", opened);
             return;
           }
           Fd terminal(step("open(\"/dev/tty\")", opened));
           attempt("write", "write(nonce)", sys(SYS_write, terminal.get(), nonce.data(), nonce.size()));
         }},
    {.id = "tty-host-ctty",
     .cls = "device",
     .guarantee = "device.terminal",
     .summary = "write on a terminal that was left open",
     .technique =
         "Writes a word on the terminal from which it was started, by a descriptor that was left open. "
         "A session of its own does not help then.",
     .references = {"tty(4)", "CVE-2017-5226"},
     .attempts = {{"write", {"EBADF"}}},
     .witness = {"terminal left-open"},
     .opening = {"process.inherit=[\"descriptors\"]"},
     .remedy =
         "Close every descriptor before the program starts, and give it a terminal of its own if it needs "
         "one.",
     .attack =
         [](const Order& order) {
           std::string_view nonce = order.text("nonce");
           long terminal = order.number("descriptor", 0, INT_MAX);
           attempt("write", Text("write(", terminal, ", nonce)"),
                   sys(SYS_write, terminal, nonce.data(), nonce.size()));
         }},
    {.id = "tty-inject-fdtty",
     .cls = "device",
     .guarantee = "device.terminal",
     .summary = "type on the terminal in a person's place",
     .technique =
         "Pushes a word into the input of the terminal from which it was started, letter by letter "
         "(TIOCSTI), by a descriptor that was left open. The harness sees it appear; a person's shell "
         "would run it.",
     .references = {"ioctl_tty(2)", "sysctl dev.tty.legacy_tiocsti", "CVE-2017-5226"},
     .attempts = {{"ioctl", {"EBADF", "EPERM"}, {"ok"}, {"EIO"}}},
     .witness = {"terminal left-open"},
     .opening = {"process.inherit=[\"descriptors\"]", "process.new_session=false",
                 "seccomp.rules-={syscall=\"ioctl\"}"},
     .remedy =
         "Give the sandbox a session of its own, close every descriptor before the program starts, and let "
         "the filter refuse TIOCSTI.",
     .attack =
         [](const Order& order) {
           long terminal = order.number("descriptor", 0, INT_MAX);
           for (const char* letter = order.text("nonce"); *letter != 0; ++letter)
             if (!attempt("ioctl", Text("ioctl(", terminal, ", TIOCSTI)"),
                          sys(SYS_ioctl, terminal, TIOCSTI, letter)))
               return;
         }},
};

}  // namespace probe
