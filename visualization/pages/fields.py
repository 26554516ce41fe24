"""Learnt field, exact field and their difference; of mean-velocity models also the average velocity over (s, r)."""

import numpy as np
from matplotlib.colors import LogNorm
from matplotlib.patches import Patch, Rectangle

from data.points import units
from evaluation.flows import LearntFlow
from evaluation.metrics import average_velocity_table, spread
from evaluation.reference import Reference
from models.base import Flow, MeanVelocity
from models.calls import on_one_thread
from visualization.pages.layout import page, place
from visualization.panel import in_users_units
from visualization.scene import data_name, titled
from visualization.stage import Stage

TIMES = (0.1, 0.5, 0.9)
GRID = 61  # points along an axis of the error's picture
ARROW = "#7b0f6b"  # learnt; what is exact is broad and grey, as everywhere
RARE = np.log(1e-3)  # log density below which no model is ever evaluated
JUMPS = "Squares: the mean squared error of the average velocity of a jump from progress s to r, of the first seed."
NOTES = {
    1: "Progress s runs from 0 (noise) to 1 (data). Grey: the density is below .001, no model is evaluated there.",
    2: "Colour: the length of learnt minus exact velocity, 3 and more in the darkest; white: the exact density is below"
    " .001. Each column shows where the density is at its time; arrows have one scale within a column.",
}


@on_one_thread()
def numbers(runs):
    """Per flow whose own answer is the exact field: both fields, and the table of average velocities. None if none is.

    1D: over (x, s). 2D: at three times, on a grid and, for arrows, on a coarse one.
    """
    flows = {
        title: run for title, run in titled(runs).items() if isinstance(run.model, Flow) and run.model.exact == "flow"
    }
    if not flows:
        return None
    dataset = runs[0].settings["dataset"]
    exact, where = Reference(dataset).exact, Stage(dataset)
    questions = grid_1d(exact, where) if exact.dim == 1 else grid_2d(exact, where)
    models = {}
    for title, run in flows.items():
        flow, table = LearntFlow(run.model), None
        if isinstance(run.model, MeanVelocity):
            table = average_velocity_table(flow, exact, np.linspace(0, 1, 9))
        learnt = [[flow.velocity(spread(flow, x), s)[0] for x in points] for s, points in questions["asked"]]
        models[title] = {"learnt": learnt, "table": table}
    jumping = {title: run.model for title, run in flows.items() if isinstance(run.model, MeanVelocity)}
    only = {title: model.to_data_only for title, model in jumping.items() if not model.inverts}
    return {"data": data_name(runs[0].settings), "dataset": dataset, "dim": exact.dim, "only": only} | {
        "questions": questions,
        "models": models,
    }


def grid_1d(exact, where):
    """Progresses and positions of the heat map: [(s, [x])], the exact velocities, and where the density is not rare."""
    s, x = np.linspace(0, 1, 61), np.linspace(*where.limits[0], 90)[:, None]
    return {
        "asked": [(at, [x]) for at in s],
        "exact": [[exact.velocity(x, at)] for at in s],
        "seen": [[exact.log_density(x, at) > RARE] for at in s],
    }


def grid_2d(exact, where):
    """The same at three times: a grid for the colours, and a coarse one, only where the density is not rare."""
    axes = [np.linspace(*limit, GRID) for limit in where.limits]
    points = np.stack(np.meshgrid(*axes), -1).reshape(-1, 2)
    few = np.stack(np.meshgrid(*[axis[::4] for axis in axes]), -1).reshape(-1, 2)
    asked = [(s, [points, few[exact.log_density(few, s) > RARE]]) for s in TIMES]
    return {
        "asked": asked,
        "exact": [[exact.velocity(x, s) for x in both] for s, both in asked],
        "seen": [[exact.log_density(points, s) > RARE] for s in TIMES],
    }


def draw(numbers):
    """The flows below each other, the first seed; the error's colours mean the same in all panels."""
    where = Stage(numbers["dataset"])
    return (draw_1d if numbers["dim"] == 1 else draw_2d)(numbers, where)


def begin(numbers, height):
    """The page, with its notes."""
    only = f"Hatched: jumps that are not trained, of {', '.join(numbers['only'])}."
    note = "\n".join(
        [NOTES[numbers["dim"]], *([JUMPS] if tables(numbers) else []), *([only] if numbers["only"] else [])]
    )
    return page(height, f"Velocity fields: {numbers['data']}", note, units(numbers["dataset"]))


def tables(numbers):
    """The flows that have a table of average velocities."""
    return {title: each["table"] for title, each in numbers["models"].items() if each["table"] is not None}


