"""What `escapement surface` tells of real profiles, and of filters with a hole."""

from __future__ import annotations

import json
import platform

import pytest

from escapement.plugin import cannot_test

REFUSED = {"SIGSYS", "ENOSYS", "EPERM", "EACCES"}
RING = ("--set", 'seccomp.allow+=["io_uring_setup", "io_uring_enter"]', "--set", "rlimits.memlock=inherit")


@pytest.fixture(scope="module")
def surface(escapement):
    def run(*args):
        done = escapement("surface", *args, "--format", "json")
        assert done.stdout.startswith("{"), done.stderr
        found = json.loads(done.stdout)
        assert found["host_changed"] == []
        return done.returncode, found

    return run


@pytest.fixture(scope="module")
def strict_and_open(as_root, surface):
    status, found = surface("--profile", "strict", "--profile", "open")
    assert status == 0
    return found


def calls(profile: dict) -> dict[str, dict]:
    return {call["call"]: call for call in profile["calls"]}


def test_strict_reaches_what_programs_use_and_no_other_entry(strict_and_open):
    strict = strict_and_open["profiles"][0]
    of = calls(strict)
    assert (strict["verdict"], strict["otherwise"]) == ("contained", [])
    assert of["read"]["native"] == "EBADF"
    assert of["openat"]["native"] == "EFAULT"
    for name in ("mount", "bpf", "ptrace", "io_uring_setup", "kexec_load"):
        assert of[name]["native"] == "ENOSYS", name
    assert 150 < strict["reached"] < 300
    assert strict["refused"] > 60
    if platform.machine() == "x86_64":
        assert {call["i386"] for call in strict["calls"]} <= {None, "SIGSYS"}
        assert {call["x32"] for call in strict["calls"]} <= {None, "SIGSYS"}


def test_without_a_filter_each_call_is_reached_and_the_host_is_as_it_was(strict_and_open):
    of_root = strict_and_open["profiles"][1]
    assert (of_root["verdict"], of_root["absent"], of_root["otherwise"]) == ("not-testable", True, [])
    assert of_root["refused"] == 0
    assert of_root["reached"] > 250
    # The same by every entry: so a difference tells of a filter.
    for name, call in calls(of_root).items():
        if call["native"] in REFUSED and name not in ("get_thread_area", "set_thread_area"):
            for entry in ("i386", "x32", "io_uring"):
                assert call[entry] in REFUSED | {None}, call


def test_a_call_that_is_not_made_says_why(strict_and_open):
    of = calls(strict_and_open["profiles"][1])
    for name in ("sync", "vhangup", "exit_group"):
        if name in of:
            assert of[name]["native"] is None
            assert of[name]["never"]
    assert of["read"].get("never") is None


def test_a_hole_for_other_architectures_is_found(as_root, surface):
    if platform.machine() != "x86_64":
        cannot_test("needs int $0x80")
    status, found = surface("--set", "seccomp.other_architectures=allow")
    profile = found["profiles"][0]
    if profile.get("absent"):
        cannot_test(f"this kernel has no 32-bit entry: {profile['reason']}")
    assert (status, profile["verdict"]) == (1, "escaped")
    assert {"call": "mount", "entry": "i386", "native": "ENOSYS", "answer": "EPERM"} not in profile["otherwise"]
    found_by = {(one["call"], one["entry"]): one for one in profile["otherwise"]}
    assert found_by["keyctl", "i386"] == {"call": "keyctl", "entry": "i386", "native": "ENOSYS", "answer": "EOPNOTSUPP"}
    assert len(profile["otherwise"]) > 50
    for name in ("read", "getpid", "get_thread_area"):
        assert (name, "i386") not in found_by, "it is let through natively, or not there"


def test_a_ring_beside_the_filter_is_found(as_root, surface):
    status, found = surface(*RING, "--set", 'seccomp.allow-=["@network"]')
    profile = found["profiles"][0]
    if calls(profile).get("openat", {}).get("io_uring") is None:
        cannot_test(f"this kernel has no io_uring: {profile['reason']}")
    assert (status, profile["verdict"]) == (1, "escaped")
    entries = {one["entry"] for one in profile["otherwise"]}
    assert entries == {"io_uring"}
    assert {"connect", "sendmsg"} <= {one["call"] for one in profile["otherwise"]}


def test_profiles_are_compared(as_root, escapement):
    done = escapement("surface", "--profile", "strict", "--profile", "container")
    assert done.returncode == 0, done.stderr
    blocks = {block.splitlines()[0]: block for block in done.stdout.split("\n\n")}
    only_container = next(text for head, text in blocks.items() if head.startswith("Let through by container, not by strict ("))
    assert {"setuid", "semget", "vmsplice"} <= set(only_container.split())
    both = next(text for head, text in blocks.items() if head.startswith("Let through by strict, container ("))
    assert {"read", "openat"} <= set(both.split())
    assert not {"mount", "bpf"} & set(done.stdout.split())
    assert max(map(len, done.stdout.splitlines())) <= 120


def test_an_ordinary_report_is_short(as_root, ask):
    answer = ask("--profile", "strict", "--probe", "seccomp-surface-fingerprint")
    result = answer.run("strict")["seccomp-surface-fingerprint"]
    assert result["verdict"] == "contained"
    assert len(result["steps"]) < 15


@pytest.mark.parametrize("args", (("--format", "html"), ("--profile", "no-such"), ("--set", "seccomp.other_architectures=maybe")))
def test_bad_usage(escapement, args):
    done = escapement("surface", *args)
    assert (done.returncode, done.stdout) == (2, "")


def test_without_root(nobody):
    done = nobody.call(nobody.escapement, "surface", "--format", "json")
    assert done.returncode == 0, done.stderr
    profile = json.loads(done.stdout)["profiles"][0]
    assert (profile["profile"], profile["verdict"]) == ("rootless", "contained")
