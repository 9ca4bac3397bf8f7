"""Nothing stays on the host, whenever and however a run ends: kills at random moments, SIGKILL above all.

ESCAPEMENT_KILLS sets how many (default 200); ESCAPEMENT_SEED repeats a sequence of moments, which a failure names.
"""

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from escapement import programs, remains

KILLS = int(os.environ.get("ESCAPEMENT_KILLS", "200"))
SEED = int(os.environ.get("ESCAPEMENT_SEED", random.randrange(2**32)))
AT_A_TIME = 5
PATIENCE = 30  # seconds for a batch to settle; it takes a few milliseconds on an idle machine

RUN = "run --format json --profile strict --profile open --profile chroot"
COMMANDS = [f"{RUN} --probe {probe}".split() for probe in (
    "kill-outside-pid", "chroot-double-escape", "fork-bomb", "list-host-interfaces", "chown-without-cap-chown")]
COMMANDS += ["run --format json --profile strict --probe memory-hog".split(), RUN.split()]


@pytest.fixture(scope="module")
def host(as_root, build, tmp_path_factory):
    """The programs in a place of their own, and the host as it is before."""
    top = tmp_path_factory.mktemp("interrupt")
    copy = top / "build"
    remains.copy_of(build, copy)
    (top / "tmp").mkdir()
    before = remains.Host.of(copy, top / "tmp")
    assert before.processes() == {}
    return copy, before


def start(copy: Path, host: remains.Host, program: str, args: list[str]) -> subprocess.Popen:
    return subprocess.Popen([copy / "bin" / program, *args], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, env=programs.environment(TMPDIR=str(host.temporary)))


def child_of(pid: int) -> int | None:
    """Its first child, the keeper; None where there is none yet or no more."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return None
    return int(children[0]) if children else None


def kill(child: subprocess.Popen, number: int, the_keeper: bool) -> str:
    """Kills the process that the user started, or its keeper. Says what was hit."""
    target = child_of(child.pid) if the_keeper else child.pid
    if target is None or child.poll() is not None:
        return "nothing"
    try:
        os.kill(target, number)
    except ProcessLookupError:
        return "nothing"
    return "keeper" if the_keeper else signal.Signals(number).name


def storm(copy, host, program, plan, kills, seed):
    """`plan` is (arguments, seconds that they take). Batches of parallel runs, each killed at its moment; after each batch
    the host must be as it was. Returns how often what was hit."""
    chance = random.Random(seed)
    hit = {}
    for first in range(0, kills, AT_A_TIME):
        batch = []
        for _ in range(min(AT_A_TIME, kills - first)):
            args, lasts = chance.choice(plan)
            the_keeper = chance.random() < 0.2
            number = signal.SIGKILL if the_keeper else chance.choices(
                (signal.SIGKILL, signal.SIGINT, signal.SIGTERM), (7, 2, 1))[0]
            child = start(copy, host, program, args)
            batch.append((time.monotonic() + chance.uniform(0, lasts), child, number, the_keeper, args))
        for moment, child, number, the_keeper, _ in sorted(batch, key=lambda entry: entry[0]):
            time.sleep(max(0.0, moment - time.monotonic()))
            what = kill(child, number, the_keeper)
            hit[what] = hit.get(what, 0) + 1
        for _, child, *_ in batch:
            child.stdin.close()
            child.wait(timeout=PATIENCE)
        left = host.remains(PATIENCE)
        assert left == [], f"seed {seed}, batch from kill {first}: " + "; ".join(
            f"{signal.Signals(number).name} to {'the keeper of ' if the_keeper else ''}{' '.join(args)}"
            for _, _, number, the_keeper, args in batch)
    return hit


def seconds_of(copy, host, program, args) -> float:
    began = time.monotonic()
    child = start(copy, host, program, args)
    child.stdin.close()
    child.wait(timeout=programs.LIMIT)
    return time.monotonic() - began


def assert_most_hit(hit, kills):
    """Kills that came too late prove nothing."""
    assert sum(hit.values()) == kills
    assert kills - hit.get("nothing", 0) >= kills // 2, hit
    if kills >= 50:
        assert {"SIGKILL", "SIGINT", "SIGTERM", "keeper"} <= set(hit), hit


def test_a_run_that_is_not_killed_leaves_nothing(host):
    copy, before = host
    seconds_of(copy, before, "escapement", COMMANDS[-1])
    assert before.remains(PATIENCE) == []


def test_killed_runs_leave_nothing(host, request):
    copy, before = host
    plan = [(args, seconds_of(copy, before, "escapement", args)) for args in COMMANDS]
    hit = storm(copy, before, "escapement", plan, KILLS, SEED)
    request.node.user_properties.append(("hit", hit))
    assert_most_hit(hit, KILLS)


def test_killed_sandboxes_leave_nothing(host, request):
    """`isolator run`, whose command would wait for ever."""
    copy, before = host
    wait = copy / "probes-testing" / "hanger"
    mount = f'mounts+={{type="bind", source="{wait}", target="/wait"}}'
    plan = [(["run", "--set", mount, "--profile", profile, "--", "/wait"], 0.15) for profile in ("strict", "judge")]
    plan += [(["run", "--profile", "open", "--", str(wait)], 0.1)]
    kills = max(1, KILLS // 5)
    hit = storm(copy, before, "isolator", plan, kills, SEED)
    request.node.user_properties.append(("hit", hit))
    assert_most_hit(hit, kills)


def test_what_the_probe_of_a_killed_run_made_is_removed(host):
    copy, before = host
    child = start(copy, before, "escapement", ["run", "--profile", "open", "--probes", str(copy / "probes-testing"),
                                               "--probe", "hanger"])
    deadline = time.monotonic() + PATIENCE
    made = []
    while len(made) < 3 and time.monotonic() < deadline:
        made = [name for name in before.things() - before.before if "/.escapement-" in name]
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdin.close()
    assert len(made) == 3, made
    assert before.remains(PATIENCE) == []


def test_a_remaining_process_or_file_is_found(host):
    """The test above can fail: what it looks for is seen where it is."""
    copy, before = host
    child = start(copy, before, "isolator", ["run", "--profile", "open", "--", str(copy / "probes-testing" / "hanger")])
    file = before.temporary / "escapement-left"
    try:
        assert any("isolator" in name for name in before.remains(0.5))
        child.stdin.close()
        child.wait(timeout=PATIENCE)
        file.mkdir()
        assert f"file {file}" in before.remains(0.1)
    finally:
        child.kill()
        child.wait()
        if file.exists():
            file.rmdir()
