"""escapement_add_checks() in a project of somebody else's: ctest tells what became of its probes and profiles."""

import re
import shutil
from pathlib import Path

import pytest

from escapement import programs
from escapement.plugin import cannot_test

MUST_WORK = {"ESCAPEMENT_MUST_WORK": "1"}

PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(mine LANGUAGES C CXX)
enable_testing()
list(APPEND CMAKE_MODULE_PATH {source}/cmake)
include(EscapementProbe)
include(EscapementChecks)
escapement_add_probe(signals/mine-signals.cc)
escapement_add_probe(signals/mine-wonders.cc)
escapement_add_checks(PROFILES held.toml empty.toml PROBES_DIR ${{CMAKE_BINARY_DIR}}/probes)
escapement_add_checks(PROFILES unshare PROBES kill-outside-pid)
"""

PROBE = """
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include "probe.h"

constinit const probe::Probes probe::probes = {{
    .id = "%s", .cls = "signals", .guarantee = "%s",
    .summary = "signal a process", .technique = "kill(2)", .references = {"kill(2)"},
    .attempts = {{"kill", {"ESRCH", "EPERM"}}}, .witness = {"victim"}, .opening = {"namespaces.new-=pid"},
    .remedy = "a pid namespace",
    .attack = [](const probe::Order& order) {
      long victim = order.number("victim", 1, INT_MAX);
      probe::attempt("kill", probe::Text("kill(", victim, ", SIGURG)"), %s);
    }}};
"""

HELD = 'name = "held"\nclaims = ["mine.signal"]\n[namespaces]\nnew = ["user", "pid"]\n'
EMPTY = 'name = "empty"\nclaims = ["mine.signal"]\n'  # it has nothing to keep that with


@pytest.fixture(scope="module")
def project(tmp_path_factory, plan):
    for tool in ("cmake", "ctest", "ninja"):
        if shutil.which(tool) is None:
            cannot_test(f"needs {tool}")
    top = tmp_path_factory.mktemp("mine")
    (top / "signals").mkdir()
    (top / "CMakeLists.txt").write_text(PROJECT.format(source=programs.SOURCE))
    (top / "signals/mine-signals.cc").write_text(
        PROBE % ("mine-signals", "mine.signal", "probe::sys(SYS_kill, victim, SIGURG)"))
    (top / "signals/mine-wonders.cc").write_text(PROBE % ("mine-wonders", "mine.wonder", "probe::Result{-1, EIO}"))
    (top / "held.toml").write_text(HELD)
    (top / "empty.toml").write_text(EMPTY)
    cmake = Path(shutil.which("cmake"))
    for args in (["-S", top, "-B", top / "build", "-G", "Ninja", f"-DESCAPEMENT_PROGRAM={plan.escapement}"],
                 ["--build", top / "build"]):
        done = programs.call(cmake, *args)
        assert done.returncode == 0, done.stdout + done.stderr
    return top


def ctest(build, *args, env=None, **options):
    """What became of each test, by name; and all that ctest wrote."""
    done = programs.call(Path(shutil.which("ctest")), "--test-dir", build, "--output-on-failure", "-j2", *args,
                         env=env, **options)
    found = re.findall(r"Test +#\d+: (\S+) \.*(?: *\*+)? *(Passed|Skipped|Failed|Not Run|Timeout)", done.stdout)
    return dict(found), done.stdout, done.returncode


def test_tells_a_pass_a_failure_and_a_skip(project):
    became, text, status = ctest(project / "build")
    assert became == {"held.mine-signals": "Passed", "held.mine-wonders": "Skipped", "empty.mine-signals": "Failed",
                      "empty.mine-wonders": "Skipped", "unshare.kill-outside-pid": "Passed"}, text
    assert status != 0
    assert "1 claim does not hold: empty: mine.signal (mine-signals)" in text


def test_skips_nothing_where_everything_must_work(project):
    became, text, _ = ctest(project / "build", env=MUST_WORK)
    assert became == {"held.mine-signals": "Passed", "held.mine-wonders": "Failed", "empty.mine-signals": "Failed",
                      "empty.mine-wonders": "Failed", "unshare.kill-outside-pid": "Passed"}, text


@pytest.mark.parametrize("label, tests", [
    ("held", {"held.mine-signals", "held.mine-wonders"}),
    ("signals", {"held.mine-signals", "held.mine-wonders", "empty.mine-signals", "empty.mine-wonders"}),
    ("process", {"unshare.kill-outside-pid"}),
])
def test_labels_by_profile_and_by_class(project, label, tests):
    _, text, _ = ctest(project / "build", "-N", "-L", f"^{label}$")
    assert set(re.findall(r"Test +#\d+: (\S+)", text)) == tests


def test_without_root_skips_what_lacks_permission_alone(nobody):
    """A profile that only root can build is skipped, and seen; one that fails to hold, or is broken, is not."""
    top = nobody.directory / "checks"
    top.mkdir()
    (top / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(checks LANGUAGES NONE)\nenable_testing()\n"
        f"include({programs.SOURCE}/cmake/EscapementChecks.cmake)\n"
        "escapement_add_checks(PROFILES strict rootless lost.toml wrong.toml PROBES kill-outside-pid)\n")
    (top / "lost.toml").write_text('name = "lost"\nclaims = ["process.signal"]\n')
    (top / "wrong.toml").write_text('name = "wrong"\n[root]\nmethod = "chroot"\npath = "/nonexistent"\n'
                                    '[namespaces]\nnew = ["user"]\n')
    build = nobody.directory / "build-checks"
    done = nobody.call(Path(shutil.which("cmake")), "-S", top, "-B", build, "-G", "Ninja",
                       f"-DESCAPEMENT_PROGRAM={nobody.escapement}")
    assert done.returncode == 0, done.stdout + done.stderr

    tests = {"strict.kill-outside-pid": "Skipped", "rootless.kill-outside-pid": "Passed",
             "lost.kill-outside-pid": "Failed", "wrong.kill-outside-pid": "Failed"}
    became, text, _ = ctest(build, **nobody.become)
    assert became == tests, text
    became, text, _ = ctest(build, env=MUST_WORK, **nobody.become)
    assert became == tests | {"strict.kill-outside-pid": "Failed"}, text


OTHERS = """
cmake_minimum_required(VERSION 3.25)
project(others LANGUAGES NONE)
enable_testing()
include({source}/cmake/EscapementChecks.cmake)
escapement_add_checks(TARGETS isolator bwrap missing PROBES kill-outside-pid)
escapement_add_checks(COMMAND "bwrap --bind / / {{probe}}" PROBES kill-outside-pid)
"""

# A host on which one of the targets is not installed.
MISSING = """#!/bin/sh
case "$*" in
  "list targets") echo "missing   no         it is not here  not found on PATH" ;;
  *"--target missing"*) exit 3 ;;
  *) exec {escapement} "$@" ;;
