"""The questions of testdata/sql get the answers that were computed without SQL, whatever database they are asked of."""

import json
import os
import shlex
import sys
from pathlib import Path

import documents
import lab
import pytest
import targets
from matplotlib.testing.compare import compare_images

DIRECTORY = lab.REPOSITORY / "testdata/sql"
PICTURES = sorted(file.name for file in DIRECTORY.glob("*.png"))

sys.path.append(str(DIRECTORY))
import run  # noqa: E402 - it lies beside the questions


def script(name, *words, **options):
    return lab.run(sys.executable, DIRECTORY / name, *words, **options)


def url(postgres):
    return f"postgresql://{lab.Postgres.USER}@127.0.0.1:{postgres.port}/postgres"


@pytest.fixture
def demo(tap, tmp_path):
    """A file of the demo account's messages."""
    messages = tmp_path / "demo.jsonl"
    messages.write_text(lab.run(tap, "--demo").stdout, "utf-8")
    return messages


@pytest.mark.parametrize("kind, keyed", [
    (targets.DuckDB, True), (targets.DuckDB, False),
    (targets.MeltanoPostgres, False), (targets.PipelinewisePostgres, True),
], ids=lambda value: getattr(value, "requirements", "upsert" if value is True else "append"))
def test_tables_that_a_target_loaded(kind, keyed, tap, environments, postgres, simulate, tmp_path, write):
    """In two runs, the second with new versions of rows of the first, which ends at the moment of --demo."""
    account = simulate("-account", "demo", "-now", "2026-03-16T14:20:00Z")
    schema = f"answers_{kind.__name__}_{'upsert' if keyed else 'append'}".lower()
    config = kind(tmp_path, postgres).config() | {"default_target_schema": schema, "primary_key_required": keyed}
    target = [environments[kind.requirements] / kind.executable, "--config", write("target.json", config)]
    state = write("state.json", {})
    for _ in range(2):
        messages = lab.run(tap, "--config", write("tap.json", account.config()), "--state", state).stdout
        state = write("state.json", json.loads(messages.splitlines()[-1])["value"])
        if not keyed:  # without a key, targets append
            messages = messages.replace('"key_properties":["id"]', '"key_properties":[]')
        lab.run(*target, input=messages, stdin=None, cwd=tmp_path)
        account.advance("25h")

    source = str(tmp_path / "talk.duckdb") if kind is targets.DuckDB else url(postgres)
    with run.connect(source, schema) as connection:
        [(rows, ids)] = connection.execute("select count(*), count(distinct id) from legs").fetchall()
    assert (rows == ids) == keyed, f"{rows} rows of {ids} legs: it was not loaded as this test wants it"
    script("run.py", source, "--schema", schema, "--check")
    if keyed:  # otherwise they would be the same once more
        script("charts.py", source, "--schema", schema, "--out", tmp_path / "pictures")
        assert sorted(file.name for file in (tmp_path / "pictures").iterdir()) == PICTURES


def test_messages(demo):
    from_file = script("run.py", "--check", demo).stdout
    assert script("run.py", "--check", "-", stdin=demo.open()).stdout == from_file
    assert from_file.count("as expected") == len(run.QUESTIONS)


def test_check_finds_a_wrong_answer(demo):
    lines = demo.read_bytes().splitlines(keepends=True)
    demo.write_bytes(b"".join(line for line in lines if b'"completion_status":"abandoned_in_queue"' not in line))
    checked = script("run.py", "--check", demo, check=False)
    assert checked.returncode == 1
    assert "outcome_by_hour" in checked.stderr and "transfers" not in checked.stderr


def test_answers_in_another_time_zone(demo):
    hours = {row["hour"]: row["calls"] for row in run.expected("outcome_by_hour")}
    with run.connect(str(demo), None) as connection:
        rows = run.answer(connection, "outcome_by_hour", "America/Chicago")
    assert {(row["hour"] + 6) % 24: row["calls"] for row in rows} == hours  # daylight saving began there on 2026-03-08


def test_pictures_show_the_answers(tmp_path):
    script("charts.py", "--out", tmp_path)
    for name in PICTURES:
        differs = compare_images(str(DIRECTORY / name), str(tmp_path / name), tol=0.2)
        assert not differs, f"{differs}\nrun: python3 testdata/sql/charts.py"


def test_commands_of_the_page(tap, environments, postgres, clone, tmp_path, write):
    """They are run as they are printed, in a clone, but that the database is ours."""
    messages = lab.run(tap, "--demo").stdout
    for kind in (targets.DuckDB, targets.MeltanoPostgres):
        config = write("target.json", kind(tmp_path, postgres).config() | {"default_target_schema": "talk"})
        target = environments[kind.requirements] / kind.executable
        lab.run(target, "--config", config, input=messages, stdin=None, cwd=tmp_path)
    (tmp_path / "talk.duckdb").rename(clone / "warehouse.duckdb")

    [block] = documents.blocks("testdata/sql/README.md")
    install, *commands = block.text.replace("postgresql://me@host/warehouse", url(postgres)).splitlines()
    pinned = set((lab.REPOSITORY / ".ci/requirements/e2e.txt").read_text().splitlines()[0].split()[1:])
    assert set(shlex.split(install)) - {"pip", "install"} <= pinned, "the page names other versions than those tested"
    env = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "GOFLAGS": "-trimpath"}
    for command in commands:
        lab.run("bash", "-c", command, cwd=clone, env=env)
    script("run.py", url(postgres), "--schema", "talk", "--check")
    assert sorted(file.name for file in (clone / "pictures").iterdir()) == PICTURES
