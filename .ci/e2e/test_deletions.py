"""Calls that Zendesk erased leave the warehouse after a run that reads all, and never after any other run."""

import json
import os
import subprocess

import documents
import lab
import pytest
import records
import targets

CATALOG = json.loads((lab.REPOSITORY / "catalog.json").read_text())
DESK = "-account", "desk", "-calls", 600, "-page-size", 100


class Warehouse:
    """A target with a database of its own."""

    def __init__(self, kind, tap, environments, postgres, home):
        self.tap, self.home, self.target = tap, home, kind(home, postgres)
        self.reader = [
            environments[kind.requirements] / kind.executable,
            "--config",
            self.write("target.json", self.target.config()),
        ]
        self.whole = self.write(
            "whole.json",
            CATALOG
            | {
                "streams": [
                    stream
                    | {
                        "replication_method": "FULL_TABLE",
                        "metadata": [
                            whole(entry) if not entry["breadcrumb"] else entry for entry in stream["metadata"]
                        ],
                    }
                    for stream in CATALOG["streams"]
                ]
            },
        )

    def write(self, name, content):
        (self.home / name).write_text(json.dumps(content))
        return self.home / name

    def run(self, account, *flags, kill=False, **settings) -> int:
        """Runs tap and target to the end, or kills the tap once it waits for its limit; returns the tap's exit code."""
        # The account's clock stands still: what is unsettled would stay so, and each run would wait for it.
        settings = {"emit_activate_version_messages": True, "settle_seconds": 0, **settings}
        config = self.write("tap.json", account.config(**settings))
        with open(self.home / "tap.log", "w+") as log, open(self.home / "target.log", "w+") as out:
            tap = subprocess.Popen(
                list(map(str, [self.tap, "--config", config, *flags])), stdout=subprocess.PIPE, stderr=log
            )
            target = subprocess.Popen(list(map(str, self.reader)), stdin=tap.stdout, stdout=out, stderr=out)
            tap.stdout.close()
            if kill:
                lab.wait_until("the tap to wait", lambda: "waiting" in (self.home / "tap.log").read_text())
                tap.kill()
            code = tap.wait(timeout=lab.LIMIT)
            assert target.wait(timeout=lab.LIMIT) == 0, (self.home / "target.log").read_text()[-4000:]
        return code

    def ids(self, stream):
        return {int(row["id"]) for row in self.target.rows(stream)}


def whole(entry):
    return entry | {"metadata": entry["metadata"] | {"replication-method": "FULL_TABLE"}}


def ids(account, stream):
    return {row["id"] for row in account.truth(stream)}


class Meltano(targets.MeltanoPostgres):
    """Deletes the rows of other versions when ACTIVATE_VERSION comes."""

    def schema(self):
        return "erased"

    def config(self):
        return super().config() | {"hard_delete": True}


class Pipelinewise(targets.PipelinewisePostgres):
    """Ignores ACTIVATE_VERSION. The schema is the one of docs/targets.md, in a database of its own."""

    database = "deletions"

    def schema(self):
        return "talk"

    def config(self):
        return super().config() | {"add_metadata_columns": True}


@pytest.mark.parametrize("kind", (Meltano, Pipelinewise), ids=lambda kind: kind.requirements)
def test_erased_calls_leave_after_a_whole_run_only(kind, tap, environments, postgres, simulate, tmp_path):
    account, failing = simulate(*DESK), simulate(*DESK, "-scenario", "403-role@calls,3", "-scenario", "403-role@legs,3")
    if kind is Pipelinewise:
        postgres.create(kind.database)
    warehouse = Warehouse(kind, tap, environments, postgres, tmp_path)
    assert warehouse.run(account) == 0
    before = {stream: ids(account, stream) for stream in records.STREAMS}
    for erased in (account, failing):
        for stream in records.STREAMS:
            erased.erase(stream, 10)

    def all_there():
        return {stream: warehouse.ids(stream) for stream in records.STREAMS} == before

    assert all_there()
    assert warehouse.run(account) == 0 and all_there(), "an incremental run deleted rows"
    for window in ({"start_date": "2020-01-01"}, {"end_date": "2100-01-01"}):
        assert warehouse.run(account, "--catalog", warehouse.whole, **window) == 0 and all_there(), window
    assert warehouse.run(failing, "--catalog", warehouse.whole) == 1 and all_there(), "a failed run deleted rows"
    code = warehouse.run(account, "--catalog", warehouse.whole, kill=True, requests_per_minute=2)
    assert code < 0 and all_there(), "a killed run deleted rows"

    assert warehouse.run(account, "--catalog", warehouse.whole) == 0
    if kind is Pipelinewise:
        assert all_there(), "it has learned ACTIVATE_VERSION: docs/targets.md says otherwise"
        delete_as_printed(account, warehouse, postgres)
    assert {stream: warehouse.ids(stream) for stream in records.STREAMS} == {
        stream: ids(account, stream) for stream in records.STREAMS
    }


def delete_as_printed(account, warehouse, postgres):
    """Runs the commands that docs/targets.md has for a target that ignores ACTIVATE_VERSION."""
    [block] = [
        block for block in documents.section("docs/targets.md", warehouse.target.requirements) if block.language == "sh"
    ]
    warehouse.write("config.json", account.config())
    env = os.environ | {
        "PATH": f"{warehouse.tap.parent}:{warehouse.reader[0].parent}:{os.environ['PATH']}",
        "PGHOST": "127.0.0.1",
        "PGPORT": str(postgres.port),
        "PGUSER": postgres.USER,
        "PGDATABASE": warehouse.target.database,
    }
    lab.run("bash", "-c", block.text, cwd=warehouse.home, env=env)
