"""What to do where a question cannot be answered here: a skip that says why, or a failure where everything must work."""

from __future__ import annotations

import importlib
import os

import pytest

asked = False  # --escapement-must-work, of the session of this process


def must_work() -> bool:
    return asked or os.environ.get("ESCAPEMENT_MUST_WORK") == "1"


def cannot_test(reason: str) -> None:
    """Skips, or fails where the user says that everything must work here."""
    if must_work():
        why = "--escapement-must-work" if asked else "ESCAPEMENT_MUST_WORK=1"
        pytest.fail(f"{reason}\n\n({why}: what cannot be tested is a failure)", pytrace=False)
    pytest.skip(reason)


def need_module(name: str):
    """The module of python; where it is missing, what needs it cannot be tested."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        cannot_test(str(error))
