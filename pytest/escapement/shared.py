"""What is done once a session, however many processes pytest has."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Callable
from pathlib import Path


def directory(config, tmp_path_factory) -> Path:
    """One for all processes of a session on this machine. On another one than pytest was started on the directory above is
    that of all sessions, so the session is in the name."""
    top = tmp_path_factory.getbasetemp()
    if not hasattr(config, "workerinput"):
        top = top / "escapement-reports"
    else:
        top = top.parent / f"escapement-reports-{config.workerinput['testrunuid']}"
    top.mkdir(exist_ok=True)
    return top


def once(top: Path, name: str, make: Callable[[], object]) -> object:
    """What `make` answers, as JSON: who comes first holds the lock and makes it, the others wait and read."""
    with open(top / f"{name}.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = top / f"{name}.json"
        if not kept.exists():
            kept.write_text(json.dumps(make()), encoding="utf-8")
        return json.loads(kept.read_text(encoding="utf-8"))
