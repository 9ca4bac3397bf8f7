"""Verdicts that are not the same everywhere, as a table: a line for each attack, a column for each place."""

from __future__ import annotations

from escapement.explanations import Where, explain

SHORT = {"contained": "contained", "escaped": "ESCAPED", "not-testable": "-", "broken": "BROKEN"}


def find(cells: list[dict]) -> tuple[list[str], dict[tuple[str, str], dict[str, str]]]:
    """The places, and by (profile, probe) the verdict at each, where they differ. A place where nothing of a profile was run is
    not compared with others about that."""
    verdicts: dict[tuple[str, str], dict[str, str]] = {}
    places: dict[str, None] = {}
    ran: dict[str, set[str]] = {}  # profile -> places
    for cell in cells:
        if "verdict" in cell:
            places[cell["place"]] = None
            ran.setdefault(cell["profile"], set()).add(cell["place"])
            verdicts.setdefault((cell["profile"], cell["probe"]), {})[cell["place"]] = cell["verdict"]
    differ = {key: at for key, at in verdicts.items() if len({at.get(place, "") for place in ran[key[0]]}) > 1}
    return sorted(places), differ


def not_run(cells: list[dict]) -> list[str]:
    """For each place the profiles that were run elsewhere, and not there."""
    ran = {(cell["place"], cell["profile"]) for cell in cells if "verdict" in cell}
    profiles, places = sorted({profile for _, profile in ran}), sorted({place for place, _ in ran})
    lacks = {place: [profile for profile in profiles if (place, profile) not in ran] for place in places}
    return [f"{', '.join(names)}: not run at {place}" for place, names in lacks.items() if names]


def table(cells: list[dict], known: dict[str, Where] | None = None) -> list[str]:
    """`known` are the places that are known well enough to say why."""
    places, differ = find(cells)
    head = ("profile", "probe", *places, "explained by")
    rows = [(*key, *(SHORT.get(at.get(place, ""), "not run") for place in places),
             explain(key[1], at, known or {}))
            for key, at in sorted(differ.items())]
    widths = [max(map(len, column)) for column in zip(head, *rows)]
    return ["  ".join(f"{word:{width}}" for word, width in zip(row, widths)).rstrip() for row in (head, *rows)]


def show(terminal, cells: list[dict], known: dict[str, Where]) -> None:
    places, differ = find(cells)
    if len(places) < 2:
        return
    terminal.section("verdicts that differ between kernels")
    for line in not_run(cells):
        terminal.line(line)
    if not differ:
        terminal.line(f"none: the same on {', '.join(places)}")
        return
    for line in table(cells, known):
        terminal.line(line)
    terminal.line(f"{len(differ)} of the attacks; - where there is nothing to attack, or the control did not fire")
    terminal.line("an explanation is a setting, option or version that differs just as the verdicts do, and of which the documentation "
                  "says that it decides")
