"""Free particles in the field that a drifting model learns from: how samples would move if no network held them."""

import numpy as np
import torch

from data.points import units
from evaluation.labels import number
from evaluation.metrics import sliced_w2
from evaluation.reference import Reference, followed_noise
from models.calls import on_one_thread
from visualization.config import COLORS, INK, WIDTH
from visualization.pages.layout import page, place, round_ticks, said
from visualization.panel import in_users_units, kernel_density
from visualization.scene import data_name, titled
from visualization.stage import Stage

NOTE = (
    "256 particles x take steps x + V(x), with V of the model's own kernels between them and as many exact samples of"
    " the data: what the generator is asked to follow. They begin in the middle, far away, and collapsed into one mode."
    " Where kernels do not reach a mode, nothing pulls there. Orange: the exact density; curves: sliced W2 and |V|²."
)
STEPS = (0, 3, 10, 30, 100, 300)
FILM = tuple(sorted({*STEPS, *np.geomspace(1, STEPS[-1] + 1, 60).astype(int) - 1}))  # most of it happens early
STARTS = {"from the middle": (0.0, 0.1), "from far away": (1.6, 0.2), "collapsed into one mode": (None, 0.1)}


@on_one_thread()
def numbers(runs):
    """Per model with a field and per start: particles at FILM, sliced W2 and mean |V|^2 over the steps; or None."""
    dataset = runs[0].settings["dataset"]
    reference, where = Reference(dataset), Stage(dataset)
    models = {}
    for title, run in titled(runs).items():
        if run.model.field is not None:
            models[title] = {name: moved(run.model, *start, reference) for name, start in STARTS.items()}
    if not models:
        return None
    about = {"data": data_name(runs[0].settings), "dataset": dataset, "dim": reference.dim, "models": models}
    x = np.linspace(*where.view[0], 200)
    exact = np.exp(reference.target.log_prob(x[:, None])) if reference.dim == 1 else None
    return about | {"x": x, "exact": exact, "floor": reference.sliced_w2_floor, "captions": list(captions(models))}


def moved(model, place, spread, reference):
    """Particles that begin around a place, in deviations of the data from their mean; None: in the last mode."""
    target = reference.target
    reach = np.sqrt(np.diagonal(target.covariance))
    centre = target.means[-1] if place is None else target.mean + place * reach
    noise = followed_noise(reference.dim)
    x = torch.tensor(centre + spread * reach * noise, dtype=torch.float32)[None]
    data = torch.tensor(target.sample(len(noise), np.random.default_rng(6)), dtype=torch.float32)[None]
    shown, w2, field = {}, [], []
    for step in range(STEPS[-1] + 1):
        if step in FILM:
            shown[step] = x[0].numpy().astype(float)
        V = model.field(x, data)
        w2.append(float(sliced_w2(x.numpy(), target)[0]))
        field.append(float(V.square().sum(-1).mean()))
        x = x + V
    return {"shown": shown, "w2": w2, "field": field}


def captions(models):
    """Where each start ends."""
    for title, found in models.items():
        ends = ", ".join(f"{number(each['w2'][-1])} {name}" for name, each in found.items())
        yield f"{title}, sliced W2 after {STEPS[-1]} steps: {ends}."


def draw(numbers):
    """A row of pictures per start, and its two curves."""
    dim, where = numbers["dim"], Stage(numbers["dataset"])
    note = "\n".join([said(numbers["captions"]), NOTE])
    rows = sum(map(len, numbers["models"].values()))
    figure = page(110 + 310 * rows, f"Free particles: {numbers['data']}", note, units(numbers["dataset"]))
    row = 0
    for title, starts in numbers["models"].items():
        for name, found in starts.items():
            y = 140 + 310 * row
            for i, step in enumerate(STEPS):
                axes = place(figure, (60 + 205 * i, y, 185, 185), f"step {step}")
                particles(axes, found["shown"][step], numbers, dim, where)
            height = figure.get_size_inches()[1] * figure.dpi
            figure.text(60 / WIDTH, 1 - (y - 44) / height, f"{title}, {name}", fontsize=12, fontweight="bold")
            curve(place(figure, (1370, y, 200, 185)), found, numbers["floor"], first=row == 0)
            row += 1
    return figure


def film(numbers):
    """A figure per step of FILM: the starts side by side, of one model per row."""
    dim, where = numbers["dim"], Stage(numbers["dataset"])
    for step in FILM:
        about = f"step {step}; exact samples have a sliced W2 of {number(numbers['floor'])}"
        figure = page(110 + 450 * len(numbers["models"]), f"Free particles: {numbers['data']}", about=about)
        for row, (title, starts) in enumerate(numbers["models"].items()):
            for i, (name, found) in enumerate(starts.items()):
                y, w2 = 120 + 450 * row, number(found["w2"][step])
                heading = f"{name}: sliced W2 {w2}" if i else f"{title}, {name}: sliced W2 {w2}"
                axes = place(figure, (60 + 520 * i, y, 440, 370), heading)
                particles(axes, found["shown"][step], numbers, dim, where)
        yield figure


def particles(axes, points, numbers, dim, where):
    """1D: their density on the exact one; 2D: the points on its contours."""
    if dim == 1:
        axes.fill_between(numbers["x"], numbers["exact"], color=COLORS["data_x"], alpha=0.3, lw=0)
        axes.plot(numbers["x"], kernel_density(points, numbers["x"], 0.15), color=COLORS["output_x_hat"], lw=1.4)
        axes.set(xlim=where.view[0], ylim=(0, 2 * numbers["exact"].max()), yticks=[])
        in_users_units(axes, where, x=0)
        return
    xs, ys, density, levels = where.hills
    axes.contourf(xs, ys, density, levels=[*levels, density.max() * 1.01], cmap="Oranges", alpha=0.35)
    axes.scatter(*points.T, s=5, color=COLORS["output_x_hat"])
    axes.set(xlim=where.view[0], ylim=where.view[1], xticks=[], yticks=[], aspect="equal")


def curve(axes, found, floor, first):
    """Sliced W2 and |V|^2 over the steps."""
    steps = np.arange(1, len(found["w2"]) + 1)
    axes.plot(steps, found["w2"], color=COLORS["output_x_hat"], lw=1.6, label="sliced W2")
    axes.plot(steps, found["field"], color=COLORS["coupling_infer"], ls="--", lw=1.6, label="|V|²")
    if floor > 0:
        axes.axhline(floor, color=INK, ls=":", lw=1)
    axes.set(xscale="log", yscale="log", xlabel="step + 1")
    round_ticks(axes.xaxis, (1,)), round_ticks(axes.yaxis, (1,))
    if first:
        axes.legend(frameon=False, fontsize=9, loc="lower left", bbox_to_anchor=(0, 1.0))
