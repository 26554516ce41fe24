"""One-step maps against the exact map: in 1D the curve T, in 2D arrows from the exact endpoint to the learnt one."""

from data.points import units
from evaluation.evaluate import generate
from evaluation.flows import LearntFlow
from evaluation.labels import plus_minus
from evaluation.metrics import spread
from evaluation.reference import MAPS, Reference
from evaluation.summary import summary_of
from models.base import Flow
from models.calls import on_one_thread
from visualization.pages.layout import page, place
from visualization.panel import Panel, between, in_users_units, legend_handle
from visualization.scene import data_name, titled
from visualization.stage import Stage

ERROR = (
    " Above each panel: map error, the root mean square distance to where the exact flow takes the noise (exact: 0)."
)
NOTES = {
    1: "Broad grey: the exact flow map of the noise, which in 1D is the optimal transport; every seed. Below: learnt"
    " minus exact, linear up to .1 and logarithmic beyond." + ERROR,
    2: "Open marks: where the exact flow takes 60 noise points; lines lead to where one evaluation takes them (filled),"
    " of the first seed." + ERROR,
}
SHOWN = 60  # noise points in 2D


@on_one_thread()
def numbers(runs):
    """Of the models whose own answer is the exact map: where one step takes the noise, and (1D) where many do.

    None if there is no such model.
    """
    models = {title: _ends(run) for title, run in titled(runs).items() if run.model.exact in MAPS}
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
    has_map = run.settings["dim"] == 1 and run.model.sampler != "renoising"  # which draws noise between its steps
    many = flow.sample(spread(flow, z), 128) if has_map else ()
    return {"error": error, "one": flow.sample(spread(flow, z), 1), "many": many}


def draw(numbers):
    """One panel per model: all seeds in 1D, the first in 2D."""
    models, where = numbers["models"], Stage(numbers["dataset"])
    dim = numbers["z"].shape[1]
    title = f"One evaluation against the exact map: {numbers['data']}"
    step = 560 if dim == 1 else 440
    figure = page(85 + step * -(-len(models) // 4), title, NOTES[dim], units(numbers["dataset"]))
    for i, (name, each) in enumerate(models.items()):
        mean, sd = each["error"]
        box = (
            (70 + i % 4 * 385, 110 + i // 4 * step, 320, 300)
            if dim == 1
            else (60 + i % 4 * 388, 110 + i // 4 * step, 350, 350)
        )
        axes = place(figure, box, name)
        axes.set_title(f"map error {plus_minus(mean, sd)}", loc="right", fontsize=10)
        if dim == 1:
            rest = place(figure, (box[0], box[1] + 325, box[2], 120))
            curve(Panel(axes), Panel(rest), numbers["z"], numbers["exact"], each, where)
        else:
            arrows(Panel(axes), numbers["exact"], each["one"][0], where)
    if dim == 1:
        handles = [legend_handle("exact", "exact"), legend_handle("decode_line", "1 evaluation")]
        handles.append(legend_handle("coupling_infer", "128 evaluations of its own sampler"))
        height = figure.get_size_inches()[1] * figure.dpi
        look = {"loc": "upper right", "ncols": 3, "frameon": False, "bbox_to_anchor": (0.99, 1 - 14 / height)}
        figure.legend(handles=handles, **look)
    return figure


def curve(panel, rest, z, exact, each, where):
    """1D: every seed's map of one evaluation and of many, on the exact one; below, what they miss."""
    panel.limits(where.noise_limits, where.limits[0])
    rest.limits(where.noise_limits, (-5, 5))
    rest.axes.set_yscale("symlog", linthresh=0.1)
    rest.axes.set_yticks([-1, -0.1, 0, 0.1, 1], ["−1", "−0.1", "0", "0.1", "1"])
    rest.axes.minorticks_off()
    panel.curve("exact", z[:, 0], exact[:, 0], "exact", still=True)
    rest.curve("exact", z[:, 0], 0 * z[:, 0], "exact", still=True)
    for meaning, maps in (("coupling_infer", each["many"]), ("decode_line", each["one"])):
        for seed, ends in enumerate(maps):
            panel.curve(f"{meaning} {seed}", z[:, 0], ends[:, 0], meaning, width=1.1, alpha=0.8, still=True)
            rest.curve(f"{meaning} {seed}", z[:, 0], (ends - exact)[:, 0], meaning, width=1.0, alpha=0.8, still=True)
    panel.axes.set_ylabel("x̂")
    rest.axes.set_ylabel("x̂ − T(z)")
    rest.axes.set_xlabel("noise z")
    in_users_units(panel.axes, where, y=0)


def arrows(panel, exact, ends, where):
    """2D: what one evaluation misses, point by point."""
    exact, ends = exact[:SHOWN], ends[:SHOWN]
    panel.limits(*where.limits, [], [], equal=True)
    panel.columns(where, x=0, y=1)
    panel.hills(where.hills)
    panel.lines("miss", between(exact, ends), "decode_line", width=1.0, alpha=0.8, still=True)
    panel.points("exact", exact, "exact", size=22, still=True)
    panel.points("ends", ends, "output_x_hat", size=16, still=True)
