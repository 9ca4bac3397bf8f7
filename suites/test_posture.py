"""`isolator posture`: what a profile asks for is what the kernel tells of the process, for every profile that ships."""

import json
import re
from pathlib import Path

import pytest

PROFILES = sorted((Path(__file__).parent / "profiles").glob("*.toml"))
ROOTLESS = [path.stem for path in PROFILES if "\nrootless" in path.read_text()]
AS_ROOT = [path.stem for path in PROFILES if path.stem not in ROOTLESS]


def has_mount_namespace(profile):
    new = re.search(r"^new *= *\[(.*)\]", (PROFILES[0].parent / f"{profile}.toml").read_text(), re.M)
    return new is not None and '"mount"' in new[1]


def ask(call, program, *args):
    done = call("posture", "--json", "--program", program, *args)
    return done, json.loads(done.stdout) if done.stdout.startswith("{") else done.stderr


@pytest.fixture(scope="module")
def program(build):
    """Static, so that it starts in any root."""
    return build / "probes/chown-without-cap-chown"


@pytest.mark.parametrize("profile", AS_ROOT)
def test_every_layer_is_there(as_root, isolator, program, profile):
    done, said = ask(isolator, program, "--profile", profile)
    assert done.returncode == 0, said
    assert said["profile"] == profile
    assert said["differences"] == []


@pytest.mark.parametrize("through", ["pool", "template"])
@pytest.mark.parametrize("profile", AS_ROOT)
def test_every_layer_is_there_by_the_faster_ways_too(as_root, isolator, program, profile, through):
    done, said = ask(isolator, program, "--profile", profile, "--through", through)
    if through == "template" and not has_mount_namespace(profile):
        assert done.returncode == 125
        assert json.loads(done.stderr)["error"]["message"].startswith("validate a template is of mounts")
        return
    assert done.returncode == 0, said
    assert said["differences"] == []
    assert said["posture"] == ask(isolator, program, "--profile", profile)[1]["posture"]


@pytest.mark.parametrize("profile", ROOTLESS)
def test_a_pool_takes_no_privilege(nobody, profile):
    program = nobody.escapement.parent.parent / "probes/chown-without-cap-chown"
    done, said = ask(lambda *args: nobody.call(nobody.isolator, *args), program, "--profile", profile,
                     "--through", "pool")
    assert done.returncode == 0, said
    assert said["differences"] == []


@pytest.mark.parametrize("profile", ROOTLESS)
def test_every_layer_is_there_without_privilege(nobody, profile):
    program = nobody.escapement.parent.parent / "probes/chown-without-cap-chown"
    done, said = ask(lambda *args: nobody.call(nobody.isolator, *args), program, "--profile", profile)
    assert done.returncode == 0, said
    assert said["differences"] == []
    assert said["posture"]["namespace.user"] == "new"


def test_facts_follow_the_profile(as_root, isolator, program):
    _, strict = ask(isolator, program, "--profile", "strict")
    _, less = ask(isolator, program, "--profile", "strict", "--set", "namespaces.new-=net", "--set", "limits.pids=77",
                  "--set", "capabilities.keep+=cap_kill", "--set", "root.read_only=false")
    changed = {fact for fact in strict["posture"] if strict["posture"][fact] != less["posture"].get(fact)}
    changed.discard("network.addresses")  # the host's, if it has any
    assert changed == {"namespace.net", "limits.pids", "mount /", "capabilities.bounding", "capabilities.permitted",
                       "capabilities.effective", "capabilities.inheritable", "capabilities.ambient"}
    assert strict["posture"]["capabilities.effective"] == "none"
    assert less["posture"]["limits.pids"] == "77"


def test_the_command_never_runs(as_root, isolator, tmp_path):
    done = isolator("posture", "--profile", "open", "--", "/bin/touch", tmp_path / "touched")
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "touched").exists()
    assert "open: every layer that can be seen is there.\n" in done.stdout


def test_what_cannot_be_built_has_no_posture(as_root, isolator):
    done = isolator("posture", "--profile", "strict", "--", "/no/such/program")
    assert (done.returncode, done.stdout) == (127, "")
    assert done.stderr.startswith("isolator: exec /no/such/program: No such file or directory\n")
