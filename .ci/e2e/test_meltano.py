"""Meltano runs the tap as it runs those of its own SDK: added, installed, tested, selected, run, stopped."""

import json
import os
import re
import signal
import subprocess
import time

import lab
import pytest
import records
import yaml

TAP, TARGET = "tap-zendesk-talk", "target-jsonl"
DEVELOPMENT = yaml.safe_load((lab.REPOSITORY / "meltano.yml").read_text())
CATALOG = json.loads((lab.REPOSITORY / "catalog.json").read_text())


class Project:
    """A Meltano project in a directory of its own."""

    def __init__(self, home, bin, account=None, output=None):
        self.home, self.bin, self.account, self.output = home, bin, account, output or home / "output"
        self.state = f"dev:{TAP}-to-{TARGET}"
        self.env = {
            name: value for name, value in os.environ.items() if not name.startswith(("MELTANO_", "TAP_", "TARGET_"))
        }
        self.env |= {"NO_COLOR": "1", "MELTANO_SEND_ANONYMOUS_USAGE_STATS": "false", "MELTANO_DISABLE_TRACKING": "true"}
        self.env["PATH"] = f"{bin}:{self.env['PATH']}"

    def setting(self, **settings):
        """Sets the tap's settings as an orchestrator does: as variables, from which Meltano writes the config file."""
        self.env |= {f"TAP_ZENDESK_TALK_{name.upper()}": str(value) for name, value in settings.items()}

    def meltano(self, *words, check=True):
        return lab.run(self.bin / "meltano", *words, cwd=self.home, env=self.env, check=check)

    def start(self, *words):
        return subprocess.Popen(
            [self.bin / "meltano", *words],
            cwd=self.home,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )

    def bookmarks(self):
        return json.loads(self.meltano("state", "get", self.state).stdout)["singer_state"]["bookmarks"]

    def loaded(self, stream):
        """All lines that the target wrote so far."""
        file = self.output / f"{stream}.jsonl"
        return [json.loads(line) for line in open(file, encoding="utf-8")] if file.exists() else []


@pytest.fixture(scope="module")
def installed(tmp_path_factory, environments, wheel):
    """A new project with the tap added from its Hub definition; its wheel stands for the package of the index."""
    home = tmp_path_factory.mktemp("meltano")
    (home / "meltano.yml").write_text(
        yaml.safe_dump(
            {
                "project_id": "e2e",
                "default_environment": "dev",
                "environments": [{"name": "dev"}],
                "plugins": {"loaders": DEVELOPMENT["plugins"]["loaders"]},
            }
        )
    )
    project = Project(home, environments["meltano"])
    project.env["UV_FIND_LINKS"] = str(wheel.parent)
    project.meltano("add", "--plugin-type", "extractor", TAP, "--from-ref", lab.REPOSITORY / f".github/hub/{TAP}.yml")
    project.meltano("install")
    return project


@pytest.fixture
def project(installed, simulate, tmp_path):
    """The installed project with an account, nothing loaded and no state."""
    account = simulate("-account", "desk", "-calls", 1500, "-until", "6h", "-page-size", 100)
    fresh = Project(installed.home, installed.bin, account, tmp_path / "output")
    fresh.env |= {
        "TARGET_JSONL_DESTINATION_PATH": str(fresh.output),
        "MELTANO_DATABASE_URI": f"sqlite:///{tmp_path}/state.db",
    }
    fresh.setting(**account.config())
    return fresh


def test_config_test(project):
    assert "Plugin configuration is valid" in project.meltano("config", "test", TAP).stdout


def test_config_test_shows_what_is_wrong(project):
    project.setting(access_token="refused by the simulator")
    failed = project.meltano("config", "test", TAP, check=False)
    assert failed.returncode != 0
    assert "access_token" in failed.stdout + failed.stderr, (
        "Meltano shows the tap's last line; it must name the setting"
    )


def test_select_lists_every_field(project):
    listed = project.meltano("select", TAP, "--list", "--all").stdout
    for stream in CATALOG["streams"]:
        for field in stream["schema"]["properties"]:
            mode = "automatic" if field in ("id", "updated_at") else "selected"
            assert re.search(rf"\[{mode} *\] {stream['stream']}\.{field}$", listed, re.MULTILINE), (
                f"{field} in:\n{listed}"
            )


