"""`isolator run` is transparent: its exit status is the command's, as a shell has it. What it tells itself goes to stderr.
`isolator plan` only talks."""

import errno
import json
import re
import shutil
import signal
import time

import pytest


@pytest.mark.parametrize("status", (0, 1, 7, 125, 255))
def test_the_status_is_the_commands_own(isolator, status):
    assert isolator("run", "--profile", "open", "--", "/bin/sh", "-c", f"exit {status}").returncode == status


@pytest.mark.parametrize("name", ("KILL", "TERM", "SEGV", "HUP"))
def test_a_signal_is_128_and_its_number(isolator, name):
    number = getattr(signal, f"SIG{name}")
    done = isolator("run", "--profile", "open", "--", "/bin/sh", "-c", f"kill -{name} $$")
    assert done.returncode == 128 + number


def test_streams_are_the_commands(isolator):
    done = isolator("run", "--profile", "open", "--", "/bin/sh", "-c", "cat; echo err >&2", input="in")
    assert (done.stdout, done.stderr) == ("in", "err\n")


def test_a_setting_may_stand_before_a_command_with_options(isolator):
    done = isolator("run", "--profile", "open", "--set", "process.umask=077", "--", "/bin/sh", "-c", "umask")
    assert (done.returncode, done.stdout) == (0, "0077\n"), done.stderr


@pytest.mark.parametrize("args, status, word", [
    (("--profile", "open", "--", "/no/such/program"), 127, "/no/such/program"),
    (("--profile", "open", "--", "no-such-program"), 127, "no-such-program"),
    (("--profile", "open", "--", "/etc/passwd"), 126, "/etc/passwd"),
    (("--profile", "open", "--", "/"), 126, "/"),
    (("--profile", "no-such", "--", "/bin/true"), 125, "no-such"),
    (("--profile", "open", "--set", "limits.pid=1", "--", "/bin/true"), 125, "limits.pid"),
    (("--profile", "open"), 125, "command"),
    (("--profile", "open", "--no-such", "--", "/bin/true"), 125, "--no-such"),
    (("--profile", "open", "--set", "root.method=chroot", "--set", "root.path=/no/such/root", "--", "/bin/true"), 125,
     "/no/such/root"),
])
def test_what_never_ran_is_told_apart(isolator, args, status, word):
    done = isolator("run", *args)
    assert done.returncode == status, done.stderr
    assert done.stdout == ""
    assert word in done.stderr


def test_a_sandbox_has_nothing_but_what_it_was_given(isolator, as_root):
    done = isolator("run", "--profile", "strict", "--", "/bin/true")
    assert done.returncode == 127
    assert "/bin/true" in done.stderr


def test_a_root_without_the_loader_is_told_from_one_without_the_command(isolator, as_root, tmp_path):
    root = ("--profile", "open", "--set", "namespaces.new+=mount", "--set", "root.method=pivot_root",
            "--set", f"root.path={tmp_path}")
    done = isolator("run", *root, "--", "/bin/bash")
    assert (done.returncode, f"there is no /bin/bash in the root {tmp_path}" in done.stderr) == (127, True), done.stderr
    (tmp_path / "bin").mkdir()
    shutil.copy("/bin/bash", tmp_path / "bin/bash")
    done = isolator("run", *root, "--", "/bin/bash")
    assert (done.returncode, "but not the loader" in done.stderr) == (127, True), done.stderr


def test_the_wall_limit_ends_the_command(isolator):
    began = time.monotonic()
    done = isolator("run", "--profile", "open", "--set", "process.wall=300ms", "--", "/bin/sleep", "30")
    assert done.returncode == 128 + signal.SIGKILL
    assert "300 ms" in done.stderr
    assert 0.3 <= time.monotonic() - began < 20


