"""Calls that Zendesk erased leave the warehouse after a run that reads all, and never after any other run."""

import json
import subprocess

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
            self.write("target.json", self.target.config() | {"hard_delete": True}),
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


@pytest.mark.parametrize(
    "kind", (targets.MeltanoPostgres, targets.PipelinewisePostgres), ids=lambda kind: kind.requirements
)
def test_erased_calls_leave_after_a_whole_run_only(kind, tap, environments, postgres, simulate, tmp_path):
    class Own(kind):
        def schema(self):
            return "deletions_" + self.requirements.replace("-", "_")

    account, failing = simulate(*DESK), simulate(*DESK, "-scenario", "403-role@calls,3", "-scenario", "403-role@legs,3")
    warehouse = Warehouse(Own, tap, environments, postgres, tmp_path)
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
    for stream in records.STREAMS:
        left = (
            ids(account, stream) if kind is targets.MeltanoPostgres else before[stream]
        )  # pipelinewise's ignores the message
        assert warehouse.ids(stream) == left
