"""Without root: what can be built is built and holds, and what cannot be is named."""

import json
from pathlib import Path

import pytest

from escapement import message
from escapement.programs import NOBODY

NEEDS_ROOT = {"chroot", "pivot", "cgroup", "capdrop", "container", "strict", "judge", "agent"}


@pytest.fixture(scope="module")
def run(nobody):
    def run(*args, **options):
        done = nobody.call(nobody.escapement, "run", *args, "--format", "json", **options)
        assert done.stdout.startswith("{"), f"exit status {done.returncode}, no report: {done.stderr}"
        return done.returncode, json.loads(done.stdout)

    return run


@pytest.fixture(scope="module")
def ladder(run):
    return run()


def broken(report):
    return [message.explain(run["profile"], result)
            for run in report["runs"] for result in run["results"] if result["outcome"] == "error"]


def test_rootless_keeps_what_it_claims(run):
    status, report = run("--profile", "rootless")
    assert broken(report) == []
    assert status == 0
    [only] = report["runs"]
    verdicts = {result["probe"]: result["verdict"] for result in only["results"]}
    for probe in ("chroot-double-escape", "fork-bomb", "kill-outside-pid"):
        assert verdicts[probe] == "contained"
    assert {name for name, state in only["namespaces"].items() if state == "shared"} == {"time"}


def test_the_ladder_has_no_broken_cell(ladder):
    status, report = ladder
    assert broken(report) == []
    assert status == 0


def test_the_ladder_names_what_it_left_out(ladder, escapement):
    _, report = ladder
    left = {left["profile"]: left["reason"] for left in report["left_out"]}
    ran = {run["profile"] for run in report["runs"]}
    assert ran >= {"open", "unshare", "rootless"}
    assert set(left) <= NEEDS_ROOT
    everything = {profile["id"] for profile in json.loads(escapement("list", "profiles", "--format", "json").stdout)}
    assert ran | set(left) == everything
    assert not ran & set(left)
    for profile, reason in left.items():
        assert "root" in reason or "CAP_" in reason, f"{profile}: no word of what to do about it: {reason}"


def test_what_is_left_out_is_an_error_where_everything_must_work(run):
    status, report = run("--probe", "kill-outside-pid", "--must-test")
    assert report["left_out"]
    assert status == 3


def test_a_profile_that_was_named_is_not_left_out(run):
    """Who asks for strict and cannot have it has no answer."""
    status, report = run("--profile", "strict", "--probe", "kill-outside-pid")
    assert status == 3
    [result] = report["runs"][0]["results"]
    assert result["outcome"] == "error"
    assert "could not be built" in result["reason"]


def test_isolator_plan_explains_rootless(nobody):
    plan = nobody.call(nobody.isolator, "plan", "--profile", "rootless", "--", "/bin/true")
    assert plan.returncode == 0, plan.stderr
    assert "CLONE_NEWUSER" in plan.stdout


def test_isolator_runs_rootless(nobody):
    tree = [word for path in ("/usr", "/bin", "/lib", "/lib64") if Path(path).is_dir()
            for word in ("--set", f'mounts+={{type="bind", source="{path}", target="{path}"}}')]
    done = nobody.call(nobody.isolator, "run", *tree, "--profile", "rootless", "--",
                       "/bin/sh", "-c", "id -u; exit 7")
    assert done.returncode == 7, done.stderr
    assert done.stdout == f"{NOBODY}\n"


def test_isolator_refuses_what_needs_root(nobody):
    """A layer that cannot be applied ends the launch, and says how it could be had."""
    done = nobody.call(nobody.isolator, "run", "--profile", "pivot", "--", "/bin/true")
    assert done.returncode == 125
    first, hint = done.stderr.splitlines()
    assert first.startswith("isolator: clone ") and first.endswith("Operation not permitted")
    assert "user namespace" in hint
