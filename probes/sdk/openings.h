#pragma once

// Steps of an opening that many probes have in common.

/// Out of the user namespace, so that a capability that is kept counts against the host.
#define OUT_OF_THE_USER_NAMESPACE "namespaces.new-=user", "identity.uid_map=[]", "identity.gid_map=[]"

/// And as the host's root, which owns its files.
#define AS_ROOT_OF_THE_HOST OUT_OF_THE_USER_NAMESPACE, "identity.uid=0", "identity.gid=0"

/// Root of the sandbox's own user namespace.
#define AS_ROOT_OF_THE_SANDBOX "identity.uid=0", "identity.gid=0"

/// The kernel's own file systems, which `strict` does without.
#define PROC "mounts+={type=\"proc\",target=\"/proc\"}"
#define SYSFS "mounts+={type=\"sysfs\",target=\"/sys\"}"
#define SYSFS_TO_WRITE "mounts+={type=\"sysfs\",target=\"/sys\",read_only=false}"

/// The host's devices over those of the sandbox.
#define DEVICES_OF_THE_HOST "mounts+={type=\"bind\",source=\"/dev\",target=\"/dev\",nodev=false}"

/// Sockets of every family.
#define ANY_SOCKET "seccomp.rules-={syscall=\"socket\"}"

/// The host's control groups.
#define CGROUPS_OF_THE_HOST \
  "mounts+={type=\"bind\",optional=true,source=\"/sys/fs/cgroup\",target=\"/sys/fs/cgroup\"}"
// In one string: a list of openings must not look as if it lacked a comma.
// clang-format off
#define CGROUPS_OF_THE_HOST_TO_WRITE \
  "mounts+={type=\"bind\",optional=true,source=\"/sys/fs/cgroup\",target=\"/sys/fs/cgroup\",read_only=false}"
// clang-format on
