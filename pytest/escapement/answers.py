"""A report of `escapement run` as a test asks it: what held, what got out, and how we know. It decides no verdict."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from escapement import message


@dataclass(frozen=True, repr=False)
class Attack:
    """What became of one probe in one sandbox."""

    target: str
    profile: str
    result: dict
    remedy: str = ""

    @property
    def probe(self) -> str:
        return self.result["probe"]

    @property
    def guarantee(self) -> str:
        return self.result["guarantee"]

    @property
    def verdict(self) -> str:
        return self.result["verdict"]

    @property
    def contained(self) -> bool:
        return self.verdict == "contained"

    @property
    def escaped(self) -> bool:
        return self.verdict == "escaped"

    @property
    def absent(self) -> bool:
        """There is nothing to attack: this kernel has no such thing, or this sandbox."""
        return self.verdict == "not-testable" and self.result.get("absent", False)

    @property
    def claimed(self) -> bool:
        return self.result["claimed"]

    @property
    def reason(self) -> str:
        return self.result["reason"]

    @property
    def steps(self) -> list[tuple[str, str]]:
        """Each call of the probe, and the answer of the kernel."""
        return [(step["call"], step["result"]) for step in self.result["steps"]]

    @property
    def witness(self) -> str:
        """What was seen from outside."""
        return self.result["witness"]["observed"]

    @property
    def control(self) -> str:
        """What the same attack came to in the same run with the defence taken away."""
        return self.result["control"]["verdict"]

    @property
    def sandbox(self) -> str:
        return f"{self.target} {self.profile}"

    def explain(self) -> str:
        """The whole evidence, some ten lines."""
        return message.explain(self.sandbox, self.result, self.remedy)

    def __repr__(self) -> str:
        return f"<{self.probe} in {self.sandbox}: {self.verdict}>"

    def __str__(self) -> str:
        return f"{self.probe} in {self.sandbox}: {self.verdict}: {self.reason}"


@dataclass(frozen=True, repr=False)
class Report:
    """One `escapement run --format json`: `json` as docs/report.md describes it, `status` the exit status."""

    status: int
    json: dict
    remedies: dict[str, str] = field(default_factory=dict)  # by probe

    def __repr__(self) -> str:
        return f"<report of {len(list(self))} attacks, exit status {self.status}>"

    def attacks(self, guarantee: str = "*", profile: str | None = None, target: str | None = None) -> list[Attack]:
        """All, or those on the guarantees that the pattern names, such as `process.*`. Raises LookupError where there
        is none: what asks nothing must not look like an answer."""
        found = [each for each in self if fnmatchcase(each.guarantee, guarantee)
                 and profile in (None, each.profile) and target in (None, each.target)]
        if not found:
            raise LookupError(f"no attack of this report is on {guarantee} of {target or 'any target'}, "
                              f"{profile or 'any profile'}{near(guarantee, [each.guarantee for each in self])}")
        return found

    def attack(self, probe: str, profile: str | None = None, target: str | None = None) -> Attack:
        for each in self:
            if each.probe == probe and profile in (None, each.profile) and target in (None, each.target):
                return each
        raise LookupError(f"this report has no {probe}{near(probe, [each.probe for each in self])}")

    def contained(self, guarantee: str = "*", **where: str) -> list[Attack]:
        return [each for each in self.attacks(guarantee, **where) if each.contained]

    def escaped(self, guarantee: str = "*", **where: str) -> list[Attack]:
        return [each for each in self.attacks(guarantee, **where) if each.escaped]

    def undecided(self, guarantee: str = "*", **where: str) -> list[Attack]:
        """Not testable here though there is something to attack, or broken."""
        return [each for each in self.attacks(guarantee, **where)
                if not (each.contained or each.escaped or each.absent)]

    def failures(self) -> list[Attack]:
        """What a profile claims and an attack has refuted."""
        return [each for each in self if each.result["outcome"] == "fail"]

    @property
    def holds(self) -> bool:
        """Every claim held, and there was one."""
        return any(each.claimed for each in self) and self.status == 0

    @property
    def host(self) -> dict:
        return self.json["host"]

    @property
    def left_out(self) -> dict[str, str]:
        """By profile, why this user cannot build it."""
        return {left["profile"]: left["reason"] for left in self.json["left_out"]}

    def __iter__(self) -> Iterator[Attack]:
        for run in self.json["runs"]:
            for result in run["results"]:
                yield Attack(run["target"], run["profile"], result, self.remedies.get(result["probe"], ""))


def near(word: str, words: list[str]) -> str:
    """What was probably meant."""
    close = difflib.get_close_matches(word, sorted(set(words)), n=3)
    return f"; did you mean {' or '.join(close)}?" if close else ""
