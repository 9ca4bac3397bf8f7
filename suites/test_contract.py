"""What scripts and CI build on: exit codes, formats, and what goes to which stream."""

import json
import xml.etree.ElementTree as ElementTree

import jsonschema
import pytest

from escapement import programs

QUICK = ("--profile", "open", "--probe", "kill-outside-pid")
MALFORMED = {
    "unknown-key.toml": ('name = "x"\n[limits]\npid = 3\n', "3:"),
    "wrong-type.toml": ('name = "x"\n[limits]\npids = [1]\n', "3:"),
    "no-toml.toml": ('name = "x"\n[root\n', "2:"),
    "unknown-claim.toml": ('name = "x"\nclaims = ["process.sing"]\n', "process.sing"),
    "nameless.toml": ('summary = "x"\n', "name"),
}


@pytest.fixture(scope="module")
def tested(as_root, ask):
    """Two profiles, all probes, and no claim that fails."""
    return ask("--profile", "strict", "--profile", "container")


@pytest.fixture(scope="module")
def undecided(build):
    """A probe that never reaches a decision."""
    return "--probes", build / "probes-testing", "--probe", "undecided"


@pytest.mark.parametrize("args, word", [
    (("run", "--probe", "no-such"), "no-such"),
    (("run", "--profile", "no-such"), "no-such"),
    (("run", "--profile", "./no-such.toml"), "no-such.toml"),
    (("run", "--target", "no-such"), "no-such"),
    (("run", "--class", "no-such"), "no-such"),
    (("run", "--format", "no-such"), "no-such"),
    (("run", "--report", "no-such=file"), "no-such"),
    (("run", "--report", "json"), "json: expected FORMAT=FILE"),
    (("run", "--report", "json="), "json=: expected FORMAT=FILE"),
    (("run", "--profile", "open", "--set", "limits.pid=3"), "limits.pid"),
    (("list", "no-such"), "no-such"),
    (("list", "probes", "--format", "no-such"), "no-such"),
    (("explain", "no-such"), "no-such"),
])
def test_bad_usage_is_2_and_one_clear_line(escapement, args, word):
    done = escapement(*args)
    assert done.returncode == 2
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert line.startswith("escapement: ")
    assert word in line


@pytest.mark.parametrize("args", [(), ("no-such",), ("run", "--no-such"), ("run", "-j", "many"), ("list",), ("explain",)])
def test_bad_arguments_are_2(escapement, args):
    done = escapement(*args)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr


@pytest.mark.parametrize("file", MALFORMED)
def test_a_malformed_profile_is_2_and_says_where(escapement, tmp_path, file):
    text, where = MALFORMED[file]
    (tmp_path / file).write_text(text)
    done = escapement("run", "--profile", tmp_path / file)
    assert done.returncode == 2
    assert done.stdout == ""
    [line] = done.stderr.splitlines()
    assert line.startswith(f"escapement: {tmp_path / file}:")
    assert where in line


def test_holds_is_0(tested):
    assert tested.status == 0
    assert tested.said == ""


def test_a_refuted_claim_is_1(escapement, tmp_path):
    profile = tmp_path / "lost.toml"
    profile.write_text('name = "lost"\nclaims = ["process.signal"]\n')
    assert escapement("run", "--profile", profile, "--probe", "kill-outside-pid").returncode == 1


def test_not_testable_is_0_and_3_where_it_must_be(escapement, undecided):
    args = ("run", "--profile", "open", *undecided)
    assert escapement(*args).returncode == 0
    assert escapement(*args, "--must-test").returncode == 3
    assert escapement(*args, env={"ESCAPEMENT_MUST_WORK": "1"}).returncode == 3
    assert escapement(*args, env={"ESCAPEMENT_MUST_WORK": "0"}).returncode == 0


def test_broken_is_3(escapement, build):
    done = escapement("run", "--profile", "open", "--probes", build / "probes-testing", "--probe", "mute")
    assert done.returncode == 3


