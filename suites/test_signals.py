"""Signals reach the command of `isolator run` as if it had been started alone, and nobody is left behind who ignores them."""

import signal
import subprocess

import pytest

from escapement import programs

ENDING = ("TERM", "INT", "HUP", "QUIT")
OTHER = ("USR1", "USR2", "ALRM")
READY_FOR_EVER = ("/usr/bin/yes", "ready")  # and handles no signal: a shell does, between its commands
INIT = ("--set", "process.init=true")


@pytest.fixture
def started(plan):
    """Starts a command in a profile and waits for its first line, which it must print when it is ready."""
    running = []

    def start(command, *args, profile="agent"):
        isolator = plan.escapement.parent / "isolator"
        command = ["/bin/sh", "-c", command] if isinstance(command, str) else command
        child = subprocess.Popen([isolator, "run", "--profile", profile, *args, "--", *command],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        running.append(child)
        assert child.stdout.readline() == "ready\n", child.stderr.read()
        return child

    yield start
    for child in running:
        if child.poll() is None:
            child.kill()
        child.communicate()


def end(child):
    out, err = child.communicate(timeout=programs.LIMIT)
    assert err == ""
    return child.returncode, out


@pytest.mark.parametrize("name", ENDING + OTHER)
def test_a_command_that_handles_it_goes_on(as_root, started, name):
    child = started(f"trap 'echo {name}; exit 7' {name}; echo ready; while :; do sleep 0.05; done")
    child.send_signal(getattr(signal, f"SIG{name}"))
    assert end(child) == (7, f"{name}\n")


@pytest.mark.parametrize("init", ((), INIT), ids=("alone", "init"))
@pytest.mark.parametrize("name", ENDING)
def test_one_that_does_not_is_ended(as_root, started, name, init):
    child = started(READY_FOR_EVER, *init)
    child.send_signal(getattr(signal, f"SIG{name}"))
    assert end(child)[0] == -getattr(signal, f"SIG{name}")


def test_one_that_ignores_it_is_left_to_go_on(as_root, started):
    child = started("trap '' TERM; echo ready; sleep 0.5; echo done")
    child.send_signal(signal.SIGTERM)
    assert end(child) == (0, "done\n")


def test_without_a_pid_namespace(as_root, started):
    child = started(READY_FOR_EVER, profile="open")
    child.send_signal(signal.SIGTERM)
    assert end(child)[0] == -signal.SIGTERM


def test_init_reaps_what_the_command_leaves(as_root, isolator):
    script = "(sleep 0.01 & ) ; sleep 0.3; for p in /proc/[0-9]*; do read -r _ name state _ < $p/stat; echo $name $state; done"
    shown = {init: isolator("run", "--profile", "agent", *args, "--", "/bin/sh", "-c", script)
             for init, args in (("alone", ()), ("init", INIT))}
    assert shown["init"].returncode == 0, shown["init"].stderr
    assert "(sleep) Z" not in shown["init"].stdout
    assert "(init) S" in shown["init"].stdout


def test_init_ends_with_the_status_of_the_command(as_root, isolator):
    for script, status in (("exit 9", 9), ("kill -KILL $$", 137), ("sleep 60 & exit 3", 3)):
        assert isolator("run", "--profile", "agent", *INIT, "--", "/bin/sh", "-c", script).returncode == status


def test_init_tells_that_there_is_no_command(as_root, isolator):
    done = isolator("run", "--profile", "agent", *INIT, "--", "/no/such")
    assert done.returncode == 127
    assert done.stderr.startswith("isolator: exec /no/such: No such file or directory\n")
