"""What `cmake --install` puts down is enough to run, and for another project to build sandboxes with the library."""

import json
import os
import shlex
import shutil
from pathlib import Path

import pytest

from escapement import programs
from escapement.plugin import cannot_test

EXAMPLE = programs.SOURCE / "docs/examples/embed"
CXX = os.environ.get("CXX", "c++")
# Inside there is nobody else, no network and nothing that can be written.
SCRIPT = "echo $$; grep -c : /proc/net/dev 2>&1; touch /usr/x || exit 7"


def must(program: str, *args: object, **options) -> str:
    done = programs.call(Path(program), *args, **options)
    assert done.returncode == 0, f"{program} {args}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def prefix(build, tmp_path_factory):
    for tool in ("cmake", "ninja", "pkg-config", CXX):
        if shutil.which(tool) is None:
            cannot_test(f"needs {tool}")
    top = tmp_path_factory.mktemp("install")
    must("cmake", "--install", build, "--prefix", top / "first")
    return (top / "first").rename(top / "moved")  # nothing in it may name where it was put


@pytest.fixture(scope="module")
def pkg_config(prefix):
    (file,) = prefix.rglob("isolator.pc")
    return {"PKG_CONFIG_PATH": str(file.parent)}


def runs_confined(program: Path, nobody) -> None:
    copy = Path(shutil.copy(program, nobody.directory / "embed"))
    copy.chmod(0o755)
    done = nobody.call(copy, "/bin/sh", "-c", SCRIPT)
    assert (done.returncode, done.stdout.split()[0]) == (7, "1"), done.stdout + done.stderr
    assert "Read-only file system" in done.stderr
    failed = nobody.call(copy, "/no/such")
    assert failed.returncode == 125
    assert failed.stderr.startswith("exec /no/such: No such file or directory\nthere is no /no/such in ")


@pytest.mark.parametrize("static", (False, True))
def test_embeds_by_find_package(prefix, tmp_path, nobody, static):
    shutil.copytree(EXAMPLE, tmp_path / "embed")
    options = ["-DCMAKE_EXE_LINKER_FLAGS=-static"] if static else []
    must("cmake", "-S", tmp_path / "embed", "-B", tmp_path / "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}",
         f"-DCMAKE_CXX_COMPILER={shutil.which(CXX)}", *options)
    must("cmake", "--build", tmp_path / "build")
    runs_confined(tmp_path / "build/embed", nobody)


@pytest.mark.parametrize("static", (False, True))
def test_embeds_by_pkg_config(pkg_config, tmp_path, nobody, static):
    flags = shlex.split(must("pkg-config", "--cflags", "--libs", "isolator", env=pkg_config))
    must(CXX, "-std=c++20", *(["-static"] if static else []), "-o", tmp_path / "embed", EXAMPLE / "main.cc", *flags)
    runs_confined(tmp_path / "embed", nobody)


def test_another_project_finds_the_functions_for_probes_too(prefix, tmp_path):
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(mine LANGUAGES C CXX)\n"
        "find_package(escapement 0.1 REQUIRED COMPONENTS probes)\n"
        "if(NOT COMMAND escapement_add_probe OR NOT COMMAND escapement_add_checks)\n  message(FATAL_ERROR none)\nendif()\n")
    must("cmake", "-S", tmp_path, "-B", tmp_path / "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}")


@pytest.fixture(scope="module")
def probe_of_another_project(prefix, tmp_path_factory):
    """The probe that docs/writing-a-probe.md shows, under a name of its own."""
    top = tmp_path_factory.mktemp("mine")
    text = (programs.SOURCE / "docs/writing-a-probe.md").read_text()
    code = text.partition("```cpp\n")[2].partition("```")[0].replace('.id = "adjtimex"', '.id = "my-clock"')
    (top / "time").mkdir()
    (top / "time/my-clock.cc").write_text(code)
    (top / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(mine LANGUAGES C CXX)\n"
        "find_package(escapement REQUIRED COMPONENTS probes)\nescapement_add_probe(time/my-clock.cc)\n")
    must("cmake", "-S", top, "-B", top / "build", "-G", "Ninja", f"-DCMAKE_PREFIX_PATH={prefix}")
    must("cmake", "--build", top / "build")
    return top / "build/probes"


def test_a_probe_of_another_project_attacks(as_root, prefix, probe_of_another_project):
    told = must(str(prefix / "bin/escapement"), "run", "--probe-dir", probe_of_another_project, "--probe", "my-clock",
                "--probe", "adjtimex", "--profile", "strict", "--profile", "open", "--format", "json")
    verdicts = {(run["profile"], result["probe"]): result["verdict"]
                for run in json.loads(told)["runs"] for result in run["results"]}
    assert verdicts == {("strict", "my-clock"): "contained", ("strict", "adjtimex"): "contained",
                        ("open", "my-clock"): "escaped", ("open", "adjtimex"): "escaped"}


def test_it_is_beside_those_that_ship_or_in_their_place(prefix, probe_of_another_project):
    def listed(*options: object) -> set[str]:
        probes = json.loads(must(str(prefix / "bin/escapement"), "list", "probes", "--format", "json", *options))
        return {probe["id"] for probe in probes}

    assert listed("--probe-dir", probe_of_another_project) == listed() | {"my-clock"}
    assert listed("--probes", probe_of_another_project) == {"my-clock"}


def test_a_component_that_there_is_not_is_an_error(prefix, tmp_path):
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(mine LANGUAGES C CXX)\n"
        "find_package(escapement REQUIRED COMPONENTS no-such)\n")
    done = programs.call(Path("cmake"), "-S", tmp_path, "-B", tmp_path / "build", "-G", "Ninja",
                         f"-DCMAKE_PREFIX_PATH={prefix}")
    assert done.returncode != 0
    assert "NOT FOUND" in done.stderr


def headers() -> list[str]:
    return sorted(file.name for file in (programs.SOURCE / "isolator/include/isolator").iterdir())


@pytest.mark.parametrize("header", headers())
def test_each_header_compiles_alone(prefix, pkg_config, tmp_path, header):
    """With nothing of the source tree, and twice in one file."""
    flags = shlex.split(must("pkg-config", "--cflags", "isolator", env=pkg_config))
    (tmp_path / "a.cc").write_text(f"#include <isolator/{header}>\n" * 2)
    must(CXX, "-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", *flags, tmp_path / "a.cc")


def test_nothing_installed_names_the_build(prefix, build):
    for file in (*prefix.rglob("*.cmake"), *prefix.rglob("*.pc")):
        text = file.read_text()
        for directory in (str(build), str(programs.SOURCE), str(prefix.parent)):
            assert directory not in text, file


def test_the_commands_run_from_there(prefix):
    told = must(str(prefix / "bin/isolator"), "run", "--profile", "open", "--", "/bin/echo", "here")
    assert told == "here\n"
    assert "strict" in must(str(prefix / "bin/escapement"), "list", "profiles")
