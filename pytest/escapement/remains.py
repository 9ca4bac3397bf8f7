"""What a run leaves on the host. A copy of the programs makes its processes recognisable, whoever else runs the same."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass, field
from pathlib import Path


def copy_of(build: Path, to: Path, parts=("bin", "probes", "probes-testing", "share")) -> Path:
    """A build tree of its own: other files, so other inodes. Returns the path of `escapement` in it."""
    for part in parts:
        shutil.copytree(build / part, to / part, ignore=shutil.ignore_patterns("CMakeFiles", "*.cmake"))
    return to / "bin" / "escapement"


@dataclass(frozen=True)
class Host:
    """What the host shows of us. `programs` are the files of a copy, as (device, inode)."""

    programs: frozenset[tuple[int, int]]
    temporary: Path
    before: frozenset[str] = field(default=frozenset())

    @classmethod
    def of(cls, copy: Path, temporary: Path) -> Host:
        files = [file.stat() for file in copy.rglob("*") if file.is_file()]
        host = cls(frozenset((file.st_dev, file.st_ino) for file in files), temporary)
        return cls(host.programs, temporary, host.things())

    def processes(self) -> dict[int, str]:
        """Those that run one of the programs, in whatever namespace: an inode is the same in all."""
        found = {}
        for entry in Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                file = os.stat(entry / "exe")
                if (file.st_dev, file.st_ino) in self.programs:
                    stat = (entry / "stat").read_text()
                    found[int(entry.name)] = stat[stat.index("("):stat.rindex(")") + 3]
            except (OSError, ValueError):  # it has just ended, or is a thread of the kernel
                continue
        return found

    def somebody_elses(self, cgroup: str) -> bool:
        """A cgroup bears the pid of its maker. Who lives and runs none of our programs made it for itself."""
        try:
            file = os.stat(f"/proc/{cgroup.split('-')[1]}/exe")
        except OSError:
            return False
        return (file.st_dev, file.st_ino) not in self.programs

    def things(self) -> frozenset[str]:
        """Mounts, cgroups, interfaces and temporary files that could be of a run. Of anybody's: they bear no mark."""
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
        points = {Path(line.split()[4]) for line in mounts if line.split(" - ")[1].startswith("cgroup")}
        names = {f"cgroup {directory}/{name}" for point in points for directory, names, _ in os.walk(point)
                 for name in names if "escapement-" in name and not self.somebody_elses(name)}
        names |= {f"interface {name}" for name in os.listdir("/sys/class/net") if name.startswith("esc")}
        names |= {f"file {directory}/{name}" for directory in {self.temporary, *map(Path, ("/tmp", "/dev/shm", "/"))}
                  for name in os.listdir(directory) if name.startswith(("escapement-", ".escapement-"))}
        names |= {f"run {directory}/{name}" for directory, below, files in os.walk("/run") for name in (*below, *files)
                  if "escapement-" in name}
        return frozenset(names | {f"mount {line}" for line in mounts})

    def remains(self, patience: float) -> list[str]:
        """What is still there after `patience` seconds; empty where all is as it was.

        First the processes: who lives could still make something. Then what is new; others come and go meanwhile, so only
        what stays all the time is ours.
        """
        deadline = time.monotonic() + patience
        while (left := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.01)
        if left:
            return [f"process {pid} {text}" for pid, text in left.items()]
        stays = self.things() - self.before
        while stays and time.monotonic() < deadline:
            time.sleep(0.01)
            stays &= self.things()
        return sorted(stays | {f"lost: {name}" for name in self.before - self.things() if name.startswith("mount")})
