"""What people do by hand with chroot, unshare, nsenter, capsh, env, strace and mount, each done by the isolator: it can be taken away, and
then shows."""

import json
import os
import re
import subprocess
import time
from pathlib import Path

import pytest

import small_debian
from escapement import programs
from escapement.plugin import cannot_test

BARE = 'name = "bare"\n'
HOST_PROGRAMS = "\n".join(f'[[mounts]]\ntype = "bind"\nsource = "{d}"\ntarget = "{d}"\noptional = true'
                          for d in ("/usr", "/bin", "/lib", "/lib64"))
ENVIRONMENT = '[environment]\nPATH = "/usr/bin:/bin"\n'
ALONE = f"""name = "alone"
[root]
method = "pivot_root"
[namespaces]
new = ["user", "mount", "pid", "net", "ipc", "uts", "cgroup"]
{HOST_PROGRAMS}
[[mounts]]
type = "proc"
target = "/proc"
[[mounts]]
type = "dev"
target = "/dev"
{ENVIRONMENT}"""


DEBIAN = """name = "debian"
[root]
method = "pivot_root"
archive = "{archive}"
[namespaces]
new = ["user", "mount", "pid", "net", "ipc", "uts", "cgroup"]
[identity]
uid = 65534
gid = 65534
uid_map = ["0 1879048192 65536"]
gid_map = ["0 1879048192 65536"]
"""


@pytest.fixture
def sandbox(isolator, tmp_path):
    """Runs a shell script in a profile that is given as text."""

    def run(script, profile=ALONE, *settings, command="run", **options):
        path = tmp_path / "profile.toml"
        path.write_text(profile)
        words = [word for setting in settings for word in ("--set", setting)]
        program = ("--", "/bin/sh", "-c", script) if script is not None else ()
        return isolator(command, "--profile", path, *words, *program, **options)

    return run


def out(done):
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_chroot_to_a_directory_without_the_command(as_root, isolator, tmp_path):
    done = isolator("run", "--profile", "chroot", "--set", f'root.path="{tmp_path}"', "--", "/bin/bash")
    assert done.returncode == 127
    assert done.stderr.startswith("isolator: exec /bin/bash: No such file or directory\n")
    assert "there is no /bin/bash in the root" in done.stderr


def test_a_static_program_in_an_empty_root(as_root, isolator, build):
    program = build / "probes/chown-without-cap-chown"
    done = isolator("run", "--profile", "strict", "--set", f'mounts+={{type="bind",source="{program}",target="/program"}}',
                    "--", "/program", "--describe")
    assert json.loads(out(done))[0]["id"] == "chown-without-cap-chown"


@pytest.mark.parametrize("method, leaves_the_host", [("chroot", True), ("move", False), ("pivot_root", False)])
def test_the_ways_to_switch_the_root(as_root, sandbox, method, leaves_the_host):
    # As root with all capabilities, and no user namespace: out of a chroot by another chroot, while the directory stays open.
    escape = ("mkdir -p /tmp/x && /usr/bin/python3 -c 'import os; os.chroot(\"/tmp/x\"); [os.chdir(\"..\") for _ in range(64)];"
              " os.chroot(\".\"); print(os.path.exists(\"/etc/hostname\"))'")
    profile = f"""name = "switched"
[root]
method = "{method}"
[namespaces]
new = ["mount"]
{HOST_PROGRAMS}
[[mounts]]
type = "tmpfs"
target = "/tmp"
{ENVIRONMENT}"""
    assert Path("/etc/hostname").exists()
    assert out(sandbox(escape, profile)) == f"{leaves_the_host}\n"


def test_proc_sysfs_tmpfs_devpts_and_mqueue(as_root, sandbox):
    more = "".join(f'[[mounts]]\ntype = "{kind}"\ntarget = "/{kind}"\n' for kind in ("sysfs", "tmpfs", "devpts", "mqueue"))
    mounted = out(sandbox("while read -r _ _ _ _ point rest; do echo $point ${rest##* - }; done < /proc/self/mountinfo", ALONE + more))
    for point, kind in (("/proc", "proc"), ("/sysfs", "sysfs"), ("/tmpfs", "tmpfs"), ("/devpts", "devpts"), ("/mqueue", "mqueue")):
        assert re.search(rf"^{point} {kind} ", mounted, re.M), mounted
    assert "1" in out(sandbox("ls /proc", ALONE, 'mounts+={type="proc",target="/p",subset="pid"}')).split()
    assert "meminfo" not in out(sandbox("ls /p", ALONE, 'mounts+={type="proc",target="/p",subset="pid"}'))


