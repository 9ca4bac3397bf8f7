// Keys are kept by the kernel for users and sessions, and no namespace parts them.

#include <linux/keyctl.h>

#include "openings.h"
#include "paths.h"
#include "probe.h"

namespace probe {

constinit const Probes probes = {
    {.id = "keyring-session-shared",
     .cls = "ipc",
     .guarantee = "ipc.keys",
     .summary = "read a key of whoever started it",
     .technique = "Looks in its session keyring for a key that the harness has put there before it started "
                  "the sandbox, and reads it. A keyring is inherited like a directory, and who has it in "
                  "their session may read its keys whatever their uid is.",
     .references = {"session-keyring(7)", "keyctl(2)", "https://attack.mitre.org/techniques/T1611/"},
     .attempts = {{"read", {"ENOKEY", "EACCES", "EPERM"}}},
     .witness = {"ipc key"},
     .opening = {"process.new_keyring=false", "seccomp.allow+=keyctl"},
     .remedy = "Give the sandbox a session keyring of its own, and leave keyctl(2) out of the filter's list.",
     .attack =
         [](const Order& order) {
           const char* name = order.text("name");
           Text call("keyctl(KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, ", quoted(name), ")");
           Result key = sys(SYS_keyctl, KEYCTL_SEARCH, KEY_SPEC_SESSION_KEYRING, "user", name, 0);
           if (!key) {
             attempt("read", call, key);
             return;
           }
           step(call, key);
           char content[64];
           Result got = attempt("read", Text("keyctl(KEYCTL_READ, ", key.value, ")"),
                                sys(SYS_keyctl, KEYCTL_READ, key.value, content, sizeof content));
           if (got && got.value <= long{sizeof content}) saw({content, static_cast<std::size_t>(got.value)});
         }},
    {.id = "proc-keys-visible",
     .cls = "ipc",
     .guarantee = "ipc.keys",
     .summary = "list the keys that the kernel holds",
     .technique = "Opens /proc/keys and /proc/key-users, and closes them unread. They list the keys of all "
                  "who have the same uid, whatever container they are in.",
     .references = {"keyrings(7)", "proc_keys(5)"},
     .attempts = {{"open", COVERED, {"ok"}, NOT_THERE}},
     .witness = {"trace"},
     .opening = {PROC},
     .remedy = "Show the sandbox no /proc, or a /proc of subset=pid; else cover both files.",
     .attack =
         [](const Order&) {
           open_uncovered("/proc", {"keys", "key-users"});
         }},
};

}  // namespace probe
