"""The commands and configs that documents print, to be run as they stand there."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import lab


@dataclass
class Block:
    """A fenced block."""

    section: str  # the heading above it
    language: str
    text: str


def blocks(document: str) -> list[Block]:
    """All fenced blocks of a document, given by its path from the root of the repository, in order."""
    found: list[Block] = []
    section, inside = "", False
    for line in (lab.REPOSITORY / document).read_text("utf-8").splitlines(keepends=True):
        if line.startswith("```"):
            inside = not inside
            if inside:
                found.append(Block(section, line[3:].strip(), ""))
        elif inside:
            found[-1].text += line
        elif line.startswith("#"):
            section = line.lstrip("# ").strip()
    return found


def section(document: str, heading: str) -> list[Block]:
    """The fenced blocks under one heading."""
    return [block for block in blocks(document) if block.section == heading]


def spans(document: str) -> list[str]:
    """What stands between backticks within the sentences and tables of a document."""
    text = re.sub(r"(?ms)^```.*?^```$", "", (lab.REPOSITORY / document).read_text("utf-8"))
    return re.findall(r"`([^`\n]+)`", text)


class Shell:
    """A shell that runs one block after the other, as a person does: what one exports or enters, the next finds."""

    def __init__(self, directory: Path, env: dict[str, str]):
        self.directory, self.env, self.kept = directory, env, directory / ".shell"
        self.kept.touch()

    def run(self, text: str, **more: object) -> str:
        """Runs a block and returns what it prints on stdout; more are variables for this one only."""
        given = "".join(f"export {name}={shlex.quote(str(value))}\n" for name, value in more.items())
        forget = f"unset -v {' '.join(more)}\n" if more else ""
        script = f'. {self.kept}\n{given}{text}\n{forget}{{ declare -px; echo "cd $PWD"; }} > {self.kept}\n'
        return lab.run("bash", "-euo", "pipefail", "-c", script, env=self.env, cwd=self.directory).stdout


def merged(old, new):
    """YAML merged as a person does it: objects key by key, lists of named plugins by name, all else replaced."""
    if isinstance(old, dict) and isinstance(new, dict):
        return old | {key: merged(old.get(key), value) for key, value in new.items()}
    if isinstance(old, list) and new and all(isinstance(item, dict) and "name" in item for item in new):
        by_name = {item["name"]: item for item in old}
        return list((by_name | {item["name"]: merged(by_name.get(item["name"]), item) for item in new}).values())
    return new
