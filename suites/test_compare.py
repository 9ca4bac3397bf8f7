"""`escapement compare` and `run --baseline`: ten regressions that were planted, each found and named; and of repeated runs, silence."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import jsonschema
import pytest

from escapement import programs

# Twenty launches a profile, from which on times are judged, and more.
ATTACKS = ("--class", "process", "--class", "limits")
LADDER = ("--profile", "open", "--profile", "strict", *ATTACKS)
FEW = ("--probe", "kill-outside-pid", "--probe", "chroot-double-escape")
SCHEMA = json.loads((programs.SOURCE / "docs" / "report.schema.json").read_text())
LATER_MEMBERS_MISSING = programs.SOURCE / "harness" / "testdata" / "report-without-later-members.json"


class Compared:
    def __init__(self, done):
        assert done.stdout.startswith("{"), done.stderr
        self.status = done.returncode
        self.all = json.loads(done.stdout)["comparison"]
        jsonschema.validate(self.all, SCHEMA["$defs"]["comparison"] | {"$defs": SCHEMA["$defs"]})

    def worse(self, change: str) -> list[dict]:
        return [one for one in self.all["worse"] if one["change"] == change]


@pytest.fixture(scope="module")
def compare(escapement, tmp_path_factory):
    """Compares two reports that are dicts, with the arguments after them."""
    directory = tmp_path_factory.mktemp("compare")

    def run(base: dict, now: dict, *args) -> Compared:
        files = [directory / "base.json", directory / "now.json"]
        for file, report in zip(files, (base, now)):
            file.write_text(json.dumps(report))
        return Compared(escapement("compare", *files, *args, "--format", "json"))

    return run


@pytest.fixture(scope="module")
def base(as_root, ask) -> dict:
    report = ask(*LADDER).report
    assert all(len(run["results"]) >= 20 for run in report["runs"])
    return report


@pytest.fixture(scope="module")
def few(as_root, ask) -> dict:
    return ask("--profile", "open", "--profile", "strict", *FEW).report


@pytest.fixture
def now(base) -> dict:
    """To plant something in."""
    return copy.deepcopy(base)


def results(report: dict, profile: str) -> list[dict]:
    return next(run["results"] for run in report["runs"] if run["profile"] == profile)


def contained(report: dict, profile: str = "strict") -> dict:
    return next(result for result in results(report, profile) if result["verdict"] == "contained" and result["claimed"])


def test_1_a_layer_that_is_lost(compare, few, ask):
    now = ask("--profile", "open", "--profile", "strict", *FEW, "--set", "namespaces.new-=pid").report
    for run in now["runs"]:
        run["profile"] = run["profile"].split(" ")[0]  # as if it were so in the file
    found = compare(few, now)
    assert found.status == 1
    assert [(one["profile"], one["what"]) for one in found.worse("layer-lost")] == [("strict", "pid")]
    [escaped] = found.worse("escaped")
    assert (escaped["profile"], escaped["probe"], escaped["was"], escaped["is"]) == (
        "strict", "kill-outside-pid", "contained", "escaped")


def test_2_a_probe_that_is_lost(compare, few, ask):
    found = compare(few, ask("--profile", "open", "--profile", "strict", *FEW[:2]).report)
    assert found.status == 1
    assert {(one["profile"], one["probe"]) for one in found.all["worse"]} == {
        (profile, "chroot-double-escape") for profile in ("open", "strict")}
    assert len(found.worse("probe-lost")) == 2


def test_3_a_claim_that_is_lost(compare, few, ask, build, tmp_path):
    text = (build / "share/escapement/profiles/strict.toml").read_text()
    assert '"process.*"' in text
    (tmp_path / "strict.toml").write_text(text.replace('"process.*", ', ''))
    found = compare(few, ask("--profile", "open", "--profile", tmp_path / "strict.toml", *FEW).report)
    assert found.status == 1
    [lost] = found.all["worse"]
    assert (lost["change"], lost["profile"], lost["probe"]) == ("claim-lost", "strict", "kill-outside-pid")
    assert (lost["was"], lost["is"]) == ("contained, claimed", "contained, not claimed")


def test_4_a_setting_that_lets_more_through(compare, as_root, plan):
    """The ports of a network namespace are its own, so this touches no setting of the host."""
    def run(first_port: int) -> dict:
        script = f'echo {first_port} > /proc/sys/net/ipv4/ip_unprivileged_port_start && exec "$@"'
        done = programs.call(Path("unshare"), "--net", "sh", "-c", script, "sh", plan.escapement, "run", "--profile", "open",
                             "--probe", "chroot-double-escape", "--format", "json")
        assert done.stdout.startswith("{"), done.stderr
        return json.loads(done.stdout)

    strict, loose = run(1024), run(80)
    found = compare(strict, loose)
    assert found.status == 1
    [setting] = found.all["worse"]
    assert (setting["change"], setting["what"]) == ("sysctl-loosened", "net.ipv4.ip_unprivileged_port_start")
    assert (setting["was"], setting["is"]) == ("1024", "80")
    back = compare(loose, strict)
    assert (back.status, [one["what"] for one in back.all["better"]]) == (0, ["net.ipv4.ip_unprivileged_port_start"])


@pytest.mark.parametrize("factor, args, status", ((3, (), 1), (2.5, (), 0), (2.5, ("--time-factor", 2), 1)))
def test_5_a_launch_that_takes_longer(compare, base, now, factor, args, status):
    for result in results(now, "strict"):
        result["time_us"]["launch"] = int(result["time_us"]["launch"] * factor + 1)
    found = compare(base, now, *args)
    assert found.status == status
    assert [(one["profile"], one["what"]) for one in found.worse("slower")] == [("strict", "p50")] * status
    assert len(found.all["worse"]) == status


def test_6_a_control_that_does_not_fire(compare, base, now):
    cell = contained(now)
    cell["control"].update(verdict="contained", reason="kill(4711, SIGURG): EPERM")
    cell.update(verdict="not-testable", outcome="skip", reason="the control did not escape")
    found = compare(base, now)
    assert found.status == 1
    [lost] = found.all["worse"]
    assert (lost["change"], lost["probe"], lost["is"]) == ("control-lost", cell["probe"], "not-testable")
    assert "kill(4711, SIGURG): EPERM" in lost["reason"]


def test_7_a_profile_that_is_lost(compare, base, now, ask):
    found = compare(base, ask("--profile", "open", *ATTACKS).report)
    assert found.status == 1
    [lost] = found.all["worse"]
    assert (lost["change"], lost["profile"]) == ("profile-lost", "strict")
    now["runs"] = [run for run in now["runs"] if run["profile"] != "strict"]
    now["left_out"] = [{"profile": "strict", "reason": "mount: EPERM"}]
    [left_out] = compare(base, now).worse("profile-lost")
    assert (left_out["is"], left_out["reason"]) == ("left out", "mount: EPERM")


def test_8_a_probe_that_is_broken(compare, few, ask, build):
    """A fake that says nothing, once as a probe that came new, once in the place of one that was there."""
    answer = ask("--profile", "open", "--profile", "strict", *FEW, "--probe-dir", build / "probes-testing", "--probe", "mute")
    found = compare(few, answer.report)
    assert found.status == 1
    assert {(one["change"], one["profile"], one["probe"]) for one in found.all["worse"]} == {
        ("broken", profile, "mute") for profile in ("open", "strict")}
    now = copy.deepcopy(few)
    fake = next(result for result in results(answer.report, "strict") if result["probe"] == "mute")
    cells = results(now, "strict")
    cells[0] = fake | {"probe": cells[0]["probe"]}
    [broken] = compare(few, now).all["worse"]
    assert (broken["change"], broken["probe"], broken["is"]) == ("broken", cells[0]["probe"], "broken")
    assert "without a claim" in broken["reason"]


def test_9_a_cell_that_is_not_testable_any_more(compare, base, now):
    cell = contained(now)
    cell.update(verdict="not-testable", outcome="skip", reason="needs a victim")
    found = compare(base, now)
    assert found.status == 1
    [lost] = found.all["worse"]
    assert (lost["change"], lost["profile"], lost["probe"], lost["reason"]) == (
        "not-testable", "strict", cell["probe"], "needs a victim")


def test_10_a_host_that_was_changed(compare, base, now):
    now["host_changed"] = ["the host name: a, then b"]
    found = compare(base, now)
    assert found.status == 1
    [changed] = found.all["worse"]
    assert (changed["change"], changed["what"]) == ("host-changed", "the host name: a, then b")
    assert compare(now, base).status == 0


@pytest.mark.parametrize("nth", range(1, 11))
def test_a_repeated_run_is_not_worse(compare, base, ask, nth):
    found = compare(base, ask(*LADDER).report)
    assert found.all["worse"] == []
    assert found.status == 0
    [strict] = found.all["launch"]
    assert strict["trend"] != "not-judged"


def test_a_report_that_lacks_what_came_later(compare, escapement):
    done = escapement("compare", LATER_MEMBERS_MISSING, LATER_MEMBERS_MISSING)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Settings of the kernel are not compared: the base does not tell them." in done.stdout


def test_other_kernels_are_named(escapement, base, now, tmp_path):
    now["host"]["kernel"] = "99.1"
    cell = contained(now)
    cell.update(verdict="not-testable", outcome="skip")
    for name, report in (("base", base), ("now", now)):
        (tmp_path / name).write_text(json.dumps(report))
    done = escapement("compare", tmp_path / "base", tmp_path / "now")
    assert done.returncode == 1
    assert "The kernels differ." in done.stdout
    section = done.stdout.split("Verdicts that differ between the kernels (1)\n")[1]
    assert section.splitlines()[0].split()[:2] == [cell["probe"], "contained"]
    assert max(map(len, done.stdout.splitlines())) <= 120


WAIVER = """
[[waive]]
change  = "not-testable"
profile = "str*"
probe   = "{probe}"
reason  = "the runner has no victims"
expires = {expires}
"""


@pytest.mark.parametrize("probe, expires, status, kind", (
    ("*", "2999-01-01", 0, "waived"), ("*", "2020-01-01", 1, "expired_waivers"), ("no-such", "2999-01-01", 1, "unused_waivers")))
def test_waivers(compare, base, now, tmp_path, probe, expires, status, kind):
    contained(now).update(verdict="not-testable", outcome="skip")
    (tmp_path / "w.toml").write_text(WAIVER.format(probe=probe, expires=expires))
    found = compare(base, now, "--waivers", tmp_path / "w.toml")
    assert found.status == status
    counts = {key: len(found.all[key]) for key in ("waived", "expired_waivers", "unused_waivers")}
    assert counts == dict.fromkeys(counts, 0) | {kind: 1}
    assert len(found.all["worse"]) == (kind != "waived")


def test_an_expired_waiver_is_named(escapement, base, tmp_path):
    (tmp_path / "r.json").write_text(json.dumps(base))
    (tmp_path / "w.toml").write_text(WAIVER.format(probe="*", expires="2020-01-01"))
    done = escapement("compare", tmp_path / "r.json", tmp_path / "r.json", "--waivers", tmp_path / "w.toml")
    assert done.returncode == 1
    assert f"{tmp_path / 'w.toml'}:2:1" in done.stdout
    assert "1 waiver has expired." in done.stdout


def one_clear_line(done, *words: str) -> None:
    assert (done.returncode, done.stdout) == (2, "")
    [line] = done.stderr.splitlines()
    assert line.startswith("escapement: ")
    for word in words:
        assert word in line


@pytest.mark.parametrize("text, words", (
    ("", ("line 1, column 1",)), ("[]", ("no member \"schema\"",)), ('{"schema": 2}', ("schema: this is version 2; expected 1",)),
    ('{"schema": 1}', ("runs: is missing",)), ('{"schema": 1, "runs": []}', ("host: is missing",)), (None, ("cannot open",))))
def test_what_is_no_report(escapement, tmp_path, text, words):
    bad = tmp_path / "bad.json"
    if text is not None:
        bad.write_text(text)
    for args in ((bad, LATER_MEMBERS_MISSING), (LATER_MEMBERS_MISSING, bad)):
        one_clear_line(escapement("compare", *args), str(bad), *words)
    one_clear_line(escapement("run", "--profile", "open", *FEW, "--baseline", bad), str(bad), *words)


def test_the_member_at_fault_is_named(escapement, now, tmp_path):
    results(now, "strict")[1]["control"]["verdict"] = "fine"
    (tmp_path / "r.json").write_text(json.dumps(now))
    done = escapement("compare", tmp_path / "r.json", tmp_path / "r.json")
    one_clear_line(done, 'runs[1].results[1].control.verdict: "fine" is none of its words')


def test_waivers_that_cannot_be_read(escapement, tmp_path):
    bad = tmp_path / "w.toml"
    bad.write_text(WAIVER.format(probe="*", expires='"soon"'))
    both = (LATER_MEMBERS_MISSING, LATER_MEMBERS_MISSING)
    one_clear_line(escapement("compare", *both, "--waivers", bad), f"{bad}:7:11: expires: ", "expected a date")
    one_clear_line(escapement("compare", *both, "--waivers", tmp_path / "no-such"), "cannot open")
    one_clear_line(escapement("run", *FEW, "--waivers", bad), "--baseline FILE")


@pytest.mark.parametrize("args", ((), (LATER_MEMBERS_MISSING,), (LATER_MEMBERS_MISSING,) * 3,
                                  (*(LATER_MEMBERS_MISSING,) * 2, "--format", "junit"),
                                  (*(LATER_MEMBERS_MISSING,) * 2, "--time-factor", "0.5")))
def test_bad_usage(escapement, args):
    done = escapement("compare", *args)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr


def test_markdown(escapement, base, now, tmp_path):
    cell = contained(now)
    cell.update(verdict="escaped", outcome="fail")
    for name, report in (("base", base), ("now", now)):
        (tmp_path / name).write_text(json.dumps(report))
    done = escapement("compare", tmp_path / "base", tmp_path / "now", "--format", "markdown", "--output", tmp_path / "out.md")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    text = (tmp_path / "out.md").read_text()
    assert text.startswith("### ❌ 1 change is worse: 1 escaped\n")
    assert f"| escaped | strict | {cell['probe']} | contained → escaped |" in text


@pytest.fixture(scope="module")
def baseline(few, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("baseline") / "base.json"
    path.write_text(json.dumps(few))
    return path


def test_run_against_a_baseline(ask, escapement, baseline):
    profiles = ("--profile", "open", "--profile", "strict")
    answer = ask(*profiles, *FEW, "--baseline", baseline)
    assert answer.status == 0
    jsonschema.validate(answer.report, SCHEMA)
    assert answer.report["comparison"]["worse"] == []
    assert answer.report["comparison"]["cells"] == 4

    worse = ask(*profiles, *FEW[:2], "--baseline", baseline)
    assert worse.status == 1
    assert {one["change"] for one in worse.report["comparison"]["worse"]} == {"probe-lost"}


def test_run_prints_the_comparison_under_the_report(escapement, baseline):
    done = escapement("run", "--profile", "open", *FEW, "--baseline", baseline)
    assert done.returncode == 1
    report, comparison = done.stdout.split("\n2 cells compared.\n")
    assert "kill-outside-pid" in report
    assert "A profile is not run any more (1)\n  strict  2 cells → gone" in comparison
    assert comparison.endswith("1 change is worse: 1 profile-lost.\n")
    markdown = escapement("run", "--profile", "open", *FEW, "--baseline", baseline, "--format", "markdown")
    assert markdown.returncode == 1
    assert "\n### ❌ 1 change is worse: 1 profile-lost\n" in markdown.stdout


def test_a_report_with_its_comparison_is_a_baseline_too(ask, baseline, tmp_path, escapement):
    answer = ask("--profile", "open", "--profile", "strict", *FEW, "--baseline", baseline)
    (tmp_path / "next.json").write_text(json.dumps(answer.report))
    assert escapement("compare", tmp_path / "next.json", tmp_path / "next.json").returncode == 0


def test_what_is_worse_and_waived_does_not_end_a_run_with_1(ask, baseline, tmp_path):
    (tmp_path / "w.toml").write_text('[[waive]]\nchange = "profile-lost"\nprofile = "strict"\n'
                                     'reason = "not here"\nexpires = 2999-01-01\n')
    answer = ask("--profile", "open", *FEW, "--baseline", baseline, "--waivers", tmp_path / "w.toml")
    assert answer.status == 0
    [waived] = answer.report["comparison"]["waived"]
    assert waived["waiver"]["reason"] == "not here"


def test_junit_has_no_place_for_it(escapement, baseline):
    one_clear_line(escapement("run", *FEW, "--baseline", baseline, "--format", "junit"), "junit")
