"""Every target holds exactly what the account holds, field by field, after a first and an incremental run."""

import json

import documents
import pytest

import lab
import records
import targets


@pytest.mark.parametrize("kind", targets.ALL, ids=lambda kind: kind.requirements)
def test_target_holds_the_account(kind, tap, environments, postgres, simulate, tmp_path, write, record_property):
    account = simulate("-account", "desk", "-calls", 3000, "-until", "6h", "-page-size", 700)
    target = kind(tmp_path, postgres)
    reader = [environments[kind.requirements] / kind.executable, "--config", write("target.json", target.config())]
    config = write("tap.json", account.config())
    state = write("state.json", {})

    def sync(name: str) -> records.Output:
        stream = tmp_path / f"{name}.singer"
        lab.pipeline([tap, "--config", config, "--state", state], reader, stream, state)
        return records.Output(stream)

    first = sync("first")
    same_as_account(account, first)
    same_in_target(target, first)

    account.advance("3h")  # new calls, and earlier ones rewritten as the real desk's are at about +40 min and +3 h
    second = sync("second")
    for stream in records.STREAMS:
        known, now = records.latest(first, stream=stream), records.latest(second, stream=stream)
        assert now.keys() - known.keys(), f"no new {stream} in three hours: this account tests nothing"
        assert now.keys() & known.keys(), f"no rewritten {stream} in three hours: this account tests nothing"
    same_as_account(account, first, second)
    same_in_target(target, first, second)

    idle = sync("idle")
    assert idle.count() == 0, "nothing changed, but records came"
    same_in_target(target, first, second, idle)
    for stream in records.STREAMS:
        record_property(f"{kind.requirements}, {stream}", f"{len(target.rows(stream)):,} rows after three runs")


def test_the_printed_configs_are_the_tested_ones(postgres, tmp_path):
    """Key by key: only the connection and the paths are a machine's own."""
    blocks = [block for block in documents.blocks("docs/targets.md") if block.language == "json"]
    printed = {block.section: json.loads(block.text) for block in blocks}
    assert printed.keys() == {kind.requirements for kind in targets.ALL}
    for kind in targets.ALL:
        config = kind(tmp_path, postgres).config()
        shown = printed[kind.requirements]
        assert shown.keys() == config.keys()
        for key in shown.keys() - {"host", "port", "user", "password", "database", "dbname", "default_target_schema"}:
            path = str(config[key]).replace(f"{tmp_path}/", "") if str(config[key]) != str(tmp_path) else "."
            assert str(shown[key]) == path, f"{kind.requirements}: {key}"


def test_the_printed_versions_are_the_tested_ones():
    text = (lab.REPOSITORY / "docs/targets.md").read_text()
    for kind in targets.ALL:
        pins = (lab.REPOSITORY / f".ci/requirements/{kind.requirements}.txt").read_text().splitlines()[0]
        for name, version in (pin.split("==") for pin in pins.removeprefix("# ").split()):
            assert f"{name} {version}" in text or f"[{name}](#{name}) | {version}" in text, f"{name} {version}"


def same_as_account(account, *outputs):
    """What was emitted last of each record is the row that the account holds."""
    for stream in records.STREAMS:
        schema = outputs[0].schemas[stream]
        got = records.latest(*outputs, stream=stream)
        want = {row["id"]: records.expected(row, schema) for row in account.truth(stream)}
        assert got.keys() == want.keys(), f"{stream}: ids differ from the account's"
        for identity, record in want.items():
            assert records.unpacked(got[identity]) == record


def same_in_target(target, *outputs):
    """The target's rows are the records, no more, no fewer, and no field differs."""
    for stream in records.STREAMS:
        schema = outputs[-1].schemas[stream]["properties"]
        held = target.held(outputs, stream)
        want = [{name: target.stored(value, schema[name]) for name, value in record.items()} for record in held]
        got = [{name: row[name] for name in schema} for row in target.rows(stream)]
        assert len(got) == len(want), f"{stream}: {len(got)} rows, {len(want)} wanted"
        for row, record in zip(sorted(got, key=by_id), sorted(want, key=by_id), strict=True):
            assert row == record


def by_id(row):
    return int(row["id"])  # text in a CSV file; sorting keeps the order of several versions
