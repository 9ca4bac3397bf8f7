// What can be written is memory or a disk, and both belong to everybody.

#include <sys/mman.h>

#include "child.h"
#include "scratch.h"

namespace probe {
namespace {

constexpr long much = 96L << 20;

/// Where memory runs out the kernel ends whoever holds most of it: that shall be the child, and not the
/// probe, which would otherwise take its answer with it.
void hold_more_than_the_probe() {
  constexpr long more = 4L << 20;
  sys(SYS_mmap, nullptr, more, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
}

}  // namespace

constinit const Probes probes = {{
    .id = "disk-quota-fill",
    .cls = "filesystem",
    .guarantee = "filesystem.space",
    .summary = "fill what can be written",
    .technique =
        "A child asks for 96 MiB of room for a file without a name, which is gone when it ends. Where "
        "there is no limit the rest of the machine goes without: logs, databases, memory.",
    .references = {"fallocate(2)", "tmpfs(5)"},
    .attempts = {{"fallocate",
                  {"ENOSPC", "EDQUOT", "EFBIG", "ENOMEM", "SIGKILL", "SIGXFSZ"},
                  {"ok"},
                  {"EOPNOTSUPP"}}},
    .witness = {"trace"},
    .opening = {"mounts+={type=\"tmpfs\",target=\"/tmp\",mode=\"1777\"}", "limits.memory=max",
                "rlimits.fsize=inherit"},
    .remedy = "Give each tmpfs a size, and a disk a quota.",
    .attack =
        [](const Order&) {
          attempt("fallocate", "fallocate(96 MiB)", in_child([] {
                    hold_more_than_the_probe();
                    Result last{-1, ENOENT};
                    for (const char* place : scratch_places) {
                      Fd file(make_scratch_file(place));
                      if (file) last = sys(SYS_fallocate, file.get(), 0, 0, much);
                      if (last) break;
                    }
                    return last;
                  }));
        },
}};

}  // namespace probe