def test_a_report_that_cannot_be_written_is_3(escapement, tmp_path):
    done = escapement("run", *QUICK, "--output", tmp_path / "missing" / "report")
    assert done.returncode == 3
    assert "cannot write" in done.stderr


def test_json_is_as_the_schema_says(tested, plan):
    schema = json.loads((programs.SOURCE / "docs" / "report.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(tested.report, schema)
    assert [run["profile"] for run in tested.report["runs"]] == ["strict", "container"]
    for run in tested.report["runs"]:
        assert {result["probe"] for result in run["results"]} == set(plan.probes)


def test_junit_has_a_case_for_each_pair(escapement, as_root):
    done = escapement("run", "--profile", "strict", "--profile", "open", "--class", "process", "--class", "network",
                      "--format", "junit")
    suites = ElementTree.fromstring(done.stdout)
    cases = {(case.get("classname"), case.get("name")) for case in suites.iter("testcase")}
    listed = json.loads(escapement("list", "probes", "--format", "json").stdout)
    assert cases == {(f"{profile}.{probe['class']}", probe["id"]) for profile in ("strict", "open")
                     for probe in listed if probe["class"] in ("process", "network")}
    assert suites.get("failures") == "0" and suites.get("errors") == "0"


def test_markdown_begins_with_the_conclusion_and_has_a_table(escapement):
    text = escapement("run", *QUICK, "--format", "markdown").stdout
    assert "kill-outside-pid" in text
    assert any(set(line) <= set("|-: ") and "---" in line for line in text.splitlines()), text
    assert "\033" not in text


@pytest.mark.parametrize("form", ("table", "json", "junit", "markdown"))
def test_output_goes_into_the_file_alone(escapement, tmp_path, form):
    file = tmp_path / "report"
    done = escapement("run", *QUICK, "--format", form, "--output", file)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert "kill-outside-pid" in file.read_text()


def test_one_run_is_drawn_in_several_formats(escapement, tmp_path):
    files = {form: tmp_path / form for form in ("json", "junit", "markdown")}
    more = [word for form, file in files.items() for word in ("--report", f"{form}={file}")]
    done = escapement("run", *QUICK, *more)
    assert (done.returncode, done.stderr) == (0, "")
    assert "kill-outside-pid" in done.stdout and not done.stdout.startswith("{")
    [run, *_] = json.loads(files["json"].read_text())["runs"]
    reason = run["results"][0]["reason"]  # with the number of a victim that another run would not have
    assert reason in done.stdout
    assert ElementTree.parse(files["junit"]).getroot().tag == "testsuites"
    assert files["markdown"].read_text().count("kill-outside-pid") >= 1


@pytest.mark.parametrize("what, some", [
    ("probes", "kill-outside-pid"), ("profiles", "strict"), ("guarantees", "process.signal"), ("targets", "isolator")])
def test_lists(escapement, what, some):
    objects = json.loads(escapement("list", what, "--format", "json").stdout)
    ids = [thing["id"] for thing in objects]
    assert some in ids and len(ids) == len(set(ids))
    heading, *rows = escapement("list", what).stdout.splitlines()
    assert heading.split()[0] == "id"
    assert [row.split()[0] for row in rows] == ids


def test_targets_tell_whether_they_are_there(escapement):
    for target in json.loads(escapement("list", "targets", "--format", "json").stdout):
        assert target["available"] is True or target["reason"]


def test_explains_every_probe(escapement):
    for probe in json.loads(escapement("list", "probes", "--format", "json").stdout):
        told = json.loads(escapement("explain", probe["id"], "--format", "json").stdout)
        assert told == probe
        text = escapement("explain", probe["id"]).stdout
        assert text.startswith(probe["id"])
        for part in ("technique", "opening", "remedy"):
            assert f"\n  {part} " in text and told[part]
