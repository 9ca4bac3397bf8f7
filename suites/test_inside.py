"""`escapement inside`: the probes' own word from within sandboxes that others have built, and where they find themselves."""

from __future__ import annotations

import json
import os
import shutil
import struct
from pathlib import Path

import pytest

from escapement import programs
from escapement.plugin import cannot_test

SIGNAL_WORD = "utsns-shared"  # an attack that needs nothing but the host's values
RUNSC = ("--platform=ptrace", "--network=none", "--ignore-cgroups")


@pytest.fixture(scope="module")
def root(escapement, tmp_path_factory):
    """A root directory with nothing in it but what `escapement bundle` makes, and the host's values."""
    top = tmp_path_factory.mktemp("inside") / "root"
    done = escapement("bundle", top)
    assert done.returncode == 0, done.stderr
    for name in ("proc", "dev", "tmp", "sys"):
        (top / name).mkdir()
        (top / name).chmod(0o777)
    values = escapement("inside", "--host-values")
    assert values.returncode == 0, values.stderr
    (top / "host.json").write_text(values.stdout)
    top.parent.chmod(0o755)
    return top


def report(done) -> dict:
    assert done.stdout.startswith("{"), f"exit status {done.returncode}: {done.stdout[:500]}{done.stderr}"
    answer = json.loads(done.stdout)
    assert answer["witnessed"] is False
    expected = 1 if answer["summary"]["reached"] else 0 if answer["summary"]["refused"] else 3
    assert done.returncode == expected
    return answer


def call(program, *args):
    if (path := shutil.which(program)) is None:
        cannot_test(f"needs {program}")
    return programs.call(Path(path), *args)


WORDS = ("/inside", "--format", "json", "--host", "/host.json")


def in_bwrap(root):
    return call("bwrap", "--bind", root, "/", "--proc", "/proc", "--dev", "/dev", "--unshare-all", *WORDS)


def in_chroot(root):
    return call("unshare", "--mount", "--uts", "--ipc", "--net", "--pid", "--fork", "chroot", root, *WORDS)


def in_engine(engine, root, directory, *options):
    """A bundle of its own as the engine writes it, but for the command."""
    made = call(engine, "spec", "--bundle", directory)
    assert made.returncode == 0, made.stderr
    shutil.copytree(root, directory / "rootfs")
    config = json.loads((directory / "config.json").read_text())
    config["process"]["args"], config["process"]["terminal"] = list(WORDS), False
    (directory / "config.json").write_text(json.dumps(config))
    return call(engine, "--root", directory / "state", *options, "run", "--bundle", directory, f"inside-{os.getpid()}-{engine}")


def in_profile(isolator, root, profile):
    if profile == "open":
        return programs.call(root / "inside", "--format", "json", "--host", root / "host.json")
    bind = f'mounts+={{type="bind",source="{root}",target="/bundle"}}'
    return isolator("run", "--profile", profile, "--set", bind, "--", "/bundle/inside", "--format", "json", "--host", "/bundle/host.json")


@pytest.fixture(scope="module")
def here(as_root, isolator, root, tmp_path_factory):
    """By the name of a sandbox, what was said in it; each is asked once."""
    known = {}
    ways = {"bwrap": lambda: in_bwrap(root), "chroot": lambda: in_chroot(root),
            "runc": lambda: in_engine("runc", root, tmp_path_factory.mktemp("runc")),
            "runsc": lambda: in_engine("runsc", root, tmp_path_factory.mktemp("runsc"), *RUNSC),
            "strict": lambda: in_profile(isolator, root, "strict"), "open": lambda: in_profile(isolator, root, "open")}

    def ask(where):
        if where not in known:
            known[where] = report(ways[where]())
        return known[where]

    return ask


def claims(answer) -> dict[str, str]:
    return {each["probe"]: each["claim"] for each in answer["results"]}


