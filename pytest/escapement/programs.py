"""Where the programs are, and how they are run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
NOBODY = 65534  # the uid and gid that Linux keeps for this
LIMIT = 300  # seconds after which a run counts as hung

# What a person or a CI job sets for the tests must not change what the programs under test do.
FOREIGN = ("ESCAPEMENT_MUST_WORK", "NO_COLOR", "COLUMNS")


class NoProgram(Exception):
    """There is no `escapement` to run."""


class NoReport(Exception):
    """`escapement` ended without the answer that it was asked for."""


def find_escapement(given: str) -> Path:
    """The program: the one that was given, else the one of this source tree, else the first on PATH."""
    built = SOURCE / "build" / "bin" / "escapement"
    found = given or (str(built) if built.exists() else "escapement")
    path = shutil.which(found)
    if path is None:
        raise NoProgram(f"{found}: there is no such program; build it (cmake --build build), or name it by "
                        "--escapement PATH, by `escapement = PATH` in the ini file, or in $ESCAPEMENT")
    return Path(path).resolve()


def environment(**extra: str) -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if k not in FOREIGN} | extra


def call(program: Path, *args: object, env: dict[str, str] | None = None, **options) -> subprocess.CompletedProcess:
    """Runs a program to its end, with its output as text. `env` is added to the environment."""
    options.setdefault("timeout", LIMIT)
    if "stdin" not in options and "input" not in options:
        options["stdin"] = subprocess.DEVNULL
    return subprocess.run([program, *map(str, args)], capture_output=True, encoding="utf-8", errors="replace",
                          env=environment(**(env or {})), **options)


def answer(program: Path, *args: object) -> object:
    """What `escapement ARGS --format json` prints. Raises NoReport where it is not JSON."""
    done = call(program, *args, "--format", "json")
    try:
        return json.loads(done.stdout)
    except json.JSONDecodeError as error:
        command = " ".join(map(str, (program.name, *args)))
        said = done.stderr.strip() or "nothing on stderr"
        raise NoReport(f"{command}: exit status {done.returncode}, no report: {said}") from error
