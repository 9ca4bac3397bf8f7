// Files of the host that a sandbox shows, by a mount that is too wide or by none of its own. Each probe looks
// for one file that the host names, under its own path and below every directory of the root.

#include "host-file.h"
#include "openings.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Give the sandbox a root of its own, bind into it only what it needs, and that read-only.";

}  // namespace

// Each row of it: the id, what is reached, how it works, a reference, who looks, how it is opened, the
// opening
#define HOST_FILE(ID, GUARANTEE, SUMMARY, TECHNIQUE, REFERENCE, WITNESS, HOW, ...)                      \
  {                                                                                                     \
    .id = ID, .cls = "filesystem", .guarantee = GUARANTEE, .summary = SUMMARY, .technique = TECHNIQUE,  \
    .references = {"mount_namespaces(7)", REFERENCE}, .attempts = {{"open", NO_WAY_TO_IT}},             \
    .witness = {WITNESS}, .opening = {__VA_ARGS__}, .remedy = remedy,                                   \
    .attack = [](const Order& order) { reach_file_of_the_host(order, order.text("path"), #HOW, HOW); }, \
  }

constinit const Probes probes = {
    HOST_FILE("host-root-visible", "filesystem.root", "find the root of the host below one's own",
              "Looks for a file that the host has just planted in /tmp, below each directory of the root: a "
              "mount of the host's root, or of a directory above /tmp, shows it.",
              "CIS Docker Benchmark 5.6", "planted /tmp", O_RDONLY,
              "mounts+={type=\"bind\",source=\"/\",target=\"/host\"}"),
    HOST_FILE("host-sensitive-read", "filesystem.root", "open the passwords of the host",
              "Opens the host's /etc/shadow to read, and reads nothing. That it is the host's file, and not "
              "one that came with the sandbox, tell its device and its inode.",
              "https://attack.mitre.org/techniques/T1552/", "file /etc/shadow", O_RDONLY, AS_ROOT_OF_THE_HOST,
              "mounts+={type=\"bind\",source=\"/etc\",target=\"/etc\"}"),
    HOST_FILE("host-canary-write", "filesystem.root", "open a file of the host to write",
              "Opens a file to write that the host has just planted in /tmp, and writes nothing. Whoever may "
              "write there leaves something behind for those who come next.",
              "https://attack.mitre.org/techniques/T1611/", "planted /tmp", O_WRONLY,
              "mounts+={type=\"bind\",source=\"/tmp\",target=\"/host/tmp\",read_only=false}"),
    HOST_FILE("rootfs-readonly-submounts", "filesystem.root", "write what is mounted below a read-only root",
              "Opens a file to write that the host has just planted in /dev/shm, and writes nothing. A mount "
              "that is read-only says nothing of the mounts below it, if they were not made so one by one.",
              "mount_setattr(2)", "planted /dev/shm", O_WRONLY,
              "mounts+={type=\"bind\",source=\"/dev/shm\",target=\"/dev/shm\",read_only=false}"),
    HOST_FILE(
        "tmp-private", "filesystem.root", "share the temporary files of the host",
        "Opens a file to read that the host has just planted in /tmp. Programs leave sockets, locks and "
        "secrets there, under names that others guess.",
        "systemd.exec(5), PrivateTmp", "planted /tmp", O_RDONLY,
        "mounts+={type=\"bind\",source=\"/tmp\",target=\"/tmp\"}"),
    HOST_FILE("home-hidden", "filesystem.root", "see the home directory of who started it",
              "Opens a file to read that the host has just planted in the home directory of its user, where "
              "keys, histories and tokens lie.",
              "systemd.exec(5), ProtectHome", "planted HOME", O_RDONLY, AS_ROOT_OF_THE_HOST,
              "mounts+={type=\"bind\",source=\"/\",target=\"/host\"}"),
    HOST_FILE("persist-via-dotfiles", "filesystem.root",
              "leave something in the home directory of who started it",
              "Opens a file to append that the host has just planted in the home directory of its user, and "
              "writes nothing. What is added to a shell's or an editor's settings there runs the next time.",
              "https://attack.mitre.org/techniques/T1546/", "planted HOME", O_WRONLY | O_APPEND,
              AS_ROOT_OF_THE_HOST, "mounts+={type=\"bind\",source=\"/\",target=\"/host\",read_only=false}"),
    {.id = "ephemeral-state",
     .cls = "filesystem",
     .guarantee = "filesystem.root",
     .summary = "leave a file for the sandbox that comes next",
     .technique =
         "Makes a file in a directory that the host has just planted in /var/tmp, and ends. The harness "
         "looks whether it is still there when the sandbox is gone: what one run leaves behind is the "
         "next one's, that of somebody else maybe.",
     .references = {"mount_namespaces(7)", "tmpfs(5)"},
     .attempts = {{"open", NO_WAY_TO_IT}},
     .witness = {"left /var/tmp"},
     .opening = {"mounts+={type=\"bind\",source=\"/var\",target=\"/var\",read_only=false}"},
     .remedy = "Give the sandbox what is gone with it, a tmpfs or an overlay, and nothing else to write.",
     .attack =
         [](const Order& order) {
           Text path(order.text("top"), "/left");
           Fd file(attempt(
               "open", Text("open(", quoted(path), ", O_CREAT)"),
               sys(SYS_openat, AT_FDCWD, path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)));
         }},
};

}  // namespace probe