def standing(answer) -> dict[str, str]:
    return {each["what"]: each["standing"] for each in answer["host"]}


@pytest.mark.parametrize("where", ("bwrap", "chroot", "runc", "runsc", "strict", "open"))
def test_every_probe_is_told_of_once(here, plan, where):
    answer = here(where)
    told = [each["probe"] for each in answer["results"] + answer["left_out"]]
    assert sorted(told) == sorted(plan.probes)
    assert all(each["reason"] for each in answer["results"] + answer["left_out"])
    assert not any("verdict" in each for each in answer["results"])


@pytest.mark.parametrize("where, kind", [("bwrap", "container"), ("chroot", "container"), ("runc", "container"),
                                         ("strict", "container"), ("runsc", "user-space kernel"), ("open", "none seen")])
def test_the_boundary_is_named_and_its_signs_are_told(here, where, kind):
    boundary = here(where)["boundary"]
    assert boundary["kind"] == kind, boundary
    signs = [each for each in boundary["signs"] if not each["weak"]]
    assert len([each for each in signs if each["of"] == kind]) >= {"none seen": 0, "container": 1}.get(kind, 2)
    if where == "chroot":
        assert 'statx("/")' in [each["where"] for each in signs]
    if where == "runsc":
        assert boundary["name"] == "gVisor"


def test_a_comparison_with_the_host_tells_what_is_the_hosts(here):
    assert {what: how for what, how in standing(here("open")).items() if how != "shared"} in ({}, {"interfaces": "own"})
    bwrap = standing(here("bwrap"))
    assert bwrap["kernel"] == "shared"
    assert {bwrap[what] for what in ("root", "user", "pid", "net", "ipc", "uts", "mount")} == {"own"}
    runc = standing(here("runc"))
    assert (runc["user"], runc["pid"]) == ("shared", "own")
    assert standing(here("chroot"))["root"] == "own" and standing(here("chroot"))["kernel"] == "unknown"  # no /proc to read it in


@pytest.mark.parametrize("probe", ("userns-create", "sethostname", "mount-syscall", "adjtimex", "cap-mknod"))
def test_what_is_reached_in_the_open_is_refused_in_strict(here, probe):
    # A filter's ENOSYS is a decision only for who has seen that the kernel knows the call: not from within.
    assert claims(here("open"))[probe] == "reached"
    assert claims(here("strict"))[probe] in ("refused", "undecided")


def test_strict_lets_nothing_through_and_the_open_much(here):
    strict, free = here("strict")["summary"], here("open")["summary"]
    assert strict["reached"] == 0 and strict["refused"] > 50
    assert free["reached"] > 100
    refused = {probe for probe, claim in claims(here("strict")).items() if claim == "refused"}
    assert len(refused & {probe for probe, claim in claims(here("open")).items() if claim == "reached"}) > 20


def test_namespaces_that_are_the_hosts_are_reached(here):
    assert claims(here("open"))[SIGNAL_WORD] == "reached"
    assert claims(here("bwrap"))[SIGNAL_WORD] == "refused"


def test_without_values_of_the_host_less_is_said(root, as_root):
    answer = report(programs.call(root / "inside", "--format", "json"))
    assert answer["host"] is None
    assert "host-sensitive-read" in {each["probe"] for each in answer["left_out"] if "--host FILE" in each["reason"]}


def test_no_witness_is_said_first(root):
    done = programs.call(root / "inside", "--class", "uts")
    first, second, *_ = done.stdout.splitlines()
    assert "No witness looked from outside" in first and '"refused" is not "contained"' in second
    assert done.stdout.rstrip().endswith("Unwitnessed.")


