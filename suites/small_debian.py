"""The root of a Debian as small as it gets, packed from the packages that this host has installed: no network, no debootstrap."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

PROGRAMS = ("bash", "coreutils")
ALONE = "passwd"  # has programs with set-user-ID and set-group-ID, which nobody is to run: without what it depends on
# What configures packages and is not needed to run what is configured.
LEFT_OUT = {"debconf", "dpkg", "perl-base", "install-info", "cdebconf"}
# Nor what is written about them, or for other languages.
NOT_NEEDED = re.compile(r"/usr/share/(doc|man|locale|info|lintian|i18n)/|/usr/lib/[^/]*/gconv/")


def query(*args: str) -> str:
    return subprocess.run(["dpkg-query", *args], check=True, capture_output=True, text=True).stdout


def is_here() -> bool:
    return shutil.which("dpkg-query") is not None and all(
        subprocess.run(["dpkg-query", "-W", name], capture_output=True, check=False).returncode == 0 for name in (*PROGRAMS, ALONE))


def installed() -> dict[str, tuple[str, list[list[str]]]]:
    """By its name the package with its architecture, and what it depends on, each with the alternatives to it."""
    out = {}
    for line in query("-W", "-f", "${db:Status-Abbrev}|${Package}|${binary:Package}|${Pre-Depends}, ${Depends}\n").splitlines():
        state, name, package, depends = line.split("|", 3)
        wanted = [[re.split(r"[ :(]", word.strip())[0] for word in each.split("|")] for each in depends.split(",") if each.strip()]
        if state.startswith("ii"):
            out.setdefault(name, (package, wanted))
    return out


def packages() -> list[str]:
    """The programs, all that they depend on, and the one alone, as far as it is installed: of a virtual package nobody asks."""
    known = installed()
    wanted, todo = set(), list(PROGRAMS)
    while todo:
        name = todo.pop()
        if name in wanted or name in LEFT_OUT:
            continue
        wanted.add(name)
        todo += [next(one for one in any_of if one in known) for any_of in known[name][1] if any(one in known for one in any_of)]
    return [known[name][0] for name in sorted(wanted | {ALONE})]


def pack(archive: Path, without: str = "") -> None:
    """Into a tar archive, with owners and modes, without what the package of this name has."""
    kept = [name for name in packages() if name.split(":")[0] != without]
    assert len(kept) >= 10, f"no closure: {kept}"
    listed = {path for path in query("-L", *kept).splitlines() if path.startswith("/") and path != "/."}
    names = set()
    for path in listed:
        # Packages list /bin/bash, and /bin is a link to usr/bin: an archive with a path through a link is refused.
        directory, name = os.path.split(path)
        if not NOT_NEEDED.match(path) and os.path.lexists(path):
            names.add(os.path.join(os.path.realpath(directory), name))
    names |= {str(path) for path in Path("/").iterdir() if path.is_symlink() and os.readlink(path).startswith("usr/")}
    with tarfile.open(archive, "w") as tar:
        for name in sorted(names):
            tar.add(name, recursive=False)
