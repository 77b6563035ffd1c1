"""What the tests share: the built wheel and tap, a simulator for each test, the database, the environments."""

from __future__ import annotations

import json
import platform
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import lab

COUNTS: list[str] = []  # printed at the end: what each target held


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("e2e")


@pytest.fixture(scope="session")
def environments(home):
    """The bin directory of every requirements file's environment, installed two at a time."""
    names = [file.stem for file in sorted((lab.REPOSITORY / ".ci/requirements").glob("*.txt")) if file.stem != "e2e"]
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(names, pool.map(lambda name: lab.environment(home, name), names)))


@pytest.fixture(scope="session")
def wheels(home) -> list[Path]:
    """The wheels of all platforms, as a release builds them."""
    lab.run(lab.REPOSITORY / ".ci/wheel", "--all", "--out", home / "dist")
    return sorted((home / "dist").glob("*.whl"))


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

    def start(*flags) -> lab.Simulator:
        started.append(lab.Simulator(simulator_program, *flags))
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
    if COUNTS:
        terminalreporter.section("rows in each target")
        for line in COUNTS:
            terminalreporter.line(line)