def test_it_leaves_nothing_behind(root, as_root):
    tops = ("/tmp", "/dev/shm", "/run")
    before = {path for top in tops for path in os.listdir(top)}
    # In a mount namespace of its own: others on this host come and go.
    script = 'cat /proc/self/mountinfo; "$1" >/dev/null; echo; cat /proc/self/mountinfo'
    done = programs.call(Path("/bin/sh"), "-c", f"exec unshare --mount sh -c '{script}' sh \"$1\"", "sh", root / "inside")
    first, _, last = done.stdout.partition("\n\n")
    assert first and first == last.rstrip("\n"), done.stderr
    left = {path for top in tops for path in os.listdir(top)} - before
    assert not [path for path in left if path.startswith(".")]  # as probes name what they make


@pytest.mark.parametrize("args, said", [
    (("--format", "no-such"), "expected table or json"), (("--probe", "no-such"), "there is no such probe"),
    (("--class", "no-such"), "no probe is of that class"), (("--host", "/etc/hostname"), "--host-values"),
    (("--host", "/no/such"), "/no/such: cannot be read"), (("--no-such",), "--no-such"),
])
def test_bad_usage_is_2(escapement, args, said):
    done = escapement("inside", *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_bundle_is_not_mixed_with_what_is_there(escapement, root, tmp_path):
    done = escapement("bundle", root)
    assert done.returncode == 2
    assert "is there already" in done.stderr


def test_all_of_a_bundle_is_static(root):
    """No program header names an interpreter, PT_INTERP of elf(5)."""
    programs_of = [root / "inside", *(root / "probes").iterdir()]
    assert len(programs_of) > 50
    for path in programs_of:
        elf = path.read_bytes()
        start, = struct.unpack_from("<Q", elf, 32)
        size, count = struct.unpack_from("<HH", elf, 54)
        assert 3 not in {struct.unpack_from("<I", elf, start + i * size)[0] for i in range(count)}, path


FAKE = """#!/bin/sh
[ "$1" = --describe ] && exec echo '[{"id": "%s", "class": "fake", "guarantee": "fake.none", "summary": "", "opening": [],
 "witness": ["trace"], "attempts": [{"name": "a", "denials": ["EPERM"], "passes": ["ok"], "absent": []}]}]'
read -r word version nonce id
hello="{\\"hello\\":\\"$nonce\\",\\"probe\\":\\"$id\\",\\"pid\\":$$}"
refused='{"step":"a()","result":"EPERM","attempt":"a"}'
%s
"""

CLAIM = """echo '{"claim":"contained","reason":"so"}'; read -r end"""
FAKES = {  # what each does, its word, and a part of the reason
    "honest": (f'echo "$hello"; read -r order; echo "$refused"; {CLAIM}', "refused", "a(): EPERM"),
    "crasher": ('echo "$hello"; read -r order; kill -SEGV $$', "undecided", "killed by SIGSEGV"),
    "flooder": ('echo "$hello"; read -r order; yes "$refused"', "undecided", "it flooded its output"),
    "hanger": ('echo "$hello"; sleep 1000', "undecided", "it was silent until its time was up"),
    "lingerer": (f'echo "$hello"; read -r order; echo "$refused"; {CLAIM}; sleep 1000', "undecided", "killed by SIGKILL"),
    "liar": (f'echo "$hello"; read -r order; {CLAIM}', "undecided", "so"),
    "mute": ("exit 0", "undecided", "it ended without a claim"),
    "stranger": ('echo "{}"; read -r end', "undecided", "its greeting is wrong"),
}


def test_probes_that_are_not_to_be_believed_are_not(root, tmp_path):
    for name, (what, _, _) in FAKES.items():
        (tmp_path / name).write_text(FAKE % (name, what))
        (tmp_path / name).chmod(0o755)
    answer = report(programs.call(root / "inside", "--probes", tmp_path, "--format", "json", "--patience", "1"))
    said = {each["probe"]: (each["claim"], each["reason"]) for each in answer["results"]}
    assert set(said) == set(FAKES)
    for name, (_, claim, reason) in FAKES.items():
        assert said[name][0] == claim and reason in said[name][1], (name, said[name])