def test_deselected_field_stays_away_and_an_automatic_one_stays(project):
    project.env["TAP_ZENDESK_TALK__SELECT"] = json.dumps(["calls.*", "!calls.phone_number", "!calls.id"])
    told = project.meltano("run", TAP, TARGET).stderr
    assert re.search(r"(?m) METRIC +metric_name=bookmark_lag metric_value=\d+$", told), "docs/operate.md has it"
    calls = project.loaded("calls")
    assert {row["id"] for row in calls} == {row["id"] for row in project.account.truth("calls")}
    assert not any("phone_number" in row for row in calls)
    assert not any("phone_number" in (row[records.RESCUED] or "") for row in calls)
    assert project.loaded("legs") == []


def test_run_is_incremental_until_a_full_refresh(project):
    def load(*flags):
        before = {stream: len(project.loaded(stream)) for stream in records.STREAMS}
        project.meltano("run", *flags, TAP, TARGET)
        return {stream: project.loaded(stream)[before[stream] :] for stream in records.STREAMS}

    def ids(stream):
        return sorted(row["id"] for row in project.account.truth(stream))

    first = load()
    assert {stream: sorted(row["id"] for row in rows) for stream, rows in first.items()} == {s: ids(s) for s in first}
    bookmarks = project.bookmarks()
    assert bookmarks.keys() >= set(records.STREAMS)

    project.account.advance("3h")
    second = load()
    for stream in records.STREAMS:
        assert 0 < len(second[stream]) < len(first[stream])
        assert project.bookmarks()[stream]["end_time"] > bookmarks[stream]["end_time"]
        held = {row["id"]: row["updated_at"] for row in first[stream] + second[stream]}
        assert held == {row["id"]: row["updated_at"] for row in project.account.truth(stream)}

    assert load() == {"calls": [], "legs": []}
    again = load("--full-refresh")
    assert {stream: sorted(row["id"] for row in rows) for stream, rows in again.items()} == {s: ids(s) for s in again}


def test_sigterm_in_mid_run_keeps_the_state(project):
    project.meltano("run", TAP, TARGET)
    before = project.bookmarks()
    asked = len(project.account.requests())

    project.setting(requests_per_minute=10)  # ten pages at once, then a wait of almost a minute
    running = project.start("run", "--full-refresh", TAP, TARGET)
    lab.wait_until("ten requests", lambda: len(project.account.requests()) >= asked + 10)
    running.send_signal(signal.SIGTERM)
    stopped = time.monotonic()
    _, log = running.communicate(timeout=60)
    assert running.returncode == 143, log
    assert time.monotonic() - stopped < 10
    assert project.bookmarks() == before

    project.setting(requests_per_minute=1000)
    loaded = len(project.loaded("calls"))
    project.meltano("run", TAP, TARGET)
    assert len(project.loaded("calls")) == loaded, "the state was kept, nothing changed since, but records came"


def test_structured_logs_are_shown_as_meltanos_own(project):
    told = project.meltano("--log-format=json", "run", TAP, TARGET).stderr
    lines = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    taps = [line for line in lines if line.get("name") == TAP and line.get("stdio") == "stderr"]
    assert taps, told
    for line in taps:  # parsed: a line that Meltano's parser refuses is passed on as text, without these
        assert line["plugin_logger"].startswith(TAP), line
        assert not line["event"].startswith("{"), line


def test_the_development_project_runs_the_program_beside_it(tmp_path, tap, installed, simulate):
    account = simulate("-account", "demo")
    project = Project(tmp_path, installed.bin)
    (tmp_path / "meltano.yml").write_text((lab.REPOSITORY / "meltano.yml").read_text())
    (tmp_path / TAP).symlink_to(tap)
    project.meltano("install", "--plugin-type", "loader", TARGET)
    project.setting(api_url=account.url)
    project.meltano("--environment=demo", "run", TAP, TARGET)
    for stream in records.STREAMS:
        assert {row["id"] for row in project.loaded(stream)} == {row["id"] for row in account.truth(stream)}
