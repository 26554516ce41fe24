"""From the ODE to the SDE: the same velocity with more and more noise on the way, learnt and exact."""

import numpy as np
import torch

from data.points import units
from evaluation.labels import number
from evaluation.metrics import sliced_w2
from evaluation.reference import Reference
from models.base import Flow
from models.calls import on_one_thread
from models.noise import even_noise
from models.stochastic import ancestral, sde
from training.snapshots import first_seed
from visualization.config import COLORS, INK, look
from visualization.pages.layout import page, place, round_ticks, said
from visualization.panel import in_users_units
from visualization.scene import data_name, titled
from visualization.stage import Stage

NOTE = (
    "dx = (v + η (s v − x)) ds + √(2 η (1 − s)) dW has the same distribution at every progress s for every η: η = 0 is"
    " the ODE, and each draw of the noise W another way to it. So with the exact velocity only the number of steps"
    " matters; a learnt velocity with errors may gain or lose by noise. It holds for independent pairs only. Sliced W2"
    " of 2,048 samples of Euler–Maruyama steps, first seed, with W spread evenly over the samples; the dashed line is"
    " the exact velocity in the same sampler with the same noise. ▷ at the right: ancestral steps (DDPM)."
)
ETAS, STEPS = (0.0, 0.1, 0.3, 1.0, 3.0), (8, 32, 128)
SAMPLES = 2048  # fewer leave to chance how many end in which mode
SHOWN = (0.0, 0.1, 1.0, 3.0)  # η of the paths, which take the most steps
FILM = (*np.linspace(0, 0.3, 13).round(3), *np.linspace(0.35, 1, 14).round(3), *np.linspace(1.1, 3, 20).round(3))
PATHS = 24


@on_one_thread()
def numbers(runs):
    """Per flow of independent pairs {(eta or "ancestral", steps): sliced W2}; of the exact velocity, too; and paths."""
    flows = {
        title: run for title, run in titled(runs).items() if isinstance(run.model, Flow) and run.model.exact == "flow"
    }
    if not flows or Reference(runs[0].settings["dataset"]).source:  # which the equation knows only for N(0, I)
        return None
    dataset = runs[0].settings["dataset"]
    reference = Reference(dataset)
    exact = measured(Exact(reference.exact), reference)
    models = {title: measured(first_seed(run.model), reference) for title, run in flows.items()}
    first = next(iter(flows.values()))
    about = {"data": data_name(first.settings), "dataset": dataset, "dim": reference.dim, "exact": exact}
    about |= {"models": models, "names": {title: run.settings["model"] for title, run in flows.items()}}
    about |= {"shown": next(iter(flows))}
    for name, model in (("paths", first_seed(first.model)), ("exact_paths", Exact(reference.exact))):
        about[name] = {eta: some_paths(model, eta, dataset) for eta in FILM}
    return about | {"captions": list(captions(models, exact))}


def measured(model, reference):
    """{(eta, steps): sliced W2} of a model of one seed."""
    z, found = torch.tensor(reference.followed(SAMPLES), dtype=torch.float32)[None], {}
    with torch.no_grad(), np.errstate(all="ignore"):
        for steps in STEPS:
            paths = {eta: sde(model, z, steps, generator(), eta, even_noise) for eta in ETAS}
            paths["ancestral"] = ancestral(model, z, steps, generator(), even_noise)
            found |= {(key, steps): sliced_w2(path[-1].numpy(), reference.target)[0] for key, path in paths.items()}
    return found


def generator():
    """The same noise for every model."""
    return torch.Generator().manual_seed(0)


class Exact:
    """The exact velocity, for the samplers: its paper's time is progress."""

    noise_time, data_time = 0.0, 1.0

    def __init__(self, exact):
        self.exact = exact

    def velocity(self, x, t):
        return torch.from_numpy(self.exact.velocity(x[0].numpy(), t)).float()[None]


