"""The targets: how each is set up, how its rows are read back, and what it is known to make of a value.

A target's quirk is written as the value that it stores, so that every other difference fails. Targets that upsert hold
the latest version of each record; the two that write files hold what came, or what came last.
"""

from __future__ import annotations

import csv
import json
import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from lab import Postgres
from records import Output, latest


class Target:
    """One target in one directory of its own."""

    requirements = executable = ""

    def __init__(self, home: Path, postgres: Postgres | None = None):
        self.home, self.postgres = home, postgres

    def config(self) -> dict:
        """The configuration file's content."""
        raise NotImplementedError

    def rows(self, stream: str) -> list[dict]:
        """All rows of a stream's table or file, by column name."""
        raise NotImplementedError

    def held(self, outputs: list[Output], stream: str) -> list[dict]:
        """Those of the emitted records that it should hold by now."""
        return list(latest(*outputs, stream=stream).values())

    def stored(self, value, schema: dict):
        """What `value` of a RECORD is when it is read back."""
        if value is not None and schema.get("format") == "date-time":
            return datetime.fromisoformat(value.removesuffix("Z"))  # a timestamp without zone, in UTC
        return value


class JSONL(Target):
    """Appends each record to a file."""

    requirements = executable = "target-jsonl"

    def config(self):
        return {"destination_path": str(self.home), "do_timestamp_file": False}

    def rows(self, stream):
        with open(self.home / f"{stream}.jsonl", encoding="utf-8") as file:
            return [json.loads(line) for line in file]

    def held(self, outputs, stream):
        return [record for output in outputs for record in output.records[stream]]

    def stored(self, value, schema):
        return value


class CSV(Target):
    """Writes a file, which each run begins anew, whatever its setting `overwrite_behavior` says."""

    requirements = executable = "target-csv"

    def config(self):
        return {"output_path": str(self.home), "file_naming_scheme": "{stream_name}.csv"}

    def rows(self, stream):
        with open(self.home / f"{stream}.csv", newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def held(self, outputs, stream):
        return outputs[-1].records[stream]

    def stored(self, value, schema):
        if value is not None and schema.get("format") == "date-time":
            return str(datetime.fromisoformat(value))  # as Python shows one
        return "" if value is None else str(value)


class DuckDB(Target):
    """Upserts; empty strings become NULL."""

    requirements = executable = "target-duckdb"

    def config(self):
        return {"filepath": str(self.home / "talk.duckdb"), "default_target_schema": "landing"}

    def rows(self, stream):
        with duckdb.connect(self.home / "talk.duckdb", read_only=True) as database:
            cursor = database.execute(f"SELECT * FROM landing.{stream}")
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row)) for row in cursor.fetchall()]

    def stored(self, value, schema):
        if value == "":
            return None
        return json.dumps(value) if isinstance(value, list) else super().stored(value, schema)


class _PostgreSQL(Target):
    """Upserts into a real PostgreSQL server."""

    database = "postgres"

    def rows(self, stream):
        with self.postgres.connect(self.database) as connection:
            cursor = connection.execute(f"SELECT * FROM {self.schema()}.{stream}")
            names = [column.name for column in cursor.description]
            return [dict(zip(names, row)) for row in cursor.fetchall()]

    def config(self):
        return {
            "host": "127.0.0.1",
            "port": self.postgres.port,
            "user": Postgres.USER,
            "password": "not asked for",
            "default_target_schema": self.schema(),
        }

    def schema(self) -> str:
        """Where its tables are."""
        return self.requirements.replace("-", "_")


class MeltanoPostgres(_PostgreSQL):
    """MeltanoLabs' target."""

    requirements = executable = "target-postgres"

    def config(self):
        return super().config() | {"database": self.database}


class PipelinewisePostgres(_PostgreSQL):
    """Pipelinewise's target: empty text becomes NULL, integers NUMERIC, and text keeps JSON's escapes of newlines.

    (It writes JSON strings into a CSV file whose escape character is the backslash: only `\\"` and `\\\\` are undone.)
    """

    requirements, executable = "pipelinewise-target-postgres", "target-postgres"

    def config(self):
        return super().config() | {"dbname": self.database}

    def stored(self, value, schema):
        if isinstance(value, str) and "format" not in schema:
            return re.sub(r'\\(["\\])', r"\1", json.dumps(value, ensure_ascii=False)[1:-1]) or None
        if isinstance(value, int) and not isinstance(value, bool):
            return Decimal(value)
        return super().stored(value, schema)


ALL = (JSONL, CSV, DuckDB, MeltanoPostgres, PipelinewisePostgres)
