"""Identities of the two-time flow map: how exact each model's jumps are, from every progress s to every later r."""

import numpy as np

from data.points import units
from evaluation.flows import LearntFlow
from evaluation.labels import number
from evaluation.metrics import spread
from evaluation.reference import Reference
from evaluation.summary import over_seeds
from models.base import MeanVelocity
from models.calls import on_one_thread
from visualization.config import INK
from visualization.pages.layout import page, place, said
from visualization.scene import data_name, titled

NOTE = (
    "E|u − u_exact|² of the average velocity u from progress s (rows) to r (columns), at points of the exact flow; mean"
    " over seeds, exact 0. All numbers and colours are on one logarithmic scale."
)
COLUMNS, SIZE = 4, 300


@on_one_thread()
def numbers(runs):
    """Per model whose own answer is the exact flow, {(s, r): error}: of jumps between all times; None without any."""
    reference = Reference(runs[0].settings["dataset"])
    models = {
        title: errors(run, reference)
        for title, run in titled(runs).items()
        if isinstance(run.model, MeanVelocity) and run.model.exact == "flow" and not run.model.to_data_only
    }
    found = {"data": data_name(runs[0].settings), "dataset": runs[0].settings["dataset"], "models": models}
    return found | {"captions": list(captions(models))} if models else None


def errors(run, reference):
    """{(s, r): E|u - u_exact|^2}, the mean over the seeds that did not diverge."""
    flow, found = LearntFlow(run.model), {}
    for x, (s, r), exact in zip(*reference.jumps(), strict=True):
        each = np.square(flow.average_velocity(spread(flow, x), s, r) - exact).sum(-1).mean(1)
        each[list(run.stopped)] = np.nan
        found[float(s), float(r)] = float(over_seeds(each)[0])
    return found


def captions(models):
    """Who is best for the whole way, and where each is worst."""
    whole = {title: found[0.0, 1.0] for title, found in models.items()}
    ranked = ", ".join(f"{title} {number(whole[title])}" for title in sorted(whole, key=whole.get))
    yield f"Over the whole way, from noise to data: {ranked}."
    for title, found in models.items():
        (s, r), worst = max(found.items(), key=lambda item: item[1])
        yield f"{title}: its largest error is {number(worst)}, from s = {s:g} to {r:g}."


def draw(numbers):
    """A triangle of cells per model."""
    models = numbers["models"]
    note = "\n".join([said(numbers["captions"]), NOTE])
    title = f"Jumps between all times: {numbers['data']}"
    figure = page(110 + (SIZE + 90) * -(-len(models) // COLUMNS), title, note, units(numbers["dataset"]))
    values = np.array([value for found in models.values() for value in found.values()])
    values = np.log10(np.maximum(values[np.isfinite(values)], 1e-6)) if np.isfinite(values).any() else np.zeros(1)
    for i, (name, found) in enumerate(models.items()):
        box = (90 + 385 * (i % COLUMNS), 110 + (SIZE + 90) * (i // COLUMNS), SIZE, SIZE)
        cells(place(figure, box, name), found, (values.min(), values.max()))
    return figure


def cells(axes, found, limits):
    """Cells of the pairs (s, r), with their numbers."""
    starts, ends = (sorted({pair[i] for pair in found}) for i in (0, 1))
    grid = np.full((len(starts), len(ends)), np.nan)
    for (s, r), value in found.items():
        grid[starts.index(s), ends.index(r)] = np.log10(max(value, 1e-6))
    axes.pcolormesh(
        np.arange(len(ends) + 1), np.arange(len(starts) + 1), grid, cmap="YlOrRd", vmin=limits[0], vmax=limits[1]
    )
    middle = (limits[0] + limits[1]) / 2
    for (s, r), value in found.items():
        i, j = starts.index(s), ends.index(r)
        color = "white" if grid[i, j] > middle + 0.25 * (limits[1] - limits[0]) else INK
        axes.text(j + 0.5, i + 0.5, number(value, 2), ha="center", va="center", fontsize=10, color=color)
    axes.set_xticks(np.arange(len(ends)) + 0.5, [f"{r:g}" for r in ends])
    axes.set_yticks(np.arange(len(starts)) + 0.5, [f"{s:g}" for s in starts])
    axes.set(xlabel="to r", ylabel="from s")
    axes.tick_params(length=0)
