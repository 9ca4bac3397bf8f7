"""The action and the workflows of GitHub: their shape, and their steps run as a runner does, without one."""

import io
import json
import os
import re
import shutil
import subprocess
import tarfile
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from escapement import programs

ACTION = programs.SOURCE / "action.yml"
WORKFLOWS = sorted((programs.SOURCE / ".github/workflows").glob("*.yml"))
EXPRESSION = re.compile(r"\$\{\{ *(.*?) *\}\}")


def load(path: Path) -> dict:
    return yaml.safe_load(path.read_text())


@dataclass(frozen=True)
class Done:
    """What the steps of the action came to: the status of the last, and what they left."""

    status: int
    output: str
    outputs: dict[str, str]
    summary: str

    def files(self) -> dict[str, Path]:
        return {path.name: path for path in Path(self.outputs["reports"]).iterdir()}


@pytest.fixture
def run(plan, tmp_path):
    """The steps that are shell, with `${{ }}` as a runner replaces it. One that fails ends the others, but for `if: always()`."""

    def steps(env=None, **inputs) -> Done:
        action = load(ACTION)
        unknown = set(inputs) - {name.replace("-", "_") for name in action["inputs"]}
        assert not unknown, unknown
        values = {f"inputs.{name}": str(inputs.get(name.replace("-", "_"), given.get("default", "")))
                  for name, given in action["inputs"].items()}
        values |= {"github.action_repository || github.repository": "owner/escapement", "github.token": "none"}
        said, status = "", 0
        for step in action["runs"]["steps"]:
            if "run" not in step or status:
                continue
            (tmp_path / "output").write_text("")
            own = {name: EXPRESSION.sub(lambda found: values[found[1]], text) for name, text in step.get("env", {}).items()}
            done = subprocess.run(
                ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]], cwd=tmp_path, capture_output=True, text=True,
                check=False, timeout=programs.LIMIT, env=programs.environment(
                    GITHUB_ACTION_PATH=str(programs.SOURCE), RUNNER_TEMP=str(tmp_path / "temp"), GITHUB_OUTPUT=str(tmp_path / "output"),
                    GITHUB_STEP_SUMMARY=str(tmp_path / "summary"), **own, **(env or {})))
            said, status = said + done.stdout + done.stderr, done.returncode
            for line in (tmp_path / "output").read_text().splitlines():
                name, _, value = line.partition("=")
                values[f"steps.{step['id']}.outputs.{name}"] = value
        summary = tmp_path / "summary"
        outputs = {name: values.get(EXPRESSION.fullmatch(given["value"])[1], "") for name, given in action["outputs"].items()}
        return Done(status, said, outputs, summary.read_text() if summary.exists() else "")

    (tmp_path / "temp").mkdir()
    (tmp_path / "lost.toml").write_text('name = "lost"\nclaims = ["process.signal"]\n')
    return lambda env=None, **inputs: steps(env, **({"program": plan.escapement, "probe": "kill-outside-pid"} | inputs))


def test_every_claim_held(run, as_root):
    done = run(profile="strict unshare", format="junit markdown table")
    assert (done.status, done.outputs["status"]) == (0, "0"), done.output
    assert set(done.files()) == {"report.json", "report.xml", "report.md", "report.txt"}
    report = json.loads(done.files()["report.json"].read_text())
    assert [each["profile"] for each in report["runs"]] == ["strict", "unshare"]
    assert len(list(ElementTree.parse(done.files()["report.xml"]).iter("testcase"))) == 2
    assert done.summary == done.files()["report.md"].read_text()
    assert "kill-outside-pid" in done.summary


def test_a_claim_that_does_not_hold_fails_and_leaves_its_reports(run):
    done = run(profile="lost.toml")
    assert (done.status, done.outputs["status"]) == (1, "1"), done.output
    assert "process.signal" in done.summary
    assert set(done.files()) == {"report.json", "report.xml", "report.md"}


def test_what_is_worse_than_the_baseline_fails(run, tmp_path, as_root):
    first = run(profile="strict")
    base = shutil.copy(first.files()["report.json"], tmp_path / "base.json")
    assert run(profile="strict", baseline=base).status == 0
    text = base.read_text().replace('"profile": "strict"', '"profile": "gone"')
    base.write_text(text)
    assert run(profile="strict", baseline=base).status == 1


