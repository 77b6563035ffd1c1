"""What a Singer stream holds, and what the tap should have made of an API row.

`expected` is written from the contract, not from the tap: a second opinion in another language. It knows the
conversions that lose nothing and leaves everything else to `_rescued_data`.
"""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path

RESCUED = "_rescued_data"
STREAMS = ("calls", "legs")


class Output:
    """The messages of one run, checked for what every target takes for granted."""

    def __init__(self, file: Path):
        self.schemas: dict[str, dict] = {}
        self.records: dict[str, list[dict]] = {}
        self.states: list[dict] = []
        kind = ""
        for number, line in enumerate(file.read_bytes().split(b"\n")[:-1], 1):  # not splitlines: text may hold U+2028
            message = json.loads(line)
            kind, stream = message["type"], message.get("stream")
            if kind == "SCHEMA":
                assert stream not in self.schemas, f"{file}:{number}: a second SCHEMA of {stream}"
                self.schemas[stream], self.records[stream] = message["schema"], []
            elif kind == "RECORD":
                assert list(message["record"]) == list(self.schemas[stream]["properties"]), (
                    f"{file}:{number}: wrong fields"
                )
                self.records[stream].append(message["record"])
            else:
                assert kind == "STATE", f"{file}:{number}: type {kind}"
                self.states.append(message["value"])
        assert kind == "STATE", f"{file} ends in {kind or 'nothing'}, not in a STATE"

    def count(self) -> int:
        return sum(map(len, self.records.values()))


def latest(*outputs: Output, stream: str) -> dict[int, dict]:
    """The version of each record that was emitted last: what a target that upserts by id holds."""
    return {record["id"]: record for output in outputs for record in output.records.get(stream, [])}


def expected(row: dict, schema: dict) -> dict:
    """The record that the contract asks for, with `_rescued_data` as an object (or None)."""
    record = dict.fromkeys(schema["properties"])
    rescued = {}
    for name, value in row.items():
        if value is None:
            continue
        if name not in record:
            rescued[name] = value
            continue
        fits, shown = _convert(value, schema["properties"][name])
        if fits:
            record[name] = shown
        else:
            rescued[name] = value
    record[RESCUED] = rescued or None
    return record


def unpacked(record: dict) -> dict:
    """A record as the tap emitted it, its rescued fields parsed, to be compared with `expected`."""
    return record | {RESCUED: json.loads(record[RESCUED]) if record[RESCUED] is not None else None}


def _convert(value, schema: dict) -> tuple[bool, object]:
    kind = schema["type"][0] if isinstance(schema["type"], list) else schema["type"]
    if kind == "string" and schema.get("format") == "date-time":
        return _moment(value)
    if kind == "string":
        if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
            return True, str(
                value
            )  # a charge sent as a number: rows are parsed with parse_float=Decimal, so digit for digit
        return (True, _text(value)) if isinstance(value, str) else (False, None)
    if kind == "integer":
        if isinstance(value, str) and re.fullmatch(r"-?\d+", value):
            return True, int(value)
        whole = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) and value == int(value)
        return (True, int(value)) if whole else (False, None)
    if kind == "boolean":
        return isinstance(value, bool), value
    if kind == "array":
        whole = isinstance(value, list) and all(item is None or isinstance(item, str) for item in value)
        return whole, [item and _text(item) for item in value] if whole else None
    raise AssertionError(f"no such type in the tap's schemas: {schema}")


def _text(value: str) -> str:
    return re.sub("[\ud800-\udfff]", "\ufffd", value.replace("\0", ""))


def _moment(value) -> tuple[bool, object]:
    try:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
    except (AttributeError, ValueError):
        return False, None
    if moment.tzinfo is None:
        return False, None
    if value.endswith("Z"):
        return True, value
    return True, moment.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
