"""What the user asks for: an option of the command line, else a line of the ini file. Paths of the latter are meant from
where it lies."""

from __future__ import annotations

import os
from pathlib import Path

# Of the command line, by the name that pytest keeps it under: each is `escapement_NAME` in the ini file.
SEVERAL = {"profile": "profiles, by name or path", "target": "what builds the sandbox", "probe": "only these probes",
           "kernel": "kernels to attack on", "cgroup": "how a guest has its control groups",
           "kernel_parameters": "more of the command line of a guest's kernel", "guest_user": "who attacks in a guest"}


def add(parser, group) -> None:
    """Those that are not a name among names, and all that can be in the ini file."""
    group.addoption("--sandbox-command", metavar="TEMPLATE",
                    help="attack the sandbox that this line for sh starts, with {probe} where it names the program inside")
    group.addoption("--escapement-must-work", action="store_true",
                    help="what cannot be tested is a failure and no skip; so with ESCAPEMENT_MUST_WORK=1 in the environment")
    parser.addini("escapement", "the program: as --escapement", default="")
    parser.addini("escapement_command", "the sandbox to attack: as --sandbox-command", default="")
    parser.addini("escapement_must_work", "what cannot be tested is a failure", type="bool", default=False)
    for name, what in SEVERAL.items():
        parser.addini(f"escapement_{name}", f"{what}: as --{name.replace('_', '-')}", type="args", default=[])


def from_ini_file(config, path: str) -> str:
    """A path is meant from where the ini file lies; what is no path is a name."""
    return str(config.inipath.parent / path) if os.sep in path or path.endswith(".toml") else path


def several(config, name: str) -> list[str]:
    if given := config.getoption(name):
        return list(given)
    words = config.getini(f"escapement_{name}")
    return [from_ini_file(config, word) for word in words] if name in ("profile", "kernel") else words


def program(config) -> str:
    """The path of the program, or nothing."""
    if given := config.getoption("escapement"):
        return given
    given = config.getini("escapement")
    return from_ini_file(config, given) if given else os.environ.get("ESCAPEMENT", "")


def command(config) -> str:
    return config.getoption("sandbox_command") or config.getini("escapement_command")


def must_work(config) -> bool:
    return config.getoption("escapement_must_work") or config.getini("escapement_must_work")


def targets(config) -> list[str]:
    return several(config, "target") or (["command"] if command(config) else ["isolator"])


def profiles(config) -> list[str]:
    """As `escapement run --profile` takes them: a path is absolute, as each test may run anywhere."""
    return [absolute(profile) for profile in several(config, "profile")]


def absolute(profile: str) -> str:
    return str(Path(profile).resolve()) if os.sep in profile or profile.endswith(".toml") else profile


def any_given(config) -> bool:
    """Does this session mean to attack anything? Where the plugin is installed, most have never heard of it."""
    return bool(config.getoption("escapement") or command(config) or must_work(config)
                or any(several(config, name) for name in SEVERAL))
