#pragma once

#include <isolator/error.h>
#include <isolator/spec.h>

#include <functional>
#include <string>

namespace isolator {

/// How trying something went.
struct Tried {
  int err = 0;         // why not; 0: it works
  std::string detail;  // what was found, or on what it failed
  std::string hint;    // of an Error
};

/// Tries in a child of its own, which ends afterwards, or after ten seconds. An Error of `attempt` is what it
/// failed with. Throws std::system_error where no process can be started.
Tried in_fork(const std::function<Tried()>& attempt);

/// In a child: builds the sandbox, for a command that no kernel executes, so that nothing runs in it.
Tried build(Spec spec);

/// build() of it in a new user namespace, or else without one, which takes root; `detail` tells which.
Tried build_somehow(Spec spec);

// One function a concept.
Tried try_namespace(Ns);
Tried try_user_capabilities();
Tried try_id_ranges();

Tried try_mount_api();
Tried try_idmapped_mount();
Tried try_overlay();
Tried try_temporary_directory();

Tried try_landlock();
Tried try_seccomp_filter();
Tried try_seccomp_notification();
Tried try_keyring();
Tried try_personality();

Tried try_clone3();
Tried try_clone_into_cgroup();
Tried try_pidfd();
Tried try_pidfd_setns();
Tried try_ptrace();

Tried try_controller(const char* name);
Tried try_tun();
Tried try_program(const char* name);

/// What to do about `err` of the feature, as exactly as this host tells; empty where nothing helps.
std::string remedy(const std::string& feature, const Tried& tried);

}  // namespace isolator
