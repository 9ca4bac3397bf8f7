"""The files of a guest, as the archive that its kernel unpacks: Linux, Documentation/driver-api/early-userspace/buffer-format.rst"""

from __future__ import annotations

import os
import re
import stat
import subprocess
from pathlib import Path


def contents(files: dict[str, Path]) -> dict[str, Path]:
    """guest path -> file of the host, for files and whole directories, with the shared libraries that programs need."""
    wanted: dict[str, Path] = {}
    for guest, host in files.items():
        below = [path for path in host.rglob("*") if path.is_file()] if host.is_dir() else [host]
        for path in below:
            wanted[os.path.normpath(f"{guest}/{path.relative_to(host)}")] = path
            if os.access(path, os.X_OK):
                wanted.update({library: Path(library) for library in libraries(path)})
    return wanted


def libraries(path: Path) -> list[str]:
    """What the dynamic linker loads for `path`; nothing for a script or a static program."""
    listed = subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout
    return re.findall(r"(/\S+) \(0x", listed)


def write(archive, texts: dict[str, str], files: dict[str, Path]) -> None:
    """`texts` are executable, such as scripts; `files` keep their modes."""
    wanted = contents(files)
    parents = {str(parent) for path in (*texts, *wanted) for parent in Path(path).parents} - {"/"}
    for directory in sorted(parents):
        write_entry(archive, directory, stat.S_IFDIR | 0o755)
    for path, text in texts.items():
        write_entry(archive, path, stat.S_IFREG | 0o755, text.encode())
    for path, host in wanted.items():
        write_entry(archive, path, stat.S_IFREG | host.stat().st_mode & 0o777, host.read_bytes())
    write_entry(archive, "TRAILER!!!", 0)


def write_entry(archive, path: str, mode: int, data: bytes = b"") -> None:
    """One member of a cpio archive, format newc."""
    name = path.lstrip("/").encode() + b"\0"
    fields = [0, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0]
    head = b"070701" + b"".join(b"%08x" % field for field in fields) + name
    archive.write(head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4))
