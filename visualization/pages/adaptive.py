"""The adaptive loss weight and its damage: the same flows with p = 0, .5, .75 and 1."""

import numpy as np

from data.points import units
from evaluation.labels import number, plus_minus
from evaluation.reference import Reference
from evaluation.summary import summary_of
from visualization.config import COLORS, INK, look
from visualization.pages.layout import page, place
from visualization.panel import in_users_units, kernel_density
from visualization.scene import data_name
from visualization.stage import Stage

NOTE = (
    "Filled: the exact density; lines: the samples of every seed. The loss of a sample is weighted by"
    " 1 / (error + .001)^p, as in MeanFlow's released code. In so few dimensions the noise of the target dominates the"
    " error: the weight favours samples that are right by chance, and regression to a mean becomes a search for a mode."
)


def numbers(runs):
    """Per model, in rising powers: (p, W2 (mean, standard deviation), densities (S, 200)), and the exact density."""
    dataset = runs[0].settings["dataset"]
    x, models = np.linspace(*Stage(dataset).limits[0], 200), {}
    for run in sorted(runs, key=lambda run: run.settings["adaptive_power"]):
        densities = [kernel_density(points, x) for points in run.snapshots["samples"][-1].numpy()]
        each = run.settings["adaptive_power"], summary_of(run)["w2", None][:2], np.stack(densities)
        models.setdefault((run.settings["model"], run.model.title), []).append(each)
    exact = np.exp(Reference(dataset).target.log_prob(x))
    about = {"data": data_name(runs[0].settings), "epochs": runs[0].settings["epochs"], "dataset": dataset}
    return about | {"x": x, "exact": exact, "models": models, "floor": summary_of(runs[0])["w2", None][2]}


def draw(numbers):
    """Densities for every power, all seeds, and W2 against p."""
    x, exact, where = numbers["x"], numbers["exact"], Stage(numbers["dataset"])
    title = f"The adaptive weight's damage: {numbers['data']}, {numbers['epochs']} epochs"
    rows, columns = len(numbers["models"]), max(map(len, numbers["models"].values()))
    figure, step = page(104 + 330 * rows, title, NOTE, units(numbers["dataset"])), 1200 / max(columns, 4)
    for row, ((_, name), found) in enumerate(numbers["models"].items()):
        for i, (p, w2, densities) in enumerate(found):
            axes = place(figure, (50 + step * i, 104 + 330 * row, step - 24, 240), f"{name}, p = {p:g}")
            axes.fill_between(x, exact, color=COLORS["data_x"], alpha=0.25, lw=0)
            axes.plot(x, densities.T, color=COLORS["output_x_hat"], lw=1, alpha=0.6)
            top = 2.5 * exact.max()
            axes.set(xlim=where.limits[0], ylim=(0, top), yticks=[])
            axes.set_xlabel(f"x     (W2 {plus_minus(*w2)})", fontsize=10.5)
            if densities.max() > top:
                cut = f"cut: up to {number(densities.max() / exact.max(), 2)} times\nthe exact maximum"
                axes.text(0.98, 0.97, cut, transform=axes.transAxes, ha="right", va="top", fontsize=10)
            in_users_units(axes, where, x=0)
    chart(place(figure, (1300, 104, 270, 306 * rows - 90), "W2 against p"), numbers["models"], numbers["floor"])
    return figure


def chart(axes, models, floor):
    """W2 with error bars over seeds, and that of exact samples."""
    axes.axhline(floor, color=INK, ls="--", lw=1.3, label=f"exact samples {number(floor)}")
    for (model, title), found in models.items():
        p, mean, sd = np.array([(p, *w2) for p, w2, _ in found]).T
        axes.errorbar(p, mean, sd, capsize=3, lw=1.8, label=title, **look(model))
    axes.set(xlabel="power p of the weight", ylim=(0, None))
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(-0.12, -45 / axes.bbox.height))
