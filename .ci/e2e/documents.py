"""The code blocks of a document, to be run as they are printed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import lab

NOT_RUN = "(not run"  # in the paragraph before a block that no test runs


@dataclass
class Block:
    section: str  # the heading above it
    language: str
    text: str
    run: bool


def blocks(name: str) -> list[Block]:
    """All fenced blocks of a file in docs/, in order."""
    found: list[Block] = []
    section = paragraph = ""
    inside = False
    for line in (lab.REPOSITORY / "docs" / name).read_text().splitlines(keepends=True):
        if line.startswith("```"):
            inside = not inside
            if inside:
                found.append(Block(section, line[3:].strip(), "", NOT_RUN not in paragraph))
        elif inside:
            found[-1].text += line
        elif line.startswith("#"):
            section = line.lstrip("# ").strip()
        elif line.strip():
            paragraph = line
    return found


class Shell:
    """A shell that runs one block after the other, as a person does: what one exports or enters, the next finds."""

    def __init__(self, home: Path, env: dict[str, str]):
        self.home, self.env, self.directory = home, env, home

    def run(self, text: str, **more: object) -> str:
        """Runs a block; more are variables for this one only."""
        kept = self.home / ".shell"
        script = f'{text}\n{{ pwd; echo "$UV_FIND_LINKS"; }} > {kept}\n'
        env = self.env | {name: str(value) for name, value in more.items()}
        done = lab.run("bash", "-euo", "pipefail", "-c", script, env={"UV_FIND_LINKS": ""} | env, cwd=self.directory)
        where, links = kept.read_text().splitlines()
        self.directory = Path(where)
        self.env["UV_FIND_LINKS"] = links
        return done.stdout


def merged(old, new):
    """YAML merged as a person does it: objects key by key, lists of named plugins by name, all else replaced."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old | {key: merged(old.get(key), value) for key, value in new.items()}
    if isinstance(old, list) and new and all(isinstance(item, dict) and "name" in item for item in new):
        by_name = {item["name"]: item for item in old}
        return list((by_name | {item["name"]: merged(by_name.get(item["name"]), item) for item in new}).values())
    return new
