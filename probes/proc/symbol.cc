// The kernel lies at another address after each start, so that an exploit has to guess. Who is told where it
// lies has no need to.

#include <fcntl.h>

#include <cstdint>

#include "openings.h"
#include "probe.h"

namespace probe {
namespace {

/// Calls visit(line) for each line, without its end, until it answers true.
template <typename Visit>
void each_line(const Fd& file, Visit visit) {
  char bytes[4096];
  std::size_t held = 0;
  for (;;) {
    Result got = sys(SYS_read, file.get(), bytes + held, sizeof bytes - held);
    if (!got || got.value == 0) return;
    held += static_cast<std::size_t>(got.value);
    std::size_t start = 0;
    for (std::size_t at = 0; at < held; ++at) {
      if (bytes[at] != '\n') continue;
      if (visit(std::string_view(bytes + start, at - start))) return;
      start = at + 1;
    }
    held -= start;
    if (held == sizeof bytes) return;  // no line is as long as that
    std::memmove(bytes, bytes + start, held);
  }
}

/// Of an offset, or where the address is hidden, it is 0.
bool has_address(std::string_view line) {
  for (char digit : line) {
    if (digit == ' ') return false;
    if (digit != '0') return true;
  }
  return false;
}

/// FNV-1a, by which the harness knows the line without our telling it.
long checksum(std::string_view text) {
  std::uint64_t sum = 0xcbf29ce484222325;
  for (char byte : text) sum = (sum ^ static_cast<unsigned char>(byte)) * 0x100000001b3;
  return static_cast<long>(sum >> 1);
}

}  // namespace

constinit const Probes probes = {{
    .id = "proc-kallsyms-addr",
    .cls = "proc",
    .guarantee = "proc.kernel-addresses",
    .summary = "learn where the kernel lies in memory",
    .technique = "Reads /proc/kallsyms until a symbol has an address. Where the caller may not know, all of "
                 "them are 0. A checksum of the line is all that it tells of it.",
    .references = {"proc_kallsyms(5)", "proc_sys_kernel(5), kptr_restrict"},
    .attempts = {{"read", {"no effect", "ENOENT", "EACCES", "EPERM"}}},
    .witness = {"symbols"},
    .opening = {OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_syslog", PROC},
    .remedy = "Keep cap_syslog from the sandbox, show it no /proc, and set kernel.kptr_restrict to 1 or 2.",
    .attack =
        [](const Order&) {
          Result opened = sys(SYS_openat, AT_FDCWD, "/proc/kallsyms", O_RDONLY | O_CLOEXEC);
          if (!opened) {
            attempt("read", "open(\"/proc/kallsyms\")", opened);
            return;
          }
          Fd file(step("open(\"/proc/kallsyms\")", opened));
          bool known = false;
          each_line(file, [&](std::string_view line) {
            known = has_address(line);
            if (known) saw(Text(checksum(line)));
            return known;
          });
          attempt("read", "an address in /proc/kallsyms", known ? "ok" : "no effect");
        },
}};

}  // namespace probe
