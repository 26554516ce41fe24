"""Loss curves of all models: the exact floor dashed, for flows the excess error below, with bands over seeds."""

import numpy as np
from matplotlib.ticker import NullFormatter

from data.points import units
from evaluation.captions import collapse, sound
from evaluation.summary import recorded, results_of, smoothed_loss, summary_of
from visualization.config import COLORS
from visualization.pages.layout import page, place
from visualization.scene import data_name, titled

NOTE = (
    "Mean over seeds, averaged over a hundredth of the epochs; the band is one standard deviation."
    " Dashed: the least possible loss, if it is known.\n"
    "Red: excess error E|v - v_exact|² of the averaged weights, whose floor is 0 whatever the floor of the loss."
)


def numbers(runs):
    """Per model the loss, its floor, and of a flow the excess error: epochs, mean and standard deviation each."""
    return {
        "data": data_name(runs[0].settings),
        "units": units(runs[0].settings["dataset"]),
        "models": {
            title: {
                "loss": smoothed_loss(run),
                "floor": summary_of(run)["final_loss", None][2],
                "excess": recorded(run, "excess_error") if "excess_error" in run.snapshots else None,
            }
            for title, run in titled(runs).items()
        },
        "captions": list(collapse(sound(results_of(runs)))),
    }


def draw(numbers):
    """One panel per model."""
    models = numbers["models"]
    title = f"Losses and their floors: {numbers['data']}"
    height = 85 + 370 * -(-len(models) // 4)
    figure = page(height, title, "\n".join((NOTE, *numbers["captions"])), numbers["units"])
    for i, (name, each) in enumerate(models.items()):
        panel(place(figure, (70 + i % 4 * 388, 104 + i // 4 * 370, 320, 270), name), each)
    return figure


def panel(axes, each):
    """Loss, floor and excess error of one model."""
    band(axes, each["loss"], "#444444", "loss")
    if np.isfinite(each["floor"]):
        axes.axhline(each["floor"], color="black", ls="--", lw=1.2, label=f"exact floor {each['floor']:.3g}")
    mean = each["loss"][1]
    if each["excess"]:
        band(axes, each["excess"], COLORS["output_x_hat"], f"excess {each['excess'][1][-1]:.2g}")
    if each["excess"] or np.nanmax(mean, initial=0) > 30 * np.nanmin(mean, initial=np.inf):
        axes.set_yscale("log")
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("epoch")
    axes.legend(frameon=False, fontsize=9.5, loc="best")


def band(axes, curve, color, label):
    """Mean and standard deviation over seeds."""
    x, mean, sd = curve
    axes.plot(x, mean, ".-" if len(x) < 30 else "-", color=color, lw=1.5, label=label)
    axes.fill_between(x, np.maximum(mean - sd, mean / 10), mean + sd, color=color, alpha=0.2, lw=0)
