"""Loss curves of all models: the exact floor dashed, for flows the excess error below, with bands over seeds."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from main import page_script

    page_script("losses")

import numpy as np
from matplotlib.ticker import NullFormatter

from data.points import units
from evaluation.captions import decoder, sound
from evaluation.measures import means, summary_of
from evaluation.seeds import over_seeds
from visualization.config import COLORS
from visualization.page import page, place
from visualization.scene import data_name

NOTE = (
    "Mean over seeds, averaged over a hundredth of the epochs; the band is one standard deviation."
    " Dashed: the least possible loss, where it is known.\n"
    "Red: excess error E|v - v_exact|² of the averaged weights, whose floor is 0 whatever the floor of the loss."
)


def draw(runs):
    """One panel a model."""
    said = decoder(sound({run.config["model"]: means(summary_of(run)) for run in runs}))
    height = 100 + 370 * -(-len(runs) // 4) + 60
    figure = page(
        height,
        f"Losses and their floors: {data_name(runs[0].config)}",
        "\n".join((NOTE, *said)),
        units(runs[0].config["dataset"]),
    )
    for i, run in enumerate(runs):
        panel(place(figure, (70 + i % 4 * 388, 104 + i // 4 * 370, 320, 270), run.model.title), run)
    return figure


def panel(axes, run):
    """Loss, floor and excess error of one run."""
    losses = run.history["loss"].numpy()
    kernel = np.ones(max(1, len(losses) // 100))
    kernel /= kernel.sum()
    smooth = np.stack([np.convolve(column, kernel, "valid") for column in losses.T])
    band(axes, np.convolve(np.arange(1, len(losses) + 1), kernel, "valid"), smooth, "#444444", "loss")
    floor = summary_of(run)["final_loss", None][2]
    if np.isfinite(floor):
        axes.axhline(floor, color="black", ls="--", lw=1.2, label=f"exact floor {floor:.3g}")
    if "excess" in run.snapshots:
        excess = run.excess.T
        label = f"excess {over_seeds(excess)[0][-1]:.2g}"
        band(axes, run.snapshots["epoch"].numpy(), excess, COLORS["output_x_hat"], label)
    if "excess" in run.snapshots or np.nanmax(smooth, initial=0) > 30 * np.nanmin(smooth, initial=np.inf):
        axes.set_yscale("log")
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("epoch")
    axes.legend(frameon=False, fontsize=9.5, loc="best")


def band(axes, x, values, color, label):
    """Mean and standard deviation over the first axis of values (S, T)."""
    mean, sd = over_seeds(values)
    axes.plot(x, mean, ".-" if len(x) < 30 else "-", color=color, lw=1.5, label=label)
    axes.fill_between(x, np.maximum(mean - sd, mean / 10), mean + sd, color=color, alpha=0.2, lw=0)
