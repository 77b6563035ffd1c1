"""The laboratory: the programs that the end-to-end tests run, each as small as its use here allows.

Everything lives in one temporary directory; nothing is asked of the machine but Go, Python, uv, and
PostgreSQL and systemd from Debian's packages.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from decimal import Decimal
from pathlib import Path

import psycopg

REPOSITORY = Path(__file__).resolve().parents[2]
LIMIT = 900  # seconds that one program may take: far more than any needs, so that a hang fails


def run(*command: object, check: bool = True, **options) -> subprocess.CompletedProcess:
    """Runs a program to its end. A failure shows what it printed, since its output is all that CI leaves behind."""
    options = {"timeout": LIMIT, "text": True, "capture_output": True, "stdin": subprocess.DEVNULL} | options
    done = subprocess.run([str(word) for word in command], **options)
    if check and done.returncode != 0:
        told = "\n".join((done.stdout or "", done.stderr or ""))[-6000:]
        raise AssertionError(f"{command[0]} exited {done.returncode}: {' '.join(map(str, command))}\n{told}")
    return done


def environment(home: Path, requirements: str) -> Path:
    """Makes the virtual environment of one requirements file and returns its bin directory."""
    place = home / "venv" / requirements
    if not place.exists():
        run("uv", "venv", "--quiet", place)
        run("uv", "pip", "sync", "--quiet", "--python", place, REPOSITORY / ".ci/requirements" / f"{requirements}.txt")
    return place / "bin"


def free_port() -> int:
    """A loopback port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


class Simulator:
    """A simulated Zendesk account on a loopback port, whose clock stands still until it is told to advance."""

    def __init__(self, program: Path, *flags: object):
        command = [program, "-addr", "127.0.0.1:0", *flags]
        self.process = subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE, text=True)
        first = self.process.stdout.readline()
        assert "listening on " in first, f"the simulator said {first!r} where its address was expected"
        self.url = first.split("listening on ", 1)[1].split()[0]

    def ask(self, path: str):
        """Calls one of the simulator's control endpoints and returns its JSON, numbers digit for digit."""
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            return json.loads(answer.read(), parse_float=Decimal)

    def advance(self, duration: str) -> None:
        """Moves the account's clock on."""
        urllib.request.urlopen(self.url + f"/_sim/advance?d={duration}", data=b"", timeout=60).close()

    def erase(self, stream: str, most: int) -> list[int]:
        """Takes the first rows of a stream out of the account, as Zendesk does when it erases; returns their ids."""
        with urllib.request.urlopen(f"{self.url}/_sim/erase?stream={stream}&n={most}", data=b"", timeout=60) as answer:
            return json.loads(answer.read())

    def requests(self) -> list[dict]:
        """What arrived at the API so far."""
        return self.ask("/_sim/requests")

    def truth(self, stream: str) -> list[dict]:
        """The rows as the account holds them now: the last version of each that a query can see."""
        return self.ask(f"/_sim/truth/{stream}")

    def config(self, **more: object) -> dict:
        return {"api_url": self.url, "access_token": "sim-access-token", "requests_per_minute": 1000} | more

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class Postgres:
    """A throw-away PostgreSQL server: loopback only, UTC (MeltanoLabs' target shifts date-times under any other zone).

    PostgreSQL refuses to run as root, so root runs it as the user that Debian's package made.
    """

    USER = "postgres"

    def __init__(self):
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        assert programs, "PostgreSQL is missing: install Debian's package postgresql"
        self.bin = programs[-1].parent
        self.home = Path(tempfile.mkdtemp(prefix="e2e-postgres-"))
        self.owner = {}
        if os.geteuid() == 0:
            user = pwd.getpwnam(self.USER)
            os.chown(self.home, user.pw_uid, user.pw_gid)
            self.owner = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self._command("initdb", "--auth=trust", f"--username={self.USER}", "--encoding=UTF8", "--locale=C.UTF-8")
        self.port = free_port()
        settings = f"-p {self.port} -h 127.0.0.1 -k {self.home} -c timezone=UTC -c fsync=off"
        self._command("pg_ctl", "--wait", "--log", self.home / "server.log", "--options", settings, "start")

    def _command(self, name: str, *words: object) -> None:
        command = [str(self.bin / name), "--pgdata", str(self.home / "data"), *map(str, words)]
        with open(
            self.home / f"{name}.out", "w+"
        ) as log:  # no pipes: the server outlives pg_ctl and would hold them open
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.home, timeout=LIMIT, **self.owner
            )
            log.seek(0)
            assert done.returncode == 0, f"{name} exited {done.returncode}:\n{log.read()}"

    def connect(self, database: str = "postgres") -> psycopg.Connection:
        """A connection as the superuser."""
        return psycopg.connect(host="127.0.0.1", port=self.port, user=self.USER, dbname=database, autocommit=True)

    def create(self, database: str) -> None:
        """Makes an empty database."""
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {database}")

    def close(self) -> None:
        self._command("pg_ctl", "--mode", "immediate", "stop")
        shutil.rmtree(self.home)


def pipeline(tap: list[object], target: list[object], stream: Path, state: Path, env: dict | None = None) -> None:
    """Runs `tap | tee stream | target`; the last line that the target confirms becomes the state file."""
    with contextlib.ExitStack() as stack:
        log = stack.enter_context(open(stream.with_suffix(".log"), "w+"))
        said = stack.enter_context(open(stream.with_suffix(".states"), "w+"))

        def start(words: list[object], **options) -> subprocess.Popen:
            process = subprocess.Popen(list(map(str, words)), stderr=log, env=env, cwd=stream.parent, **options)
            stack.callback(process.kill)
            return process

        one = start(tap, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
        two = start(["tee", stream], stdin=one.stdout, stdout=subprocess.PIPE)
        three = start(target, stdin=two.stdout, stdout=said)
        one.stdout.close()  # ours, or a dead reader would never be noticed
        two.stdout.close()
        codes = [process.wait(timeout=LIMIT) for process in (three, two, one)]
        log.seek(0)
        assert codes == [0, 0, 0], f"target, tee and tap exited {codes}; their logs end:\n{log.read()[-4000:]}"
        said.seek(0)
        confirmed = [line for line in said.read().split("\n") if line]
    assert confirmed, f"{target[0]} confirmed no state"
    state.write_text(confirmed[-1])


def wait_until(what: str, ready, seconds: float = 60) -> None:
    """Waits for something that another process does; there is no way to be told."""
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, f"waited {seconds} s in vain for {what}"
        time.sleep(0.05)
