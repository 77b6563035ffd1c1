"""singer-check-tap, the oldest judge of taps: every line parses, every record fits its schema."""

import lab


def test_singer_check_tap(tap, environments, simulate, tmp_path, write):
    account = simulate("-account", "desk", "-calls", 1500, "-page-size", 400)
    stream = tmp_path / "stream.singer"
    with open(stream, "w") as out:
        lab.run(tap, "--config", write("tap.json", account.config()), capture_output=False, stdout=out)
    # Through stdin: its --tap mode reads in a thread that it does not wait for, and can hang.
    with open(stream) as lines:
        told = lab.run(environments["singer-tools"] / "singer-check-tap", stdin=lines)
    counted = {name: len(account.truth(name)) for name in ("calls", "legs")}
    assert f"{sum(counted.values())} valid records" in told.stdout + told.stderr or all(
        str(count) in told.stdout for count in counted.values()), told.stdout + told.stderr
