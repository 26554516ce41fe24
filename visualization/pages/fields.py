"""Learnt field, exact field and their difference; of mean-velocity models also the average velocity over (s, r)."""

import textwrap

import numpy as np

from data.points import units
from evaluation.flows import LearntFlow
from evaluation.metrics import average_velocity_table, spread
from evaluation.reference import Reference
from models.base import Flow, MeanVelocity, on_one_thread
from visualization.config import COLORS
from visualization.pages.layout import page, place
from visualization.panel import in_users_units
from visualization.scene import data_name, titled
from visualization.stage import Stage

TIMES = (0.1, 0.3, 0.5, 0.7, 0.9)
RARE = np.log(1e-3)  # log density below which no model is ever evaluated
JUMPS = "\nRight: log10 of E|u - u_exact|², the error of the average velocity for jumps from s to r."
NOTES = {
    1: "Grey: the exact density is below .001, no model is ever evaluated there." + JUMPS,
    2: "Arrows: exact velocity black, learnt red. Colour: length of their difference, 0 to 3; white: density < .001."
    + JUMPS,
}


@on_one_thread()
def numbers(runs):
    """Per flow whose own answer is the exact field: both fields, and the table of average velocities. None if none is.

    1D: over (x, s). 2D: at five times, on a grid and, for arrows, on a coarse one.
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
    only = [title for title, run in flows.items() if isinstance(run.model, MeanVelocity) and run.model.to_data_only]
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
    """The same at five times: a grid for the colours, and a coarse one, only where the density is not rare."""
    axes = [np.linspace(*limit, 40) for limit in where.limits]
    points = np.stack(np.meshgrid(*axes), -1).reshape(-1, 2)
    few = np.stack(np.meshgrid(*[axis[2::5] for axis in axes]), -1).reshape(-1, 2)
    asked = [(s, [points, few[exact.log_density(few, s) > RARE]]) for s in TIMES]
    return {
        "asked": asked,
        "exact": [[exact.velocity(x, s) for x in both] for s, both in asked],
        "seen": [[exact.log_density(points, s) > RARE] for s in TIMES],
    }


def draw(numbers):
    """A row per flow, the first seed."""
    models, where = numbers["models"], Stage(numbers["dataset"])
    only = textwrap.fill(f"Only r = s and r = 1 are learnt: {', '.join(numbers['only'])}.", 180)
    note = "\n".join([NOTES[numbers["dim"]], *([only] if numbers["only"] else [])])
    figure = page(75 + 310 * len(models), f"Velocity fields: {numbers['data']}", note, units(numbers["dataset"]))
    for i, (title, each) in enumerate(models.items()):
        top = 104 + 310 * i
        fields = fields_1d if numbers["dim"] == 1 else fields_2d
        fields(figure, top, title, each["learnt"], numbers["questions"], where)
        if each["table"] is not None:
            averages(figure, place(figure, (1330, top, 210, 210), "average velocity error"), each["table"])
    return figure


def fields_1d(figure, top, title, learnt, questions, where):
    """Learnt, exact, difference as heat maps."""
    limits = where.limits
    learnt, truth = (np.stack([x[:, 0] for (x,) in field], 1) for field in (learnt, questions["exact"]))
    seen = np.stack([each for (each,) in questions["seen"]], 1)
    pictures = ((f"{title}: learnt", learnt, 4), ("exact", truth, 4), ("difference", learnt - truth, 1))
    for i, (heading, values, reach) in enumerate(pictures):
        axes = place(figure, (60 + i * 415, top, 330, 230), heading)
        axes.set_facecolor("#e8e8e8")
        look = {"aspect": "auto", "cmap": "RdBu_r", "vmin": -reach, "vmax": reach}
        image = axes.imshow(np.where(seen, values, np.nan), extent=(0, 1, *limits[0]), origin="lower", **look)
        colorbar(figure, axes, image)
        in_users_units(axes, where, y=0)
        axes.set_xlabel("s", labelpad=-4)


def fields_2d(figure, top, title, learnt, questions, where):
    """The difference in colour and both fields as arrows, at five times."""
    limits = where.limits
    for i, (s, (_, near)) in enumerate(questions["asked"]):
        axes = place(figure, (24 + i * 256, top, 236, 236), f"{title}, s = {s}" if i == 0 else f"s = {s}")
        miss = np.linalg.norm(learnt[i][0] - questions["exact"][i][0], axis=1)
        shown = np.where(questions["seen"][i][0], miss, np.nan).reshape(40, 40)
        axes.imshow(shown, extent=(*limits[0], *limits[1]), origin="lower", cmap="Oranges", vmin=0, vmax=3)
        if len(near):  # the target may be thinner than the grid is wide
            arrows(axes, near, questions["exact"][i][1], "black")
            arrows(axes, near, learnt[i][1], COLORS["output_x_hat"])
        axes.set(xticks=[], yticks=[], xlim=limits[0], ylim=limits[1])
        in_users_units(axes, where, x=0, y=1)


def arrows(axes, points, v, color):
    axes.quiver(*points.T, *v.T, color=color, angles="xy", scale=55, width=0.006)


def averages(figure, axes, table):
    """Mean squared error of the average velocity for jumps from s to r."""
    image = axes.imshow(np.log10(table).T, extent=(0, 1, 0, 1), origin="lower", cmap="viridis", vmin=-3, vmax=1)
    axes.set_xlabel("from s", labelpad=-2)
    axes.set_ylabel("to r", labelpad=-2)
    colorbar(figure, axes, image)


def colorbar(figure, axes, image):
    """A slim scale next to the picture."""
    figure.colorbar(image, ax=axes, fraction=0.05, pad=0.02).outline.set_visible(False)
