"""What the tests share: the built wheel and tap, a simulator for each test, the database, the environments."""

from __future__ import annotations

import json
import os
import platform
import shutil
from pathlib import Path

import pytest

import lab


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("e2e")


@pytest.fixture(scope="session")
def environments(home):
    """The bin directory of each requirements file's environment, which is made when somebody asks for it."""

    class Environments(dict):
        def __missing__(self, name: str) -> Path:
            self[name] = lab.environment(home, name)
            return self[name]

    return Environments()


@pytest.fixture(scope="session")
def clone(home) -> Path:
    """The repository's files, and none that git does not know or that it ignores."""
    listed = lab.run("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=lab.REPOSITORY).stdout
    for name in listed.split("\0"):
        if name and (lab.REPOSITORY / name).exists():
            (home / "clone" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(lab.REPOSITORY / name, home / "clone" / name)
    return home / "clone"


@pytest.fixture(scope="session")
def wheels(home) -> list[Path]:
    """The wheels of all platforms: those in the directory RELEASE, where .ci/run has built a release, or built here."""
    place = os.environ.get("RELEASE")
    if not place:
        place = home / "dist"
        lab.run(lab.REPOSITORY / ".ci/wheel", "--all", "--out", place)
    return sorted(Path(place).glob("*.whl"))


@pytest.fixture(scope="session")
def wheel(wheels) -> Path:
    """The wheel for this machine: the one that installs here."""
    [fits] = [file for file in wheels if "manylinux" in file.name and f"_{platform.machine()}." in file.name]
    return fits


@pytest.fixture(scope="session")
def tap(home, wheel) -> Path:
    """The tap as a user gets it: installed from the wheel into an empty environment."""
    place = home / "venv/tap"
    lab.run("uv", "venv", "--quiet", place)
    lab.run("uv", "pip", "install", "--quiet", "--offline", "--no-index", "--python", place, wheel)
    return place / "bin/tap-zendesk-talk"


@pytest.fixture(scope="session")
def simulator_program(home) -> Path:
    lab.run("go", "build", "-o", home / "talksim", "./tap/talk/talksim/serve", cwd=lab.REPOSITORY)
    return home / "talksim"


@pytest.fixture
def simulate(simulator_program):
    """Starts simulated accounts and stops them after the test."""
    started = []

    def start(*flags, program=simulator_program) -> lab.Simulator:
        started.append(lab.Simulator(program, *flags))
        return started[-1]

    yield start
    for simulator in started:
        simulator.close()


@pytest.fixture(scope="session")
def postgres():
    server = lab.Postgres()
    yield server
    server.close()


@pytest.fixture
def write(tmp_path):
    """Writes a JSON file and returns its path."""

    def write(name: str, content) -> Path:
        (tmp_path / name).write_text(json.dumps(content))
        return tmp_path / name

    return write


def pytest_terminal_summary(terminalreporter):
    """Prints the figures that tests recorded, which come from other processes if several run them."""
    terminalreporter.section("figures")
    for report in terminalreporter.getreports("passed"):
        for name, figure in report.user_properties:
            terminalreporter.line(f"{name:40} {figure}")
