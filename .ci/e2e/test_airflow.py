"""A real Airflow runs the DAG of docs/: twenty accounts, some killed in the middle, and no row is missing."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import lab
import psycopg
import pytest
import records
import targets

ACCOUNTS = 20
AT_ONCE = 8  # slots of the pool
PATIENCE = 600  # seconds for what takes one or two minutes on a quiet machine
RETRY = "timedelta(minutes=5)", "timedelta(seconds=3)"  # the one substitution in the DAG


class Airflow:
    """An Airflow with its metadata in PostgreSQL and the LocalExecutor; nothing but what a DAG run needs."""

    def __init__(self, home: Path, bin: Path, database: str, **env: object):
        self.home, self.bin, self.running = home, bin, []
        (home / "dags").mkdir(parents=True)
        port = lab.free_port()
        self.env = {
            name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "TAP_", "TARGET_"))
        }
        self.env |= {name: str(value) for name, value in env.items()} | {
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__API__PORT": str(port),
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API_AUTH__JWT_SECRET": "of this test only, and long enough for the algorithm that signs with it",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
            "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "false",  # the schedule gives it a run at once
            "AIRFLOW__CORE__LOAD_EXAMPLES": "false",
            "AIRFLOW__CORE__PARALLELISM": str(AT_ONCE),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "true",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
        }

    def airflow(self, *words: object) -> str:
        return lab.run(self.bin / "airflow", *words, env=self.env, cwd=self.home).stdout

    def ask(self, query: str) -> list[tuple]:
        """Asks the metadata, since the command line takes many seconds to begin."""
        with psycopg.connect(self.env["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"].replace("+psycopg2", "")) as database:
            return database.execute(query).fetchall()

    def start(self, *words: str) -> subprocess.Popen:
        with open(self.home / f"{words[0]}.log", "w") as log:
            process = subprocess.Popen(
                [self.bin / "airflow", *words],
                env=self.env,
                cwd=self.home,
                start_new_session=True,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        self.running.append(process)
        return process

    def close(self) -> None:
        for process in reversed(self.running):
            process.terminate()
        for process in reversed(self.running):
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def processes() -> dict[int, tuple[int, str]]:
    """Parent and command line of each process."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rsplit(")", 1)[1].split()[1])
            found[int(stat.parent.name)] = parent, (stat.parent / "cmdline").read_text().replace("\0", " ")
        except (OSError, ValueError):
            continue  # it has ended meanwhile
    return found


def below(table: dict[int, tuple[int, str]], root: int) -> set[int]:
    """A process and all that come from it."""
    family = {root}
    while more := {pid for pid, (parent, _) in table.items() if parent in family} - family:
        family |= more
    return family


def memory(pids: set[int]) -> int:
    """The memory of these processes in MiB, what they share with others shared out (PSS)."""
    total = 0
    for pid in pids:
        try:
            total += int(Path(f"/proc/{pid}/smaps_rollup").read_text().split("Pss:")[1].split()[0])
        except (OSError, IndexError):
            continue
    return total // 1024


def scripts(table, home: Path) -> dict[str, int]:
    """The process of each account's script: the one whose parent is no such process."""
    ours = {
        pid: command for pid, (_, command) in table.items() if "sync.sh" in command and f"{home}/account" in command
    }
    return {command.split(f"{home}/")[1].split()[0]: pid for pid, command in ours.items() if table[pid][0] not in ours}


@pytest.fixture
def twenty(simulate, postgres, tmp_path):
    """Twenty simulated accounts that take a while to answer, each with its directory and a schema of the database."""
    target = targets.PipelinewisePostgres(tmp_path, postgres).config() | {
        "batch_size_rows": 100,
        "flush_all_streams": True,
    }
    home, accounts = tmp_path / "talk", {}
    for number in range(ACCOUNTS):
        name = f"account{number:02}"
        desk = f"-account desk -calls {300 + 10 * number} -seed {number} -page-size 60 -scenario latency=400ms"
        account = simulate(*desk.split())
        (home / name).mkdir(parents=True)
        (home / name / "config.json").write_text(json.dumps(account.config()))
        (home / name / "target.json").write_text(json.dumps(target | {"default_target_schema": name}))
        accounts[name] = account
    return home, accounts


