"""The pytest plugin: options, the line in the header, and the fixtures that a suite is written with.

A test that takes `cell` runs once for each pair of a profile and a probe:

    def test_holds(cell):
        cell.holds()

In a project of one's own it is installed (docs/pytest.md), or named: `pytest -p escapement.plugin --profile=mine.toml`, with this
folder on PYTHONPATH. With "=", because pytest looks for its configuration beside every word that could be a path, before
it knows the options of a plugin.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from escapement import differences, explanations, kernels, matrix, message, options, programs, shared
from escapement.cells import Batches, Pair, Plan, find
from escapement.guest import CGROUP
from escapement.untestable import cannot_test, must_work

pytest_plugins = ["escapement.sandboxes"]

plan_key = pytest.StashKey[Plan]()
hosts_key = pytest.StashKey[dict]()  # by the name of a place, what its reports say of it


def pytest_addoption(parser):
    group = parser.getgroup("escapement", "does this sandbox hold?")
    group.addoption("--profile", action="append", metavar="P",
                    help="a profile that ships, or the path of one; repeatable; ladder: all that ship, the default; with --kernel the "
                         "default is strict, and rootless for nobody")
    group.addoption("--target", action="append", metavar="T",
                    help="what builds the sandbox; repeatable; default: isolator")
    group.addoption("--probe", action="append", metavar="ID", help="only this probe; repeatable")
    group.addoption("--kernel", action="append", metavar="K",
                    help=f"attack on this kernel, in a virtual machine: {', '.join(kernels.RELEASES)}, all, release (that of this "
                         "machine), or a path; host: this machine itself, the default; repeatable")
    group.addoption("--cgroup", action="append", choices=list(CGROUP), metavar="MODE",
                    help=f"how a guest has its control groups: {' or '.join(CGROUP)}; repeatable; default: both")
    group.addoption("--kernel-parameters", action="append", metavar="TEXT",
                    help="more of the command line of a guest's kernel, such as lsm=; repeatable: one guest each")
    group.addoption("--guest-user", action="append", choices=["root", "nobody"], metavar="USER",
                    help="who attacks in a guest: root, the default, or nobody; repeatable")
    group.addoption("--escapement", metavar="PATH",
                    help="the program; default: $ESCAPEMENT, build/bin/escapement of the source tree, else the one on PATH")
    options.add(parser, group)


def cgroup_mode() -> str:
    """As the reports say it."""
    mounts = [line.split(" - ")[1].split()[0] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    v1, v2 = "cgroup" in mounts, "cgroup2" in mounts
    return "hybrid" if v1 and v2 else "v1" if v1 else "v2" if v2 else "none"


def pytest_report_header(config):
    if plan_key not in config.stash:
        return None
    return (f"escapement: kernel {os.uname().release} {os.uname().machine}, cgroup {cgroup_mode()}, "
            f"uid {os.getuid()}, must-work {'yes' if must_work() else 'no'}")


def guests_wanted(config) -> set[str]:
    return set(config.getoption("kernel") or []) - {matrix.HOST}


def make_plan(config) -> Plan:
    """Asks the program what there is; the names that were given are checked against it."""
    try:
        program = programs.find_escapement(options.program(config))
        probes = [probe["id"] for probe in programs.answer(program, "list", "probes")]
        ladder = [profile["id"] for profile in programs.answer(program, "list", "profiles")]
        targets = {target["id"]: target.get("reason", "") for target in programs.answer(program, "list", "targets")}
    except (programs.NoProgram, programs.NoReport, OSError) as error:
        raise pytest.UsageError(str(error)) from error
    wanted, chosen = options.profiles(config), options.targets(config)
    if "command" in chosen and not options.command(config):
        raise pytest.UsageError("--target command: expected --sandbox-command TEMPLATE too")
    # The ladder is the isolator's. What others build is looked at as they build it, and as near to strict as they come.
    others = chosen != ["isolator"]
    by_user = not wanted and bool(guests_wanted(config))
    wanted = [] if "ladder" in wanted else wanted
    profiles = wanted or (ladder if not others else ["default"] if chosen == ["command"] else ["default", "strict"])
    asked = {"profile": [p for p in profiles if "/" not in p and not (others and p == "default")], "target": chosen,
             "probe": options.several(config, "probe") or probes}
    for option, known in (("profile", ladder), ("target", list(targets)), ("probe", probes)):
        for name in asked[option]:
            if name not in known:
                raise pytest.UsageError(f"--{option} {name}: there is no such {option}; there are {', '.join(known)}")
    places = matrix.places(options.several(config, "kernel") or [matrix.HOST], options.several(config, "cgroup") or list(CGROUP),
                           options.several(config, "kernel_parameters") or [""], options.several(config, "guest_user") or ["root"])
    if others and places != [matrix.Place()]:
        raise pytest.UsageError("--kernel: a guest has no sandbox but the isolator; expected no --target and no --sandbox-command")
    try:
        for name in {place.kernel for place in places} - {matrix.HOST}:
            kernels.check(name)
    except kernels.NoKernel as error:
        raise pytest.UsageError(str(error)) from error
    return Plan(escapement=program, profiles=profiles, targets=chosen, probes=asked["probe"],
                ladder=not wanted and not others and not by_user, by_user=by_user, places=places, command=options.command(config),
                missing={target: why for target, why in targets.items() if why})


def plan_of(config) -> Plan:
    """Made when it is first asked for: most sessions of who has the plugin installed attack nothing."""
    if plan_key not in config.stash:
        config.stash[plan_key] = make_plan(config)
    return config.stash[plan_key]


def pytest_sessionstart(session):
    if options.any_given(session.config):
        plan_of(session.config)


def pytest_generate_tests(metafunc):
    if "cell" not in metafunc.fixturenames:
        return
    try:
        plan = plan_of(metafunc.config)
    except pytest.UsageError as error:
        raise pytest.Collector.CollectError(str(error)) from error
    several = len(plan.targets) > 1
    grouped = metafunc.config.pluginmanager.hasplugin("xdist")
    cells = []
    for pair in plan.pairs():
        where = "" if plan.places == [matrix.Place()] else f"{pair.place.name}-"
        name = f"{where}{pair.target + '-' if several else ''}{pair.profile_name}-{pair.probe}"
        cells.append(pytest.param(pair, id=name, marks=[pytest.mark.xdist_group(where)] if where and grouped else []))
    metafunc.parametrize("cell", cells, indirect=True)


def pytest_collection_modifyitems(config, items):
    """With other kernels alone, what is not run there is not asked for."""
    if plan_key not in config.stash or any(place.kernel == matrix.HOST for place in config.stash[plan_key].places):
        return
    others = [item for item in items if "cell" not in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in others]


class Workers:
    """Takes from each process of pytest-xdist what it knows of places. With guests, and where nothing but -n was asked for, all
    tests of a guest belong to one process: the others would wait for it. The processes read the command line anew, so they
    are told."""

    def __init__(self, config):
        self.hosts = config.stash.setdefault(hosts_key, {})
        self.grouped = bool(guests_wanted(config)) and config.getoption("dist", None) == "load"
        if self.grouped:
            config.option.dist = "loadgroup"

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node):
        node.workerinput["escapement_grouped"] = self.grouped

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node):
        self.hosts.update(getattr(node, "workeroutput", {}).get("escapement_hosts", {}))


def pytest_configure(config):
    config.pluginmanager.register(Workers(config))
    if getattr(config, "workerinput", {}).get("escapement_grouped"):
        config.option.loadgroup = True


def pytest_terminal_summary(terminalreporter, config):
    if plan_key in config.stash and len(config.stash[plan_key].places) > 1:
        reports = [report for kind in ("passed", "failed", "skipped") for report in terminalreporter.stats.get(kind, [])]
        known = explanations.where(config.stash[plan_key].places, config.stash.get(hosts_key, {}))
        differences.show(terminalreporter, [dict(report.user_properties) for report in reports], known)


@dataclass(frozen=True)
class Cell:
    """One probe in one profile: what became of it. Neither broken nor untestable."""

    profile: str
    result: dict

    def holds(self) -> None:
        """Fails, with the whole evidence, where the profile claims what the probe has just refuted."""
        if self.result["outcome"] != "pass":
            pytest.fail(message.explain(self.profile, self.result), pytrace=False)


@pytest.fixture(scope="session")
def plan(pytestconfig) -> Plan:
    try:
        return plan_of(pytestconfig)
    except pytest.UsageError as error:
        pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def batches(pytestconfig, plan, tmp_path_factory) -> Iterator[Batches]:
    directory = shared.directory(pytestconfig, tmp_path_factory)
    running = Batches(plan, directory, alone=not hasattr(pytestconfig, "workerinput"))
    yield running
    running.close()
    pytestconfig.stash[hosts_key] = running.hosts
    if hasattr(pytestconfig, "workeroutput"):
        pytestconfig.workeroutput["escapement_hosts"] = running.hosts


@pytest.fixture
def cell(request, batches) -> Cell:
    """A pair's result. A broken one is an error, as this is no test of the sandbox any more; an untestable one is skipped."""
    pair: Pair = request.param
    report, failure = None, ""
    if missing := batches.plan.missing.get(pair.target):
        cannot_test(f"{pair.target}: {missing}")
    try:
        report = batches.report(pair)
    except programs.NoReport as error:
        failure = str(error)
    if report is None:
        pytest.fail(failure, pytrace=False)
    result, left_out = find(report, pair)
    if result is None:
        cannot_test(f"{pair.profile_name} cannot be built by this user: {left_out}")
    request.node.user_properties += message.properties(pair.profile_name, result, pair.place.name).items()
    if result["outcome"] == "error":
        pytest.fail(message.explain(pair.profile_name, result), pytrace=False)
    if result["outcome"] == "skip" and result.get("absent"):
        pytest.skip(result["reason"])
    if result["outcome"] == "skip":
        cannot_test(message.explain(pair.profile_name, result) if must_work() else result["reason"])
    return Cell(pair.profile_name, result)
