#include "target.h"

namespace escapement {

extern const TargetKind unshare_kind, bwrap_kind, firejail_kind, nspawn_kind, runc_kind, crun_kind,
    runsc_kind, docker_kind, podman_kind, lxc_kind, minijail_kind, systemd_run_kind;

const std::vector<TargetKind> target_kinds{unshare_kind, bwrap_kind, firejail_kind, nspawn_kind,
                                           runc_kind,    crun_kind,  runsc_kind,    docker_kind,
                                           podman_kind,  lxc_kind,   minijail_kind, systemd_run_kind};

}  // namespace escapement
