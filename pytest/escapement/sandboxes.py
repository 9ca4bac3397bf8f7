"""Fixtures for tests of a sandbox of one's own, in a tree of one's own:

    def test_my_sandbox_holds(sandbox):
        sandbox.holds("process.*")

    def test_no_signal_gets_out(sandbox):
        assert sandbox.attack("kill-outside-pid").contained

`sandbox` is what the options name: one test for each pair of a target and a profile. A conftest.py may say it instead:

    @pytest.fixture(scope="session")
    def sandbox(make_sandbox):
        return make_sandbox(command="my-sandbox {probe}")
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from escapement import options, programs, shared, untestable
from escapement.answers import Attack, Report, near

LIMIT = 3600  # seconds for one run, which may be of many profiles
SHOWN = 3  # attacks that got out, with all that is known of them; the others have a line each

asked_key = pytest.StashKey[list]()  # the attacks that the test at hand has asked for


@dataclass(frozen=True)
class Choice:
    """A sandbox: what builds it, from which profile; the line that starts it, where that is the user's own."""

    target: str
    profile: str
    command: str = ""

    @property
    def name(self) -> str:
        return f"{self.target}-{Path(self.profile).name.removesuffix('.toml')}"

    def arguments(self) -> list[str]:
        line = ["--command", self.command] if self.target == "command" else []
        return ["--target", self.target, *line, "--profile", self.profile]


class Library:
    """What the program knows, and the runs of this session: each is made once, however many processes pytest has."""

    def __init__(self, config, directory: Path):
        self.program = programs.find_escapement(options.program(config))
        self.directory = directory
        self.asked: list[Attack] = config.stash[asked_key]
        self.probes: dict[str, dict] = {each["id"]: each for each in programs.answer(self.program, "list", "probes")}
        self.targets: dict[str, dict] = {each["id"]: each for each in programs.answer(self.program, "list", "targets")}

    def run(self, arguments: list[str]) -> Report:
        name = hashlib.sha256(json.dumps(arguments).encode()).hexdigest()[:32]
        kept = shared.once(self.directory, name, lambda: self._run(arguments))
        if failure := kept.get("failure"):
            pytest.fail(failure, pytrace=False)
        return Report(kept["status"], kept["report"], {id: probe["remedy"] for id, probe in self.probes.items()})

    def _run(self, arguments: list[str]) -> dict:
        done = programs.call(self.program, "run", *arguments, "--format", "json", timeout=LIMIT)
        try:
            return {"status": done.returncode, "report": json.loads(done.stdout)}
        except json.JSONDecodeError:
            said = done.stderr.strip() or "nothing on stderr"
            return {"failure": f"escapement run {' '.join(arguments[:6])} ...: exit status {done.returncode}, no report: {said}"}

    def must_have(self, targets: list[str]) -> None:
        """Ends the test where one of these is not to be had here."""
        for target in targets:
            if target not in self.targets:
                pytest.fail(f"there is no target {target}; there are {', '.join(self.targets)}", pytrace=False)
            if missing := self.targets[target].get("reason"):
                untestable.cannot_test(f"{target}: {missing}")


class Sandbox:
    """Attacks it when asked, each attack once a session."""

    def __init__(self, library: Library, choice: Choice):
        self.library = library
        self.choice = choice
        self.known: dict[str, Attack] = {}

    def __repr__(self) -> str:
        return f"<sandbox {self.choice.name}>"

    def attack(self, probe: str) -> Attack:
        """What became of one attack. Skips the test where it cannot be tested here, fails where it is broken."""
        if probe not in self.library.probes:
            pytest.fail(f"there is no probe {probe}{near(probe, list(self.library.probes))}\n"
                        "(escapement list probes names them all)", pytrace=False)
        [found] = self._attack([probe])
        self.library.asked.append(found)
        if found.verdict == "broken":
            pytest.fail(found.explain(), pytrace=False)
        if found.absent:
            pytest.skip(f"{probe}: {found.reason}")  # not even where all must work: there is nothing to attack
        if found.verdict == "not-testable":
            untestable.cannot_test(found.explain() if untestable.must_work() else f"{probe}: {found.reason}")
        return found

    def holds(self, *guarantees: str, but: tuple[str, ...] = ()) -> None:
        """Fails where an attack on one of these guarantees gets out, `but` for the probes that are named; without any, where
        one gets out that the profile claims to hold. Skips where all that could be tested holds, and some could not."""
        found = self._attack(self._probes_on(guarantees, but))
        if not guarantees:
            found = [each for each in found if each.claimed]
            if not found:
                pytest.fail(f"{self.choice.name} claims nothing: say what must hold, as sandbox.holds(\"process.*\")", pytrace=False)
        what = ", ".join(guarantees) or "what it claims"
        for verdict, text in (("escaped", "{sandbox} does not hold {what}: {count} of {all} attacks got out"),
                              ("broken", "{sandbox} is not judged: {count} of {all} attacks are broken")):
            if bad := [each for each in found if each.verdict == verdict]:
                head = text.format(sandbox=self.choice.name, what=what, count=len(bad), all=len(found))
                pytest.fail("\n".join([head, *evidence(bad)]), pytrace=False)
        if not any(each.contained for each in found):
            untestable.cannot_test(f"{self.choice.name}: nothing of {what} could be tested: {found[0]}")
        if open_ := [each for each in found if each.verdict == "not-testable" and not each.absent]:
            untestable.cannot_test(f"{self.choice.name} holds {what} as far as it could be tested; "
                                   f"{len(open_)} of {len(found)} attacks could not: {some(open_)}")

    def _probes_on(self, guarantees: tuple[str, ...], but: tuple[str, ...]) -> list[str]:
        probes = self.library.probes
        for name in but:
            if name not in probes:
                pytest.fail(f"there is no probe {name}{near(name, list(probes))}", pytrace=False)
        for pattern in guarantees:
            if not any(fnmatchcase(each["guarantee"], pattern) for each in probes.values()):
                pytest.fail(f"no probe attacks {pattern}{near(pattern, [each['guarantee'] for each in probes.values()])}\n"
                            "(escapement list guarantees names them all)", pytrace=False)
        return [id for id, each in probes.items() if id not in but
                and (not guarantees or any(fnmatchcase(each["guarantee"], pattern) for pattern in guarantees))]

    def _attack(self, probes: list[str]) -> list[Attack]:
        self.library.must_have([self.choice.target])
        if new := [probe for probe in probes if probe not in self.known]:
            report = self.library.run([*self.choice.arguments(), *(word for probe in new for word in ("--probe", probe))])
            for profile, reason in report.left_out.items():
                untestable.cannot_test(f"{profile} cannot be built by this user: {reason}")
            self.known |= {each.probe: each for each in report}
        return [self.known[probe] for probe in probes]