def some_paths(model, eta, dataset):
    """Paths (T, n, D) of some noise points under a model of one seed, with the same noise W for every η."""
    z = Reference(dataset).followed()
    z = np.sort(z, 0)[:: len(z) // PATHS] if z.shape[1] == 1 else z[:PATHS]
    with torch.no_grad():
        start = torch.tensor(z, dtype=torch.float32)[None]
        return sde(model, start, STEPS[-1], generator(), eta)[:, 0].numpy()


def captions(models, exact):
    """Per flow the best η with the most steps, next to the ODE."""
    steps = STEPS[-1]
    for title, found in models.items():
        best = min(ETAS, key=lambda eta: found[eta, steps])
        ode = f"sliced W2 {number(found[0.0, steps])} by the ODE"
        most = f"{number(found[ETAS[-1], steps])} at η = {ETAS[-1]:g}"
        yield (
            f"{title}, {steps} steps: {ode}, {most}; best at η = {best:g}, {number(found[best, steps])}"
            f" (exact velocity {number(exact[best, steps])})."
        )


def draw(numbers):
    """Paths of one flow for growing η, and below a chart per number of steps."""
    dim, where = numbers["dim"], Stage(numbers["dataset"])
    note = "\n".join([said(numbers["captions"]), NOTE])
    title = f"From the ODE to the SDE: {numbers['data']}"
    figure = page(860, title, note, units(numbers["dataset"]))
    for i, eta in enumerate(SHOWN):
        box = (70 + 390 * i, 112, 330, 300)
        paths(place(figure, box, f"{numbers['shown']}, η = {eta:g}"), numbers["paths"][eta], dim, where)
    for i, steps in enumerate(STEPS):
        axes = place(figure, (70 + 420 * i, 500, 350, 280), f"Sliced W2, {steps} steps")
        chart(axes, numbers, steps)
    axes.legend(frameon=False, loc="upper left", bbox_to_anchor=(1.03, 1.0), fontsize=10)
    return figure


def film(numbers):
    """A figure per η of FILM, as a slider would be moved: the same noise W, scaled more and more, learnt and exact."""
    dim, where = numbers["dim"], Stage(numbers["dataset"])
    kinds = ((numbers["shown"], numbers["paths"]), ("exact velocity", numbers["exact_paths"]))
    for eta in FILM:
        figure = page(800, f"From the ODE to the SDE: {numbers['data']}, η = {eta:.2f}")
        for i, (name, found) in enumerate(kinds):
            axes = place(figure, (70 + 790 * i, 90, 700, 580), name)
            paths(axes, found[eta], dim, where)
            if dim == 2:
                xs, ys, density, levels = where.hills
                axes.contour(xs, ys, density, levels=levels, colors=[COLORS["data_x"]], linewidths=1)
        slider(place(figure, (70, 745, 1490, 12)), eta)
        yield figure


def slider(axes, eta):
    """Where η stands between the ODE and the most noise."""
    axes.axhline(0, color=INK, lw=1)
    axes.plot([eta], [0], "o", color=COLORS["coupling_infer"], ms=9, clip_on=False)
    axes.set(xlim=(FILM[0], FILM[-1]), yticks=[])
    axes.spines[:].set_visible(False)


def paths(axes, path, dim, where):
    """In 1D over progress, in 2D in the plane."""
    if dim == 1:
        axes.plot(np.linspace(0, 1, len(path)), path[..., 0], color=COLORS["coupling_infer"], lw=0.8, alpha=0.8)
        axes.set(xlim=(0, 1), ylim=where.view[0], xlabel="progress s")
        in_users_units(axes, where, y=0)
        return
    axes.plot(path[..., 0], path[..., 1], color=COLORS["coupling_infer"], lw=0.8, alpha=0.8)
    axes.scatter(*path[-1].T, s=12, color=COLORS["output_x_hat"], zorder=3)
    axes.set(xlim=where.view[0], ylim=where.view[1], xticks=[], yticks=[], aspect="equal")
    axes.spines[:].set_visible(False)


def chart(axes, numbers, steps):
    """Sliced W2 against η; the ancestral steps have a place of their own at the right."""
    places = np.arange(len(ETAS) + 1)
    keys = [(eta, steps) for eta in ETAS]
    axes.plot(places[:-1], [numbers["exact"][key] for key in keys], color=INK, ls="--", lw=1.3, label="exact velocity")
    axes.plot(places[-1:], [numbers["exact"]["ancestral", steps]], color=INK, marker=">", ls="", ms=6)
    for title, found in numbers["models"].items():
        style = look(numbers["names"][title])
        axes.plot(places[:-1], [found[key] for key in keys], lw=1.5, ms=6, label=title, **style)
        axes.plot(places[-1:], found["ancestral", steps], ms=7, **style | {"marker": ">", "linestyle": ""})
    axes.set_yscale("log")
    round_ticks(axes.yaxis)
    axes.set_xticks(places, [*(f"{eta:g}" for eta in ETAS), "▷"])
    axes.set_xlabel("η")
