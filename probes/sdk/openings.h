#pragma once

// Steps of an opening that many probes have in common.

/// Out of the user namespace, as the host's root, so that a capability that is kept counts against the host.
#define AS_ROOT_OF_THE_HOST \
  "namespaces.new-=user", "identity.uid=0", "identity.gid=0", "identity.uid_map=[]", "identity.gid_map=[]"

/// Root of the sandbox's own user namespace.
#define AS_ROOT_OF_THE_SANDBOX "identity.uid=0", "identity.gid=0"

/// The kernel's own file systems, which `strict` does without.
#define PROC "mounts+={type=\"proc\",target=\"/proc\"}"
#define SYSFS "mounts+={type=\"sysfs\",target=\"/sys\"}"
#define SYSFS_TO_WRITE "mounts+={type=\"sysfs\",target=\"/sys\",read_only=false}"

/// The host's devices over those of the sandbox.
#define DEVICES_OF_THE_HOST "mounts+={type=\"bind\",source=\"/dev\",target=\"/dev\",nodev=false}"
