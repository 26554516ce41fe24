"""One-step maps against the exact map: in 1D the curve T, in 2D arrows from the exact endpoint to the learnt one."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from main import page_script

    page_script("maps")

import numpy as np

from data.points import units
from evaluation.exam import Exam
from evaluation.flows import LearntFlow
from evaluation.measures import summary_of
from evaluation.metrics import spread
from visualization.config import COLORS
from visualization.page import page, place
from visualization.panels import Panel, in_users_units
from visualization.scene import data_name, stage

NOTES = {
    1: "Black: the exact flow map of the noise, which in 1D is the optimal transport. Pink: one step, every seed."
    " Purple: 128 steps.",
    2: "Arrows: from where the exact flow takes the noise (black) to where one step takes it, first seed.",
}


def draw(runs):
    """One panel a flow: all seeds in 1D, the first in 2D."""
    flows = [run for run in runs if hasattr(run.model, "velocity")]
    exam = Exam(runs[0].config["dataset"])
    rows = -(-len(flows) // 4)
    title = f"One step against the exact map: {data_name(runs[0].config)}"
    figure = page(120 + 440 * rows, title, NOTES[exam.dim], units(runs[0].config["dataset"]))
    for i, run in enumerate(flows):
        error = summary_of(run)["map_error", 1]
        box = (60 + i % 4 * 388, 110 + i // 4 * 440, 350, 350)
        axes = place(figure, box, f"{run.model.title}   error {error[0]:.3f} ± {error[1]:.3f}")
        (curve if exam.dim == 1 else arrows)(axes, LearntFlow(run.model), exam, stage(run.config["dataset"]))
    return figure


def curve(axes, flow, exam, where):
    """1D: every seed's map of one step and of many, and the exact one."""
    z = exam.z
    for steps, meaning in ((128, "coupling_infer"), (1, "decode_line")):
        for ends in flow.sample(spread(flow, z), steps):
            axes.plot(z[:, 0], ends[:, 0], color=COLORS[meaning], lw=1.2, alpha=0.7)
    axes.plot(z[:, 0], exam.end[:, 0], color="black", lw=1.6)
    axes.set(xlabel="noise z", ylim=where.limits[0])
    in_users_units(axes, where, y=0)


def arrows(axes, flow, exam, where):
    """2D: what one step misses, point by point."""
    z, end = exam.z[:160], exam.end[:160]
    miss = flow.sample(spread(flow, z), 1)[0] - end
    panel = Panel(axes)
    panel.limits(*where.limits, [], [], equal=True)
    panel.columns(where, x=0, y=1)
    panel.hills(where)
    arrow = {"angles": "xy", "scale_units": "xy", "scale": 1, "width": 0.004, "color": COLORS["output_x_hat"]}
    axes.quiver(*end.T, *np.nan_to_num(miss).T, **arrow)
    axes.plot(*end.T, ".", color="black", ms=3)
