// Memory is given page by page as it is touched, so a limit shows only when it is; cgroups(7), memory.max.

#include <fcntl.h>
#include <sys/mman.h>

#include "child.h"
#include "probe.h"

namespace probe {

static void attack(const Order& order);

constinit const Probes probes = {{
    .id = "memory-hog",
    .cls = "limits",
    .guarantee = "limits.memory",
    .summary = "touch more memory than a sandbox may have",
    .technique =
        "A child maps and touches memory in steps of 4 MiB, as much as the harness asked for and at most 1 "
        "GiB. A limited sandbox ends it by the out-of-memory killer (SIGKILL) or refuses the mapping "
        "(ENOMEM). The child offers itself as the first to be killed, so that no process of the host dies "
        "in its place.",
    .references = {"cgroups(7)", "setrlimit(2)", "proc(5)", "https://attack.mitre.org/techniques/T1499/"},
    .attempts = {{"touch", {"SIGKILL", "ENOMEM"}}},
    .witness = {"memory"},
    .opening = {"limits.memory=max"},
    .remedy =
        "Set memory.max on the sandbox's cgroup, and memory.swap.max with it: what is swapped out is not "
        "counted.",
    .attack = attack,
}};

namespace {

constexpr long mib = 1 << 20, chunk = 4 * mib, most = 1024 * mib;

/// Runs in the child. Tells through `progress` of each chunk: 0, or the errno that ended it.
void touch(long bytes, Pipe& progress, Pipe& release) {
  progress.read.reset();
  release.write.reset();
  // Anybody may make themselves a better victim; where there is no /proc the largest process is the choice
  // anyway.
  Fd score(sys(SYS_openat, AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY));
  if (score) sys(SYS_write, score.get(), "1000", 4);

  for (long done = 0; done < bytes; done += chunk) {
    // MAP_POPULATE asks for all pages at once, which is faster, and does not say whether it got them.
    Result mapped = sys(SYS_mmap, nullptr, chunk, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    volatile char* memory = reinterpret_cast<char*>(mapped.value);
    for (long page = 0; mapped && page < chunk; page += 4096) memory[page] = 1;
    if (!sys(SYS_write, progress.write.get(), &mapped.error, sizeof mapped.error) || !mapped) return;
  }
  progress.write.reset();
  wait_until_closed(release.read);
}

}  // namespace

static void attack(const Order& order) {
  long bytes = order.number("bytes", 1, most);
  Pipe progress, release;
  Result child = step("clone(SIGCHLD)", start_child([&] { touch(bytes, progress, release); }));
  if (!child) stop("no child to touch the memory");
  progress.write.reset();

  long done = 0;
  int error = 0;
  while (error == 0 && sys(SYS_read, progress.read.get(), &error, sizeof error).value == long{sizeof error})
    if (error == 0 && (done += chunk) % (64 * mib) == 0) step(Text("touch ", done / mib, " MiB"), "ok");

  Text call("touch ", bytes / mib, " MiB");
  if (error != 0) {
    attempt("touch", call, error_name(error));
  } else if (done >= bytes) {
    attempt("touch", call, "ok");
  } else {
    int status = wait_child(child.value);
    if (!WIFSIGNALED(status)) stop(Text("the child ended at ", done / mib, " MiB and said nothing"));
    attempt("touch", call, signal_name(WTERMSIG(status)));
  }
  because(Text("touched ", done / mib, " of ", bytes / mib, " MiB"));
  hold();  // the child still holds the memory
  release.write.reset();
  wait_child(child.value);
}

}  // namespace probe
