"""One-step maps against the exact map: in 1D the curve T, in 2D arrows from the exact endpoint to the learnt one."""

import numpy as np

from data.points import units
from evaluation.evaluate import generate
from evaluation.flows import LearntFlow
from evaluation.metrics import spread
from evaluation.reference import Reference
from evaluation.summary import summary_of
from models.base import Flow, on_one_thread
from visualization.config import COLORS
from visualization.pages.layout import page, place
from visualization.panel import Panel, in_users_units
from visualization.scene import data_name, titled
from visualization.stage import Stage

ERROR = " Above: the map error of one step."
NOTES = {
    1: "Black: the exact flow map of the noise, which in 1D is the optimal transport. Pink: one step, every seed."
    " Purple: 128 steps, of flows." + ERROR,
    2: "Arrows: from where the exact flow takes the noise (black) to where one step takes it, first seed." + ERROR,
}


@on_one_thread()
def numbers(runs):
    """Of the models whose own answer is the exact map: where one step takes the noise, and (1D) where many do.

    None if there is no such model.
    """
    models = {title: _ends(run) for title, run in titled(runs).items() if run.model.exact == "flow"}
    reference = Reference(runs[0].settings["dataset"])
    return (
        models
        and {
            "data": data_name(runs[0].settings),
            "dataset": runs[0].settings["dataset"],
            "z": reference.z,
            "exact": reference.end,
            "models": models,
        }
    ) or None


def _ends(run):
    """Map error, mean and standard deviation, and ends (S, N, D) of one step and of many."""
    z, numbers = Reference(run.settings["dataset"]).z, summary_of(run)
    if not isinstance(run.model, Flow):  # its samples, whatever its number of steps
        return {"error": numbers["map_error", None][:2], "one": generate(run, z), "many": ()}
    flow, error = LearntFlow(run.model), numbers["map_error", 1][:2]
    many = flow.sample(spread(flow, z), 128) if run.settings["dim"] == 1 else ()
    return {"error": error, "one": flow.sample(spread(flow, z), 1), "many": many}


def draw(numbers):
    """One panel per model: all seeds in 1D, the first in 2D."""
    models, where = numbers["models"], Stage(numbers["dataset"])
    dim = numbers["z"].shape[1]
    title = f"One step against the exact map: {numbers['data']}"
    figure = page(85 + 440 * -(-len(models) // 4), title, NOTES[dim], units(numbers["dataset"]))
    for i, (name, each) in enumerate(models.items()):
        mean, sd = each["error"]
        axes = place(figure, (60 + i % 4 * 388, 110 + i // 4 * 440, 350, 350), name)
        axes.set_title(f"{mean:.3f} ± {sd:.3f}", loc="right", fontsize=11)
        (curve if dim == 1 else arrows)(axes, numbers["z"], numbers["exact"], each, where)
    return figure


def curve(axes, z, exact, each, where):
    """1D: every seed's map of one step and of many, and the exact one."""
    for maps, meaning in ((each["many"], "coupling_infer"), (each["one"], "decode_line")):
        for ends in maps:
            axes.plot(z[:, 0], ends[:, 0], color=COLORS[meaning], lw=1.2, alpha=0.7)
    axes.plot(z[:, 0], exact[:, 0], color="black", lw=1.6)
    axes.set(xlabel="noise z", ylim=where.limits[0])
    in_users_units(axes, where, y=0)


def arrows(axes, z, exact, each, where):
    """2D: what one step misses, point by point."""
    end, miss = exact[:160], (each["one"][0] - exact)[:160]
    panel = Panel(axes)
    panel.limits(*where.limits, [], [], equal=True)
    panel.columns(where, x=0, y=1)
    panel.hills(where.hills)
    arrow = {"angles": "xy", "scale_units": "xy", "scale": 1, "width": 0.004, "color": COLORS["output_x_hat"]}
    axes.quiver(*end.T, *np.nan_to_num(miss).T, **arrow)
    axes.plot(*end.T, ".", color="black", ms=3)
