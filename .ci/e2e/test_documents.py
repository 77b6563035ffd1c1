"""Tests run every command and check every config that a document prints, or CONTRIBUTING.md says why none does."""

import json
import os
import re
import venv

import documents
import lab
import pytest

DOCUMENTS = sorted(
    str(file.relative_to(lab.REPOSITORY))
    for pattern in ("*.md", "docs/*.md", "schemas/*.md", "testdata/*/*.md")
    for file in lab.REPOSITORY.glob(pattern)
)

# What runs the fenced blocks, by document and heading. (```console blocks are all run by Go's TestShownCommands….)
CONFIGS = "test_the_printed_configs_are_the_tested_ones"
BLOCKS = {
    ("README.md", "60-second start"): "TestReadmeServesTheSimulatedAccount",
    ("README.md", "Use"): "test_the_script",
    ("docs/guarantees.md", "State"): "test_the_printed_state_is_read",
    ("docs/operate.md", "The script for a pipe"): "test_the_script",
    ("docs/operate.md", "On a schedule"): "test_schedules_and_what_to_watch",
    ("docs/operate.md", "Meltano"): "test_meltano",
    ("docs/operate.md", "Watch it"): "test_logs_as_json",
    ("docs/operate.md", "Deletions"): "test_meltano",
    ("docs/targets.md", "target-postgres"): CONFIGS,
    ("docs/targets.md", "pipelinewise-target-postgres"): f"{CONFIGS}, test_erased_calls_leave_after_a_whole_run_only",
    ("docs/targets.md", "target-duckdb"): CONFIGS,
    ("docs/targets.md", "target-jsonl"): CONFIGS,
    ("docs/targets.md", "target-csv"): CONFIGS,
    ("testdata/sql/README.md", "From rows to answers"): "test_commands_of_the_page",
}

# Commands that are right if they end well and print something.
SIMPLE = [
    "go doc ./tap/talk",
    "go doc ./tap/talk/talksim",
    "grep -rn 'warnings.Add' tap",
    "tap-zendesk-talk --help",
]

# What runs the other commands: a test, or a step of .ci/run.
COMMANDS = dict.fromkeys(SIMPLE, "test_simple_commands") | {
    "go run . --demo": "TestShownCommandsPrintWhatIsShown",
    "go install .": "test_ways_to_install",
    "go build": "test_ways_to_install",
    ".ci/wheel": "test_ways_to_install",
    "pip install wheels/*.whl": "test_ways_to_install",
    ".ci/wheel --all": "a release, twice",
    "goreleaser release --snapshot --clean": "a release, twice",
    "go generate ./...": "TestFieldsAreAddedAsTheReadmeTells",
    "go test ./tap -run TestScripts -update": "TestFieldsAreAddedAsTheReadmeTells",
    "go test ./...": "tests",
    ".ci/run": "end to end",
    "meltano run": "test_meltano",
    "meltano state merge": "test_meltano",
    "meltano state get": "test_sigterm_in_mid_run_keeps_the_state",
    "find /var/lib/talk/last-success -mmin +180": "test_schedules_and_what_to_watch",
    "SELECT now() AT TIME ZONE 'UTC' - max(updated_at) FROM calls": "test_schedules_and_what_to_watch",
    "SELECT count(*) FROM calls WHERE _rescued_data IS NOT NULL": "test_schedules_and_what_to_watch",
}
PROGRAMS = "tap-zendesk-talk go pip meltano goreleaser find cmd xattr sudo systemctl gh grep psql SELECT DELETE".split()


def is_command(span: str) -> bool:
    program, *words = span.split()
    file = lab.REPOSITORY / program
    return program in PROGRAMS and words != [] or program[:4] == ".ci/" and file.is_file() and os.access(file, os.X_OK)


def not_run() -> set[str]:
    """The commands in the table of CONTRIBUTING.md, which no test runs."""
    _, table = (lab.REPOSITORY / "CONTRIBUTING.md").read_text().split("### What no test runs\n")
    cells = re.findall(r"(?m)^\| (`.*`) \| ", table.split("\n**")[0])
    return {span.replace("\\|", "|") for cell in cells for span in re.findall(r"`([^`]*)`", cell)}


def test_every_command_is_run_or_listed():
    listed, missing, printed = not_run(), [], set()
    for document in DOCUMENTS:
        for block in documents.blocks(document):
            lines = {line.split(" #")[0].strip() for line in block.text.splitlines()}
            if block.language == "sh" and lines <= listed | COMMANDS.keys():
                printed |= lines
            elif block.language not in ("", "console") and (document, block.section) not in BLOCKS:
                missing.append(f"{document}, {block.section!r}: a block of {block.language}")
        if document != "CONTRIBUTING.md":
            printed |= {span for span in documents.spans(document) if is_command(span)}
    missing += sorted(printed - listed - COMMANDS.keys())
    assert not missing, "no test runs this, and CONTRIBUTING.md does not list it"
    assert not (listed | COMMANDS.keys()) - printed, "no document prints this"


def test_what_runs_them_exists():
    places = "tap/*_test.go", ".ci/e2e/test_*.py", ".ci/run"
    text = "\n".join(file.read_text("utf-8") for place in places for file in lab.REPOSITORY.glob(place))
    for names in {*BLOCKS.values(), *COMMANDS.values()}:
        for name in names.split(", ") if "test_" in names else [names]:
            assert re.search(rf'^(func|def) {name}\(|^step "{name}"', text, re.MULTILINE), name


@pytest.mark.parametrize("command", SIMPLE)
def test_simple_commands(command, clone, tap):
    env = os.environ | {"PATH": f"{tap.parent}:{os.environ['PATH']}", "GOFLAGS": "-trimpath"}
    assert lab.run("bash", "-c", command, cwd=clone, env=env).stdout


def test_ways_to_install(clone, tmp_path):
    cache = lab.run("go", "env", "GOMODCACHE").stdout.strip()
    venv.create(tmp_path / "venv", with_pip=True)
    env = os.environ | {
        "GOPATH": str(tmp_path),
        "GOMODCACHE": cache,
        "GOFLAGS": "-trimpath -buildvcs=false",
        "PATH": f"{tmp_path / 'venv/bin'}:{os.environ['PATH']}",
    }
    for command in ("go install .", "go build", ".ci/wheel", "pip install wheels/*.whl"):
        lab.run("bash", "-c", command, cwd=clone, env=env)
    programs = tmp_path / "bin/tap-zendesk-talk", clone / "tap-zendesk-talk", tmp_path / "venv/bin/tap-zendesk-talk"
    assert len({lab.run(program, "--version").stdout for program in programs}) == 1


def test_the_printed_state_is_read(tap, tmp_path):
    [block] = documents.section("docs/guarantees.md", "State")
    (tmp_path / "state.json").write_text(block.text)
    run = lab.run(tap, "--demo", "--state", tmp_path / "state.json")
    assert "calls: reading from 2026-03-17T15:15:00Z" in run.stderr and "WARNING" not in run.stderr
    assert json.loads(run.stdout.splitlines()[0])["value"] == json.loads(block.text)
