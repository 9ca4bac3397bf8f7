"""One cell in words: what was claimed, what was seen, and how we know."""

from __future__ import annotations

WHAT = {
    "fail": "{probe} gets out of {profile}, which claims {guarantee}",
    "skip": "{probe} could not be tested in {profile}",
    "error": "{probe} in {profile} is broken: what it says and what was seen do not agree",
    "pass": "{probe} in {profile}: {verdict}",
}
NOT_CLAIMED = "{probe} gets out of {profile}: {guarantee}"


def time(us: int) -> str:
    return f"{us / 1000:.1f} ms" if us < 1_000_000 else f"{us / 1e6:.2f} s"


def explain(profile: str, result: dict, remedy: str = "") -> str:
    """The whole evidence of one cell, some ten lines."""
    steps = result["steps"]
    width = max((len(step["call"]) for step in steps), default=0)
    what = NOT_CLAIMED if result["outcome"] == "pass" and result["verdict"] == "escaped" else WHAT[result["outcome"]]
    lines = [what.format(profile=profile, **result), "", f"  reason    {result['reason']}"]
    for i, step in enumerate(steps):
        decides = f"  <- {step['attempt']}" if step.get("attempt") else ""
        lines.append(f"  {'steps' if i == 0 else '':8}  {step['call']:{width}}  {step['result']}{decides}")
    witness, control, times = result["witness"], result["control"], result["time_us"]
    lines += [
        f"  witness   {witness['kind']}: {witness['observed']}",
        f"  control   {control['base']} with {control['opening']}: {control['verdict']}: {control['reason']}",
        "  times     " + ", ".join(f"{part} {time(times[part])}" for part in ("launch", "probe", "teardown")),
    ]
    if remedy and result["verdict"] == "escaped":
        lines.append(f"  remedy    {remedy}")
    if result["outcome"] == "fail":
        lines.append(f"  more      escapement explain {result['probe']}")
    return "\n".join(lines)


def properties(profile: str, result: dict, place: str = "host") -> dict[str, object]:
    """What a report of pytest keeps of a cell, beside passed or failed."""
    times = {f"{part}_us": result["time_us"][part] for part in ("launch", "probe", "teardown")}
    return {"place": place, "profile": profile, "probe": result["probe"], "class": result["class"], "guarantee": result["guarantee"],
            "claimed": result["claimed"], "verdict": result["verdict"], "reason": result["reason"]} | times
