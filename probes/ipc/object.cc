// Objects that are shared by name: who knows the number or the name of one may use it, as far as its mode
// lets them. An IPC namespace gives the names another meaning.

#include <fcntl.h>
#include <sys/ipc.h>

#include "probe.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Give the sandbox an IPC namespace of its own, and a /dev/shm of its own if it needs one.";

/// Hands back the number of an object that was asked for by its key; where it is not to be found, that has
/// decided.
Result found(const char* attempt_name, const char* call, long key, Result result) {
  Text text(call, "(", key, ")");
  if (result)
    step(text, result);
  else
    attempt(attempt_name, text, result);
  return result;
}

}  // namespace

constinit const Probes probes = {
    {.id = "sysv-shm-host",
     .cls = "ipc",
     .guarantee = "ipc.objects",
     .summary = "attach shared memory of the host",
     .technique =
         "Asks for a segment of System V shared memory that the harness has made on the host, by its "
         "key, and attaches it. Databases keep their buffers in such segments.",
     .references = {"shmget(2)", "ipc_namespaces(7)", "CIS Docker Benchmark 5.17"},
     .attempts = {{"attach", {"ENOENT", "EACCES", "EPERM"}}},
     .witness = {"ipc shm"},
     .opening = {"namespaces.new-=ipc", "seccomp.allow+=[\"shmget\", \"shmat\"]"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           long key = order.number("shm", 1, INT_MAX);
           // It stays attached until the probe ends, so that the harness can see it.
           if (Result it = found("attach", "shmget", key, sys(SYS_shmget, key, 0, 0)))
             attempt("attach", Text("shmat(", it.value, ")"), sys(SYS_shmat, it.value, nullptr, 0));
         }},
    {.id = "sysv-sem-msg-host",
     .cls = "ipc",
     .guarantee = "ipc.objects",
     .summary = "use a semaphore and a message queue of the host",
     .technique =
         "Asks for a System V semaphore and a message queue that the harness has made on the host, by "
         "their keys, raises the one by one and sends a word to the other. A semaphore lets others "
         "into what they should have waited for; who reads from a queue takes the word for that of "
         "a colleague.",
     .references = {"semget(2)", "msgget(2)", "ipc_namespaces(7)", "CIS Docker Benchmark 5.17"},
     .attempts = {{"raise", {"ENOENT", "EACCES", "EPERM"}}, {"send", {"ENOENT", "EACCES", "EPERM"}}},
     .witness = {"ipc sem", "ipc msg"},
     .opening = {"namespaces.new-=ipc", "seccomp.allow+=[\"semget\", \"semop\", \"msgget\", \"msgsnd\"]"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           long semaphores = order.number("sem", 1, INT_MAX), queue = order.number("msg", 1, INT_MAX);
           struct {
             unsigned short number;
             short change, flags;
           } raise{0, 1, IPC_NOWAIT};  // sembuf of semop(2)
           if (Result it = found("raise", "semget", semaphores, sys(SYS_semget, semaphores, 0, 0)))
             attempt("raise", Text("semop(", it.value, ", {0, +1})"), sys(SYS_semop, it.value, &raise, 1));
           struct {
             long type = 1;
             char text[8] = "hello";
           } message;  // msgbuf of msgsnd(2)
           if (Result it = found("send", "msgget", queue, sys(SYS_msgget, queue, 0)))
             attempt("send", Text("msgsnd(", it.value, ")"),
                     sys(SYS_msgsnd, it.value, &message, sizeof message.text, IPC_NOWAIT));
         }},
    {.id = "posix-mq-host",
     .cls = "ipc",
     .guarantee = "ipc.objects",
     .summary = "send to a POSIX message queue of the host",
     .technique =
         "Opens a message queue that the harness has made on the host, by its name, and sends a word "
         "there. It takes no /dev/mqueue for that: the name alone is looked up in the IPC namespace.",
     .references = {"mq_overview(7)", "ipc_namespaces(7)", "CIS Docker Benchmark 5.17"},
     .attempts = {{"send", {"ENOENT", "EACCES", "EPERM"}}},
     .witness = {"ipc mq"},
     .opening = {"namespaces.new-=ipc", "seccomp.allow+=[\"mq_open\", \"mq_timedsend\"]"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           const char* name = order.text("name");
           Text call("mq_open(", quoted(Text("/", name)), ", O_WRONLY)");
           Result opened = sys(SYS_mq_open, name, O_WRONLY | O_NONBLOCK | O_CLOEXEC, 0, nullptr);
           if (!opened) {
             attempt("send", call, opened);
             return;
           }
           Fd queue(step(call, opened));
           attempt("send", "mq_timedsend(\"hello\")",
                   sys(SYS_mq_timedsend, queue.get(), "hello", 5, 0, nullptr));
         }},
    {.id = "dev-shm-host",
     .cls = "ipc",
     .guarantee = "ipc.objects",
     .summary = "read the host's /dev/shm",
     .technique = "Opens a file that the harness has made in /dev/shm and reads it. What programs share "
                  "through shm_open(3) are files there: an IPC namespace does not part them, only a mount of "
                  "one's own does.",
     .references = {"shm_overview(7)", "CVE-2024-3056", "CIS Docker Benchmark 5.17"},
     .attempts = {{"read", {"ENOENT", "EACCES", "EPERM"}}},
     .witness = {"ipc file"},
     .opening = {"mounts+={type=\"bind\",source=\"/dev/shm\",target=\"/dev/shm\"}"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           const char* path = order.text("path");
           Text call("open(", quoted(path), ")");
           Result opened = sys(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
           if (!opened) {
             attempt("read", call, opened);
             return;
           }
           Fd file(step(call, opened));
           char content[64];
           Result got = attempt("read", "read()", sys(SYS_read, file.get(), content, sizeof content));
           if (got) saw({content, static_cast<std::size_t>(got.value)});
         }},
};

}  // namespace probe
