"""The catalogue: its pages are as they would be written, and probes and guarantees know each other."""

from __future__ import annotations

import json
import subprocess

from escapement import programs


def test_the_pages_are_not_stale(plan):
    done = subprocess.run([programs.SOURCE / "docs/write-catalogue", "--check", plan.escapement], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, f"{done.stdout}{done.stderr}run docs/write-catalogue {plan.escapement}"


def test_a_stale_page_is_noticed(plan, tmp_path):
    script = tmp_path / "docs/write-catalogue"
    script.parent.mkdir()
    script.write_bytes((programs.SOURCE / "docs/write-catalogue").read_bytes())
    script.chmod(0o755)
    subprocess.run([script, plan.escapement], check=True)
    page = script.parent / "probes/fork-bomb.md"
    page.write_text(page.read_text().replace("fork", "spoon"))
    (script.parent / "probes/no-such-probe.md").write_text("")
    done = subprocess.run([script, "--check", plan.escapement], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.splitlines() == ["docs/probes/fork-bomb.md is not what docs/write-catalogue writes",
                                        "docs/probes/no-such-probe.md is not what docs/write-catalogue writes"]


def test_every_probe_attacks_a_guarantee_and_every_guarantee_is_attacked(escapement):
    probes = json.loads(escapement("list", "probes", "--format", "json").stdout)
    guarantees = json.loads(escapement("list", "guarantees", "--format", "json").stdout)
    assert {probe["guarantee"] for probe in probes} == {guarantee["id"] for guarantee in guarantees}
