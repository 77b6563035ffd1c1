#!/usr/bin/env python3
"""Runs the questions of this directory on a tap's output: run.py [FILE ...], or the messages on standard input.

    go run . --demo | python3 testdata/sql/run.py

Loads the tables as target-duckdb does, runs every .sql file beside this one, prints the answers, and compares them with
expected/, which schemas/gen computes from the simulated account, without SQL. Two kinds of tables are tried: one that is
loaded by upsert, which holds one row an id, and one that is only appended to, which holds every version that came.
Several files are several runs, oldest first. Needs duckdb (tried: 1.2.2).
"""

import datetime
import decimal
import fileinput
import json
import sys
import tempfile
from pathlib import Path

import duckdb

HERE = Path(__file__).resolve().parent


def column_type(schema: dict) -> str:
    """The column that target-duckdb makes of a property."""
    if "array" in schema["type"]:
        return "json"
    if schema.get("format") == "date-time":
        return "timestamp"
    return {"integer": "hugeint", "boolean": "boolean"}.get(schema["type"][0], "varchar")


def load(database: duckdb.DuckDBPyConnection, messages: list[dict], upsert: bool) -> None:
    """Makes and fills a table for each stream."""
    columns: dict[str, dict[str, str]] = {}
    rows: dict[str, list[dict]] = {}
    for message in messages:
        stream = message.get("stream")
        if message["type"] == "SCHEMA":
            columns[stream] = {name: column_type(schema) for name, schema in message["schema"]["properties"].items()}
            rows.setdefault(stream, [])
        elif message["type"] == "RECORD":
            rows[stream].append(message["record"])
    for stream, records in rows.items():
        if upsert:
            records = {record["id"]: record for record in records}.values()  # the version that came last stays
        with tempfile.TemporaryDirectory() as place:
            file = Path(place) / "records.jsonl"
            file.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
            database.execute(f"create table {stream} as from read_json($1, format = 'newline_delimited', columns = {columns[stream]})",
                             [str(file)])


def answer(database: duckdb.DuckDBPyConnection, question: Path) -> list[dict]:
    """The result of one SQL file, in the types of JSON."""
    result = database.execute(question.read_text("utf-8"))
    names = [column[0] for column in result.description]
    return [dict(zip(names, map(plain, row))) for row in result.fetchall()]


def plain(value):
    return str(value) if isinstance(value, (datetime.date, decimal.Decimal)) else value


def main() -> int:
    with fileinput.input(encoding="utf-8") as lines:
        messages = [json.loads(line) for line in lines]
    wrong = 0
    for upsert in (True, False):
        with duckdb.connect(":memory:") as database:
            load(database, messages, upsert)
            for question in sorted(HERE.glob("*.sql")):
                expected = json.loads((HERE / "expected" / f"{question.stem}.json").read_text("utf-8"))
                got = answer(database, question)
                if upsert:
                    print(f"\n{question.stem}\n{database.sql(question.read_text('utf-8'))}")
                if got != expected:
                    wrong += 1
                    differing = [pair for pair in zip(expected, got) if pair[0] != pair[1]]
                    print(f"{question.name} (upsert: {upsert}) differs from expected/{question.stem}.json: "
                          f"{len(got)} rows for {len(expected)}; first difference: {differing[:1]}", file=sys.stderr)
    if wrong:
        print(f"{wrong} answers are wrong: mend the SQL, or, if the simulated account changed, run: go generate ./...", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
