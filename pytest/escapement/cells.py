"""Results of `escapement run`, one batch a profile, run once a session however many processes pytest has."""

from __future__ import annotations

import fcntl
import json
from dataclasses import dataclass
from pathlib import Path

from escapement import programs


@dataclass(frozen=True)
class Pair:
    """One probe in one profile, as one target builds it. `profile` is a name or a path."""

    profile: str
    target: str
    probe: str

    @property
    def profile_name(self) -> str:
        return Path(self.profile).name.removesuffix(".toml")


@dataclass(frozen=True)
class Plan:
    """What was asked for on the command line."""

    escapement: Path
    profiles: list[str]
    targets: list[str]
    probes: list[str]
    whole_ladder: bool  # no profile was named: a user who cannot build them all is told which were left out

    def pairs(self) -> list[Pair]:
        return [Pair(profile, target, probe)
                for target in self.targets for profile in self.profiles for probe in self.probes]


class Batches:
    """Runs a profile when its first cell is asked for. `directory` is shared by the processes of one session: who comes
    first holds the lock and runs, the others wait and read."""

    def __init__(self, plan: Plan, directory: Path):
        self.plan = plan
        self.directory = directory
        self.reports: dict[tuple[str, str], dict] = {}

    def report(self, pair: Pair) -> dict:
        # Without privilege the harness itself decides what to leave out of the ladder, so it is given the whole of it.
        key = (pair.target, "" if self.plan.whole_ladder else pair.profile)
        if key not in self.reports:
            self.reports[key] = self._shared(*key)
        return self.reports[key]

    def _shared(self, target: str, profile: str) -> dict:
        name = f"{target} {profile}".replace("/", "%")
        with open(self.directory / f"{name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            kept = self.directory / f"{name}.json"
            if not kept.exists():
                kept.write_text(json.dumps(self._run(target, profile)))
            return json.loads(kept.read_text())

    def _run(self, target: str, profile: str) -> dict:
        args = ["run", "--target", target] + (["--profile", profile] if profile else [])
        for probe in self.plan.probes:
            args += ["--probe", probe]
        return programs.answer(self.plan.escapement, *args)


def find(report: dict, pair: Pair) -> tuple[dict | None, str]:
    """The result of a pair; or None, and why its profile was left out."""
    for left in report["left_out"]:
        if left["profile"] == pair.profile_name:
            return None, left["reason"]
    for run in report["runs"]:
        # A file of one's own may hold another name than it has itself, but then it was run alone.
        if run["target"] == pair.target and (run["profile"] == pair.profile_name or len(report["runs"]) == 1):
            for result in run["results"]:
                if result["probe"] == pair.probe:
                    return result, ""
    raise programs.NoReport(f"the report has no {pair.probe} in {pair.profile_name}")
