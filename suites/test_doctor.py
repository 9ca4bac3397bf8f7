"""`isolator doctor` tells what is missing by trying, what to do about it, and leaves nothing behind, killed or not."""

import json
import subprocess
import time

import pytest

from escapement import programs, remains

NAMES = ("process.clone3", "namespace.user", "mount.api", "landlock", "seccomp.filter", "cgroup.pids", "profile.strict")


def rows_of(done) -> dict[str, dict]:
    return {row["name"]: row for row in json.loads(done.stdout)["features"]}


def test_the_table_and_the_json_say_the_same(isolator):
    table, told = isolator("doctor"), isolator("doctor", "--json")
    rows = rows_of(told)
    assert set(NAMES) <= set(rows)
    assert table.returncode == told.returncode == (0 if json.loads(told.stdout)["ready"] else 1), table.stderr
    lines = [line for line in table.stdout.splitlines() if "  ok  " in line or "  missing  " in line]
    shown = {line.lstrip("! ").split()[0]: line for line in lines}
    assert set(shown) == set(rows)
    for name, row in rows.items():
        assert ("  ok  " in shown[name]) == row["available"], shown[name]
        assert shown[name].startswith("!") == (row["needed"] and not row["available"])
        assert row["remedy"] == "" or f"\n  {row['remedy']}\n" in table.stdout


def test_it_agrees_with_what_can_be_built(isolator, whole_ladder):
    rows = rows_of(isolator("doctor", "--json"))
    left_out = {one["profile"] for one in whole_ladder.report["left_out"]}
    for run in whole_ladder.report["runs"]:
        assert rows[f"profile.{run['profile']}"]["available"]
    for name in left_out:
        assert not rows[f"profile.{name}"]["available"]


def test_of_a_profile_it_tells_what_that_one_needs(isolator, nobody):
    good = nobody.call(nobody.isolator, "doctor", "--profile", "rootless", "--json")
    assert good.returncode == 0, good.stdout
    assert json.loads(good.stdout)["profile"] == "rootless"
    assert "cgroup.pids" not in rows_of(good)
    bad = nobody.call(nobody.isolator, "doctor", "--profile", "open", "--set", "root.method=chroot")
    assert bad.returncode == 1
    assert bad.stdout.endswith("open cannot be built here: sandbox.\n")
    assert "CAP_SYS_CHROOT" in bad.stdout


def test_a_setting_counts(isolator):
    done = isolator("doctor", "--json", "--profile", "open", "--set", "root.path=/no/such", "--set", "root.method=chroot")
    assert done.returncode == 1
    assert "/no/such" in rows_of(done)["sandbox"]["detail"]


@pytest.mark.parametrize("args", (("--profile", "no-such"), ("--set", "limits.pids=3"), ("--no-such",)))
def test_bad_usage_is_2(isolator, args):
    done = isolator("doctor", *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr


def test_killed_it_leaves_nothing(as_root, build, tmp_path):
    copy = tmp_path / "build"
    remains.copy_of(build, copy)
    (tmp_path / "tmp").mkdir()
    host = remains.Host.of(copy, tmp_path / "tmp")
    for moment in range(20):
        doctor = subprocess.Popen([copy / "bin/isolator", "doctor"], stdout=subprocess.DEVNULL,
                                  env=programs.environment(TMPDIR=str(host.temporary)))
        time.sleep(moment / 20)
        doctor.kill()
        doctor.wait()
    assert host.remains(30) == []
