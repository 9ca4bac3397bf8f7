"""Where the attacks are run: on this machine, or on another kernel in a virtual machine."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from escapement import guest, kernels, programs
from escapement.programs import NOBODY

HOST = "host"
TIMEOUT = 900  # seconds for all profiles on one kernel; on an idle machine they take far less
MEMORY = 2048  # MiB
MACHINES = max(1, (os.cpu_count() or 1))  # at a time: an emulated one takes one processor


@dataclass(frozen=True)
class Place:
    """This machine, or a guest: its kernel, how its control groups are mounted, what its kernel is told, and who attacks."""

    kernel: str = HOST
    cgroup: str = ""
    parameters: str = ""
    user: str = "root"

    @property
    def name(self) -> str:
        if self.kernel == HOST:
            return HOST
        kernel = Path(self.kernel).name if "/" in self.kernel else self.kernel
        words = [kernel, self.cgroup, self.parameters.replace(" ", "+"), "" if self.user == "root" else self.user]
        return "-".join(word for word in words if word)


def places(kernel_names: list[str], modes: list[str], parameters: list[str], users: list[str]) -> list[Place]:
    """Every kernel with every mode, parameters and user; `all` are all that Debian has."""
    names = [each for name in kernel_names for each in (kernels.RELEASES if name == "all" else [name])]
    out = []
    for name in dict.fromkeys(names):
        out += [Place()] if name == HOST else [Place(name, *axes) for axes in product(modes, parameters, users)]
    return out


def run(place: Place, program: Path, profiles: list[str], probes: list[str]) -> dict:
    """The report of `escapement run` in a guest; without profiles, of the whole ladder, as far as its user can build it. Raises GuestFailed or NoKernel where the guest is at fault, and NoReport."""
    top, share = program.parents[1], program.parents[1] / "share/escapement"
    files = {f"/opt/bin/{name}": program.with_name(name) for name in ("escapement", "isolator")}
    files |= {"/opt/share/escapement/profiles": (share / "profiles").resolve(),
              "/opt/share/escapement/guarantees.toml": (share / "guarantees.toml").resolve(),
              "/opt/libexec/escapement": top / "libexec/escapement"}
    if (top / "probes").is_dir():
        files["/opt/probes"] = top / "probes"
    command = ["/opt/bin/escapement", "run", "--format", "json", "--patience", "60"]
    for number, profile in enumerate(profiles):
        if "/" in profile:
            files[f"/profiles/{number}.toml"] = Path(profile)
            profile = f"/profiles/{number}.toml"
        command += ["--profile", profile]
    for probe in probes:
        command += ["--probe", probe]
    if place.user != "root":
        setpriv = shutil.which("setpriv")
        if not setpriv:
            raise guest.GuestFailed("setpriv is needed for another user than root: install util-linux")
        files["/usr/bin/setpriv"] = Path(setpriv)  # busybox has none that changes the uid, nor setuidgid everywhere
        command = ["/usr/bin/setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command]
    answer = guest.run(guest.Guest(kernels.find(place.kernel), command, files, cgroup=place.cgroup, append=place.parameters,
                                   memory=MEMORY, disk=16, timeout=TIMEOUT))
    try:
        return json.loads(answer.output)
    except json.JSONDecodeError as error:
        raise programs.NoReport(f"exit status {answer.status}, no report: {answer.output.strip()}") from error
