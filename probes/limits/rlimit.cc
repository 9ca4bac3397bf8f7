// Limits of a process, which setrlimit(2) sets and every child inherits. Each is tried by going over it: what
// is only read may be of another process, or not kept.

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>

#include "child.h"
#include "probe.h"

namespace probe {
namespace {

constexpr long page = 4096;
constexpr int first_real_time = 32;  // signal(7): libc keeps the first two for itself
constexpr int queued = 1024;         // signals: more than a sandbox needs

/// Blocks a real-time signal, of which each one is kept, and sends itself so many. The child ends with them.
Result queue_signals() {
  const unsigned long mask = 1UL << (first_real_time - 1);
  Result result = sys(SYS_rt_sigprocmask, SIG_BLOCK, &mask, nullptr, sizeof mask);
  siginfo_t info{};
  info.si_code = SI_QUEUE;
  const long self = sys(SYS_getpid).value;
  for (int i = 0; result && i < queued; ++i) result = sys(SYS_rt_sigqueueinfo, self, first_real_time, &info);
  return result;
}

/// One byte, far behind the end of a file of no length: no disk is filled.
Result write_beyond(long offset) {
  // A signal that would end the child otherwise: setrlimit(2), RLIMIT_FSIZE.
  const unsigned long mask = 1UL << (SIGXFSZ - 1);
  sys(SYS_rt_sigprocmask, SIG_BLOCK, &mask, nullptr, sizeof mask);
  Fd file(sys(SYS_memfd_create, "long", MFD_CLOEXEC));
  return sys(SYS_pwrite64, file.get(), "x", 1, offset);
}

}  // namespace

constinit const Probes probes = {
    {.id = "file-size-limit",
     .cls = "limits",
     .guarantee = "limits.file-size",
     .summary = "write a file that is longer than a sandbox needs",
     .technique = "A child writes one byte at 1 GiB of a file in memory, and lets it go.",
     .references = {"getrlimit(2), RLIMIT_FSIZE", "write(2)"},
     .attempts = {{"pwrite", {"EFBIG"}}},
     .witness = {"trace"},
     .opening = {"rlimits.fsize=inherit"},
     .remedy = "Set RLIMIT_FSIZE to the longest file that the program is to write.",
     .attack =
         [](const Order&) {
           attempt("pwrite", "pwrite(1 byte at 1 GiB)", in_child([] { return write_beyond(1L << 30); }));
         }},
    {.id = "rlimit-set-matrix",
     .cls = "limits",
     .guarantee = "limits.kernel-memory",
     .summary = "hold what a process may hold little of",
     .technique =
         "A child locks a page in memory, another sends itself 1,024 signals that wait. Both hold memory "
         "that cannot be swapped out, and give it back.",
     .references = {"getrlimit(2), RLIMIT_MEMLOCK, RLIMIT_SIGPENDING", "CIS Docker Benchmark 5.19"},
     .attempts = {{"mlock", {"EPERM", "ENOMEM"}}, {"queue", {"EAGAIN"}}},
     .witness = {"trace"},
     .opening = {"rlimits.memlock=inherit", "rlimits.sigpending=inherit"},
     .remedy = "Set RLIMIT_MEMLOCK and RLIMIT_SIGPENDING.",
     .attack =
         [](const Order&) {
           attempt("mlock", "mlock(1 page)", in_child([] {
                     alignas(page) static char memory[page];
                     return sys(SYS_mlock, memory, page);
                   }));
           attempt("queue", Text("rt_sigqueueinfo(self), ", queued, " times"), in_child(queue_signals));
         }},
};

}  // namespace probe