@pytest.mark.parametrize("inputs, status, said", [
    ({"profile": "no-such"}, 2, "no-such"),
    ({"profile": "open", "format": "no-such"}, 2, "format: no-such: expected junit, markdown or table"),
    ({"kernel": "no-such"}, 2, "--kernel no-such: expected 5.10"),
    ({"kernel": "6.1", "target": "bwrap"}, 2, "a guest has no sandbox but the isolator"),
])
def test_bad_usage_is_its_status(run, inputs, status, said):
    done = run(**inputs)
    assert (done.status, done.outputs["status"]) == (status, str(status)), done.output
    assert said in done.output


def test_what_an_input_holds_is_never_run(run, tmp_path):
    for name in ("profile", "target", "command", "probe", "kernel", "cgroup", "baseline", "waivers", "format"):
        run(**{name: f"$(touch {tmp_path}/{name}) `touch {tmp_path}/{name}` ; touch {tmp_path}/{name}"})
        assert not (tmp_path / name).exists(), name


def test_must_work_is_passed_on(run, plan, tmp_path):
    program = tmp_path / "bin/escapement"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "must work: $ESCAPEMENT_MUST_WORK"\nexec {plan.escapement} "$@"\n')
    program.chmod(0o755)
    for given, said in (("true", "1"), ("false", "0")):
        assert f"must work: {said}" in run(program=program, profile="open", must_work=given).output


def test_a_released_program_is_taken(run, plan, build, tmp_path):
    """From what gh(1) answers, here by another program of that name."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:xz") as tar:
        for part in ("bin/escapement", "bin/isolator", "probes", "share"):
            tar.add(build / part, part, filter=lambda each: None if "CMakeFiles" in each.name else each)
    (tmp_path / "archive").write_bytes(archive.getvalue())
    gh = tmp_path / "fake/gh"
    gh.parent.mkdir()
    gh.write_text(f'#!/bin/sh\necho "$@" >{tmp_path}/asked\ncat {tmp_path}/archive\n')
    gh.chmod(0o755)
    done = run(program="", release="v0.1.0", profile="open", env={"PATH": f"{gh.parent}:{os.environ['PATH']}"})
    assert (done.status, done.outputs["status"]) == (0, "0"), done.output
    assert (tmp_path / "asked").read_text().startswith("release download v0.1.0 --repo owner/escapement --pattern escapement-")


def test_a_guest_of_another_kernel(run, kernel):
    done = run(kernel="release", cgroup="v2", profile="open lost.toml", env={"XDG_CACHE_HOME": str(kernel.image.resolve().parents[3])})
    assert (done.status, done.outputs["status"]) == (1, "1"), done.output
    assert set(done.files()) == {"report-release-v2.json", "report.xml", "report.txt"}
    assert "kill-outside-pid" in done.summary


def test_inputs_reach_the_shell_by_the_environment_alone():
    action = load(ACTION)
    steps = action["runs"]["steps"]
    assert not [step for step in steps if EXPRESSION.search(step.get("run", ""))]
    used = {name for step in steps for text in [*step.get("env", {}).values(), *map(str, step.get("with", {}).values()), step.get("if", "")]
            for name in re.findall(r"inputs\.([a-z-]+)", text)}
    assert used == set(action["inputs"])
    assert all(step["shell"] == "bash" for step in steps if "run" in step)
    assert all(given["description"] for given in action["inputs"].values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_is_one(path):
    workflow = load(path)
    assert set(workflow) <= {"name", True, "permissions", "concurrency", "jobs"}  # YAML 1.1 reads `on` as true
    assert workflow["permissions"]["contents"] == ("write" if path.stem == "release" else "read")
    action = load(ACTION)
    for name, job in workflow["jobs"].items():
        assert job["runs-on"] and job["timeout-minutes"], name
        for need in [job["needs"]] if isinstance(job.get("needs"), str) else job.get("needs", []):
            assert need in workflow["jobs"]
        matrix = job.get("strategy", {}).get("matrix", {})
        assert set(re.findall(r"matrix\.([a-z]+)", json.dumps(job))) <= set(matrix), name
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step), step
            if "github.event" in step.get("run", "") or "head_ref" in step.get("run", ""):
                pytest.fail(f"{name}: what others write is run: {step['run']}")
            if step.get("uses") == "./":
                assert set(step["with"]) <= set(action["inputs"]), name
            elif "uses" in step:
                assert re.fullmatch(r"actions/[a-z-]+@v\d+", step["uses"])


def test_the_matrix_is_of_every_kernel_that_is_known():
    from escapement import guest, kernels

    matrix = load(programs.SOURCE / ".github/workflows/kernels.yml")["jobs"]["attack"]["strategy"]["matrix"]
    assert matrix == {"kernel": list(kernels.RELEASES), "cgroup": list(guest.CGROUP)}