esac
"""


def test_attacks_the_sandboxes_of_others(plan, as_root, tmp_path):
    """As strict as they can be made; one that is not here is a skip, or a failure where everything must work."""
    if "bwrap" not in {target["id"] for target in programs.answer(plan.escapement, "list", "targets")}:
        cannot_test("this program has no target but the isolator")
    if shutil.which("bwrap") is None:
        cannot_test("needs bwrap")
    program = tmp_path / "escapement"
    program.write_text(MISSING.format(escapement=plan.escapement))
    program.chmod(0o755)
    (tmp_path / "CMakeLists.txt").write_text(OTHERS.format(source=programs.SOURCE))
    done = programs.call(Path(shutil.which("cmake")), "-S", tmp_path, "-B", tmp_path / "build", "-G", "Ninja",
                         f"-DESCAPEMENT_PROGRAM={program}")
    assert done.returncode == 0, done.stdout + done.stderr
    tests = {"strict.kill-outside-pid": "Passed", "bwrap.strict.kill-outside-pid": "Passed",
             "missing.strict.kill-outside-pid": "Skipped", "command.strict.kill-outside-pid": "Failed"}
    became, text, _ = ctest(tmp_path / "build")
    assert became == tests, text
    assert "1 claim does not hold: strict: process.signal (kill-outside-pid)" in text
    became, text, _ = ctest(tmp_path / "build", env=MUST_WORK)
    assert became == tests | {"missing.strict.kill-outside-pid": "Failed"}, text
    _, text, _ = ctest(tmp_path / "build", "-N", "-L", "^bwrap$")
    assert re.findall(r"Test +#\d+: (\S+)", text) == ["bwrap.strict.kill-outside-pid"]
