"""Debian's kernels for virtual machines, fetched without installing them: each with its modules in a directory of a cache.

apt verifies what it fetches by the archive's signature; what is in the cache is verified, before it is used, by the
checksums that were written down then. A kernel that is there already is taken as it is: no network is asked.
"""

from __future__ import annotations

import argparse
import hashlib
import lzma
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

# By the name that --kernel takes: the release of Debian that has it.
RELEASES = {"5.10": "bullseye", "6.1": "bookworm", "6.12": "trixie", "sid": "sid"}
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
SUMS = "SHA256SUMS"

# What attacks attack, and Debian has as a module: file systems, interfaces, families of sockets, their diagnostics. The names
# that one kernel lacks, or has built in, another has.
MODULES = ("overlay fuse binfmt_misc loop dummy veth tun vsock vsock_loopback unix_diag inet_diag tcp_diag netlink_diag "
           "af_packet_diag af_alg algif_hash nf_tables ip_tables iptable_filter xfrm_user sch_ingress rtc_cmos").split()


# What Debian's kernel of a release is told. For an execveat(2) of a descriptor TOMOYO, which Debian has switched on, looks up
# /dev/fd/N, and where that is not, as in most sandboxes, 5.10 refuses it with ENOENT; 6.1 does not.
PARAMETERS = {"5.10": "lsm=lockdown,yama,apparmor"}


class NoKernel(Exception):
    """Why a kernel cannot be had, for a person."""


@dataclass(frozen=True)
class Kernel:
    name: str  # "6.12", or a path
    image: Path
    modules: tuple[Path, ...] = ()  # in the order in which they are to be loaded
    parameters: str = ""  # of its command line
    options: dict[str, str] = field(default_factory=dict, hash=False)  # it was built with: "CONFIG_IO_URING" -> "y"


def cache() -> Path:
    top = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(top) / "escapement/kernels"


def check(name: str) -> None:
    """Is it a name of RELEASES, "release" (that of this machine), or the path of a vmlinuz or bzImage?"""
    if "/" in name:
        if not Path(name).is_file():
            raise NoKernel(f"--kernel {name}: there is no such file")
    elif name != "release" and name not in RELEASES:
        raise NoKernel(f"--kernel {name}: expected {', '.join(RELEASES)}, release, or a path")


def find(name: str, update: bool = False) -> Kernel:
    """From the cache, or fetched into it; a path as it is, without modules."""
    check(name)
    if "/" in name:
        return Kernel(name, Path(name).resolve())
    directory = cache() / name
    if update or not directory.exists():
        fetch(name)
    verify(directory)
    order = (directory / "modules.order").read_text().split()
    version = directory.resolve().name
    parameters = next((text for release, text in PARAMETERS.items() if version.startswith(f"{release}.")), "")
    return Kernel(name, directory / "vmlinuz", tuple(directory / "modules" / each for each in order), parameters,
                  options_of(directory / "config"))


def options_of(config: Path) -> dict[str, str]:
    """Of a kernel's .config; what is not set is not among them. Nothing where there is no such file."""
    lines = config.read_text().splitlines() if config.exists() else []
    return dict(line.split("=", 1) for line in lines if line.startswith("CONFIG_"))


def verify(directory: Path) -> None:
    """Each file of a kernel in the cache against what was written down when it was fetched."""
    for line in (directory / SUMS).read_text().splitlines():
        expected, name = line.split("  ", 1)
        path = directory / name
        if not path.is_file() or sha256(path) != expected:
            raise NoKernel(f"{path} is not what was fetched: remove {directory.resolve()}, and it is fetched anew")


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fetch(name: str) -> None:
    """Into the cache, by version; `name` becomes a link to it."""
    if platform.machine() != "x86_64":
        raise NoKernel(f"kernels for virtual machines are fetched for x86_64; this is {platform.machine()}")
    for command in ("apt-get", "dpkg-deb"):
        if not shutil.which(command):
            raise NoKernel(f"{command} is needed to fetch a kernel; name the path of one instead")
    cache().mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache(), prefix=".fetch-") as scratch:
        archive = Archive(RELEASES.get(name), Path(scratch))
        tree = Path(scratch) / "tree"
        for package in archive.packages():
            archive.unpack(package, tree)
        images = [*tree.glob("boot/vmlinuz-*"), *tree.glob("usr/lib/modules/*/vmlinuz")]
        if len(images) != 1:
            raise NoKernel(f"the packages of {name} have {len(images)} kernels; expected one")
        version = images[0].name.removeprefix("vmlinuz-") if images[0].name != "vmlinuz" else images[0].parent.name
        made = Path(scratch) / version
        keep(images[0], tree, version, made)
        target = cache() / version
        shutil.rmtree(target, ignore_errors=True)
        made.rename(target)
        link = Path(scratch) / "link"
        link.symlink_to(version)
        link.rename(cache() / name)


