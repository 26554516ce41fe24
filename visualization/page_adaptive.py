"""The adaptive loss weight and its damage: MeanFlow and flow matching with p = 0, .5, .75 and 1."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from main import page_script

    page_script("adaptive")

import numpy as np

from data.points import units
from evaluation.exam import Exam
from evaluation.measures import summary_of
from visualization.config import COLORS
from visualization.page import page, place
from visualization.panels import in_users_units, kernel_density
from visualization.scene import data_name, stage

NOTE = (
    "The loss of a sample is weighed by 1 / (error + .001)^p, as in MeanFlow's released code. In so few dimensions"
    " the noise of the target dominates the error:\nthe weight favours samples that are right by chance, and the"
    " regression to a mean becomes a search for a mode."
)


def draw(runs):
    """Densities for every power, all seeds, and W2 against p. runs: flow matching and MeanFlow in 1D."""
    exam, where = Exam(runs[0].config["dataset"]), stage(runs[0].config["dataset"])
    x = np.linspace(*where.limits[0], 200)
    exact = np.exp(exam.target.log_prob(x))
    title = f"The adaptive weight's damage: {data_name(runs[0].config)}, {runs[0].config['epochs']} epochs"
    figure = page(820, title, NOTE, units(runs[0].config["dataset"]))
    for row, name in enumerate(("fm", "meanflow")):
        found = sorted(
            (run for run in runs if run.config["model"] == name), key=lambda run: run.config["adaptive_power"]
        )
        for i, run in enumerate(found):
            w2 = summary_of(run)["w2", None]
            words = f"{run.model.title}, p = {run.config['adaptive_power']:g}: W2 {w2[0]:.2f}"
            axes = place(figure, (50 + 300 * i, 104 + 330 * row, 262, 240), words)
            axes.fill_between(x, exact, color=COLORS["data_x"], alpha=0.25, lw=0)
            for points in run.snapshots["samples"][-1].numpy():
                axes.plot(x, kernel_density(points, x), color=COLORS["output_x_hat"], lw=1, alpha=0.6)
            axes.set(xlim=where.limits[0], ylim=(0, 2.5 * exact.max()), yticks=[])
            in_users_units(axes, where, x=0)
    chart(place(figure, (1300, 104, 270, 570), "W2 against p"), runs)
    return figure


def chart(axes, runs):
    """W2 with error bars over seeds."""
    for name, mark, color in (("fm", "o", COLORS["prior_z"]), ("meanflow", "s", COLORS["output_x_hat"])):
        found = [run for run in runs if run.config["model"] == name]
        numbers = sorted((run.config["adaptive_power"], *summary_of(run)["w2", None][:2]) for run in found)
        axes.errorbar(*np.array(numbers).T, marker=mark, color=color, capsize=3, lw=1.8, label=found[0].model.title)
    axes.set(xlabel="p", ylim=(0, None))
    axes.legend(frameon=False)
