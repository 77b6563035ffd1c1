"""docs/operate.md: what it prints is run, word for word, in the order in which it stands there.

What is not as the document has it is in variables of the environment, but for the directory of the first example.
"""

import hashlib
import json
import os
import re
import sqlite3
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import documents
import lab
import psycopg
import pytest
import records
import yaml

BLOCKS = documents.blocks("operate.md")
PINS = lab.REPOSITORY / ".ci/requirements"
PHONES = {"calls": ["phone_number", "line", "overflowed_to", "ivr_routed_to"], "legs": ["forwarded_to"]}
HUB = {  # as much of the Hub's definitions as Meltano needs
    "loaders": {
        "name": "target-postgres",
        "namespace": "target_postgres",
        "variant": "meltanolabs",
        "executable": "target-postgres",
        "label": "PostgreSQL",
        "pip_url": "meltanolabs-target-postgres",
        "capabilities": ["about"],
        "settings": [
            {"name": "host"},
            {"name": "port", "kind": "integer"},
            {"name": "user"},
            {"name": "password", "kind": "string", "sensitive": True},
            {"name": "database"},
            {"name": "default_target_schema", "value": "$MELTANO_EXTRACT__LOAD_SCHEMA"},
            {"name": "hard_delete", "kind": "boolean"},
        ],
    },
    "mappers": {
        "name": "meltano-map-transformer",
        "namespace": "meltano_map_transformer",
        "variant": "meltano",
        "executable": "meltano-map-transform",
        "label": "Meltano Map Transformer",
        "pip_url": "meltano-map-transform",
        "settings": [{"name": "stream_maps", "kind": "object"}, {"name": "stream_map_config", "kind": "object"}],
    },
}


