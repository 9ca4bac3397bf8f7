"""Colour and the progress bar are for a terminal, and for nobody else."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios

import pytest

from escapement import programs

RUN = ("run", "--profile", "open", "--probe", "kill-outside-pid")
TERMINAL = {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}


@pytest.fixture
def on_terminal(plan):
    """Runs with a terminal of 120 columns for the named streams; returns the status and what arrived there."""

    def run(*args, streams=("stdout", "stderr"), env=TERMINAL):
        outside, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        where = {name: inside if name in streams else subprocess.PIPE for name in ("stdout", "stderr")}
        child = subprocess.Popen([plan.escapement, *args], stdin=subprocess.DEVNULL, env=programs.environment(**env), **where)
        os.close(inside)
        shown = b""
        while select.select([outside], [], [], programs.LIMIT)[0]:
            try:
                shown += os.read(outside, 65536)
            except OSError:  # EIO: the last who held the other end has closed it
                break
        os.close(outside)
        rest = b"".join(filter(None, child.communicate(timeout=programs.LIMIT)))
        return child.returncode, shown.decode(), rest.decode()

    return run


def colours(text):
    return "\033[1m" in text or "\033[2m" in text or "\033[3" in text


def test_a_pipe_gets_neither_colour_nor_progress(escapement):
    done = escapement(*RUN, env=TERMINAL)
    assert done.returncode == 0
    assert "\033" not in done.stdout and "\r" not in done.stdout
    assert done.stderr == ""


def test_a_terminal_gets_colour(on_terminal):
    status, shown, _ = on_terminal(*RUN, streams=("stdout",))
    assert status == 0
    assert colours(shown)


def test_no_color_is_obeyed(on_terminal):
    _, shown, _ = on_terminal(*RUN, env=TERMINAL | {"NO_COLOR": "1"})
    assert "kill-outside-pid" in shown
    assert not colours(shown)


def test_an_empty_no_color_counts_as_unset(on_terminal):
    _, shown, _ = on_terminal(*RUN, streams=("stdout",), env=TERMINAL | {"NO_COLOR": ""})
    assert colours(shown)


@pytest.mark.parametrize("term", ("dumb", ""))
def test_a_dumb_terminal_gets_plain_text(on_terminal, term):
    _, shown, _ = on_terminal(*RUN, env=TERMINAL | {"TERM": term})
    assert "kill-outside-pid" in shown
    assert "\033" not in shown


def test_progress_is_drawn_on_stderr_and_erased(on_terminal):
    status, shown, report = on_terminal(*RUN, "--format", "json", streams=("stderr",))
    assert status == 0
    assert "\r  1/2 " in shown  # a control and a cell
    assert shown.endswith("\r\033[K")
    assert report.startswith("{") and "\r" not in report


def test_without_utf8_all_is_ascii(escapement):
    done = escapement("run", "--profile", "strict", "--profile", "open", "--class", "process",
                      env={"LC_ALL": "C", "TERM": "xterm"})
    assert "kill-outside-pid" in done.stdout
    assert done.stdout.isascii()
