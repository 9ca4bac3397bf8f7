// Directories of the host that are often given to a sandbox as a whole, and with them more than was meant.

#include "host-file.h"
#include "openings.h"

namespace probe {

// Each row of it: the id, what is reached, how it works, a reference, the directory, what else is to be done
#define HOST_MOUNT(ID, SUMMARY, TECHNIQUE, REFERENCE, PATH, REMEDY, ...)                        \
  {                                                                                             \
    .id = ID, .cls = "mount", .guarantee = "mount.host-directories", .summary = SUMMARY,        \
    .technique = TECHNIQUE " That it is the host's tell its device and its inode.",             \
    .references = {REFERENCE}, .attempts = {{"open", NO_WAY_TO_IT}}, .witness = {"file " PATH}, \
    .opening = {__VA_ARGS__}, .remedy = REMEDY, .attack = [](const Order& order) {              \
      reach_file_of_the_host(order, PATH, "O_RDONLY|O_DIRECTORY", O_RDONLY | O_DIRECTORY);      \
    },                                                                                          \
  }

constinit const Probes probes = {
    HOST_MOUNT("host-dev-bind", "have the whole /dev of the host",
               "Opens /dev, which lists every device of the machine: disks, memory, consoles.",
               "CIS Docker Benchmark 5.18", "/dev", "Give the sandbox a /dev of its own, with what it needs.",
               DEVICES_OF_THE_HOST),
    HOST_MOUNT("mount-devpts-ptmx", "see the terminals of the host",
               "Opens /dev/pts, whose files are the terminals of everybody who is logged in.",
               "CVE-2025-52565", "/dev/pts", "Mount a devpts of its own, or none.",
               "mounts+={type=\"bind\",source=\"/dev/pts\",target=\"/dev/pts\"}"),
    HOST_MOUNT("var-log-mount", "reach the logs of the host",
               "Opens /var/log. Who may write there puts a symbolic link in place of a log, and has whoever "
               "shows logs read any file of the host for it.",
               "https://attack.mitre.org/techniques/T1611/", "/var/log",
               "Send logs out through a pipe or a socket, and bind no directory of them.",
               "mounts+={type=\"bind\",source=\"/var/log\",target=\"/var/log\"}"),
};

}  // namespace probe
