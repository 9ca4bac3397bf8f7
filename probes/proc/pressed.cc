// What the settings of setting.cc are worth to who may write to them: here something is written, and the
// whole machine feels it. So these run in a virtual machine of their own, and only there.

#include "openings.h"
#include "paths.h"
#include "probe.h"

namespace probe {
namespace {

/// Attempts "open", and if that passes "write" of `text`.
void write_into(const char* path, std::string_view text) {
  Text call("open(", quoted(path), ", O_WRONLY)");
  Result opened = sys(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
  if (!opened) {
    attempt("open", call, opened);
    return;
  }
  Fd file(step(call, opened));
  attempt("write", Text("write(", quoted(text), ")"), sys(SYS_write, file.get(), text.data(), text.size()));
}

}  // namespace

// Each row of it: the id, what it does, how, where that is documented, the file, and what is written
#define PRESSED(ID, SUMMARY, TECHNIQUE, REFERENCE, FILE, TEXT)                                         \
  {                                                                                                    \
    .id = ID, .cls = "proc", .guarantee = "proc.settings", .summary = SUMMARY, .technique = TECHNIQUE, \
    .references = {REFERENCE, "https://attack.mitre.org/techniques/T1611/"},                           \
    .attempts = {{"open", OUT_OF_REACH, {}, NOT_THERE}, {"write", {"EPERM", "EACCES"}}},               \
    .witness = {"trace"}, .opening = {AS_ROOT_OF_THE_HOST, PROC},                                      \
    .remedy =                                                                                          \
        "Show the sandbox no /proc, or make /proc/sys and /proc/sysrq-trigger read-only; a user "      \
        "namespace makes their owner somebody else.",                                                  \
    .only_in_guest = true, .attack = [](const Order&) { write_into(FILE, TEXT); },                     \
  }

constinit const Probes probes = {
    PRESSED("proc-sysrq-press", "press a key that all disks of the machine obey",
            "Writes s to /proc/sysrq-trigger: every file system of the machine is told to write down what it "
            "holds, "
            "whoever has it mounted. Other letters restart the machine or kill every process.",
            "proc_sysrq-trigger(5)", "/proc/sysrq-trigger", "s"),
    PRESSED("proc-drop-caches", "make the machine forget all files that it holds in memory",
            "Writes 1 to /proc/sys/vm/drop_caches: every process of the machine has to read its files from "
            "the disk "
            "again, and one that is written over and over makes the machine crawl.",
            "proc_sys_vm(5)", "/proc/sys/vm/drop_caches", "1"),
};

}  // namespace probe
