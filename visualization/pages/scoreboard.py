"""The scoreboard as a picture: W2 of every model and seed next to that of exact samples, and the modes' masses."""

import textwrap

import numpy as np
from matplotlib.lines import Line2D

from data.points import units
from evaluation.captions import telling
from evaluation.labels import evaluations, number, plus_minus
from evaluation.scoreboard import groups
from evaluation.summary import results
from models import model_class
from models.base import Encoder, Flow
from visualization.config import INK, WIDTH
from visualization.pages.layout import page, place, round_ticks, said
from visualization.scene import data_name
from visualization.text import drawable

FAMILIES = {  # of models: their colour and mark
    "flow, many evaluations": ("#306f9d", "o"),
    "flow, one evaluation": ("#b7090d", "D"),
    "encoder": ("#149d48", "s"),
    "other generator": ("#61332f", "^"),
}
MODES = ("#8fb7d6", "#e9b872", "#b9a3e3", "#9fcf9f", "#e0a0a0", "#8fd0cf", "#d6cf7f", "#c0c0c0")  # at most so many
LEFT, ROW, ABOVE, BELOW, MASSES = 190, 33, 62, 62, 300  # pixels: names, a model, title, axis; width of the masses
NOTE = (
    "Small marks: the seeds; large: their mean. Further left is better; the dashed line is where samples of the true"
    " distribution stand in the same measurement. scoreboard.md and report.html have all measures."
)


def numbers(runs):
    """Per dimension and dataset: title, floor of W2, exact masses, captions, and a row per model, the best first."""
    measured = [(run.settings, run.measures["rows"]) for run in runs]
    return [group(each) for _, each in groups(measured)]


def group(runs):
    """The numbers of one part of the page."""
    found = results(runs)
    rows = [row(result, each) for result, (_, each) in zip(found, runs, strict=True)]
    first = found[0]
    return {
        "title": " · ".join(filter(None, [data_name(runs[0][0]), units(runs[0][0]["dataset"])])),
        "floor": first.floor("w2"),
        "masses": [first.floor(mass) for mass in first.masses],
        "rows": sorted(rows, key=lambda row: (not np.isfinite(row["mean"]), row["mean"])),
        "said": telling(found),
    }


def row(result, rows):
    """One model: its W2 by seed, and what else its row shows."""
    w2 = [each["value"] for each in rows if each["measure"] == "w2"]
    return {
        "title": result.title,
        "family": family(model_class(result.name), result.steps),
        "w2": np.array(w2),
        "mean": result["w2"][0],
        "sd": result["w2"][1],
        "noisy": result["w2_with_noise"][0] if "w2_with_noise" in result else np.nan,
        "steps": result.steps,
        "masses": [result.mean(mass) for mass in result.masses],
        "lost": f"{len(result.lost)} of {result.seeds} seeds diverged" if result.lost else "",
    }


def family(kind, steps):
    """Which of FAMILIES a class of models belongs to."""
    if issubclass(kind, Flow):
        return "flow, many evaluations" if steps > 1 else "flow, one evaluation"
    return "encoder" if issubclass(kind, Encoder) else "other generator"


def draw(parts):
    """The parts below each other."""
    wrapped = [said(part["said"]) for part in parts]
    heights = [
        ABOVE + ROW * len(part["rows"]) + BELOW + 22 * lines.count("\n") + 36
        for part, lines in zip(parts, wrapped, strict=True)
    ]
    figure = page(70 + sum(heights), "How close each model's samples are to the data", NOTE)
    top = 62
    for part, lines, height in zip(parts, wrapped, heights, strict=True):
        inside = ROW * len(part["rows"])
        wide = WIDTH - LEFT - 330 - (MASSES + 40 if masses_of(part) else 0)
        axes = place(figure, (LEFT, top + ABOVE, wide, inside), drawable(part["title"]))
        distances(axes, part)
        if masses_of(part):
            shares(
                place(figure, (WIDTH - MASSES - 30, top + ABOVE, MASSES, inside), "Share of samples in each mode"), part
            )
        bottom = 1 - (top + ABOVE + inside + BELOW) / (figure.get_size_inches()[1] * figure.dpi)
        figure.text(24 / WIDTH, bottom, lines, fontsize=11, color="#333333", va="top", linespacing=1.45)
        top += height
    legend(figure, parts)
    return figure


