"""`strict` with one layer taken out: exactly the attack that the layer holds gets out, and CI turns red.

By --set, and by an edit of the file, as somebody would make it by mistake.
"""

from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Weakening:
    layer: str
    settings: tuple[str, ...]
    edits: tuple[tuple[str, str], ...]  # in the text of strict.toml
    probe: str
    guarantee: str


WEAKENINGS = (
    Weakening("pid namespace", ("namespaces.new-=pid",), (('"mount", "pid", "net"', '"mount", "net"'),),
              "kill-outside-pid", "process.signal"),
    Weakening("network namespace", ("namespaces.new-=net",), (('"pid", "net", "ipc"', '"pid", "ipc"'),),
              "list-host-interfaces", "network.interfaces"),
    Weakening("limit of tasks", ("limits.pids=max",), (("pids   = 32\n", ""),), "fork-bomb", "limits.pids"),
    Weakening("limit of memory", ("limits.memory=max",), (('memory = "64MiB"\n', ""),), "memory-hog", "limits.memory"),
    Weakening("drop of CAP_CHOWN", ("capabilities.keep+=cap_chown",), (("keep = []", 'keep = ["cap_chown"]'),),
              "chown-without-cap-chown", "credentials.chown"),
    Weakening("pivot_root", ("root.method=chroot", "capabilities.keep+=cap_sys_chroot"),
              (('"pivot_root"', '"chroot"'), ("keep = []", 'keep = ["cap_sys_chroot"]')),
              "chroot-double-escape", "filesystem.root"),
)
each = pytest.mark.parametrize("weakening", WEAKENINGS, ids=lambda w: w.layer.replace(" ", "-"))


def assert_only_it_escapes(answer, weakening):
    results = answer.run("strict")
    escaped = {probe for probe, result in results.items() if result["outcome"] == "fail"}
    assert escaped & {each.probe for each in WEAKENINGS} == {weakening.probe}
    assert results[weakening.probe]["guarantee"] == weakening.guarantee
    assert answer.status == 1


@each
def test_by_a_setting(ask, as_root, weakening):
    settings = [word for setting in weakening.settings for word in ("--set", setting)]
    assert_only_it_escapes(ask("--profile", "strict", *settings), weakening)


@each
def test_by_an_edit_of_the_file(ask, as_root, build, tmp_path, weakening):
    text = (build / "share/escapement/profiles/strict.toml").read_text()
    for old, new in weakening.edits:
        assert text.count(old) == 1, f"strict.toml has changed: {old}"
        text = text.replace(old, new)
    profile = tmp_path / "strict.toml"
    profile.write_text(text)
    assert_only_it_escapes(ask("--profile", profile), weakening)