@pytest.mark.parametrize("read_only", (True, False))
def test_a_bind_and_what_is_mounted_below(as_root, sandbox, tmp_path, read_only):
    below = tmp_path / "source/below"
    below.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", below], check=True)
    try:
        bind = f'mounts+={{type="bind",source="{tmp_path}/source",target="/bind",read_only={str(read_only).lower()}}}'
        sandbox("echo 1 > /bind/file; echo 1 > /bind/below/file", ALONE, bind)
        assert [(tmp_path / "source" / name).exists() for name in ("file", "below/file")] == [not read_only] * 2
    finally:
        subprocess.run(["umount", below], check=True)


@pytest.mark.parametrize("kind, file", [("user", "user"), ("mount", "mnt"), ("pid", "pid"), ("net", "net"), ("ipc", "ipc"),
                                        ("uts", "uts"), ("cgroup", "cgroup")])
def test_each_namespace_alone(as_root, sandbox, kind, file):
    shown = out(sandbox("for n in user mnt pid net ipc uts cgroup; do readlink /proc/self/ns/$n; done" if kind != "pid" else
                        "readlink /proc/self/ns/pid || echo pid:[new]", BARE + ENVIRONMENT, f'namespaces.new=["{kind}"]')).split()
    ours = {os.readlink(f"/proc/self/ns/{name}") for name in ("user", "mnt", "pid", "net", "ipc", "uts", "cgroup")}
    assert [name.split(":")[0] for name in shown if name not in ours] == [file]