def masses_of(part):
    """The exact masses of the modes, if there are few enough to be drawn."""
    return part["masses"] if 0 < len(part["masses"]) <= len(MODES) else []


def distances(axes, part):
    """W2 on a logarithmic axis: a row per model."""
    rows, floor = part["rows"], part["floor"]
    values = [v for row in rows for v in (*row["w2"], row["noisy"], floor) if v > 0]
    low, high = min(values), max(values)
    axes.set(xscale="log", xlim=(low / 1.25, high * 1.25), ylim=(len(rows) - 0.5, -0.5))
    axes.set_yticks(range(len(rows)), [drawable(textwrap.shorten(row["title"], 24, placeholder="…")) for row in rows])
    axes.tick_params(axis="y", length=0, labelsize=12)
    for y in range(0, len(rows), 2):
        axes.axhspan(y - 0.5, y + 0.5, color="#f5f5f5", lw=0, zorder=0)
    axes.axvline(floor, color=INK, ls="--", lw=1.4, zorder=2)
    axes.text(floor, len(rows) - 1, f" exact samples {number(floor)}", fontsize=11, color=INK, va="center", zorder=5)
    for y, row in enumerate(rows):
        color, mark = FAMILIES[row["family"]]
        axes.plot(row["w2"], [y] * len(row["w2"]), mark, color=color, ms=5, alpha=0.45, mew=0, zorder=3)
        axes.plot([row["mean"]], [y], mark, color=color, ms=10, mec="white", mew=1.0, zorder=4)
        axes.plot([row["noisy"]], [y], mark, color="none", mec=color, ms=10, mew=1.5, zorder=3)
        words = f"{plus_minus(row['mean'], row['sd'])}, {evaluations(row['steps'])}"
        words = " · ".join(filter(None, [words if np.isfinite(row["mean"]) else "", row["lost"]]))
        axes.text(1.012, y, words, transform=axes.get_yaxis_transform(), fontsize=11, va="center")
    axes.set_xlabel("W2 to the data (logarithmic)", fontsize=11)
    round_ticks(axes.xaxis)
    axes.spines["left"].set_visible(False)


def shares(axes, part):
    """The share of samples in each mode as bars, the exact shares as lines."""
    rows, exact = part["rows"], np.cumsum(part["masses"])
    axes.set(xlim=(0, 1), ylim=(len(rows) - 0.5, -0.5))
    axes.set_yticks([])
    for y, row in enumerate(rows):
        starts = np.concatenate([[0], np.cumsum(row["masses"])[:-1]])
        for k, (start, share) in enumerate(zip(starts, row["masses"], strict=True)):
            axes.barh(y, share, 0.62, start, color=MODES[k], hatch="////" if k % 2 else "", edgecolor="white", lw=0)
    for edge in exact[:-1]:
        axes.axvline(edge, color=INK, ls="--", lw=1.4)
    axes.set_xticks([0, *exact[:-1].round(3), 1] if len(exact) < 4 else [0, 0.5, 1])
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("dashed: the exact shares", fontsize=11)
    axes.spines["left"].set_visible(False)


def legend(figure, parts):
    """One for the page: the families that it shows, and the open mark of a VAE."""
    there = {row["family"] for part in parts for row in part["rows"]}
    handles = [
        Line2D([], [], color=color, marker=mark, ms=9, ls="", label=name)
        for name, (color, mark) in FAMILIES.items()
        if name in there
    ]
    if any(np.isfinite(row["noisy"]) for part in parts for row in part["rows"]):
        color, mark = FAMILIES["encoder"]
        words = "the same with the decoder's noise"
        handles.append(Line2D([], [], color="none", marker=mark, mec=color, mew=1.5, ms=9, ls="", label=words))
    look = {"frameon": False, "fontsize": 11, "ncols": len(handles), "handletextpad": 0.2, "columnspacing": 1.4}
    height = figure.get_size_inches()[1] * figure.dpi
    figure.legend(handles=handles, loc="upper left", bbox_to_anchor=(14 / WIDTH, 1 - 56 / height), **look)
