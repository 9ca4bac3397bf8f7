"""The manual page and the completion of shells are made of the options themselves: they say what --help says, and work."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from escapement import programs
from escapement.plugin import cannot_test

PROFILES = {file.stem for file in (programs.SOURCE / "suites/profiles").glob("*.toml")}
COMMANDS = ("run", "enter", "plan", "posture", "doctor")

# What readline does: the words of the line, with = as a word of its own, the cursor at its end; the answers a line each.
BASH = r"""
source "$1"; shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
compopt() { :; }
spec=$(complete -p isolator) && [[ $spec == *'-F _isolator '* ]] || exit 9
_isolator "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\n' "${COMPREPLY[@]}"
"""

# A shell on a terminal of its own, in which ^T lists the matches of the line. The prompt tells that zle reads; what is
# typed before it is up to the terminal.
ZSH = r"""
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1= PROMPT= RPS1=; unsetopt zle_bracketed_paste; LISTMAX=10000; COLUMNS=200; LINES=200"
zpty -w shell "fpath=($1 \$fpath); autoload -Uz compinit; compinit -u -D; zstyle ':completion:*' list-separator '#'"
zpty -w shell "list() { zle list-choices; zle -R; print LIST''ED }; zle -N list; bindkey '^T' list"
zpty -w shell "path=($2 \$path); PROMPT=REA''DY"
zpty -r -m shell line '*READY*'
zpty -n -w shell "$3"$'\C-t'
zpty -r -m shell line '*LISTED*'
print -r -- $line
"""


def options_of(isolator, command: str) -> set[str]:
    done = isolator(command, "--help")
    assert done.returncode == 0
    return set(re.findall(r"^  (?:-\w,)?(--[\w-]+)", done.stdout, re.M))


@pytest.fixture(scope="module")
def share(build) -> Path:
    return build / "share"


@pytest.fixture(scope="module")
def bash(share, build):
    if shutil.which("bash") is None:
        cannot_test("needs bash")

    def complete(*words: str) -> set[str]:
        done = programs.call(Path("bash"), "--norc", "-c", BASH, "bash", share / "bash-completion/completions/isolator", *words,
                             cwd=programs.SOURCE / "suites/profiles",
                             env={"PATH": f"{build / 'bin'}:{os.environ['PATH']}"})
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return set(done.stdout.split("\n")) - {""}

    return complete


def repeated() -> set[str]:
    return set(re.findall(r"^## `\[\[([\w.]+)\]\]`", (programs.SOURCE / "docs/profile.md").read_text(), re.M))


def keys() -> set[str]:
    """As the page about profiles lists them; tables that repeat are appended to as a whole."""
    found, section = set(), ""
    for line in (programs.SOURCE / "docs/profile.md").read_text().splitlines():
        if line.startswith("## "):
            heading = re.match(r"## `(\[+)([\w.]+)", line)
            section = heading[2] if heading else ""
            repeats = bool(heading) and heading[1] == "[["
        elif (key := re.match(r"\| `(\w+)` \| (?:string|boolean|integer|number|list)", line)) and not repeats:
            found.add(f"{section}.{key[1]}".lstrip("."))
    return found


@pytest.mark.parametrize("command", COMMANDS)
def test_bash_knows_each_option_and_no_other(isolator, bash, command):
    assert bash("isolator", command, "--") == options_of(isolator, command)


def test_bash_knows_each_command(isolator, bash):
    told = isolator("--help").stdout.split("Subcommands:")[1]
    names = set(re.findall(r"^  (\w+)", told, re.M))
    assert set(COMMANDS) <= names
    assert bash("isolator", "") == names | {"--help", "--version"}
    assert bash("isolator", "po") == {"posture"}


def test_bash_completes_profiles(bash):
    assert PROFILES | {f"{name}.toml" for name in PROFILES} <= bash("isolator", "run", "--profile", "")
    assert bash("isolator", "run", "--profile", "str") == {"strict", "strict.toml"}


def test_bash_completes_settings(bash):
    told = bash("isolator", "plan", "--set", "")
    assert {one[:-1] for one in told if re.search(r"\w=$", one)} == keys()
    assert told >= {f"{section}{sign}" for section in repeated() for sign in ("+=", "-=")}
    assert bash("isolator", "run", "--set", "namespaces.n") == {
        "namespaces.new=", "namespaces.new+=", "namespaces.new-=", "namespaces.nested_user="}
    assert {"mounts+=", "mounts-=", "environment."} <= told
    assert "mounts=" not in told


def test_bash_completes_the_command_after_the_dashes(bash):
    assert "isolator" in bash("isolator", "run", "--profile", "open", "--", "isolat")
    assert bash("isolator", "run", "--profile", "open", "--", "sh", "--") == set()


def test_bash_completes_a_word_of_few(bash):
    assert bash("isolator", "posture", "--through", "") == {"cold", "pool", "template"}


@pytest.fixture(scope="module")
def zsh(share, build):
    if shutil.which("zsh") is None:
        cannot_test("needs zsh")

    def complete(line: str) -> str:
        done = programs.call(Path("zsh"), "-f", "-c", ZSH, "zsh", share / "zsh/site-functions", build / "bin", line,
                             cwd=programs.SOURCE / "suites/profiles", env={"TERM": "dumb"})
        assert done.returncode == 0, done.stderr
        return done.stdout

    return complete


@pytest.mark.parametrize("line, words", [
    ("isolator ", set(COMMANDS)),
    ("isolator run --", {"--profile", "--set", "--json", "--trace"}),
    ("isolator run --profile ", PROFILES),
    ("isolator posture --through ", {"cold", "pool", "template"}),
    ("isolator plan --set limits.", {"limits.pids=", "limits.memory="}),
])
def test_zsh_completes(zsh, line, words):
    told = zsh(line)
    assert words <= set(re.split(r"[\s:]+", told)), told


@pytest.fixture(scope="module")
def page(share) -> Path:
    return share / "man/man1/isolator.1"


def test_the_page_is_sound(page):
    if shutil.which("mandoc") is None:
        cannot_test("needs mandoc")
    done = programs.call(Path("mandoc"), "-Tlint", "-Wwarning", page)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_page_knows_each_option_and_key(isolator, page):
    if shutil.which("mandoc") is None:
        cannot_test("needs mandoc")
    text = re.sub(r".\x08", "", programs.call(Path("mandoc"), "-Tutf8", page).stdout)
    for command in COMMANDS:
        part = re.search(rf"^ *isolator {command}\n(.*?)(?=^ {{0,3}}\S)", text, re.M | re.S)[1]
        assert set(re.findall(r"^ +(--[\w-]+)", part, re.M)) == options_of(isolator, command)
    assert not re.search(r"@[A-Z]+@", text)
    for key in keys():
        assert re.search(rf"^ +{key.rsplit('.')[-1]} \(", text, re.M), key


def test_plan_as_json_is_the_plan(isolator):
    text, told = isolator("plan", "--profile", "open"), isolator("plan", "--profile", "open", "--json")
    assert told.returncode == 0
    calls = json.loads(told.stdout)["calls"]
    assert [f"{call['step']:<13} {call['call']}" for call in calls] == text.stdout.splitlines()


def test_plan_has_no_times_to_tell(isolator):
    done = isolator("plan", "--profile", "open", "--trace")
    assert (done.returncode, done.stdout) == (2, "")
    assert "plan does nothing" in done.stderr
