"""The plugin as a package: installed into an environment of its own, and used by the tests of somebody else's project."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from escapement import programs
from escapement.untestable import cannot_test, need_module

FOREIGN = ("PYTHONPATH", "PYTEST_ADDOPTS", "PYTEST_PLUGINS", "ESCAPEMENT")
PLUGIN = programs.SOURCE / "pytest"

MINE = """
def test_holds(sandbox):
    sandbox.holds("process.signal")

def test_attack(sandbox):
    assert sandbox.attack("kill-outside-pid").contained
"""


@pytest.fixture(scope="session")
def python(tmp_path_factory):
    """The interpreter of an environment with the plugin in it, from a copy: building leaves files beside the sources."""
    top = tmp_path_factory.mktemp("installed")
    for module in ("venv", "pip", "setuptools", "wheel"):
        if subprocess.run([sys.executable, "-I", "-c", f"import {module}"], capture_output=True, check=False).returncode:
            cannot_test(f"needs {module} of Python (Debian: python3-{module})")
    shutil.copytree(PLUGIN, top / "pytest", ignore=shutil.ignore_patterns("build", "*.egg-info", "__pycache__"))
    inside = top / "venv/bin/python"
    for command in ([sys.executable, "-m", "venv", "--system-site-packages", "--without-pip", top / "venv"],
                    [inside, "-m", "pip", "install", "-q", "--no-index", "--no-build-isolation", top / "pytest"]):
        done = subprocess.run(command, cwd=top, capture_output=True, text=True, check=False, timeout=programs.LIMIT)
        assert done.returncode == 0, done.stdout + done.stderr
    return inside


@pytest.fixture
def project(python, plan, tmp_path):
    """Writes tests into a tree of their own, and runs pytest there: its status and its output."""

    def run(tests, *args, conftest="", ini="", env=None, escapement=plan.escapement):
        (tmp_path / "test_mine.py").write_text(tests)
        (tmp_path / "conftest.py").write_text(conftest)
        (tmp_path / "pytest.ini").write_text(f"[pytest]\n{ini}\n")
        clean = {name: value for name, value in programs.environment().items() if name not in FOREIGN}
        given = [f"--escapement={escapement}"] if escapement else []
        done = subprocess.run([python, "-m", "pytest", "-p", "no:cacheprovider", "-rA", *given, *args], cwd=tmp_path,
                              env=clean | (env or {}), capture_output=True, text=True, check=False, timeout=programs.LIMIT)
        return done.returncode, done.stdout + done.stderr

    return run


@pytest.fixture
def script(plan, tmp_path):
    """Our program under another name, with more options for some of its commands; each run is a line of `runs`."""

    def write(run="", listing=""):
        path = tmp_path / "bin/escapement"
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'#!/bin/sh\ncase "$1 $2" in run*) echo "$@" >>{tmp_path}/runs; set -- "$@" {run} ;;\n'
                        f'"list probes") set -- "$@" {listing} ;; esac\nexec {plan.escapement} "$@"\n')
        path.chmod(0o755)
        return path

    return write


def became(text):
    return {name: word for word, name in re.findall(r"^(PASSED|FAILED|ERROR) \S+::(\S+)", text, re.M)}


def test_a_sandbox_that_holds_passes_and_one_that_does_not_shows_why(project, as_root):
    status, text = project(MINE, "--profile=strict", "--profile=open")
    assert status == 1
    assert became(text) == {"test_holds[isolator-strict]": "PASSED", "test_attack[isolator-strict]": "PASSED",
                            "test_holds[isolator-open]": "FAILED", "test_attack[isolator-open]": "FAILED"}
    assert re.search(r"isolator-open does not hold process\.signal: \d+ of \d+ attacks got out", text)
    said = text.partition("test_attack[isolator-open] ___")[2]
    assert "where False = <kill-outside-pid in isolator open: escaped>.contained" in said
    for part in ("reason    rt_sigqueueinfo(", "steps     kill(", "ok  <- sigqueue", "witness   victim: the victim got SIGURG",
                 "control   strict with namespaces.new-=pid: escaped", "remedy    Give the sandbox a pid namespace"):
        assert said.count(part) == 1, part


def test_what_cannot_be_tested_is_a_skip_and_a_failure_where_all_must_work(project, script, plan):
    fakes = f"--probe-dir {plan.escapement.parent.parent}/probes-testing"
    tests = ("def test_undecided(sandbox):\n    assert sandbox.attack('undecided').contained\n"
             "def test_mute(sandbox):\n    assert sandbox.attack('mute').contained\n")
    status, text = project(tests, "--profile=open", escapement=script(fakes, fakes))
    assert became(text) == {"test_mute[isolator-open]": "FAILED"}
    assert re.search(r"^SKIPPED .*undecided: .*reached no decision", text, re.M)
    assert "mute in isolator open is broken" in text and "without a claim" in text
    status, text = project(tests, "--profile=open", "--escapement-must-work", "-k", "undecided", escapement=script(fakes, fakes))
    assert (status, became(text)) == (1, {"test_undecided[isolator-open]": "FAILED"})
    assert "(--escapement-must-work: what cannot be tested is a failure)" in text


def test_a_target_that_is_not_here_is_a_skip(project, plan, tmp_path):
    path = tmp_path / "without"
    path.write_text('#!/bin/sh\ncase "$1 $2" in "list targets") echo \'[{"id": "gone", "available": false, "reason": '
                    f'"gone is not installed"}}]\' ;; *) exec {plan.escapement} "$@" ;; esac\n')
    path.chmod(0o755)
    status, text = project("def test(sandbox, escapement_report):\n    sandbox.holds('process.*')\n", "--target=gone", escapement=path)
    assert status == 0
    assert re.search(r"^SKIPPED .*gone: gone is not installed", text, re.M)


@pytest.mark.parametrize("line, said", [
    ("sandbox.holds('proces.signal')", "no probe attacks proces.signal; did you mean process.signal"),
    ("sandbox.attack('kill-outside')", "there is no probe kill-outside; did you mean kill-outside-pid"),
    ("sandbox.holds('process.*', but=('kill',))", "there is no probe kill"),
    ("sandbox.holds()", "isolator-nothing claims nothing: say what must hold"),
])
def test_a_question_about_nothing_is_a_failure(project, tmp_path, line, said):
    (tmp_path / "nothing.toml").write_text('name = "nothing"\n')
    status, text = project(f"def test(sandbox):\n    {line}\n", "--profile=nothing.toml")
    assert status == 1
    assert said in text


def test_the_ini_file_says_what_the_command_line_does_not(project, plan, tmp_path, as_root):
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles/lost.toml").write_text('name = "lost"\nclaims = ["process.signal"]\n')
    (tmp_path / "link").symlink_to(plan.escapement)
    ini = "escapement = ./link\nescapement_profile = strict profiles/lost.toml\nescapement_probe = kill-outside-pid"
    tests = MINE + "def test_cell(cell):\n    cell.holds()\ndef test_all(escapement_report):\n    assert escapement_report.holds\n"
    (tmp_path / "below").mkdir()  # from anywhere: paths are meant from where the file lies
    status, text = project(tests, "--rootdir", tmp_path, tmp_path, ini=ini, escapement=None)
    assert became(text) == {
        "test_holds[isolator-strict]": "PASSED", "test_attack[isolator-strict]": "PASSED", "test_holds[isolator-lost]": "FAILED",
        "test_attack[isolator-lost]": "FAILED", "test_cell[strict-kill-outside-pid]": "PASSED",
        "test_cell[lost-kill-outside-pid]": "FAILED", "test_all": "FAILED"}, text
    _, text = project(MINE, "--profile=strict", ini=ini, escapement=None)
    assert set(became(text)) == {"test_holds[isolator-strict]", "test_attack[isolator-strict]"}
    _, text = project("def test(sandbox):\n    pass\n", ini=ini + "\nescapement_must_work = true", escapement=None)
    assert "must-work yes" in text


def test_the_program_is_found(project, script, tmp_path):
    path = script()
    tests = "def test(sandbox):\n    assert sandbox.attack('kill-outside-pid').escaped\n"
    for env in ({"ESCAPEMENT": str(path)}, {"PATH": f"{path.parent}:{os.environ['PATH']}"}):
        (tmp_path / "runs").unlink(missing_ok=True)
        status, text = project(tests, "--profile=open", env=env, escapement=None)
        assert status == 0, text
        assert (tmp_path / "runs").exists()
    status, text = project(tests, env={"PATH": "/usr/bin:/bin", "ESCAPEMENT": "/no/such/escapement"}, escapement=None)
    assert status == 1
    assert "/no/such/escapement: there is no such program" in text and "$ESCAPEMENT" in text


def test_a_project_says_itself_what_its_sandbox_is(project, as_root):
    conftest = ("import pytest\n@pytest.fixture(scope='session', params=['strict', 'open'])\ndef sandbox(request, make_sandbox):\n"
                "    return make_sandbox(profile=request.param)\n")
    _, text = project(MINE, "--profile=unshare", conftest=conftest)
    assert became(text) == {"test_holds[strict]": "PASSED", "test_attack[strict]": "PASSED",
                            "test_holds[open]": "FAILED", "test_attack[open]": "FAILED"}


def test_a_command_line_is_a_sandbox(project, as_root):
    if shutil.which("bwrap") is None:
        cannot_test("needs bwrap")
    for line, word in (("bwrap --bind / / --unshare-pid {probe}", "PASSED"), ("bwrap --bind / / {probe}", "FAILED")):
        _, text = project(MINE, "--sandbox-command", line, "-k", "attack")
        assert became(text) == {"test_attack[command-default]": word}, text


def test_an_attack_is_made_once(project, script, tmp_path):
    need_module("xdist")
    tests = MINE.replace('"process.signal"', '"process.*", but=("kill-outside-pid",)') + (
        "def test_again(sandbox):\n    sandbox.attack('kill-outside-pid')\n"
        "def test_report(escapement_report):\n    assert len(escapement_report.attacks('process.*')) == 1\n"
        "def test_report_again(escapement_report):\n    assert escapement_report.escaped('process.signal')\n")
    _, text = project(tests, "-n2", "--profile=open", "--probe=kill-outside-pid", escapement=script())
    assert became(text) == {"test_holds[isolator-open]": "FAILED", "test_attack[isolator-open]": "FAILED",
                            "test_again[isolator-open]": "PASSED", "test_report": "PASSED", "test_report_again": "PASSED"}
    # All of process.* but one; and that one, which is also all that the report is asked for.
    assert len((tmp_path / "runs").read_text().splitlines()) == 2


def test_who_attacks_nothing_needs_nothing(project):
    status, text = project("def test():\n    pass\n", env={"PATH": "/usr/bin:/bin"}, escapement=None)
    assert status == 0
    assert "escapement: kernel" not in text


def test_it_may_be_named_where_it_is_installed(project):
    status, text = project("def test(sandbox):\n    pass\n", "-p", "escapement.plugin", "--profile=open",
                           conftest="pytest_plugins = ['escapement.plugin']\n")
    assert (status, became(text)) == (0, {"test[isolator-open]": "PASSED"}), text


def test_it_is_of_the_version_of_all(escapement):
    stated = tomllib.loads((PLUGIN / "pyproject.toml").read_text())["project"]["version"]
    assert escapement("--version").stdout.split() == ["escapement", stated]


def test_the_folder_does_not_pass_for_pytest():
    assert not (PLUGIN / "__init__.py").exists()
    assert not [path for path in Path(PLUGIN).iterdir() if path.suffix == ".py"]