def test_the_memory_limit_ends_the_command(isolator, as_root):
    done = isolator("run", "--profile", "open", "--set", "limits.memory=16MiB", "--", "/usr/bin/tail", "/dev/zero")
    assert done.returncode == 128 + signal.SIGKILL
    assert done.stderr == "isolator: killed at its memory limit of 16384 KiB\n"


@pytest.mark.parametrize("profile", ("open", "chroot", "container", "strict", "rootless", "agent"))
def test_plan_prints_and_does_nothing(isolator, tmp_path, profile):
    """Planning needs no privilege."""
    done = isolator("plan", "--profile", profile, "--", "/bin/touch", tmp_path / "touched")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "touched").exists()
    lines = done.stdout.splitlines()
    assert lines[-1].startswith("exec ") and "/bin/touch" in lines[-1]
    assert all(len(line.split(None, 1)) == 2 for line in lines)


def test_plan_of_what_there_is_not_is_bad_usage(isolator):
    done = isolator("plan", "--profile", "no-such")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "no-such" in done.stderr


def test_the_trace_tells_each_step_and_the_end(isolator):
    done = isolator("run", "--trace", "--profile", "open", "--", "/bin/sh", "-c", "echo out; exit 3")
    assert (done.returncode, done.stdout) == (3, "out\n")
    first, *steps, last = done.stderr.splitlines()
    assert first == "isolator: the launch of open, step by step"
    assert [step.split()[0] for step in steps][-1] == "exec"
    assert "(exit status 3)" in last


def json_of(done):
    (line,) = done.stderr.splitlines()
    return json.loads(line)


def test_json_tells_how_it_went(isolator):
    told = json_of(isolator("run", "--json", "--profile", "open", "--", "/bin/sh", "-c", "exit 5"))
    assert (told["profile"], told["end"], told["status"]) == ("open", "exited", 5)
    assert sum(step["us"] for step in told["steps"]) <= told["to_exec_us"] + len(told["steps"])
    killed = json_of(isolator("run", "--json", "--profile", "open", "--", "/bin/sh", "-c", "kill -TERM $$"))
    assert (killed["end"], killed["signal"]) == ("signaled", 15)
    late = json_of(isolator("run", "--json", "--profile", "open", "--set", "process.wall=50ms", "--", "/bin/sleep", "9"))
    assert late["end"] == "timed_out"


def test_json_counts_what_the_cgroup_refused(as_root, isolator):
    told = json_of(isolator("run", "--json", "--profile", "open", "--set", "limits.memory=16MiB", "--",
                            "/usr/bin/tail", "/dev/zero"))
    assert told["signal"] == 9
    assert told["counters"]["memory.events.oom_kill"] >= 1


NOTIFIED = ("--set", "process.inherit=[]", "--set", "seccomp.default=allow", "--set", "seccomp.notify=[\"mkdir\"]",
            "--set", "seccomp.answer=ENOSPC")


def test_calls_are_answered_from_outside(isolator, tmp_path):
    made = tmp_path / "made"
    done = isolator("run", "--trace", "--profile", "open", *NOTIFIED, "--", "/bin/mkdir", made)
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert re.search(r"^  mkdir +1 notified$", done.stderr, re.M), done.stderr
    assert not made.exists()
    told = isolator("run", "--json", "--profile", "open", *NOTIFIED, "--set", "seccomp.answer=allow", "--", "/bin/mkdir", made)
    assert json_of(told)["notified"] == {"mkdir": 1}
    assert made.is_dir()


def test_json_tells_what_failed(isolator):
    done = isolator("run", "--json", "--profile", "open", "--", "/no/such/program")
    error = json_of(done)["error"]
    assert done.returncode == 127
    assert (error["step"], error["object"], error["errno"]) == ("exec", "/no/such/program", errno.ENOENT)
    assert error["hint"]
    usage = isolator("run", "--json", "--profile", "open", "--set", "limits.pid=1", "--", "/bin/true")
    assert "limits.pid" in json_of(usage)["error"]["message"]
