"""Learnt field, exact field and their difference; of mean-velocity models also the average velocity over (s, r)."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from main import page_script

    page_script("fields")

import numpy as np

from data.points import units
from evaluation.exam import Exam
from evaluation.flows import LearntFlow
from evaluation.metrics import average_velocity_table, spread
from visualization.config import COLORS
from visualization.page import page, place
from visualization.panels import in_users_units
from visualization.scene import data_name, stage

TIMES = (0.1, 0.3, 0.5, 0.7, 0.9)
RARE = np.log(1e-3)  # log density below which no model is ever asked
JUMPS = (
    "\nRight: log10 of E|u - u_exact|², the error of the average velocity for jumps from s to r;"
    " FACM learns only r = s and r = 1."
)
NOTES = {
    1: "Grey: the exact density is below .001, no model is ever asked there." + JUMPS,
    2: "Arrows: exact velocity black, learnt red. Colour: length of their difference, 0 to 3; white: density < .001."
    + JUMPS,
}


def draw(runs):
    """A row for each flow, the first seed. 1D: over (s, x). 2D: at five times."""
    flows = [run for run in runs if hasattr(run.model, "velocity")]
    exact, where = Exam(runs[0].config["dataset"]).exact, stage(runs[0].config["dataset"])
    figure = page(
        130 + 310 * len(flows),
        f"Velocity fields: {data_name(runs[0].config)}",
        NOTES[exact.dim],
        units(runs[0].config["dataset"]),
    )
    for i, run in enumerate(flows):
        top, flow = 104 + 310 * i, LearntFlow(run.model)
        (fields_1d if exact.dim == 1 else fields_2d)(figure, top, run.model.title, flow, exact, where)
        if hasattr(run.model, "jump"):
            averages(figure, place(figure, (1330, top, 210, 210), "average velocity error"), flow, exact)
    return figure


def fields_1d(figure, top, title, flow, exact, where):
    """Learnt, exact, difference as heat maps."""
    limits = where.limits
    s, x = np.linspace(0, 1, 61), np.linspace(*limits[0], 90)[:, None]
    learnt = np.stack([flow.velocity(spread(flow, x), at)[0, :, 0] for at in s], 1)
    truth = np.stack([exact.velocity(x, at)[:, 0] for at in s], 1)
    seen = np.stack([exact.log_density(x, at) > RARE for at in s], 1)
    pictures = ((f"{title}: learnt", learnt, 4), ("exact", truth, 4), ("difference", learnt - truth, 1))
    for i, (words, values, reach) in enumerate(pictures):
        axes = place(figure, (60 + i * 415, top, 330, 230), words)
        axes.set_facecolor("#e8e8e8")
        look = {"aspect": "auto", "cmap": "RdBu_r", "vmin": -reach, "vmax": reach}
        image = axes.imshow(np.where(seen, values, np.nan), extent=(0, 1, *limits[0]), origin="lower", **look)
        colorbar(figure, axes, image)
        in_users_units(axes, where, y=0)
        axes.set_xlabel("s", labelpad=-4)


def fields_2d(figure, top, title, flow, exact, where):
    """The difference in colour and both fields as arrows, at five times."""
    limits = where.limits
    grid = [np.linspace(*limit, 40) for limit in limits]
    points = np.stack(np.meshgrid(*grid), -1).reshape(-1, 2)
    few = np.stack(np.meshgrid(*[axis[2::5] for axis in grid]), -1).reshape(-1, 2)
    for i, s in enumerate(TIMES):
        axes = place(figure, (24 + i * 256, top, 236, 236), f"{title}, s = {s}" if i == 0 else f"s = {s}")
        miss = np.linalg.norm(flow.velocity(spread(flow, points), s)[0] - exact.velocity(points, s), axis=1)
        shown = np.where(exact.log_density(points, s) > RARE, miss, np.nan).reshape(40, 40)
        axes.imshow(shown, extent=(*limits[0], *limits[1]), origin="lower", cmap="Oranges", vmin=0, vmax=3)
        near = few[exact.log_density(few, s) > RARE]
        if len(near):  # the target may be thinner than the grid is wide
            arrows(axes, near, exact.velocity(near, s), "black")
            arrows(axes, near, flow.velocity(spread(flow, near), s)[0], COLORS["output_x_hat"])
        axes.set(xticks=[], yticks=[], xlim=limits[0], ylim=limits[1])
        in_users_units(axes, where, x=0, y=1)


def arrows(axes, points, v, color):
    axes.quiver(*points.T, *v.T, color=color, angles="xy", scale=55, width=0.006)


def averages(figure, axes, flow, exact):
    """Mean squared error of the average velocity for jumps from s to r."""
    table = average_velocity_table(flow, exact, np.linspace(0, 1, 9))
    image = axes.imshow(np.log10(table).T, extent=(0, 1, 0, 1), origin="lower", cmap="viridis", vmin=-3, vmax=1)
    axes.set_xlabel("from s", labelpad=-2)
    axes.set_ylabel("to r", labelpad=-2)
    colorbar(figure, axes, image)


def colorbar(figure, axes, image):
    """A slim scale beside the picture."""
    figure.colorbar(image, ax=axes, fraction=0.05, pad=0.02).outline.set_visible(False)
