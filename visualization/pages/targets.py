"""Why one step was hard: the same models on single pairs, on their mean over the training points, and on the law's."""

import numpy as np

from data.points import units
from evaluation.captions import sound
from evaluation.evaluate import generate
from evaluation.labels import number, plus_minus
from evaluation.reference import Reference
from evaluation.summary import over_seeds, results_of
from models.calls import on_one_thread
from visualization.config import COLORS, INK
from visualization.pages.layout import page, place, said
from visualization.panel import Panel, in_users_units
from visualization.scene import data_name
from visualization.stage import Stage

TARGETS = {  # what the loss regresses on: its words, colour, line and mark
    "conditional": ("single pairs", "#b7090d", (0, (1, 1.2)), "o"),
    "marginal": ("mean over the points", "#306f9d", "-", "s"),
    "exact": ("mean over the law", "#149d48", (0, (6, 2)), "^"),
}
NOTE = (
    "The same seeds, steps and network; only what a pair (x, z) stands for in the loss differs: itself (as in the"
    " papers), the mean of all pairs of training points that pass through its state (the default here; the expected"
    " gradient is the same), or the mean over the law, a diagnosis: what is left is the network's own error."
)
NOTES = {
    1: " Maps and slopes are those of the first seed; broad grey: the exact map and its slope.",
    2: " Samples are those of the first seed, on the exact density.",
}


@on_one_thread()
def numbers(runs):
    """Per model and target: W2 (mean, standard deviation, values), loss, floor, samples of the noise z; and floors.

    None if no run has a target.
    """
    runs = [run for run in runs if run.settings.get("target") in TARGETS]
    if not runs or Reference(runs[0].settings["dataset"]).source:
        return None
    dataset = runs[0].settings["dataset"]
    reference, models = Reference(dataset), {}
    results = results_of(runs)
    for run, result in zip(runs, results, strict=True):
        each = {
            "w2": result["w2"],
            "values": [row["value"] for row in run.measures["rows"] if row["measure"] == "w2"],
            "loss": result["final_loss"],
            "ends": generate(run, reference.z)[0],
        }
        models.setdefault(run.model.title, {})[run.settings["target"]] = each
    points = over_seeds([reference.w2_of_points(x) for x in runs[0].data.numpy().astype(float)])
    found = {
        "data": data_name(runs[0].settings),
        "dataset": dataset,
        "epochs": runs[0].settings["epochs"],
        "n": runs[0].data.shape[1],
        "models": models,
        "z": reference.z,
        "exact": reference.end,
        "floor": next((result.floor("w2") for result in sound(results)), np.nan),
        "points": points,
    }
    return found | {"captions": list(captions(found))}


def captions(numbers):
    """What the noise of single pairs costs each model, and what is left."""
    for title, found in numbers["models"].items():
        parts = [f"{plus_minus(*found[kind]['w2'][:2])} on {TARGETS[kind][0]}" for kind in TARGETS if kind in found]
        words = f"{title}: W2 {', '.join(parts)}"
        if {"conditional", "marginal"} <= found.keys():
            single, mean = (found[kind]["loss"] for kind in ("conditional", "marginal"))
            floor = f"that of the exact answer is {number(single[2])}" if np.isfinite(single[2]) else "floor unknown"
            words += f"; trained, its loss is {number(single[0])} ({floor}) and {number(mean[0])} (floor 0)"
        yield f"{words}."
    points = f"The {numbers['n']} training points themselves: W2 {plus_minus(*numbers['points'])}"
    yield f"{points}; exact samples {number(numbers['floor'])}."
    if numbers["z"].shape[1] == 1:
        steep = [
            f"{title} {', '.join(f'{number(slope(numbers, each).max())} ({kind})' for kind, each in found.items())}"
            for title, found in numbers["models"].items()
        ]
        exact = number(slopes(numbers["z"], numbers["exact"]).max())
        neighbours = f"neighbours of the {len(numbers['z'])} noise points"
        yield f"Steepest slope between {neighbours}: exact {exact}; {'; '.join(steep)}."


def slopes(z, ends):
    """The slope of a map between neighbours of sorted noise (N, 1): (N - 1,)."""
    return np.diff(ends[:, 0]) / np.diff(z[:, 0])


def slope(numbers, each):
    return slopes(numbers["z"], each["ends"])


