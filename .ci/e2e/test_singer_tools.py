"""singer-check-tap, the oldest judge of taps: every line parses, every record fits its schema."""

import re

import lab


def test_singer_check_tap(tap, environments, simulate, tmp_path, write):
    account = simulate("-account", "desk", "-page-size", 700)
    stream = tmp_path / "stream.singer"
    with open(stream, "w") as out:
        lab.run(tap, "--config", write("tap.json", account.config()), capture_output=False, stdout=out)
    # Through stdin: its --tap mode reads in a thread that it does not wait for, and can hang.
    with open(stream) as lines:
        told = lab.run(environments["singer-tools"] / "singer-check-tap", stdin=lines)
    for name in ("calls", "legs"):
        assert re.search(rf"\| {name} +\| {len(account.truth(name))} +\| 1 ", told.stdout), told.stdout
