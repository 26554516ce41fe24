"""The adaptive weight and its damage: flows with p = 0, .5, .75 and 1 in 1D, and one point in up to 256 dimensions."""

import numpy as np

from data.points import units
from data.weighted import bias
from evaluation.labels import number, plus_minus
from evaluation.reference import Reference
from evaluation.summary import over_seeds, summary_of
from training.weighted import learnt_bias
from visualization.config import COLORS, FAINT, INK, look
from visualization.pages.layout import page, place, said
from visualization.panel import in_users_units, kernel_density
from visualization.scene import data_name
from visualization.stage import Stage

NOTE = (
    "Filled: the exact density; lines: the samples of every seed. The loss of a sample is weighted by"
    " 1 / (error + .001)^p, as in MeanFlow's released code, and trained on single pairs (--target conditional), as in"
    " the papers. In so few dimensions the noise of the target dominates the error: the weight favours samples that are"
    " right by chance, and regression to a mean becomes a search for a mode.\n"
    "Below: the simplest case, in D dimensions. Data lie at −2 (70 %) and +2 (30 %) on the first axis, with normal"
    " noise of deviation .5 on every axis; a network that knows nothing else learns one point. Its best answer is the"
    " mean, bias 0; the weight draws it towards the heavier mode, −.3 of the distance of the modes."
)
LEARNT = (1, 4, 16, 64, 256)  # dimensions in which it is trained
THEORY = tuple(2**k for k in range(9))
FEW = 7  # dimensions of a robot arm's action
LOOKS = {0.5: ("#306f9d", "-", "o"), 0.75: ("#ff7b06", (0, (6, 2)), "s"), 1.0: ("#b7090d", (0, (1, 1.2)), "^")}


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
    about |= {"theory": {p: [bias(p, dim) for dim in THEORY] for p in LOOKS}}
    about |= {"learnt": {p: [over_seeds(learnt_bias(p, dim)) for dim in LEARNT] for p in LOOKS}}
    about |= {"few": {p: bias(p, FEW) for p in LOOKS}}
    return about | {"x": x, "exact": exact, "models": models, "floor": summary_of(runs[0])["w2", None][2]}


def draw(numbers):
    """Densities for every power, all seeds, and W2 against p."""
    x, exact, where = numbers["x"], numbers["exact"], Stage(numbers["dataset"])
    title = f"The adaptive weight's damage: {numbers['data']}, {numbers['epochs']} epochs"
    rows, columns = len(numbers["models"]), max(map(len, numbers["models"].values()))
    note = "\n".join([said(captions(numbers)), NOTE])
    figure, step = page(474 + 330 * rows, title, note, units(numbers["dataset"])), 1200 / max(columns, 4)
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
    box = (110, 140 + 330 * rows, 1090, 260)
    dimensions(place(figure, box, "Bias of the learnt point, in units of the distance of the modes"), numbers)
    return figure


def captions(numbers):
    """The bias at few and at many dimensions, and how well what is learnt agrees with theory."""
    away = max(
        abs(mean - numbers["theory"][p][THEORY.index(dim)])
        for p, found in numbers["learnt"].items()
        for dim, (mean, _) in zip(LEARNT, found, strict=True)
    )
    few = ", ".join(f"{number(value, 2)} (p = {p:g})" for p, value in numbers["few"].items())
    many = ", ".join(f"{number(found[-1], 2)} (p = {p:g})" for p, found in numbers["theory"].items())
    yield (
        f"The bias falls like 1 / D: in {FEW} dimensions, such as a robot arm's actions, it is {few}; in {THEORY[-1]}"
        f" it is {many}. What is harmless for images is not harmless for data of few dimensions."
    )
    yield f"What is learnt agrees with theory to within {number(away, 1)}."


def dimensions(axes, numbers):
    """Theory as lines, what is learnt as marks with the deviation over seeds."""
    axes.axhline(0, color=INK, ls="--", lw=1.3)
    for p, (color, line, mark) in LOOKS.items():
        axes.plot(THEORY, numbers["theory"][p], color=color, ls=line, lw=1.8, label=f"theory, p = {p:g}")
        mean, sd = np.transpose(numbers["learnt"][p])
        axes.errorbar(LEARNT, mean, sd, color=color, marker=mark, ls="", ms=7, capsize=3, label=f"learnt, p = {p:g}")
    axes.axvline(FEW, color=FAINT, lw=1)
    axes.text(FEW * 1.04, 0.012, "seven actions of a robot arm", fontsize=10, color=INK)
    axes.set(xscale="log", xlabel="dimensions D", ylim=(-0.33, 0.04))
    axes.set_xticks(THEORY, list(map(str, THEORY)))
    axes.minorticks_off()
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.01, 1.0))


def chart(axes, models, floor):
    """W2 with error bars over seeds, and that of exact samples."""
    axes.axhline(floor, color=INK, ls="--", lw=1.3, label=f"exact samples {number(floor)}")
    for (model, title), found in models.items():
        p, mean, sd = np.array([(p, *w2) for p, w2, _ in found]).T
        axes.errorbar(p, mean, sd, capsize=3, lw=1.8, label=title, **look(model))
    axes.set(xlabel="power p of the weight", ylim=(0, None))
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(-0.12, -45 / axes.bbox.height))