def draw(numbers):
    """W2 of all seeds above; below, per model its map and slope (1D) or its samples per target (2D)."""
    dim = numbers["z"].shape[1]
    note = "\n".join([said(numbers["captions"]), NOTE + NOTES[dim]])
    title = f"Why one step was hard: {numbers['data']}, {numbers['epochs']} epochs"
    rows = sorted({kind for found in numbers["models"].values() for kind in found}, key=list(TARGETS).index)
    below = 590 if dim == 1 else 330 * len(rows)
    figure = page(460 + below, title, note, units(numbers["dataset"]))
    chart(place(figure, (90, 104, 1130, 270), "W2 of samples, every seed"), numbers)
    draw_below = maps if dim == 1 else samples
    for i, (name, found) in enumerate(numbers["models"].items()):
        draw_below(figure, 90 + 382 * i, 450, name, found, numbers, rows)
    return figure


def chart(axes, numbers):
    """A group per model, a mark per seed, and a bar from minus to plus one standard deviation."""
    for i, found in enumerate(numbers["models"].values()):
        for j, (kind, (words, color, _, mark)) in enumerate(TARGETS.items()):
            if kind not in found:
                continue
            x = i + (j - 1) * 0.24
            mean, sd, _ = found[kind]["w2"]
            values = found[kind]["values"]
            axes.scatter(np.full(len(values), x - 0.05), values, s=14, color=color, alpha=0.5, marker=mark, lw=0)
            axes.errorbar([x + 0.03], [mean], [sd], color=color, marker=mark, ms=7, capsize=3, lw=1.6, label=words)
            paper = {"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.6}
            axes.text(x + 0.065, mean, number(mean), color=color, fontsize=10.5, va="center", bbox=paper)
    axes.axhline(numbers["floor"], color=INK, ls="--", lw=1.3)
    axes.axhline(numbers["points"][0], color=INK, ls=":", lw=1.3)
    axes.set(xlim=(-0.5, len(numbers["models"]) - 0.5), ylim=(0, None))
    axes.set_xticks(range(len(numbers["models"])), numbers["models"], fontsize=12)
    right = {"transform": axes.get_yaxis_transform(), "fontsize": 11, "color": INK}
    words = f"the {numbers['n']} points {number(numbers['points'][0])}", f"exact samples {number(numbers['floor'])}"
    for level, text, side in zip((numbers["points"][0], numbers["floor"]), words, ("bottom", "top"), strict=True):
        axes.text(1.01, level, text, va=side, **right)
    handles, words = axes.get_legend_handles_labels()
    unique = dict(zip(words, handles, strict=True))
    axes.legend(
        unique.values(),
        unique,
        frameon=False,
        loc="upper left",
        bbox_to_anchor=(1.0, 1.0),
        title="The loss regresses on",
    )


def maps(figure, x, y, name, found, numbers, rows):
    """1D: the learnt map of the noise on the exact one, and below it both slopes."""
    where, z = Stage(numbers["dataset"]), numbers["z"][:, 0]
    panel = Panel(place(figure, (x, y, 320, 270), f"{name}: its map"))
    panel.limits((-3.3, 3.3), where.limits[0])
    panel.curve("exact", z, numbers["exact"][:, 0], "exact", still=True)
    steep = place(figure, (x, y + 340, 320, 190), "Slope of the map")
    middle = (z[1:] + z[:-1]) / 2
    steep.plot(middle, slopes(numbers["z"], numbers["exact"]), color=INK, lw=4, alpha=0.35)
    for kind, each in found.items():
        _, color, line, _ = TARGETS[kind]
        panel.axes.plot(z, each["ends"][:, 0], color=color, ls=line, lw=1.5)
        steep.plot(middle, np.maximum(slope(numbers, each), 1e-3), color=color, ls=line, lw=1.3)
    steep.set(xlim=(-3.3, 3.3), yscale="log", ylim=(0.1, 60), xlabel="noise z")
    steep.set_yticks([0.1, 1, 10], ["0.1", "1", "10"])
    steep.minorticks_off()
    in_users_units(panel.axes, where, y=0)


def samples(figure, x, y, name, found, numbers, rows):
    """2D: the samples of each target, on the exact density."""
    where = Stage(numbers["dataset"])
    for row, kind in enumerate(rows):
        if kind not in found:
            continue
        words, *_ = TARGETS[kind]
        panel = Panel(place(figure, (x, y + 330 * row, 270, 270), f"{name}: {words.removeprefix('mean over ')}"))
        panel.axes.title.set_fontsize(10.5)
        panel.limits(*where.limits, [], [], equal=True)
        panel.columns(where, x=0, y=1)
        panel.hills(where.hills)
        panel.axes.scatter(*found[kind]["ends"].T, s=5, color=COLORS["output_x_hat"], alpha=0.6, lw=0, zorder=3)