def draw_1d(numbers, where):
    """The exact field once and the average velocities next to it; then what each flow misses."""
    models, jumps = numbers["models"], tables(numbers)
    beside = len(jumps) <= 3
    below = 104 + 330 + (0 if beside else 320 * -(-len(jumps) // 5))
    figure = begin(numbers, below + 330 * -(-len(models) // 4) - 20)
    truth, seen = (np.stack([each for (each,) in numbers["questions"][key]], 1) for key in ("exact", "seen"))
    truth = truth[..., 0]
    exact = place(figure, (70, 104, 520, 220), "Exact velocity")
    heat(figure, exact, np.where(seen, truth, np.nan), where, 4, (604, 104, 14, 220))
    for i, (title, each) in enumerate(models.items()):
        miss = np.stack([x[:, 0] for (x,) in each["learnt"]], 1) - truth
        axes = place(figure, (70 + i % 4 * 365, below + i // 4 * 330, 305, 230), f"{title} − exact")
        bar = (70 + 4 * 365 - 45, below, 14, 230) if i == 0 else None
        heat(figure, axes, np.where(seen, miss, np.nan), where, 1, bar)
    boxes = [
        (740 + 265 * i, 104, 190, 220) if beside else (70 + i % 5 * 290, 434 + i // 5 * 320, 210, 220)
        for i in range(len(jumps))
    ]
    averages(figure, jumps, numbers["only"], boxes, (1530, 104, 14, 220))
    return figure


def heat(figure, axes, values, where, reach, bar):
    """A field over progress and x; bar: the box of its colour scale, if it has one."""
    axes.set_facecolor("#e8e8e8")
    look = {"aspect": "auto", "cmap": "PRGn", "vmin": -reach, "vmax": reach}
    image = axes.imshow(values, extent=(0, 1, *where.limits[0]), origin="lower", **look)
    axes.set_xlabel("progress s (0 noise, 1 data)", fontsize=10)
    axes.set_ylabel("x", fontsize=10, labelpad=0)
    in_users_units(axes, where, y=0)
    if bar:
        scale(figure, image, bar, "velocity" if reach > 1 else "learnt − exact", "right")


def draw_2d(numbers, where):
    """A row per flow: the error in colour and both fields as arrows at three times, and its average velocities."""
    models, side = numbers["models"], 340
    figure = begin(numbers, 85 + (side + 50) * len(models))
    for row, (title, each) in enumerate(models.items()):
        top = 104 + row * (side + 50)
        for column, s in enumerate(TIMES):
            axes = place(
                figure,
                (24 + column * (side + 24), top, side, side),
                f"{title}, s = {s:g}" if not column else f"s = {s:g}",
            )
            image = plane(axes, each["learnt"][column], numbers["questions"], column, where)
        if row == 0:
            scale(figure, image, (1150, top, 14, side), "|learnt − exact|", "left")
    jumps = tables(numbers)
    rows = [row for row, title in enumerate(models) if title in jumps]
    boxes = [(1270, 104 + row * (side + 50), 240, 240) for row in rows]
    averages(figure, jumps, numbers["only"], boxes, (1528, boxes[0][1], 14, 240) if boxes else ())
    handles = [Patch(color="#555555", alpha=0.5, label="exact velocity"), Patch(color=ARROW, label="learnt velocity")]
    height = figure.get_size_inches()[1] * figure.dpi
    figure.legend(handles=handles, loc="upper right", ncols=2, frameon=False, bbox_to_anchor=(0.99, 1 - 14 / height))
    return figure


def plane(axes, learnt, questions, i, where):
    """One time: the error where the density is not rare, exact arrows broad, learnt ones thin; all of one scale."""
    (_, (points, near)), (truth, exact), (seen,) = (questions[key][i] for key in ("asked", "exact", "seen"))
    miss = np.where(seen, np.linalg.norm(learnt[0] - truth, axis=1), np.nan).reshape(GRID, GRID)
    x, y = (np.unique(axis) for axis in points.T)
    image = axes.pcolormesh(x, y, miss, cmap="YlGnBu", vmin=0, vmax=3, shading="nearest")
    look = {"angles": "xy", "scale_units": "xy", "scale": 5}
    if len(near):  # the target may be thinner than the grid is wide
        axes.quiver(*near.T, *exact.T, color="#555555", alpha=0.5, width=0.014, zorder=3, **look)
        axes.quiver(*near.T, *learnt[1].T, color=ARROW, width=0.005, zorder=4, **look)
    inside = points[seen] if seen.any() else points
    centre, half = (inside.max(0) + inside.min(0)) / 2, 0.62 * np.ptp(inside, 0).max()
    axes.set(xticks=[], yticks=[], xlim=centre[0] + np.array([-half, half]), ylim=centre[1] + np.array([-half, half]))
    axes.spines[["top", "right"]].set_visible(True)
    in_users_units(axes, where, x=0, y=1)
    return image


def averages(figure, jumps, only, boxes, bar):
    """Mean squared error of the average velocity for jumps from s to r: a square per model in its box, one scale.

    only: {title: whether a model that does not invert is trained for jumps to the data alone}.
    """
    for i, ((title, table), box) in enumerate(zip(jumps.items(), boxes, strict=True)):
        axes = place(figure, box, f"{title}, jumps")
        n = len(table)
        edges = np.linspace(-0.5, n - 0.5, n + 1) / (n - 1)
        image = axes.pcolormesh(edges, edges, table.T, cmap="viridis", norm=LogNorm(1e-3, 10))
        if title in only:
            hatch(axes, edges, only[title])
        axes.set(xticks=[0, 0.5, 1], yticks=[0, 0.5, 1])
        axes.set_xlabel("from progress s", fontsize=10)
        axes.set_ylabel("to progress r", fontsize=10, labelpad=4)
        if i == 0:
            scale(figure, image, bar, "E|u − u_exact|²", "right")


def hatch(axes, edges, to_data_only):
    """Over all jumps back to the noise, and if so over those forward that do not end at the data, in the last row."""
    n = len(edges) - 1
    for k in range(n):
        back, ahead = (edges[0], edges[k]), (edges[k + 1], edges[n - 1])
        for low, high in (back, ahead) if to_data_only and k < n - 1 else (back,):
            box = Rectangle((edges[k], low), edges[1] - edges[0], high - low, fill=False, hatch="////", lw=0)
            axes.add_patch(box).set_edgecolor("white")


def scale(figure, image, box, words, side):
    """A colour scale in a box, with what it measures."""
    axes = place(figure, box)
    figure.colorbar(image, cax=axes).outline.set_visible(False)
    axes.set_title(words, fontsize=10, loc=side, pad=6)
