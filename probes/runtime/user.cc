// Who a program is, and what it may do, is a line of its bundle. A number that is too large for the kernel's,
// or a set that is not named, must not become more than was asked for.

#include <linux/capability.h>

#include "bundle.h"

namespace probe {
namespace {

void be_root(long number, const char* call) {
  const Result id = sys(number);
  attempt("root", call, id && id.value == 0 ? "ok" : "no effect");
}

struct Caller {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
};

/// One of the sets, of which a bit is enough.
template <typename Set>
void hold_any(const char* name, Set set) {
  Caller caller;
  if (!step("capget()", sys(SYS_capget, &caller.header, caller.data))) stop("the sets cannot be read");
  attempt("hold", name, (set(caller.data[0]) | set(caller.data[1])) != 0 ? "ok" : "no effect");
}

constexpr const char* remedy = "Use a runtime that refuses numbers that no user has: runc, containerd 2.0.4.";

}  // namespace

// A row of it: the id, what it does, the member, the number, the call, the line of the status.
#define OVERFLOW(ID, SUMMARY, MEMBER, NUMBER, CALL, LINE)                                                  \
  {                                                                                                        \
    .id = ID, .cls = "runtime", .guarantee = "runtime.identity", .summary = SUMMARY,                       \
    .technique = "The bundle asks for " NUMBER                                                             \
                 ", and it looks whether it is root. The kernel's numbers have 32 bits, of which all set " \
                 "means \"leave it as it is\", and a runtime begins as root.",                             \
    .references = {"CVE-2024-40635", "credentials(7)", "setresuid(2)"},                                    \
    .attempts = {{.name = "root", .denials = {"no effect"}, .scope = "user"}},                             \
    .witness = {"status " LINE ": 0 .*"}, .opening = {AS_ROOT_OF_THE_HOST}, .remedy = remedy,              \
    .bundle = {.patch = "[{\"op\":\"add\",\"path\":\"/process/user/" MEMBER "\",\"value\":" NUMBER "}]",   \
               .entries = {},                                                                              \
               .refusals = {"cannot unmarshal number " NUMBER " into Go struct field",                     \
                            "uids and gids must be in range 0-2147483647",                                 \
                            "(setuid|setgid|setresuid|setresgid).*invalid argument",                       \
                            "cannot set[ug]id to unmapped [ug]id [0-9]+",                                  \
                            "Invalid value .* for key '[ug]id': Numerical result out of range",            \
                            "setresuid to .*: Invalid argument"}},                                         \
    .attack = [](const Order&) { be_root(SYS_##CALL, #CALL "()"); },                                       \
  }

constinit const Probes probes = {
    OVERFLOW("cve-2024-40635", "become root by a user of 33 bits", "uid", "4294967296", getuid, "Uid"),
    OVERFLOW("cve-2024-40635-group", "become root's group by a group of 33 bits", "gid", "4294967296", getgid,
             "Gid"),
    OVERFLOW("cve-2024-40635-same", "stay root by the user that means no change", "uid", "4294967295", getuid,
             "Uid"),
    OVERFLOW("cve-2024-40635-sign", "become root by a user that is negative", "uid", "2147483648", getuid,
             "Uid"),
    {.id = "cve-2022-24769",
     .cls = "runtime",
     .guarantee = "runtime.capabilities",
     .summary = "inherit a capability that was not given",
     .technique =
         "The bundle names no inheritable capability, and it looks whether it has one: a program with "
         "file capabilities would then have it, whoever starts it.",
     .references = {"CVE-2022-24769", "CVE-2022-27650", "CVE-2022-29162", "capabilities(7)"},
     .attempts = {{"hold", {"no effect"}}},
     .witness = {"status CapInh: 0*[1-9a-f].*"},
     .opening = {"capabilities.keep+=cap_chown"},
     .remedy = "Use a runtime and an engine that leave the inheritable set empty: Docker 20.10.14.",
     .bundle = {.patch = R"([{"op":"add","path":"/process/capabilities","value":{"bounding":["CAP_CHOWN"],)"
                         R"("effective":["CAP_CHOWN"],"permitted":["CAP_CHOWN"]}}])"},
     .attack =
         [](const Order&) {
           hold_any("the inheritable set", [](const __user_cap_data_struct& set) { return set.inheritable; });
         }},
    {.id = "cve-2016-8867",
     .cls = "runtime",
     .guarantee = "runtime.capabilities",
     .summary = "hold a capability as a user who is not root",
     .technique =
         "The bundle starts it as user 1000, with a capability that is permitted and not ambient, and "
         "it looks whether that was kept: execve(2) takes it from who is not root.",
     .references = {"CVE-2016-8867", "capabilities(7)"},
     .attempts = {{"hold", {"no effect"}}},
     .witness = {"status CapEff: 0*[1-9a-f].*"},
     .opening = {"capabilities.keep+=cap_chown"},
     .remedy = "Use a runtime that makes no capability ambient unless it is told to: Docker 1.12.3.",
     .bundle = {.patch = R"([{"op":"add","path":"/process/user/uid","value":1000},)"
                         R"({"op":"add","path":"/process/capabilities","value":{"bounding":["CAP_CHOWN"],)"
                         R"("effective":["CAP_CHOWN"],"permitted":["CAP_CHOWN"]}}])"},
     .attack =
         [](const Order&) {
           hold_any("the effective set", [](const __user_cap_data_struct& set) { return set.effective; });
         }},
};

}  // namespace probe