@pytest.fixture(scope="module")
def hub():
    """A Hub on a loopback port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            kind, name = self.path.split("?")[0].split("/")[-2:]
            found = HUB.get(kind, {})
            if name == "index":
                here = f"http://{self.headers['Host']}/meltano/api/v1/plugins/{kind}/{found.get('name')}"
                found = found and {
                    found["name"]: {
                        "logo_url": "",
                        "default_variant": found["variant"],
                        "variants": {found["variant"]: {"ref": here}},
                    }
                }
            body = json.dumps(found).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def shell(tmp_path, environments, wheel, hub, postgres):
    """A shell in an empty folder; all that is not as the document has it, is in its variables."""
    clone = tmp_path / "clone"
    clone.mkdir()
    (clone / "wheels").symlink_to(wheel.parent)
    (clone / ".github").symlink_to(lab.REPOSITORY / ".github")
    env = {name: value for name, value in os.environ.items() if not name.startswith(("MELTANO_", "TAP_", "TARGET_"))}
    env |= {
        "CLONE": str(clone),
        "HASH_SALT": "pepper",
        "PATH": f"{environments['meltano']}:{env['PATH']}",
        "MELTANO_HUB_URL": hub,
        "MELTANO_DISABLE_TRACKING": "true",
        "NO_COLOR": "1",
        "TAP_ZENDESK_TALK_CLIENT_ID": "sim-client",
        "TAP_ZENDESK_TALK_CLIENT_SECRET": "sim-client-secret",
        "TAP_ZENDESK_TALK_REQUESTS_PER_MINUTE": "1000",
        "TAP_TALK_WHOLE_SETTLE_SECONDS": "0",  # the account's clock stands still: what is unsettled would stay so
        "TARGET_POSTGRES_HOST": "127.0.0.1",
        "TARGET_POSTGRES_PORT": str(postgres.port),
        "TARGET_POSTGRES_USER": postgres.USER,
        "TARGET_POSTGRES_DATABASE": "postgres",
    }
    (tmp_path / "home").mkdir()
    return documents.Shell(tmp_path / "home", env)


def test_every_block_is_run_or_says_that_it_is_not():
    assert {block.section for block in BLOCKS if block.run} == {
        "The script for a pipe",
        "Meltano",
        "Watch it",
        "Deletions",
    }
    assert all(block.language in ("sh", "yaml") for block in BLOCKS if block.run)


def test_the_script_passes_shellcheck(environments):
    lab.run(environments["shellcheck"] / "shellcheck", lab.REPOSITORY / "docs/sync.sh")


def test_meltano(shell, simulate, postgres):
    account = simulate("-account", "demo")
    emea, us = (simulate("-account", "desk", "-calls", calls, "-seed", calls) for calls in (150, 100))
    shell.env |= {
        "TAP_ZENDESK_TALK_API_URL": account.url,
        "TAP_TALK_EMEA_API_URL": emea.url,
        "TAP_TALK_US_API_URL": us.url,
    }
    todo = [block for block in BLOCKS if block.run and block.section in ("Meltano", "Deletions")]
    database = psycopg.connect(
        host="127.0.0.1", port=postgres.port, user=postgres.USER, dbname="postgres", autocommit=True
    )

    def do(language, **variables):
        block = todo.pop(0)
        assert block.language == language
        if language == "sh":
            shell.run(block.text, **variables)
            return block.text
        file = shell.directory / "meltano.yml"
        before = file.read_text()
        file.write_text(
            yaml.safe_dump(documents.merged(yaml.safe_load(before), yaml.safe_load(block.text)), sort_keys=False)
        )
        return before

    def rows(schema, stream):
        cursor = database.execute(f"SELECT * FROM {schema}.{stream}")
        return [dict(zip([column.name for column in cursor.description], row)) for row in cursor.fetchall()]

    def same(schema, of):
        for stream in records.STREAMS:
            assert sorted(row["id"] for row in rows(schema, stream)) == [row["id"] for row in of.truth(stream)], (
                f"{schema}.{stream}"
            )

    def states():
        with sqlite3.connect(shell.directory / ".meltano/meltano.db") as meltano:
            return sorted(meltano.execute("SELECT * FROM state").fetchall())

    do("sh", UV_CONSTRAINT=PINS / "target-postgres.txt")  # init, add
    do("sh")  # .env
    run = do("sh")
    same("tap_zendesk_talk", account)

    before = do("yaml")  # leave out the phone numbers
    shell.run(run, MELTANO_ENVIRONMENT="staging", TAP_ZENDESK_TALK__LOAD_SCHEMA="left_out")
    same("left_out", account)
    for stream, fields in PHONES.items():
        assert not set(fields) & set(rows("left_out", stream)[0])
    (shell.directory / "meltano.yml").write_text(before)

    do("sh", UV_CONSTRAINT=PINS / "meltano-map-transform.txt")
    do("yaml")
    do("sh", MELTANO_ENVIRONMENT="prod", TAP_ZENDESK_TALK__LOAD_SCHEMA="hashed")
    same("hashed", account)
    for stream, fields in PHONES.items():
        plain = {row["id"]: row for row in account.truth(stream)}
        assert any(plain[row["id"]].get(field) for field in fields for row in rows("hashed", stream)), "nothing to hash"
        for row in rows("hashed", stream):
            for field in fields:
                number = plain[row["id"]].get(field)
                assert row[field] == (hashlib.sha256(f"pepper{number}".encode()).hexdigest() if number else None), field

    lost = "DELETE FROM tap_zendesk_talk.{} WHERE updated_at >= '{}' AND updated_at < '{}'"
    kept = states()
    for stream in records.STREAMS:
        assert database.execute(lost.format(stream, "2026-03-12", "2026-03-13")).rowcount > 10
    do("sh")  # refill the window
    same("tap_zendesk_talk", account)
    assert states() == kept

    for stream in records.STREAMS:
        assert database.execute(lost.format(stream, "2026-03-14", "2026-04-01")).rowcount > 10
    do("sh")  # wind the state back
    same("tap_zendesk_talk", account)

    do("yaml")
    do("sh")  # two accounts
    same("talk_emea", emea)
    same("talk_us", us)

    account.erase("calls", 5)
    do("yaml")
    do("sh")  # deletions
    same("tap_zendesk_talk", account)
    assert not todo


def test_the_script(tap, environments, simulate, tmp_path, write):
    account = simulate("-account", "demo")
    write("config.json", account.config())
    write("target.json", {"destination_path": str(tmp_path), "do_timestamp_file": False})
    [block] = [block for block in BLOCKS if block.section == "The script for a pipe"]
    path = f"{lab.REPOSITORY / 'docs'}:{tap.parent}:{environments['target-jsonl']}:{os.environ['PATH']}"
    documents.Shell(tmp_path, dict(os.environ) | {"PATH": path}).run(block.text.replace("/var/lib/talk", str(tmp_path)))
    for stream in records.STREAMS:
        with open(tmp_path / f"{stream}.jsonl", encoding="utf-8") as file:
            assert {json.loads(line)["id"] for line in file} == {row["id"] for row in account.truth(stream)}
    assert json.loads((tmp_path / "state.json").read_text())["bookmarks"]["legs"]["end_time"]


def test_logs_as_json(tap, tmp_path):
    [block] = [block for block in BLOCKS if block.section == "Watch it"]
    documents.Shell(tmp_path, dict(os.environ) | {"PATH": f"{tap.parent}:{os.environ['PATH']}"}).run(block.text)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert {"level", "message", "ts", "stream_name"} <= set.intersection(*(set(line) for line in lines))
    metrics = {line["metric_info"]["metric"] for line in lines if "metric_info" in line}
    watched = set(re.findall(r'"metric":"(\w+)"', (lab.REPOSITORY / "docs/operate.md").read_text()))
    assert watched and watched <= metrics, "the lines to watch"
