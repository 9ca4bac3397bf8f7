"""`isolator run` is transparent: its exit status is the command's, as a shell has it. `isolator plan` only talks."""

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
