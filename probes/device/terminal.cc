// The terminal from which a program was started belongs to whoever sits there.

#include <fcntl.h>

#include "probe.h"

namespace probe {

constinit const Probes probes = {{
    .id = "dev-tty-ctty",
    .cls = "device",
    .guarantee = "device.terminal",
    .summary = "write on the terminal from which it was started",
    .technique = "Opens /dev/tty, which is the terminal of its session, and writes a word there. The harness "
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
          Result opened = sys(SYS_openat, AT_FDCWD, "/dev/tty", O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
          if (!opened) {
            attempt("write", "open(\"/dev/tty\")", opened);
            return;
          }
          Fd terminal(step("open(\"/dev/tty\")", opened));
          attempt("write", "write(nonce)", sys(SYS_write, terminal.get(), nonce.data(), nonce.size()));
        },
}};

}  // namespace probe