def test_twenty_accounts_some_of_them_killed(twenty, tap, environments, postgres, tmp_path, record_property):
    home, accounts = twenty
    postgres.create("airflow")
    env = {
        "TALK_HOME": home,
        "TALK_SCRIPT": lab.REPOSITORY / "docs/sync.sh",
        "TALK_TARGET": f"{environments['pipelinewise-target-postgres'] / 'target-postgres'} --config target.json",
        "PATH": f"{tap.parent}:{os.environ['PATH']}",
    }
    began = time.monotonic()
    engine = Airflow(
        tmp_path / "airflow",
        environments["airflow"],
        f"postgresql+psycopg2://{postgres.USER}@127.0.0.1:{postgres.port}/airflow",
        **env,
    )
    dag = (lab.REPOSITORY / "docs/talk_accounts_dag.py").read_text()
    assert dag.count(RETRY[0]) == 1
    (engine.home / "dags/talk_accounts_dag.py").write_text(dag.replace(*RETRY))
    try:
        costs = run_and_kill(engine, home)
        figures = f"{time.monotonic() - began:.0f} s, {costs}"
        record_property(f"Airflow, {ACCOUNTS} accounts, {AT_ONCE} at once", figures)
    except BaseException:
        for log in engine.home.glob("*.log"):
            print(f"--- {log.name}\n{log.read_text()[-3000:]}")
        raise
    finally:
        engine.close()
    with postgres.connect() as database:
        for name, account in accounts.items():
            for stream in records.STREAMS:
                rows = database.execute(
                    f'SELECT id, to_char(updated_at, \'YYYY-MM-DD"T"HH24:MI:SS"Z"\') FROM {name}.{stream}'
                ).fetchall()
                assert dict(rows) == {row["id"]: row["updated_at"] for row in account.truth(stream)}, f"{name}.{stream}"
                assert len(rows) == len(account.truth(stream))


def run_and_kill(engine, home) -> str:
    """Lets the engine run the DAG once; kills four scripts with all below them and two processes of the engine.

    Returns what a task costs.
    """
    engine.airflow("db", "migrate")
    engine.airflow("pools", "set", "talk", AT_ONCE, "Zendesk Talk accounts")
    engine.start("api-server")
    engine.start("scheduler")
    engine.airflow("dags", "reserialize")

    killed, costs = {}, []

    def kill_some():
        table = processes()
        at_work = scripts(table, home)
        if len(at_work) >= AT_ONCE // 2:
            family = set().union(*(below(table, pid) for pid in at_work.values()))
            tasks = {table[pid][0] for pid in at_work.values()}
            costs.append((len(at_work), memory(family), memory(tasks)))
        for name, pid in at_work.items():
            state = home / name / "state.json"
            if len(killed) < 6 and name not in killed and state.exists() and '"end_time": 1' in state.read_text():
                killed[name] = "script" if len(killed) < 4 else "task"
                if killed[name] == "script":
                    os.killpg(os.getpgid(pid), signal.SIGKILL)
                else:
                    os.kill(table[pid][0], signal.SIGKILL)  # the script lives on, and its lock keeps the retry away
        return len(killed) == 6

    lab.wait_until("six runs to kill in the middle", kill_some, PATIENCE)
    lab.wait_until(
        "the end of the run",
        lambda: engine.ask("SELECT state FROM dag_run ORDER BY id LIMIT 1")[0][0] in ("success", "failed"),
        PATIENCE,
    )
    tasks = engine.ask(
        "SELECT task_id, state FROM task_instance WHERE run_id = (SELECT run_id FROM dag_run ORDER BY id LIMIT 1)"
    )
    assert sorted(tasks) == [("accounts", "success")] + [("sync", "success")] * ACCOUNTS
    count, all_of_it, engines = max(costs)
    return f"a task: {all_of_it / count:.0f} MiB for script, tap and target, {engines / count:.0f} MiB for the engine"
