"""`isolator run --terminal`: the command has a terminal of its own, which looks to the user like the one outside."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time

import pytest

from escapement import programs


class Session:
    """A user at a terminal of 40 lines and 120 columns, in which isolator runs in the foreground."""

    def __init__(self, command):
        self.outside, inside = pty.openpty()
        self.resize(40, 120)
        self.before = termios.tcgetattr(inside)
        self.inside = inside
        self.shown = b""
        self.child = subprocess.Popen(command, stdin=inside, stdout=inside, stderr=inside, start_new_session=True,
                                      preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))

    def resize(self, lines, columns):
        fcntl.ioctl(self.outside, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def type(self, text):
        os.write(self.outside, text)

    def until(self, text):
        deadline = time.monotonic() + programs.LIMIT
        while text not in self.shown:
            ready, _, _ = select.select([self.outside], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"{text} was not shown: {self.shown}"
            self.shown += os.read(self.outside, 65536)
        shown, self.shown = self.shown.split(text, 1)
        return shown

    def close(self):
        if self.child.poll() is None:
            self.child.kill()
        self.child.wait()
        os.close(self.outside)
        os.close(self.inside)


@pytest.fixture
def session(plan):
    sessions = []

    def start(*command, settings=()):
        sessions.append(Session([plan.escapement.parent / "isolator", "run", "--terminal", "--profile", "agent",
                                 *settings, "--", *command]))
        return sessions[-1]

    yield start
    for one in sessions:
        one.close()


def test_it_is_a_terminal_and_controls_the_session(as_root, session):
    user = session("/bin/sh", "-c", "test -t 0 && test -t 1 && test -t 2 && echo all; : < /dev/tty && echo controls; stty size")
    user.until(b"all\r\ncontrols\r\n40 120\r\n")
    assert user.child.wait(programs.LIMIT) == 0


def test_it_is_not_the_users(as_root, session):
    user = session("/bin/sh", "-c", "stat -Lc %t:%T /dev/fd/0; echo end")
    inside = user.until(b"end").strip().decode()
    device = os.fstat(user.inside).st_rdev
    assert inside != f"{os.major(device):x}:{os.minor(device):x}"


def test_keys_are_signals_inside(as_root, session):
    user = session("/bin/sh", "-c", "trap 'echo interrupted; exit 5' INT; echo ready; while :; do sleep 0.05; done")
    user.until(b"ready")
    user.type(b"\x03")
    user.until(b"interrupted")
    assert user.child.wait(programs.LIMIT) == 5


def test_what_is_typed_arrives(as_root, session):
    user = session("/bin/sh", "-c", "echo ready; read line; echo got $line")
    user.until(b"ready")
    user.type(b"text\r")
    user.until(b"got text")


def test_the_size_follows(as_root, session):
    user = session("/bin/sh", "-c", "trap 'stty size; exit' WINCH; echo ready; while :; do sleep 0.05; done")
    user.until(b"ready")
    user.resize(50, 99)
    user.until(b"50 99")
    assert user.child.wait(programs.LIMIT) == 0


def test_much_is_shown_to_its_end(as_root, session):
    user = session("/bin/sh", "-c", "seq 20000; echo end")
    assert user.until(b"end").split()[-1] == b"20000"
    assert user.child.wait(programs.LIMIT) == 0


def test_the_users_terminal_is_as_before(as_root, session):
    user = session("/bin/sh", "-c", "echo ready; exec sleep 60")
    user.until(b"ready")
    assert not termios.tcgetattr(user.inside)[3] & termios.ICANON, "it is not raw"
    user.child.terminate()
    user.child.wait(programs.LIMIT)
    assert termios.tcgetattr(user.inside) == user.before


def test_the_end_of_input_arrives(as_root, isolator):
    done = isolator("run", "--terminal", "--profile", "agent", "--", "/bin/cat", input="a line\n")
    assert done.returncode == 0
    assert done.stdout == "a line\na line\n"  # its echo, and what cat wrote


def test_a_descriptor_is_passed_by_number(as_root, plan, tmp_path):
    (tmp_path / "file").write_text("content\n")
    fd = os.open(tmp_path / "file", os.O_RDONLY)
    run = [plan.escapement.parent / "isolator", "run", "--profile", "agent"]
    try:
        for option, inside in ((f"{fd}", fd), (f"{fd}:9", 9)):
            os.lseek(fd, 0, os.SEEK_SET)
            done = subprocess.run([*run, "--fd", option, "--", "/bin/bash", "-c", f"cat <&{inside}"],
                                  pass_fds=[fd], capture_output=True, text=True)
            assert done.stdout == "content\n", done.stderr
        done = subprocess.run([*run, "--fd", "200", "--", "/bin/true"], capture_output=True, text=True)
        assert done.returncode == 125 and "200: no such descriptor is open" in done.stderr
    finally:
        os.close(fd)
