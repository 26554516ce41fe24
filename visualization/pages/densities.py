"""Log-densities of the models that have one, learnt next to exact, and KL(data || model)."""

import numpy as np
import torch

from data.points import units
from evaluation.density import log_density
from evaluation.labels import number, plus_minus
from evaluation.reference import Reference
from evaluation.summary import over_seeds
from models.base import Flow
from models.calls import on_one_thread
from models.stochastic import score
from visualization.config import COLORS, INK
from visualization.pages.layout import page, place, said
from visualization.panel import in_users_units
from visualization.scene import data_name, titled
from visualization.stage import Stage

NOTES = {
    1: "Broad and grey: the exact log-density; red: that of every seed. Above each panel KL(data || model) = NLL − that"
    " of the law, at 512 fresh points, mean ± deviation over seeds.",
    2: "Colour: learnt minus exact log-density of the first seed, where the exact one is above the lowest contour; blue"
    " is too low, red too high. Contours: exact. Above each panel KL(data || model), mean ± deviation over seeds.",
}
SCORE = (
    "Small panels: the score, d/dx log p at progress s = .7, of flows of independent pairs: (s v − x) / (1 − s); exact:"
    " grey."
)
GRID, COLUMNS, LOW = {1: 200, 2: 44}, 4, -9.0
AT = 0.7  # progress at which the score is shown
REACH = 2.5  # nats of the colours in 2D


@on_one_thread()
def numbers(runs):
    """Per model with a density: its KL, log-densities (S, n) on a grid, and in 1D the score of a flow. None if none."""
    dataset = runs[0].settings["dataset"]
    reference, where = Reference(dataset), Stage(dataset)
    dim = reference.dim
    axes = [np.linspace(*limit, GRID[dim]) for limit in where.view]
    points = np.stack(np.meshgrid(*axes), -1).reshape(-1, dim)
    models = {}
    for title, run in titled(runs).items():
        kl = excess_nll(run)
        if kl is None:
            continue
        found = {"kl": kl, "log_p": log_density(run.model, points, reference.source)}
        if dim == 1 and isinstance(run.model, Flow) and run.model.exact == "flow" and not reference.source:
            found["score"] = learnt_score(run, points)
        models[title] = found
    exact = reference.target.log_prob(points)
    slope = (AT * reference.exact.velocity(points, AT) - points) / (1 - AT) if dim == 1 else None  # from N(0, I)
    about = {"data": data_name(runs[0].settings), "dataset": dataset, "dim": dim, "axes": axes}
    about |= {"points": points, "exact": exact, "score": slope, "models": models}
    return about | {"captions": list(captions(models))} if models else None


def excess_nll(run):
    """KL(data || model), mean and standard deviation over seeds, from the measures; None without a density."""
    rows = [row for row in run.measures["rows"] if row["measure"] == "nll"]
    return tuple(map(float, over_seeds([row["value"] - row["floor"] for row in rows]))) if rows else None


def learnt_score(run, x):
    """(S, n) of a flow at progress AT."""
    points = torch.tensor(x, dtype=torch.float32).expand(run.settings["n_seeds"], -1, -1)
    with torch.no_grad():
        return score(run.model, points, AT)[..., 0].numpy()


def captions(models):
    """All by their KL."""
    ranked = sorted(models, key=lambda title: models[title]["kl"][0])
    yield "KL(data || model): " + ", ".join(f"{title} {number(models[title]['kl'][0])}" for title in ranked) + " nats."


def draw(numbers):
    """A panel per model, with the score below it in 1D."""
    models, dim, where = numbers["models"], numbers["dim"], Stage(numbers["dataset"])
    step = 470 if dim == 1 else 400
    note = "\n".join([said(numbers["captions"]), NOTES[dim] + (f" {SCORE}" if dim == 1 else "")])
    title = f"Learnt densities: {numbers['data']}"
    figure = page(90 + step * -(-len(models) // COLUMNS), title, note, units(numbers["dataset"]))
    for i, (name, found) in enumerate(models.items()):
        x, y = 70 + 385 * (i % COLUMNS), 120 + step * (i // COLUMNS)
        axes = place(figure, (x, y, 320, 220 if dim == 1 else 300), name)
        axes.set_title(f"KL {plus_minus(*found['kl'])}", loc="right", fontsize=10)
        if dim == 1:
            curves(axes, numbers, found["log_p"], numbers["exact"], where)
            axes.set_ylim(LOW, 0)
            below = place(figure, (x, y + 270, 320, 90), "Score" if "score" in found else "")
            if "score" in found:
                curves(below, numbers, found["score"], numbers["score"][:, 0], where)
            else:
                below.set_axis_off()
        else:
            difference(axes, numbers, found["log_p"][0])
    return figure


def curves(axes, numbers, learnt, exact, where):
    """1D: every seed over the exact curve."""
    x = numbers["points"][:, 0]
    axes.plot(x, exact, color=INK, lw=5, alpha=0.25, solid_capstyle="butt")
    axes.plot(x, np.asarray(learnt).T, color=COLORS["output_x_hat"], lw=1, alpha=0.7)
    low, high = exact.min(), exact.max()
    axes.set(xlim=where.view[0], ylim=(low - 0.15 * (high - low), high + 0.15 * (high - low)))
    in_users_units(axes, where, x=0)


def difference(axes, numbers, learnt):
    """2D: learnt minus exact where there are data, and the exact density's contours."""
    n, exact = GRID[2], numbers["exact"]
    seen = exact > exact.max() + LOW + 2
    gap = np.where(seen, learnt - exact, np.nan).reshape(n, n)
    axes.pcolormesh(*numbers["axes"], gap, cmap="RdBu_r", vmin=-REACH, vmax=REACH, shading="nearest")
    levels = exact.max() + np.array([LOW + 2, -4.5, -2, -0.5])
    axes.contour(*numbers["axes"], exact.reshape(n, n), levels=levels, colors=INK, linewidths=0.7, linestyles="-")
    axes.set(xticks=[], yticks=[], aspect="equal")
    axes.spines[:].set_visible(False)
