"""The questions of testdata/sql get the answers that were computed without SQL, whatever database they are asked of."""

import json
import sys

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


@pytest.fixture
def demo(tap, tmp_path):
    """A file of the demo account's messages."""
    messages = tmp_path / "demo.jsonl"
    messages.write_text(lab.run(tap, "--demo").stdout, "utf-8")
    return messages


@pytest.mark.parametrize("keyed", [True, False], ids=["upsert", "append"])
@pytest.mark.parametrize("kind", [targets.DuckDB, targets.MeltanoPostgres, targets.PipelinewisePostgres],
                         ids=lambda kind: kind.requirements)
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

    source = f"postgresql://{lab.Postgres.USER}@127.0.0.1:{postgres.port}/postgres"
    if kind is targets.DuckDB:
        source = str(tmp_path / "talk.duckdb")
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


@pytest.mark.parametrize("name", PICTURES)
def test_picture_shows_the_answers(name, tmp_path):
    script("charts.py", "--out", tmp_path)
    differs = compare_images(str(DIRECTORY / name), str(tmp_path / name), tol=1)
    assert not differs, f"{differs}\nrun: python3 testdata/sql/charts.py"
