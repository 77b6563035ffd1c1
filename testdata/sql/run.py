#!/usr/bin/env python3
"""Asks the questions of this directory, and prints the answers.

    go run . --demo | python3 testdata/sql/run.py --check -
    python3 testdata/sql/run.py messages.jsonl
    python3 testdata/sql/run.py warehouse.duckdb --schema talk --zone America/Chicago
    python3 testdata/sql/run.py postgresql://user@host/warehouse --schema talk

The same SQL files are asked, unchanged but for the time zone, of a DuckDB file, of PostgreSQL (give the password as
PGPASSWORD), or of a tap's output, which is loaded into a DuckDB in memory as a target that upserts would load it. Both
databases are only read. Needs duckdb (tried: 1.2.2) and, for PostgreSQL, psycopg (tried: 3.3.9).
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import decimal
import json
import sys
import tempfile
from pathlib import Path

import duckdb

HERE = Path(__file__).resolve().parent
QUESTIONS = sorted(file.stem for file in HERE.glob("*.sql"))
ZONE = "Europe/Berlin"  # the time zone that stands in the SQL files


def arguments(description: str, **source) -> argparse.ArgumentParser:
    """The arguments that say what to ask, shared with charts.py."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", **source, metavar="SOURCE",
                        help="a DuckDB file, a postgresql:// address, a file of Singer messages, or - for stdin")
    parser.add_argument("--schema", help="the database's schema that holds the tables calls and legs")
    parser.add_argument("--zone", default=ZONE, help=f"the time zone of days and hours (default: {ZONE})")
    return parser


@contextlib.contextmanager
def connect(source: str, schema: str | None):
    """A connection to the database that the source names, or to one made of the messages that it names."""
    if source.startswith(("postgresql://", "postgres://")):
        import psycopg  # only those who have PostgreSQL need it

        connection = psycopg.connect(source)
        connection.read_only = True
    elif source != "-" and is_duckdb(source):
        connection = duckdb.connect(source, read_only=True)
    else:
        connection = duckdb.connect(":memory:")
        with open(0 if source == "-" else source, encoding="utf-8") as lines:
            load(connection, map(json.loads, lines))
    with connection:
        if schema:
            connection.execute(f"set search_path = '{quoted(schema)}'")
        yield connection


def is_duckdb(source: str) -> bool:
    """Whether the file is a DuckDB database: each begins with a checksum and these letters."""
    with open(source, "rb") as file:
        return file.read(12)[8:] == b"DUCK"


def quoted(text: str) -> str:
    """The text as it stands between the quotes of an SQL string."""
    return text.replace("'", "''")


def load(connection: duckdb.DuckDBPyConnection, messages) -> None:
    """Makes a table of each stream, with the version of each row that came last."""
    columns: dict[str, dict[str, str]] = {}
    rows: dict[str, dict[int, dict]] = {}
    for message in messages:
        stream = message.get("stream")
        if message["type"] == "SCHEMA":
            columns[stream] = {name: column_type(schema) for name, schema in message["schema"]["properties"].items()}
            rows.setdefault(stream, {})
        elif message["type"] == "RECORD":
            rows[stream][message["record"]["id"]] = message["record"]
    for stream, records in rows.items():
        with tempfile.TemporaryDirectory() as place:
            file = Path(place) / "records.jsonl"
            file.write_text("".join(json.dumps(record) + "\n" for record in records.values()), "utf-8")
            read = f"read_json($1, format = 'newline_delimited', columns = {columns[stream]})"
            connection.execute(f"create table {stream} as from {read}", [str(file)])


def column_type(schema: dict) -> str:
    """The column that a target makes of a property."""
    if schema.get("format") == "date-time":
        return "timestamp"
    return {"integer": "bigint", "boolean": "boolean", "array": "json"}.get(schema["type"][0], "varchar")


def answer(connection, question: str, zone: str = ZONE) -> list[dict]:
    """The rows that answer a question, in the types of JSON."""
    result = connection.execute((HERE / f"{question}.sql").read_text("utf-8").replace(ZONE, quoted(zone)))
    names = [column[0] for column in result.description]
    return [dict(zip(names, map(plain, row))) for row in result.fetchall()]


def plain(value):
    """The value as JSON has it: whole numbers as such (some targets make decimals of them), other decimals as text."""
    if isinstance(value, decimal.Decimal) and value.as_tuple().exponent == 0:
        return int(value)
    return str(value) if isinstance(value, (datetime.date, decimal.Decimal)) else value


def expected(question: str) -> list[dict]:
    """The answer for the simulated account, as it was computed without SQL."""
    return json.loads((HERE / "expected" / f"{question}.json").read_text("utf-8"))


def table(rows: list[dict]) -> str:
    """Rows as text, in columns as wide as they have to be."""
    cells = [list(rows[0])] if rows else [["no rows"]]
    cells += [["" if value is None else str(value) for value in row.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells)]
    return "\n".join("  ".join(cell.rjust(width) for cell, width in zip(line, widths)) for line in cells)


def main() -> int:
    parser = arguments(__doc__)
    parser.add_argument("--check", action="store_true",
                        help="compare with the answers for the demo account instead of printing; exit 1 if one differs")
    options = parser.parse_args()
    wrong = 0
    with connect(options.source, options.schema) as connection:
        for question in QUESTIONS:
            rows = answer(connection, question, options.zone)
            if not options.check:
                print(f"\n{question}\n\n{table(rows)}")
            elif rows == (want := expected(question)):
                print(f"{question}: {len(rows)} rows as expected")
            else:
                wrong += 1
                differing = [pair for pair in zip(want, rows) if pair[0] != pair[1]]
                print(f"{question}: {len(rows)} rows for {len(want)}; first difference: {differing[:1]}",
                      file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