class Archive:
    """Packages of one release of Debian, by an apt of its own that shares nothing with that of the machine; without a release
    those of the machine, by its own."""

    def __init__(self, release: str | None, scratch: Path):
        self.scratch = scratch
        self.options = ["-o", "APT::Sandbox::User=root"]
        if release is None:
            return
        if not KEYRING.exists():
            raise NoKernel(f"{KEYRING} is needed to verify packages of Debian: install debian-archive-keyring")
        (scratch / "lists/partial").mkdir(parents=True)
        (scratch / "cache/archives/partial").mkdir(parents=True)
        (scratch / "sources").write_text(f"deb [signed-by={KEYRING} arch=amd64] {mirror()} {release} main\n")
        for key, value in {"Dir::Etc::sourcelist": scratch / "sources", "Dir::Etc::sourceparts": "-",
                           "Dir::State::lists": scratch / "lists", "Dir::Cache": scratch / "cache",
                           "Dir::State::status": "/dev/null", "Acquire::Languages": "none"}.items():
            self.options += ["-o", f"{key}={value}"]
        call("apt-get", *self.options, "-qq", "update")

    def depends(self, package: str) -> list[str]:
        said = call("apt-cache", *self.options, "depends", "--important", package, check=False)
        return re.findall(r"^ *Depends: ([^<>\s]+)$", said, re.M)

    def packages(self) -> list[str]:
        """The newest kernel for virtual machines: one package, or one each for image, modules and configuration."""
        for newest in ("linux-image-cloud-amd64", "linux-image-virtual"):  # Debian's, Ubuntu's
            for image in self.depends(newest):
                if image.startswith("linux-image-"):
                    return [image, *(each for each in self.depends(image) if re.match(r"linux-(base|binary|modules)-", each))]
        raise NoKernel("no kernel for virtual machines is known here: apt-get update, or name the path of one")

    def unpack(self, package: str, tree: Path) -> None:
        before = set(self.scratch.glob("*.deb"))
        call("apt-get", *self.options, "-qq", "download", package, cwd=self.scratch)
        [deb] = set(self.scratch.glob("*.deb")) - before
        call("dpkg-deb", "-x", deb, tree)


def mirror() -> str:
    """Where this machine has its own packages of Debian from."""
    said = call("apt-get", "indextargets", "--format", "$(ORIGIN) $(SITE)", "Created-By: Packages")
    for line in said.splitlines():
        origin, _, site = line.partition(" ")
        if origin == "Debian":
            return site
    raise NoKernel("apt knows no mirror of Debian here; name the path of a kernel")


def call(*command: object, check: bool = True, cwd: Path | None = None) -> str:
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, cwd=cwd, check=False)
    if check and done.returncode != 0:
        raise NoKernel(f"{' '.join(map(str, command[:1]))} failed: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def keep(image: Path, tree: Path, version: str, made: Path) -> None:
    """The kernel and the modules of MODULES, with what they need, ready to be loaded."""
    (made / "modules").mkdir(parents=True)
    shutil.copy(image, made / "vmlinuz")
    files = {module_name(path): path for top in ("lib/modules", "usr/lib/modules")
             for path in (tree / top / version).rglob("*.ko*")}
    order: list[str] = []
    for name in MODULES:
        load_order(name, files, made / "modules", order)
    (made / "modules.order").write_text("".join(f"{name}.ko\n" for name in order))
    configs = [*tree.glob(f"boot/config-{version}"), *tree.glob(f"**/lib/modules/{version}/config")]
    for config in configs[:1]:
        shutil.copy(config, made / "config")
    names = ["vmlinuz", "modules.order", *(["config"] if configs else []), *(f"modules/{name}.ko" for name in order)]
    (made / SUMS).write_text("".join(f"{sha256(made / name)}  {name}\n" for name in names))


def module_name(path: Path) -> str:
    return path.name.split(".")[0].replace("-", "_")


def load_order(name: str, files: dict[str, Path], into: Path, order: list[str]) -> None:
    """Copies a module behind those that it depends on, which its .modinfo names (modinfo(8)). One that is built in has no
    file."""
    if name in order or name not in files:
        return
    code = files[name].read_bytes()
    if files[name].suffix == ".xz":
        code = lzma.decompress(code)
    needs = re.search(rb"\0depends=([^\0]*)\0", code)
    for each in needs[1].decode().split(",") if needs else ():
        load_order(each.replace("-", "_"), files, into, order)
    (into / f"{name}.ko").write_bytes(code)
    order.append(name)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kernels", nargs="*", default=["release"], metavar="KERNEL",
                        help=f"{', '.join(RELEASES)}, or release: that of this machine, the default")
    parser.add_argument("--update", action="store_true", help="the newest, whatever is there")
    options = parser.parse_args()
    try:
        for name in options.kernels:
            print(find(name, options.update).image)
    except (NoKernel, OSError) as error:
        print(f"fetch: {error}", file=sys.stderr)
        return 1
    return 0
