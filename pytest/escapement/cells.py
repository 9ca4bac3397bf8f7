"""Results of `escapement run`, one batch a profile, and in a guest one of all, run once a session however many processes
pytest has."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from escapement import guest, kernels, matrix, programs, shared
from escapement.matrix import HOST, Place


@dataclass(frozen=True)
class Pair:
    """One probe in one profile, as one target builds it. `profile` is a name or a path."""

    profile: str
    target: str
    probe: str
    place: Place = Place()

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
    ladder: bool  # all that ship: a user who cannot build them all is told which were left out
    by_user: bool = False  # with guests, unless profiles are named: the one that claims most, by who attacks
    places: list[Place] = field(default_factory=lambda: [Place()])
    command: str = ""  # of the target `command`
    missing: dict[str, str] = field(default_factory=dict)  # by target: why it cannot be used here

    def profiles_at(self, place: Place) -> list[str]:
        if not self.by_user:
            return self.profiles
        root = place.user == "root" and (place.kernel != HOST or os.geteuid() == 0)
        return ["strict" if root else "rootless"]

    def pairs(self) -> list[Pair]:
        return [Pair(profile, target, probe, place) for place in self.places
                for target in self.targets for profile in self.profiles_at(place) for probe in self.probes]

    def guests(self) -> list[Place]:
        return [place for place in self.places if place.kernel != HOST]


class Batches:
    """Runs a profile when its first cell is asked for. `directory` is shared by the processes of one session: who comes
    first holds the lock and runs, the others wait and read. Where pytest is one process, all guests are started at the first
    cell of one, as many at a time as there are processors."""

    def __init__(self, plan: Plan, directory: Path, alone: bool = True):
        self.plan = plan
        self.directory = directory
        self.alone = alone
        self.reports: dict[tuple[Place, str, str], dict] = {}
        self.hosts: dict[str, dict] = {}  # by the name of a place, what its reports say of it
        self.started: dict[Place, Future] = {}
        self.pool = ThreadPoolExecutor(matrix.MACHINES)

    def close(self) -> None:
        """Ends the guests that nobody waits for any more: the session may have been interrupted."""
        self.pool.shutdown(wait=False, cancel_futures=True)
        guest.stop_all()

    def report(self, pair: Pair) -> dict:
        # Without privilege the harness itself decides what to leave out of the ladder, so it is given the whole of it; a
        # guest takes longer to start than to run a profile.
        at_once = (self.plan.ladder and os.geteuid() != 0) or pair.place.kernel != HOST
        key = (pair.place, pair.target, "" if at_once else pair.profile)
        if key not in self.reports:
            self.reports[key] = self._guest(*key) if pair.place.kernel != HOST and self.alone else self._shared(*key)
        if failure := self.reports[key].get("failure"):
            raise programs.NoReport(failure)
        self.hosts[pair.place.name] = self.reports[key]["host"]
        return self.reports[key]

    def _guest(self, place: Place, target: str, profile: str) -> dict:
        if not self.started:
            self.started = {each: self.pool.submit(self._shared, each, target, profile) for each in self.plan.guests()}
        return self.started[place].result()

    def _shared(self, place: Place, target: str, profile: str) -> dict:
        name = f"{place.name} {target} {profile}".replace("/", "%")
        return shared.once(self.directory, name, lambda: self._run(place, target, profile))

    def _run(self, place: Place, target: str, profile: str) -> dict:
        if place.kernel != HOST:
            try:
                profiles = [] if self.plan.ladder else self.plan.profiles_at(place)
                return matrix.run(place, self.plan.escapement, profiles, self.plan.probes)
            except (guest.GuestFailed, kernels.NoKernel, programs.NoReport) as error:
                return {"failure": f"{place.name}: {error}"}
        args = ["run", "--target", target] + (["--profile", profile] if profile else [])
        args += ["--command", self.plan.command] if target == "command" else []
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
