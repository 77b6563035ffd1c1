"""docs/operate.md: what it prints is run, word for word, in the order in which it stands there.

What is not as the page has it is in variables of the environment, but for paths outside of the test's own directory.
"""

import configparser
import hashlib
import json
import os
import re
import shlex
import shutil
import sqlite3
import time
from datetime import datetime, timedelta, timezone

import documents
import lab
import pytest
import records
import targets
import yaml

PAGE = "docs/operate.md"
PINS = lab.REPOSITORY / ".ci/requirements"
PHONES = {"calls": ["phone_number", "line", "overflowed_to", "ivr_routed_to"], "legs": ["forwarded_to"]}


def command(beginning: str) -> str:
    """The one command within the page's sentences that begins like this."""
    [found] = {span for span in documents.spans(PAGE) if span.startswith(beginning)}
    return found


@pytest.fixture
def meltano(clone) -> documents.Shell:
    """A shell beside the clone, with Meltano and the tap's wheel, as the page has them made."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("MELTANO_", "TAP_", "TARGET_"))}
    env |= {"NO_COLOR": "1", "MELTANO_DISABLE_TRACKING": "true", "MELTANO_HUB_URL": "http://hub.invalid"}
    shell = documents.Shell(clone, env)
    install = documents.section(PAGE, "Meltano")[0].text
    shell.run(install, PIP_CONSTRAINT=PINS / "meltano.txt", PIP_NO_COMPILE=1)
    return shell


def test_the_script_passes_shellcheck(environments):
    lab.run(environments["shellcheck"] / "shellcheck", lab.REPOSITORY / "docs/sync.sh")


def test_meltano(meltano, clone, simulate, postgres):
    emea, us = (simulate("-account", "desk", "-calls", calls, "-seed", calls) for calls in (150, 100))
    meltano.run(f"""
        export TARGET_POSTGRES_PORT={postgres.port}
        export TAP_ZENDESK_TALK_CLIENT_ID=sim-client TAP_ZENDESK_TALK_CLIENT_SECRET=sim-client-secret
        export TAP_ZENDESK_TALK_REQUESTS_PER_MINUTE=1000 TAP_TALK_EMEA_API_URL={emea.url} TAP_TALK_US_API_URL={us.url}
        export TAP_TALK_WHOLE_SETTLE_SECONDS=0 # the clock stands still: what is unsettled would stay so
    """)
    _, *todo = documents.section(PAGE, "Meltano") + documents.section(PAGE, "Deletions")

    def do(language, **variables):
        block = todo.pop(0)
        assert block.language == language
        if language == "sh":
            meltano.run(block.text, **variables)
            return block.text
        file = project / "meltano.yml"
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
        with sqlite3.connect(project / ".meltano/meltano.db") as own:
            return sorted(own.execute("SELECT * FROM state").fetchall())

    project = clone.parent / "talk"
    do("sh", UV_CONSTRAINT=PINS / "target-postgres.txt")  # init, add
    with postgres.connect("postgres") as superuser:
        for statement in todo.pop(0).text.splitlines():
            superuser.execute(statement)
    do("sh")  # .env
    build, serve = todo.pop(0).text.splitlines()
    lab.run(*build.split(), cwd=clone)
    assert serve == "./serve -addr 127.0.0.1:8080"
    account = simulate(program=clone / "serve")  # on another port
    settings = todo.pop(0).text.replace("http://127.0.0.1:8080", account.url)
    meltano.run(f"export TAP_ZENDESK_TALK_API_URL={account.url}")
    run = do("sh")
    database = postgres.connect("warehouse")
    same("tap_zendesk_talk", account)

    lines = (project / ".env").read_text().splitlines(keepends=True)
    (project / ".env").write_text("".join([settings, *lines[3:], "HASH_SALT=pepper\n"]))
    meltano.run("unset TAP_ZENDESK_TALK_API_URL TAP_ZENDESK_TALK_CLIENT_ID TAP_ZENDESK_TALK_CLIENT_SECRET")

    before = do("yaml")  # leave out the phone numbers
    meltano.run(run, MELTANO_ENVIRONMENT="staging", TAP_ZENDESK_TALK__LOAD_SCHEMA="left_out")
    same("left_out", account)
    for stream, fields in PHONES.items():
        assert not set(fields) & set(rows("left_out", stream)[0])
    (project / "meltano.yml").write_text(before)

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


@pytest.mark.parametrize("document, heading", [("README.md", "Use"), (PAGE, "The script for a pipe")])
def test_the_script(document, heading, clone, tap, environments, simulate, tmp_path, write):
    account = simulate("-account", "demo")
    write("config.json", account.config())
    write("target.json", {"destination_path": str(tmp_path), "do_timestamp_file": False})
    [block] = [block for block in documents.section(document, heading) if block.language == "sh"]
    path = f"{clone / 'docs'}:{tap.parent}:{environments['target-jsonl']}:{os.environ['PATH']}"
    text = block.text.replace("/var/lib/talk", str(tmp_path))
    lab.run("bash", "-c", text, env=os.environ | {"PATH": path}, cwd=clone)
    for stream in records.STREAMS:
        with open(tmp_path / f"{stream}.jsonl", encoding="utf-8") as file:
            assert {json.loads(line)["id"] for line in file} == {row["id"] for row in account.truth(stream)}
    assert json.loads((tmp_path / "state.json").read_text())["bookmarks"]["legs"]["end_time"]


class Machine:
    """The files of a machine on which the script runs on a schedule, below a directory."""

    def __init__(self, root, programs, target, account):
        self.root = root
        for name in ("opt/talk/bin", "etc", "var/lib/talk", "var/log"):
            (root / name).mkdir(parents=True)
        shutil.copy(lab.REPOSITORY / "docs/sync.sh", root / "opt/talk")
        for program in programs:
            (root / "opt/talk/bin" / program.name).symlink_to(program)
        (root / "var/lib/talk/target.json").write_text(json.dumps(target))
        config = account.config()
        (root / "etc/talk.env").write_text(f"TAP_ZENDESK_TALK_ACCESS_TOKEN='{config.pop('access_token')}'\n")
        (root / "var/lib/talk/config.json").write_text(json.dumps(config))

    def here(self, text: str) -> str:
        """A text of the page with this machine's files in place of the page's."""
        return re.sub(r"/(?=(opt|etc|var)/)", f"{self.root}/", text)

    def variables(self) -> list[str]:
        """What the file of secrets holds, as systemd and Kubernetes hand it on."""
        return [shlex.split(line)[0] for line in (self.root / "etc/talk.env").read_text().splitlines()]


def run_cron(machine, environments, block):
    path, line = machine.here(block.text).splitlines()
    *when, run = line.split(" ", 5)
    assert when == "*/30 * * * *".split() and "%" not in run, "cron would end the command there"
    lab.run("env", "-i", path, f"HOME={machine.root}", "SHELL=/bin/sh", "/bin/sh", "-c", run)


def run_systemd(machine, environments, block):
    _, *units = re.split(r"(?m)^# /etc/systemd/system/(\S+)\n", block.text)
    for name, text in zip(units[::2], units[1::2], strict=True):
        (machine.root / name).write_text(machine.here(text))
    checked = lab.run("systemd-analyze", "verify", "--man=no", *(machine.root / name for name in units[::2]))
    assert not checked.stderr, checked.stderr
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str
    unit.read(machine.root / "talk.service")
    service = unit["Service"]
    assert service["EnvironmentFile"] == str(machine.root / "etc/talk.env")
    lab.run("env", "-i", service["Environment"], *machine.variables(), *shlex.split(service["ExecStart"]))


def run_kubernetes(machine, environments, block):
    file = machine.root / "cronjob.yaml"
    file.write_text(block.text)
    lab.run(environments["kubernetes-validate"] / "kubernetes-validate", "--strict", file)
    job = yaml.safe_load(machine.here(block.text))["spec"]
    assert job["concurrencyPolicy"] == "Forbid"  # one of a few words, which the schema does not list
    [container] = job["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    path = f"PATH={machine.root}/opt/talk/bin:/usr/bin:/bin"  # of the image
    lab.run("env", "-i", path, *machine.variables(), *container["command"])


def test_schedules_and_what_to_watch(tap, environments, simulate, postgres, tmp_path):
    account = simulate("-account", "demo", "-now", "2026-03-16T14:20:00Z")
    kind = targets.PipelinewisePostgres(tmp_path, postgres)
    schema = "scheduled"
    target = kind.config() | {"default_target_schema": schema}
    machine = Machine(tmp_path, [tap, environments[kind.requirements] / kind.executable], target, account)
    success = machine.root / "var/lib/talk/last-success"
    with postgres.connect() as database:
        database.execute(f"SET search_path = {schema}; SET timezone = 'Asia/Tokyo'")

        def ask(query):
            [(answer,)] = database.execute(query).fetchall()
            return answer

        run_by_language = {"crontab": run_cron, "ini": run_systemd, "yaml": run_kubernetes}
        blocks = documents.section(PAGE, "On a schedule")
        assert [block.language for block in blocks] == list(run_by_language)
        for block in blocks:
            account.advance("12h")
            success.unlink(missing_ok=True)
            run_by_language[block.language](machine, environments, block)
            assert success.exists()
            for stream in records.STREAMS:
                ids = database.execute(f"SELECT id FROM {stream}").fetchall()
                assert {int(row_id) for (row_id,) in ids} == {row["id"] for row in account.truth(stream)}
        log = (machine.root / "var/log/talk.log").read_text()
        assert "calls: complete" in log, "cron's line keeps the log"

        calls = account.truth("calls")
        rescued = ask(command("SELECT count(*)"))
        assert 0 < rescued < len(calls)
        age = ask(command("SELECT now()"))
        newest = datetime.fromisoformat(max(row["updated_at"] for row in calls))
        assert abs(datetime.now(timezone.utc) - newest - age) < timedelta(minutes=1)

    find = machine.here(command("find "))
    assert lab.run("sh", "-c", find).stdout == ""
    os.utime(success, (time.time() - 181 * 60,) * 2)
    assert lab.run("sh", "-c", find).stdout == f"{success}\n"
    success.unlink()
    assert lab.run("sh", "-c", find, check=False).returncode == 1


def test_logs_as_json(tap, tmp_path):
    [block] = documents.section(PAGE, "Watch it")
    env = os.environ | {"PATH": f"{tap.parent}:{os.environ['PATH']}"}
    lab.run("bash", "-e", "-c", block.text, env=env, cwd=tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert {"level", "message", "ts", "stream_name"} <= set.intersection(*(set(line) for line in lines))
    metrics = {line["metric_info"]["metric"] for line in lines if "metric_info" in line}
    watched = set(re.findall(r'"metric":"(\w+)"', (lab.REPOSITORY / PAGE).read_text()))
    assert watched and watched <= metrics, "the lines to watch"
