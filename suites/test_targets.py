"""The same attacks in the sandboxes that others build. ESCAPEMENT_TARGETS=1 says that all of them are here: `./dev targets`."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from escapement import programs, remains

SUITES = Path(__file__).parent
MUST_BE_HERE = os.environ.get("ESCAPEMENT_TARGETS") == "1"
ELSEWHERE = {"minijail"}  # Debian 12 has none

# Few, of each kind of witness: by signals, by the kernel's answers, by a file, by what the host counts.
PROBES = ("kill-outside-pid", "mount-syscall", "chroot-double-escape", "host-sensitive-read", "list-host-interfaces", "fork-bomb",
          "memory-hog", "fd-leak-inventory", "ptrace-other", "subreaper-escape")

# What is known of them, by their documentation: whether an attack gets out of (the defaults, the closest to strict).
KNOWN = {
    "unshare": {"kill-outside-pid": "cc", "mount-syscall": "ec", "fork-bomb": "ee", "fd-leak-inventory": "ee"},
    "bwrap": {"subreaper-escape": "ec", "kill-outside-pid": "ec", "mount-syscall": "ec", "fork-bomb": "ee", "fd-leak-inventory": "ee"},
    "firejail": {"kill-outside-pid": "cc", "mount-syscall": "cc", "host-sensitive-read": "-e", "fork-bomb": "ee"},
    "nspawn": {"kill-outside-pid": "cc", "mount-syscall": "ec", "fork-bomb": "ee", "fd-leak-inventory": "cc"},
    "runc": {"subreaper-escape": "cc", "kill-outside-pid": "cc", "mount-syscall": "cc", "fork-bomb": "ec", "memory-hog": "ec",
             "fd-leak-inventory": "cc"},
    "runsc": {"kill-outside-pid": "cc", "chroot-double-escape": "cc", "list-host-interfaces": "cc"},
    "podman": {"kill-outside-pid": "cc", "mount-syscall": "cc", "fork-bomb": "ec", "memory-hog": "ec", "fd-leak-inventory": "cc"},
    "lxc": {"kill-outside-pid": "cc", "mount-syscall": "ec", "fork-bomb": "ee", "ptrace-other": "cc"},
    "minijail": {"kill-outside-pid": "ec", "mount-syscall": "ec", "fork-bomb": "ee", "fd-leak-inventory": "ee"},
    "docker": {"kill-outside-pid": "cc", "mount-syscall": "cc", "fork-bomb": "ec", "memory-hog": "ec", "fd-leak-inventory": "cc"},
}


@pytest.fixture(scope="module")
def targets(escapement) -> dict[str, dict]:
    return {target["id"]: target for target in json.loads(escapement("list", "targets", "--format", "json").stdout)}


def need(targets: dict[str, dict], name: str) -> None:
    if not targets[name]["available"]:
        assert not MUST_BE_HERE or name in ELSEWHERE, targets[name]["reason"]
        pytest.skip(targets[name]["reason"])


@pytest.fixture(scope="module")
def reports(as_root, ask, targets):
    """One report a target, made when it is asked for."""
    made: dict[str, dict] = {}

    def report(name: str) -> dict:
        need(targets, name)
        if name not in made:
            wanted = [word for probe in PROBES for word in ("--probe", probe)]
            made[name] = ask("--target", name, *wanted, timeout=300).report
        return made[name]

    return report


def verdicts(report: dict, profile: str) -> dict[str, tuple[str, str]]:
    run = next(run for run in report["runs"] if run["profile"] == profile)
    return {result["probe"]: (result["verdict"], result["reason"]) for result in run["results"]}


@pytest.mark.parametrize("name", KNOWN)
def test_what_is_known_of_it_is_found(reports, name):
    report = reports(name)
    found = {profile: verdicts(report, profile) for profile in ("default", "strict")}
    for probe, known in KNOWN[name].items():
        for profile, letter in zip(("default", "strict"), known):
            if letter != "-":
                wanted = {"c": "contained", "e": "escaped"}[letter]
                assert found[profile][probe][0] == wanted, f"{profile} {probe}: {found[profile][probe]}"


@pytest.mark.parametrize("name", KNOWN)
def test_nothing_is_broken_and_the_host_is_as_it_was(reports, name):
    report = reports(name)
    for profile in ("default", "strict"):
        broken = {probe: why for probe, (verdict, why) in verdicts(report, profile).items() if verdict == "broken"}
        assert not broken
    assert report["host_changed"] == []
    for run in report["runs"]:
        assert "{" in run["command"], "what differs from sandbox to sandbox has a name"
        assert run["version"]


def test_what_it_has_no_words_for_is_told(reports):
    run = next(run for run in reports("unshare")["runs"] if run["profile"] == "strict")
    lacking = {gap["layer"] for gap in run["not_expressed"]}
    assert {"seccomp", "limits.pids", "wall"} <= lacking
    assert not lacking & set(run["layers"])
    assert "no_new_privs" in run["layers"]


# What runc refuses in every version that is mended, and what by the words of its refusal: "s" of starting, "k" of the kernel's answers.
BUNDLES = {"cve-2024-40635": "s", "cve-2019-19921": "s", "cve-2015-3631-dots": "s", "cve-2021-30465-volume": "s", "cve-2024-21626": "s",
           "cve-2022-24769": "k", "cve-2017-5967": "k"}


def test_bundles_that_somebody_else_has_made(as_root, ask, targets):
    need(targets, "runc")
    report = ask("--target", "runc", "--class", "runtime", timeout=300).report
    for profile in ("default", "strict"):
        found = verdicts(report, profile)
        assert not {probe: why for probe, (verdict, why) in found.items() if verdict == "broken"}
        for probe, how in BUNDLES.items():
            verdict, why = found[probe]
            assert verdict == "contained" and why.startswith("it was not started") == (how == "s"), (profile, probe, verdict, why)
    assert report["host_changed"] == []


def test_who_takes_no_bundle_is_not_attacked_by_one(as_root, ask):
    """Nothing is said of the isolator, whose sandbox is that of the control."""
    report = ask("--profile", "strict", "--probe", "cve-2019-19921", "--probe", "cve-2024-21626").report
    for result in report["runs"][0]["results"]:
        assert result["verdict"] == "not-testable" and result["absent"] and "takes none" in result["reason"], result
        assert result["control"]["verdict"] == "escaped", result["control"]


def test_a_claim_that_a_target_does_not_keep_is_a_finding(as_root, escapement, targets):
    need(targets, "bwrap")
    done = escapement("run", "--target", "bwrap", "--profile", "strict", "--probe", "fork-bomb")
    assert done.returncode == 1, done.stdout
    assert "limits.pids, limits.memory, limits.cpu: it makes no control group" in done.stdout
    assert escapement("run", "--target", "bwrap", "--profile", "default", "--probe", "fork-bomb").returncode == 0, "nothing is claimed"


def test_a_command_line_of_ones_own(as_root, ask, targets):
    need(targets, "bwrap")
    sandbox = "bwrap --unshare-all --die-with-parent --ro-bind {root} / --proc /proc --dev /dev /probe"
    inside = verdicts(ask("--command", sandbox, "--probe", "kill-outside-pid", "--probe", "fork-bomb").report, "default")
    assert {probe: verdict for probe, (verdict, _) in inside.items()} == {"kill-outside-pid": "contained", "fork-bomb": "escaped"}
    outside = verdicts(ask("--command", "exec {probe}", "--probe", "kill-outside-pid").report, "default")
    assert outside["kill-outside-pid"][0] == "escaped", "there is no sandbox at all"


def test_a_process_group_of_its_own_is_one(as_root, ask):
    """Who starts it may make a group and no session: nobody outside of that hears what is sent to the group."""
    leader = "import os, subprocess, sys; os.setpgid(0, 0); sys.exit(subprocess.call(sys.argv[1:]))"
    for command, verdict in ((f"exec /usr/bin/python3 -c '{leader}' {{probe}}", "contained"), ("exec {probe}", "escaped")):
        found = verdicts(ask("--command", command, "--probe", "kill-all-broadcast").report, "default")
        assert found["kill-all-broadcast"][0] == verdict, (command, found)


def test_a_command_that_is_broken_is_not_contained(as_root, ask):
    for command, reason in (("echo no such image: {probe} >&2; exit 125", "no such image"), ("true {probe}", "exit status 0"),
                            ("echo hello; cat > /dev/null; : {probe}", "greeting is wrong"),
                            ("no-such-sandbox {probe}", "not found")):
        answer = ask("--command", command, "--probe", "kill-outside-pid")
        assert answer.status == 3
        verdict, why = verdicts(answer.report, "default")["kill-outside-pid"]
        assert verdict == "broken" and reason in why, (command, why)


def test_a_sandbox_that_says_what_it_likes_is_not_believed(as_root, ask, tmp_path):
    """It answers as a probe would that was refused, and starts none."""
    liar = tmp_path / "liar"
    liar.write_text("""#!/usr/bin/python3