def test_nsenter(as_root, plan, isolator, tmp_path):
    (tmp_path / "profile.toml").write_text(ALONE)
    running = subprocess.Popen([plan.escapement.with_name("isolator"), "run", "--profile", tmp_path / "profile.toml", "--set",
                                "process.hostname=inside", "--json", "--", "/bin/sh", "-c", "echo $$; exec sleep 60"],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert running.stdout.readline() == "1\n"
        pid = next(int(path.name) for path in Path("/proc").glob("[0-9]*") if is_first_inside(path, running.pid))
        path = ("--set", 'environment.PATH="/usr/bin:/bin"')
        done = isolator("enter", pid, *path, "--", "/bin/sh", "-c",
                        "cat /proc/sys/kernel/hostname; readlink /proc/1/exe; id -u; readlink /proc/self/ns/net; exit 6")
        assert (done.returncode, done.stderr) == (6, "")
        lines = done.stdout.split()
        assert lines[0] == "inside" and "sleep" in lines[1] or "coreutils" in lines[1]
        assert lines[2:] == ["0", os.readlink(f"/proc/{pid}/ns/net")]
        some = isolator("enter", pid, *path, "--namespaces", "uts", "--", "/bin/sh", "-c",
                        "cat /proc/sys/kernel/hostname; readlink /proc/self/ns/net")
        assert out(some).split() == ["inside", os.readlink("/proc/self/ns/net")]
        gone = isolator("enter", 4194304, "--", "/bin/true")
        assert gone.returncode == 125
        assert gone.stderr.startswith("isolator: namespaces pid 4194304: No such process\n")
    finally:
        running.terminate()
        running.wait(programs.LIMIT)


def is_first_inside(path, launcher):
    """Is it the first process of a PID namespace, below the launcher?"""
    try:
        status = (path / "status").read_text()
        if not re.search(r"^NSpid:\t\d+\t1$", status, re.M):
            return False
        parent = int(re.search(r"^PPid:\t(\d+)", status, re.M)[1])
        return parent == launcher or int(re.search(r"^PPid:\t(\d+)", Path(f"/proc/{parent}/status").read_text(), re.M)[1]) == launcher
    except (OSError, TypeError):
        return False


def test_what_is_new_is_shown(as_root, isolator, build):
    def facts(profile):  # with a program that is static in every build
        done = isolator("posture", "--profile", profile, "--program", build / "probes/chown-without-cap-chown", "--json")
        return json.loads(out(done))["posture"]

    assert facts("unshare")["namespace.pid"] == facts("unshare")["namespace.net"] == "new"
    assert facts("open")["namespace.pid"] == "shared"


def test_capsh_drop(as_root, sandbox):
    script = "touch /tmp/f && chown 1 /tmp/f && echo changed; grep CapEff /proc/self/status"
    profile = ALONE + '[[mounts]]\ntype = "tmpfs"\ntarget = "/tmp"\n[identity]\nuid_map = ["0 100000 10"]\ngid_map = ["0 100000 10"]\n'
    assert "changed" in sandbox(script, profile).stdout
    dropped = sandbox(script, profile, 'capabilities.keep=["*"]', 'capabilities.drop=["cap_chown"]')
    assert "changed" not in dropped.stdout
    assert int(re.search(r"CapEff:\t(\w+)", dropped.stdout)[1], 16) & 1 == 0


@pytest.mark.parametrize("settings, status", [
    ((), 0), (("seccomp.mode=strict",), 128 + 31), (('seccomp.default="allow"', 'seccomp.deny=["unshare"]'), 1),
    (("seccomp.mode=engine", "capabilities.keep=[]"), 1)], ids=("none", "strict", "list", "engine"))
def test_the_kinds_of_filter(as_root, isolator, settings, status):
    words = [word for setting in settings for word in ("--set", setting)]
    done = isolator("run", "--profile", "open", *words, "--", "/usr/bin/unshare", "--user", "true")
    assert done.returncode == status, done.stderr


def test_env(as_root, sandbox):
    done = sandbox("env", ALONE, 'environment.FOO="BAR"', env=dict(os.environ, SECRET="1"))
    assert set(out(done).split()) == {"FOO=BAR", "PATH=/usr/bin:/bin", "PWD=/"}


def test_strace(as_root, sandbox, isolator):
    plan = out(sandbox(None, ALONE, command="plan"))
    calls = [line.split(None, 1)[1] for line in plan.splitlines()]
    wanted = ["clone3(", "pivot_root(", "umount2(", "chdir(", "execve"]
    at = [next(i for i, call in enumerate(calls) if call.startswith(name)) for name in wanted]
    assert at == sorted(at)
    assert plan == out(sandbox(None, ALONE, command="plan")), "it cannot be compared"
    done = isolator("run", "--profile", "strict", "--trace", "--", "/no/such")
    assert done.returncode == 127
    traced = isolator("run", "--profile", "open", "--set", "namespaces.new=['cgroup']", "--trace", "--", "/bin/true")
    assert traced.returncode == 0 and "namespaces" in traced.stderr and "exec" in traced.stderr


def test_an_overlay_leaves_what_is_below(as_root, sandbox, tmp_path):
    (tmp_path / "lower").mkdir()
    (tmp_path / "lower/file").write_text("below\n")
    profile = f"""name = "overlay"
[root]
method = "pivot_root"
lower = ["{tmp_path}/lower"]
[namespaces]
new = ["mount"]
{HOST_PROGRAMS}
{ENVIRONMENT}"""
    assert out(sandbox("cat /file; echo changed > /file; cat /file", profile)) == "below\nchanged\n"
    assert (tmp_path / "lower/file").read_text() == "below\n"


@pytest.fixture(scope="module")
def debian(tmp_path_factory):
    """A root, packed without what the package of a name has."""
    if not small_debian.is_here():
        cannot_test("needs a Debian to pack")
    directory = tmp_path_factory.mktemp("debian")

    def packed(without=""):
        archive = directory / f"root{without}.tar"
        if not archive.exists():
            small_debian.pack(archive, without)
        return archive

    return packed


@pytest.fixture
def in_debian(isolator, tmp_path):
    def run(archive, script, *settings):
        (tmp_path / "profile.toml").write_text(DEBIAN.format(archive=archive) + ENVIRONMENT)
        words = [word for setting in settings for word in ("--set", setting)]
        return isolator("run", "--profile", tmp_path / "profile.toml", *words, "--", "bash", "-c", script)

    return run


def owner_and_mode(path):
    info = os.stat(path)
    return f"{path} {info.st_uid}:{info.st_gid} {info.st_mode & 0o7777:o}"


def test_a_debian_from_a_tarball(as_root, debian, in_debian):
    shown = out(in_debian(debian(), "ls -l /; id; cat /etc/debian_version"))
    assert re.search(r"^drwxrwxrwt +\d+ 0 0 .* tmp$", shown, re.M), shown
    assert re.search(r"^lrwxrwxrwx +\d+ 0 0 .* bin -> usr/bin$", shown, re.M) or not Path("/bin").is_symlink(), shown
    assert "uid=65534 gid=65534 groups=65534\n" in shown
    assert shown.endswith(Path("/etc/debian_version").read_text())


SPECIAL = ("/usr/bin/passwd", "/usr/bin/chage", "/tmp", "/var/local", "/usr/bin/bash")


def test_a_debian_keeps_owners_and_modes(as_root, debian, in_debian):
    listed = [owner_and_mode(path) for path in SPECIAL]
    assert {line.split()[2][0] for line in listed if len(line.split()[2]) == 4} == {"1", "2", "4"}, "none of them is special"
    ask = f"stat -c '%n %u:%g %a' {' '.join(SPECIAL)}"
    assert out(in_debian(debian(), ask)).splitlines() == listed
    everything_root = out(in_debian(debian(), ask, "root.keep_owners=false")).splitlines()
    assert [line.split()[1] for line in everything_root] == ["0:0"] * len(SPECIAL)
    few = in_debian(debian(), ask, 'identity.gid_map=["0 1879048192 1", "65534 1879048193 1"]')
    assert few.returncode == 125, "the group shadow is none of those inside"
    assert few.stderr.startswith(f"isolator: root {debian()}: usr/bin/chage: Invalid argument\n"), few.stderr
    assert "map its ids in identity.uid_map and gid_map" in few.stderr, few.stderr


@pytest.mark.parametrize("package, status, said", [
    ("libtinfo6", 127, "error while loading shared libraries: libtinfo.so.6"),
    ("bash", 127, "isolator: exec bash: No such file or directory"),
    ("coreutils", 127, "ls: command not found")])
def test_a_debian_with_a_package_less(as_root, debian, in_debian, package, status, said):
    done = in_debian(debian(package), "ls -l /; exit $?")
    assert (done.returncode, done.stdout) == (status, "")
    assert said in done.stderr


def test_an_archive_cut_short(as_root, debian, in_debian, tmp_path):
    (tmp_path / "cut.tar").write_bytes(debian().read_bytes()[:4_000_000])
    done = in_debian(tmp_path / "cut.tar", "true")
    assert done.returncode == 125
    assert done.stderr.startswith(f"isolator: root {tmp_path}/cut.tar"), done.stderr


def test_pids_max(as_root, sandbox):
    script = "i=0; while [ $i -lt 20 ]; do sleep 5 & i=$((i+1)); done; echo all"
    assert "all" in sandbox(script).stdout
    limited = sandbox(script, ALONE, "limits.pids=6")
    assert "all" not in limited.stdout and "fork" in limited.stderr.lower()


def test_a_memory_limit(as_root, sandbox):
    script = "/usr/bin/python3 -c 'b = bytearray(100 << 20); print(len(b))'"
    assert out(sandbox(script)) == f"{100 << 20}\n"
    assert sandbox(script, ALONE, 'limits.memory="32MiB"').returncode == 128 + 9


def test_a_processor_limit(as_root, sandbox):
    script = ("/usr/bin/python3 -c 'import time; w = time.monotonic(); c = time.process_time()\n"
              "while time.monotonic() - w < 1.5: pass\nprint((time.process_time() - c) / (time.monotonic() - w))'")
    share = float(out(sandbox(script, ALONE, "limits.cpu=0.1")))
    assert share < 0.3, "a tenth of a processor"


def test_a_device_that_is_not_its_own(as_root, sandbox):
    names = out(sandbox("ls /dev")).split()
    assert {"null", "zero", "full", "random", "urandom", "tty"} <= set(names)
    assert not [name for name in names if re.match(r"(sd|vd|nvme|loop|mem|kmem)", name)]
    assert out(sandbox("stat -c %t:%T /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty")).split() == [
        "1:3", "1:5", "1:7", "1:8", "1:9", "5:0"]


@pytest.mark.parametrize("option", ("noexec", "nosuid", "nodev"))
def test_options_of_a_mount(as_root, sandbox, option):
    for wanted in ("true", "false"):
        mount = f'mounts+={{type="tmpfs",target="/m",noexec=false,nosuid=false,nodev=false,{option}={wanted}}}'.replace(
            f"{option}=false,", "", 1)
        shown = out(sandbox("grep ' /m ' /proc/self/mountinfo", ALONE, mount))
        assert (option in shown.split()[5].split(",")) == (wanted == "true")


def test_nothing_is_left_of_a_sandbox_that_is_killed(as_root, plan, tmp_path):
    (tmp_path / "profile.toml").write_text(ALONE + "[limits]\npids = 20\n")

    def state():  # os.walk(), as others' cgroups come and go while it looks
        ours = f"escapement-{running.pid}-"
        return (Path("/proc/self/mountinfo").read_text(),
                sorted(top for top, _, _ in os.walk("/sys/fs/cgroup") if Path(top).name.startswith(ours)))

    for delay in (0.001, 0.005, 0.02, 0.1):
        running = subprocess.Popen([plan.escapement.with_name("isolator"), "run", "--profile", tmp_path / "profile.toml",
                                    "--", "/bin/sleep", "60"])
        before = state()[0]
        time.sleep(delay)
        running.kill()
        running.wait()
        deadline = time.monotonic() + programs.LIMIT
        while (left := state()) != (before, []):
            assert time.monotonic() < deadline, left
            time.sleep(0.01)
