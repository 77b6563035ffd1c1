#!/usr/bin/env python3
"""Draws the answers: outcome_by_hour.png, service_level.png and staffing.png.

    python3 testdata/sql/charts.py warehouse.duckdb --schema talk --out pictures
    python3 testdata/sql/charts.py postgresql://user@host/warehouse --zone America/Chicago --out pictures
    python3 testdata/sql/charts.py

A source is what run.py takes. Without one, the pictures of this directory are drawn anew, from the demo account's
answers in expected/. Needs what run.py needs, and matplotlib (tried: 3.11.2).
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402 - the backend is chosen before
from matplotlib.ticker import MultipleLocator, PercentFormatter  # noqa: E402

import run  # noqa: E402

GREY = "#4a4f57"
STYLE = {
    "font.size": 9, "axes.titlesize": 11, "axes.titleweight": "bold", "axes.titlelocation": "left", "axes.titlepad": 18,
    "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": "#8a9099", "axes.labelcolor": GREY,
    "xtick.color": GREY, "ytick.color": GREY, "axes.axisbelow": True, "grid.color": "#e6e8eb", "legend.frameon": False,
    "figure.constrained_layout.use": True,
}
DARK, MIDDLE, LIGHT, RED = "#1b6ca8", "#7fb2d9", "#cfe1f0", "#b3261e"
# Drawn from the bottom up. The colours differ in lightness too, for print and for colour-blind readers.
OUTCOMES = {"answered": DARK, "other": "#a9c9e3", "gave_up_in_queue": RED, "gave_up_in_menu": "#e5815a",
            "gave_up_in_voicemail": "#f2c14e", "gave_up_on_hold": "#5b2a86"}
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
FEW = 10  # calls of which a share says nothing


def title(axes, text: str, note: str) -> None:
    """Puts a title and a quiet line below it above the axes."""
    axes.set_title(text)
    axes.annotate(note, (0, 1), (0, 5), xycoords="axes fraction", textcoords="offset points", color="#6b7178", size=8.5,
                  in_layout=False)


def outcome_by_hour(rows: list[dict], period: str):
    """Draws a bar an hour, made of the ways in which its calls ended."""
    figure, axes = plt.subplots(figsize=(8.2, 3.9))
    by_hour = {row["hour"]: row for row in rows}
    bottom = [0] * 24
    for name, colour in OUTCOMES.items():
        values = [by_hour.get(hour, {}).get(name, 0) for hour in range(24)]
        axes.bar(range(24), values, 0.82, bottom=bottom, color=colour, label=name.replace("_", " "))
        bottom = [below + value for below, value in zip(bottom, values)]
    axes.set(xticks=range(24), xlim=(-0.7, 23.7), xlabel="hour of the day", ylabel="inbound calls")
    axes.tick_params(axis="x", length=0)
    axes.grid(axis="y")
    axes.legend(loc="upper left", reverse=True)
    title(axes, "How inbound calls end, by hour", period)
    return figure


def service_level(rows: list[dict], period: str):
    """Draws the share that is answered in time, above the calls that it is a share of."""
    rows = sorted(rows, key=lambda row: row["half_hour"])
    figure, (share, volume) = plt.subplots(2, figsize=(8.2, 5), sharex=True, height_ratios=[3, 2])

    def middles(some: list[dict]) -> list[float]:
        return [int(row["half_hour"][:2]) + int(row["half_hour"][3:]) / 60 + 0.25 for row in some]

    share.axhline(80, color=RED, linewidth=1, linestyle=(0, (5, 4)))
    share.text(24, 81.5, "80 %, a usual goal", color=RED, ha="right", va="bottom", size=8.5)
    many = [row for row in rows if row["offered"] >= FEW]
    few = [row for row in rows if row["offered"] < FEW]
    share.plot(middles(many), [row["service_level_percent"] for row in many], "o-", color=DARK, markersize=5,
               linewidth=1.8, label="service level", clip_on=False)
    share.plot(middles(few), [row["service_level_percent"] for row in few], "o", color=MIDDLE, markersize=3.5,
               alpha=0.7, label=f"fewer than {FEW} calls", clip_on=False)
    share.set(ylim=(0, 122), yticks=range(0, 101, 20), ylabel="answered within 20 s")
    share.yaxis.set_major_formatter(PercentFormatter(decimals=0))
    share.legend(loc="upper left", ncols=2)
    for name, label, colour in (("offered", "asked for an agent", LIGHT), ("answered", "answered", MIDDLE),
                                ("within_20_seconds", "answered within 20 s", DARK)):
        volume.bar(middles(rows), [row[name] for row in rows], 0.42, color=colour, label=label)
    volume.set(xlim=(0, 24), ylabel="calls", xlabel="time of the day, by half hour")
    volume.xaxis.set_major_locator(MultipleLocator(2))
    volume.xaxis.set_major_formatter(lambda hour, _: f"{int(hour):02}:00")
    volume.legend(loc="upper left")
    for axes in (share, volume):
        axes.grid(axis="y")
    title(share, "Service level: who waits at most 20 seconds in the queue", period)
    return figure


def staffing(rows: list[dict], period: str):
    """Draws a map of the week: how many agents are busy as colour, how many are needed as number."""
    busy = [[0.0] * 24 for _ in WEEKDAYS]
    for row in rows:
        busy[row["weekday"] - 1][row["hour"]] = float(row["busy_agents"])
    most = max(map(max, busy)) or 1
    figure, axes = plt.subplots(figsize=(8.2, 3.5))
    mesh = axes.pcolormesh(range(25), range(8), busy, cmap="Blues", vmin=0, vmax=most, edgecolor="white", linewidth=1.5)
    for row in rows:
        colour = "white" if float(row["busy_agents"]) > 0.55 * most else "#1f2933"
        axes.text(row["hour"] + 0.5, row["weekday"] - 0.5, row["agents_needed"], color=colour, size=8, ha="center",
                  va="center")
    axes.invert_yaxis()
    axes.set(xticks=[hour + 0.5 for hour in range(24)], xticklabels=range(24), xlabel="hour of the day",
             yticks=[day + 0.5 for day in range(7)], yticklabels=WEEKDAYS)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    bar = figure.colorbar(mesh, aspect=14, pad=0.015)
    bar.set_label("agents busy on average", color=GREY)
    bar.outline.set_visible(False)
    bar.ax.tick_params(length=0)
    title(axes, "How many agents the phone needs, by weekday and hour",
          f"numbers: agents needed, each busy 80 % of the time; whole days of {period}")
    return figure


def main() -> int:
    parser = run.arguments(__doc__, nargs="?")
    parser.add_argument("--out", type=Path, default=run.HERE,
                        help="the directory to draw into (default: the one of this script)")
    options = parser.parse_args()
    if options.source:
        with run.connect(options.source, options.schema) as connection:
            answers = {name: run.answer(connection, name, options.zone) for name in run.QUESTIONS}
    else:
        answers = {name: run.expected(name) for name in run.QUESTIONS}
    days = [row["day"] for row in answers["cost_per_day"]]
    if not days:
        sys.exit("there are no calls to draw")
    period = f"{days[0]} to {days[-1]}, {options.zone}" + ("" if options.source else ", demo account")
    options.out.mkdir(parents=True, exist_ok=True)
    with plt.rc_context(STYLE):
        for draw in (outcome_by_hour, service_level, staffing):
            name = draw.__name__
            # Without matplotlib's version in the file, so that its bytes stay.
            draw(answers[name], period).savefig(options.out / f"{name}.png", dpi=120, metadata={"Software": None})
    return 0


if __name__ == "__main__":
    sys.exit(main())