import json, sys
word, version, nonce, probe = sys.stdin.readline().split()
print(json.dumps({"hello": nonce, "probe": probe}), flush=True)
sys.stdin.readline()
print(json.dumps({"step": "kill(1, SIGURG)", "attempt": "kill", "result": "ESRCH"}))
print(json.dumps({"claim": "contained", "reason": "kill(1, SIGURG): ESRCH"}), flush=True)
sys.stdin.readline()
""")
    liar.chmod(0o755)
    answer = ask("--command", f"{liar} {{probe}}", "--probe", "ptrace-other", "--probe", "kill-outside-pid")
    said = verdicts(answer.report, "default")
    assert said["ptrace-other"][0] == "not-testable", "nobody of the host could look at it"
    assert "kernel of its own" in said["ptrace-other"][1]


@pytest.mark.parametrize("arguments, status, reason", (
    (["--target", "no-such-target"], 2, "there is no such target"),
    (["--target", "command"], 2, "expected --command"),
    (["--target", "bwrap", "--command", "x {probe}"], 2, "is for --target command"),
    (["--command", "my-sandbox"], 2, "expected {probe}"),
    (["--target", "bwrap", "--profile", "default", "--set", "wall=1s"], 2, "are no profile"),
    (["--profile", "default"], 2, "default"),
))
def test_bad_usage(escapement, targets, arguments, status, reason):
    if "bwrap" in arguments:
        need(targets, "bwrap")
    done = escapement("run", "--probe", "fork-bomb", *arguments)
    assert (done.returncode, reason in done.stderr) == (status, True), done.stderr


def test_a_target_that_is_not_here_is_no_answer(escapement, tmp_path):
    done = escapement("run", "--target", "firejail", "--probe", "fork-bomb", env=programs.environment(PATH=str(tmp_path)))
    if "firejail" in done.stderr:
        assert (done.returncode, done.stdout) == (3, "")
        assert "is not installed" in done.stderr


@pytest.mark.parametrize("name", KNOWN)
def test_nothing_is_left_when_it_ends(as_root, build, ask, targets, tmp_path, name, monkeypatch):
    """Nor in the working directory, where conmon(8) tells of a container that ran out of memory."""
    need(targets, name)
    monkeypatch.chdir(tmp_path)
    before = remains.Host.of(build, tmp_path)
    ask("--target", name, "--probe", "kill-outside-pid", "--probe", "memory-hog")
    assert not remaining(before, tmp_path)


@pytest.mark.parametrize("name", ("runc", "docker", "podman", "lxc", "bwrap", "nspawn"))
def test_nothing_is_left_when_it_is_killed(as_root, build, targets, tmp_path, name):
    """SIGKILL to the harness in the middle of the run."""
    need(targets, name)
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    before = remains.Host.of(build, temporary)
    run = subprocess.Popen([build / "bin/escapement", "run", "--target", name, "--class", "process", "--class", "network", "--format", "json"],
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=programs.environment(TMPDIR=str(temporary)))
    places = lambda: list(temporary.glob("escapement-*/places/*/root/probe"))  # noqa: E731
    deadline = time.monotonic() + 60
    while not places() and run.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert places(), "it has not begun"
    time.sleep(0.2)
    run.send_signal(signal.SIGKILL)
    run.wait()
    deadline = time.monotonic() + 30
    while (left := remaining(before, temporary)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not left


def remaining(before: remains.Host, temporary: Path) -> list[str]:
    """Files, mounts and control groups; processes whose command line or root names the place."""
    left = sorted(before.things() - before.before)
    left += [str(path) for path in temporary.iterdir()]
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and str(temporary).encode() in (entry / "cmdline").read_bytes():
                left.append((entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:  # it has just ended
            continue
    return left
