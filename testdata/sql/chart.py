#!/usr/bin/env python3
"""Draws answers.png, the README's chart, from expected/outcome_by_hour.json: python3 testdata/sql/chart.py

Run it after the simulated account changed. Needs matplotlib (tried: 3.11).
"""

import json
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402 - the backend is chosen before

HERE = Path(__file__).resolve().parent
# Drawn from the bottom up. The colours differ in lightness too, for print and for colour-blind readers.
PARTS = [("answered", "#1b6ca8"), ("other", "#a9c9e3"), ("gave_up_in_queue", "#b3261e"), ("gave_up_in_menu", "#e5815a"),
         ("gave_up_in_voicemail", "#f2c14e"), ("gave_up_on_hold", "#5b2a86")]


def main() -> None:
    rows = {row["hour"]: row for row in json.loads((HERE / "expected/outcome_by_hour.json").read_text("utf-8"))}
    hours = range(24)
    figure, axes = plt.subplots(figsize=(8, 3.6), layout="constrained")
    bottom = [0] * 24
    for name, colour in PARTS:
        values = [rows.get(hour, {}).get(name, 0) for hour in hours]
        axes.bar(hours, values, bottom=bottom, color=colour, label=name.replace("_", " "))
        bottom = [below + value for below, value in zip(bottom, values)]
    axes.set(xticks=hours, xlabel="hour of the day, Europe/Berlin", ylabel="inbound calls")
    axes.set_title("Inbound calls of the demo account by outcome, 2026-03-10 to 2026-03-17", loc="left", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, fontsize=8)
    figure.savefig(HERE / "answers.png", dpi=110, metadata={"Software": None})  # no version, so that the bytes stay


if __name__ == "__main__":
    main()
