// Memory is given page by page as it is touched, so a limit shows only when it is; cgroups(7), memory.max.

#include <fcntl.h>
#include <sys/mman.h>

#include "child.h"
#include "probe.h"

namespace probe {

namespace {

using Take = Result (*)(long bytes);
constexpr long page = 4096, mib = 1 << 20, chunk = 4 * mib, most = 1024 * mib;

Result map(long bytes, int protection, int flags) {
  return sys(SYS_mmap, nullptr, bytes, protection, flags | MAP_ANONYMOUS, -1, 0);
}

/// MAP_POPULATE asks for all pages at once, which is faster, and does not say whether it got them.
Result touch_pages(Result mapped, long bytes) {
  volatile char* memory = reinterpret_cast<char*>(mapped.value);
  for (long at = 0; mapped && at < bytes; at += page) memory[at] = 1;
  return mapped;
}
Result take_pages(long bytes) {
  return touch_pages(map(bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_POPULATE), bytes);
}
Result take_shared_pages(long bytes) {
  return touch_pages(map(bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE), bytes);
}

/// One table describes as much as fits into it: 512 pages of 4 KiB.
Result take_page_tables(long bytes) {
  constexpr long described = 512 * page;
  const long size = bytes / page * described;
  Result mapped = map(size, PROT_READ, MAP_PRIVATE | MAP_NORESERVE);
  if (!mapped) return mapped;
  Result small = sys(SYS_madvise, mapped.value, size, MADV_NOHUGEPAGE);
  if (!small && small.error != EINVAL) return small;  // EINVAL: this kernel has no huge pages
  const volatile char* memory = reinterpret_cast<const char*>(mapped.value);
  for (long at = 0; at < size; at += described) memory[at];
  return mapped;
}

/// Runs in the child. Tells through `progress` of each chunk: 0, or the errno that ended it.
void touch(long bytes, Take take, Pipe& progress, Pipe& release) {
  progress.read.reset();
  release.write.reset();
  // Anybody may make themselves a better victim; where there is no /proc the largest process is the choice
  // anyway.
  Fd score(sys(SYS_openat, AT_FDCWD, "/proc/self/oom_score_adj", O_WRONLY));
  if (score) sys(SYS_write, score.get(), "1000", 4);

  for (long done = 0; done < bytes; done += chunk) {
    Result mapped = take(chunk);
    if (!sys(SYS_write, progress.write.get(), &mapped.error, sizeof mapped.error) || !mapped) return;
  }
  progress.write.reset();
  wait_until_closed(release.read);
}

void attack(const Order& order, Take take) {
  long bytes = order.number("bytes", 1, most);
  Pipe progress, release;
  Result child = step("clone(SIGCHLD)", start_child([&] { touch(bytes, take, progress, release); }));
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

}  // namespace

constinit const Probes probes = {
    {.id = "memory-hog",
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
     .attack = [](const Order& order) { attack(order, take_pages); }},
    {.id = "memory-tmpfs-shm-charge",
     .cls = "limits",
     .guarantee = "limits.memory",
     .summary = "hold its memory in files that are none",
     .technique =
         "The same with shared memory, which to the kernel is a file on a tmpfs: pages that belong to no "
         "process, and that limits of a process do not count.",
     .references = {"tmpfs(5)", "cgroups(7)", "CVE-2024-3056"},
     .attempts = {{"touch", {"SIGKILL", "ENOMEM"}}},
     .witness = {"memory"},
     .opening = {"limits.memory=max"},
     .remedy = "Set memory.max on the sandbox's cgroup: who touches such a page first is charged for it.",
     .attack = [](const Order& order) { attack(order, take_shared_pages); }},
    {.id = "memory-kernel-charge",
     .cls = "limits",
     .guarantee = "limits.memory",
     .summary = "have the kernel hold memory for it",
     .technique =
         "The same with tables of pages: reading one byte in every 2 MiB of a mapping that holds nothing "
         "takes the kernel a table of 4 KiB each time, and the process itself next to nothing.",
     .references = {"cgroups(7)", "https://docs.kernel.org/admin-guide/cgroup-v2.html"},
     .attempts = {{"touch", {"SIGKILL", "ENOMEM"}}},
     .witness = {"memory"},
     .opening = {"limits.memory=max"},
     .remedy = "Set memory.max on the sandbox's cgroup, by a kernel that charges its own memory too (kmem).",
     .attack = [](const Order& order) { attack(order, take_page_tables); }},
};

}  // namespace probe
