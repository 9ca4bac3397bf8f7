"""What the suites share: the programs, and reports in the form that tests ask them."""

from __future__ import annotations

import json
import os
import platform
import shutil
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from escapement import kernels, message, programs, remains
from escapement.plugin import cannot_test, plan_of
from escapement.programs import NOBODY


def pytest_sessionstart(session):
    """All of these need the program: bad usage is told before anything is collected."""
    plan_of(session.config)


def pytest_collection_modifyitems(config, items):
    """Leaves out what a build with sanitizers is not for: guests, which an emulated processor makes too slow to judge by, and
    a library for others."""
    cache = plan_of(config).escapement.parent.parent / "CMakeCache.txt"
    if cache.exists() and "ESCAPEMENT_ASAN:BOOL=ON" in cache.read_text():
        others = [item for item in items if item.path.name in ("test_guest.py", "test_install.py", "test_kernels.py",
                                                                       "test_machines.py", "test_systemd.py")]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]


@dataclass(frozen=True)
class Answer:
    """One `escapement run --format json`."""

    status: int
    report: dict
    said: str

    def run(self, profile: str) -> dict[str, dict]:
        """Results of one profile by probe. What cannot be tested here ends the test, as a skip, unless there is nothing
        to attack."""
        for left in self.report["left_out"]:
            if left["profile"] == profile:
                cannot_test(f"{profile} cannot be built by this user: {left['reason']}")
        results = next(run["results"] for run in self.report["runs"] if run["profile"].split(" ")[0] == profile)
        for result in results:
            if result["outcome"] == "skip" and not result.get("absent"):
                cannot_test(message.explain(profile, result))
            assert result["outcome"] != "error", message.explain(profile, result)
        return {result["probe"]: result for result in results}


@pytest.fixture(scope="session")
def build(plan) -> Path:
    """The top of the build tree, with bin/, probes/ and share/."""
    return plan.escapement.parent.parent


@pytest.fixture(scope="session")
def escapement(plan):
    return partial(programs.call, plan.escapement)


@pytest.fixture(scope="session")
def isolator(plan):
    return partial(programs.call, plan.escapement.with_name("isolator"))


@pytest.fixture(scope="session")
def ask(escapement):
    """Runs `escapement run ARGS` and reads its report."""

    def run(*args: object, **options) -> Answer:
        done = escapement("run", *args, "--format", "json", **options)
        assert done.stdout.startswith("{"), f"exit status {done.returncode}, no report: {done.stderr}"
        return Answer(done.returncode, json.loads(done.stdout), done.stderr)

    return run


@pytest.fixture(scope="session")
def as_root() -> None:
    if os.geteuid() != 0:
        cannot_test("needs root")


@pytest.fixture(scope="session")
def kernel():
    """That of this machine's release, for guests."""
    if platform.machine() != "x86_64" or not shutil.which("qemu-system-x86_64"):
        cannot_test("needs qemu-system-x86_64, and a processor of its kind")
    try:
        return kernels.find("release")
    except kernels.NoKernel as error:
        cannot_test(str(error))


@pytest.fixture(scope="session")
def whole_ladder(as_root, ask) -> Answer:
    return ask()


@dataclass(frozen=True)
class Nobody:
    """A user without privilege, the programs as that user reaches them, and a directory of that user's."""

    escapement: Path
    directory: Path
    become: dict  # for subprocess

    @property
    def isolator(self) -> Path:
        return self.escapement.with_name("isolator")

    def call(self, program: Path, *args: object, **options):
        return programs.call(program, *args, cwd=self.directory, **self.become, **options)


@pytest.fixture(scope="session")
def nobody(plan, build):
    """Nobody, where root runs the tests; else whoever runs them."""
    is_root = os.geteuid() == 0
    become = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if is_root else {}
    directory = Path(tempfile.mkdtemp(prefix="pytest-nobody-"))
    try:
        os.chmod(directory, 0o755)
        if is_root:
            os.chown(directory, NOBODY, NOBODY)
        user = Nobody(plan.escapement, directory, become)
        # Asked of util-linux, so that it cannot be an error of ours that makes the tests skip.
        if (refused := user.call(Path("unshare"), "--user", "--map-root-user", "--mount", "true")).returncode:
            cannot_test(f"user namespaces are not to be had without privilege: {refused.stderr.strip()}")
        try:
            reachable = user.call(plan.escapement, "list", "profiles").returncode == 0
        except PermissionError:
            reachable = False
        if not reachable:  # the tree lies in somebody's home
            user = Nobody(remains.copy_of(build, directory / "build"), directory, become)
        yield user
    finally:
        shutil.rmtree(directory)