def evidence(attacks: list[Attack]) -> list[str]:
    lines = [line for each in attacks[:SHOWN] for line in ("", each.explain())]
    width = max(len(each.probe) for each in attacks)
    return lines + [""] * (len(attacks) > SHOWN) + [f"{each.probe:{width}}  {each.reason}" for each in attacks[SHOWN:]]


def some(attacks: list[Attack]) -> str:
    """In one line: the first with its reason, the others by name, as far as a person reads."""
    names = [each.probe for each in attacks[1:SHOWN + 1]] + [f"{len(attacks) - SHOWN - 1} more"] * (len(attacks) > SHOWN + 1)
    return f"{attacks[0].probe}: {attacks[0].reason}" + "; ".join(["", *names])


def choices(config) -> list[Choice]:
    """What the options name."""
    return [Choice(target, profile, options.command(config) if target == "command" else "")
            for target in options.targets(config) for profile in options.profiles(config) or [usual(target)]]


def usual(target: str) -> str:
    """A target of somebody else's is attacked as it is when it is told nothing; ours as strict as this user can have it."""
    return "default" if target != "isolator" else "strict" if os.geteuid() == 0 else "rootless"


def pytest_configure(config):
    untestable.asked = options.must_work(config)
    config.stash[asked_key] = []


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    item.config.stash[asked_key].clear()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """An assertion shows that an attack was not contained; this adds how we know."""
    report = (yield).get_result()
    if report.failed and call.excinfo is not None and call.excinfo.errisinstance(AssertionError) \
            and hasattr(report.longrepr, "addsection"):
        for attack in item.config.stash[asked_key]:
            report.longrepr.addsection(f"{attack.probe}, {attack.verdict}", attack.explain())


# Only where it is asked for: a project that has a `sandbox` of its own has one test, and not one for each choice.
def pytest_generate_tests(metafunc):
    if "escapement_choice" in metafunc.fixturenames:
        metafunc.parametrize("escapement_choice", [pytest.param(each, id=each.name) for each in choices(metafunc.config)],
                             indirect=True, scope="session")


@pytest.fixture(scope="session")
def escapement_choice(request) -> Choice:
    return request.param


@pytest.fixture(scope="session")
def escapement_library(pytestconfig, tmp_path_factory) -> Library:
    try:
        return Library(pytestconfig, shared.directory(pytestconfig, tmp_path_factory))
    except (programs.NoProgram, programs.NoReport, OSError) as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def make_sandbox(escapement_library) -> Callable[..., Sandbox]:
    """make_sandbox(target="bwrap", profile="strict"), or make_sandbox(command="my-sandbox {probe}")."""

    def make(target: str | None = None, profile: str | None = None, command: str = "") -> Sandbox:
        target = target or ("command" if command else "isolator")
        return Sandbox(escapement_library, Choice(target, options.absolute(profile or usual(target)), command))

    return make


@pytest.fixture(scope="session")
def sandbox(escapement_choice, make_sandbox) -> Sandbox:
    return make_sandbox(escapement_choice.target, escapement_choice.profile, escapement_choice.command)


@pytest.fixture(scope="session")
def escapement_report(pytestconfig, escapement_library) -> Report:
    """The report of all that the options name, run once a session."""
    targets, command = options.targets(pytestconfig), options.command(pytestconfig)
    escapement_library.must_have(targets)
    arguments = [word for target in targets for word in ("--target", target)]
    arguments += ["--command", command] if "command" in targets else []
    for option, values in (("--profile", options.profiles(pytestconfig)), ("--probe", options.several(pytestconfig, "probe"))):
        arguments += [word for value in values for word in (option, value)]
    return escapement_library.run(arguments)
