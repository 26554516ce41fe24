"""What a GAN's D has learnt, against the best D for its G: the logarithm of data density over sample density (1D)."""

import numpy as np
import torch

from data.points import units
from evaluation.evaluate import generate, reference_sample
from evaluation.labels import number, plus_minus
from evaluation.metrics import w2_between
from evaluation.reference import Reference
from evaluation.summary import over_seeds, summary_of
from models.calls import on_one_thread
from training.runs import last_weights
from visualization.config import COLORS, FAINT, INK
from visualization.pages.layout import page, place, said
from visualization.panel import in_users_units
from visualization.scene import data_name, titled
from visualization.stage import Stage

NOTE = (
    "The first seed; G with averaged weights. The density q of the samples is exact, a sum over all z that become x,"
    " q(x) = Σ φ(z) / |G′(z)|; where it turns back, it has a peak. For a fixed G the best D, without the gradient"
    " penalty, is log p/q up to a constant, which is chosen here so that both curves agree on average over q."
    " If q = p, that is constant, and the loss is log 2."
)
FINE = 40_001  # noise points of the map G
RARE = 2e-3  # densities below it are not compared


@on_one_thread()
def numbers(runs):
    """Per model with a critic: densities p and q, D and log p/q on a grid, and W2 of averaged and last weights. 1D."""
    dataset = runs[0].settings["dataset"]
    reference, where = Reference(dataset), Stage(dataset)
    if reference.dim > 1:
        return None
    x = np.linspace(*where.view[0], 300)
    models = {
        title: one_model(run, x, reference) for title, run in titled(runs).items() if run.model.critic is not None
    }
    if not models:
        return None
    about = {"data": data_name(runs[0].settings), "dataset": dataset, "x": x, "models": models}
    return about | {"p": np.exp(reference.target.log_prob(x[:, None])), "captions": list(captions(models))}


def one_model(run, x, reference):
    """Its q, D and log p/q on the grid x, of the first seed; W2 with both kinds of weights; loss and masses."""
    q = density_of_samples(run, x)
    D = critic(run, x)
    log_p = reference.target.log_prob(x[:, None])
    ratio = log_p - np.log(np.maximum(q, 1e-12))
    seen = (q > RARE) & (np.exp(log_p) > RARE)
    shift = np.average((ratio - D)[seen], weights=q[seen]) if seen.any() else 0.0
    numbers = summary_of(run)
    sample = reference_sample(run, reference)
    noise = reference.noise(len(sample))
    last = [w2_between(points, sample) for points in last_weights(run, lambda run: generate(run, noise))]
    return {
        "q": q,
        "D": D + shift,
        "last D": last_weights(run, lambda run: critic(run, x)) + shift,
        "ratio": np.where(seen, ratio, np.nan),
        "w2": numbers["w2", None][:2],
        "last": over_seeds(last),
        "loss": numbers["final_loss", None],
        "off": numbers["worst_mass", None][0] if ("worst_mass", None) in numbers else np.nan,
    }


def critic(run, x):
    """D of the first seed on a grid x (n,): (n,)."""
    points = torch.tensor(x[:, None], dtype=torch.float32).expand(run.settings["n_seeds"], -1, -1)
    with torch.no_grad():
        return run.model.critic(points)[0].double().numpy()


def density_of_samples(run, x):
    """q of the first seed's samples on a grid x (n,): the mass of the noise between neighbours, where G takes it."""
    z = np.linspace(-6, 6, FINE)
    G = generate(run, z[:, None])[0, :, 0]
    phi = np.exp(-0.5 * ((z[1:] + z[:-1]) / 2) ** 2) / np.sqrt(2 * np.pi) * (z[1] - z[0])
    low, high = np.minimum(G[1:], G[:-1]), np.maximum(G[1:], G[:-1])
    edges = np.concatenate([[1.5 * x[0] - 0.5 * x[1]], (x[1:] + x[:-1]) / 2, [1.5 * x[-1] - 0.5 * x[-2]]])
    # each piece of noise is spread evenly over the interval that G takes it to: the exact mass in every cell
    slope = phi / np.maximum(high - low, 1e-12)

    def below(e):  # the mass of all pieces below e, as a sum of ramps
        return ramp(e, low, slope) - ramp(e, high, slope)

    mass = np.diff(below(edges))
    return np.maximum(mass, 0) / np.diff(edges)


def ramp(e, start, slope):
    """Σ slope max(e - start, 0) for every e, by sorting."""
    order = np.argsort(start)
    start, slope = start[order], slope[order]
    total, moment = np.concatenate([[0], np.cumsum(slope)]), np.concatenate([[0], np.cumsum(slope * start)])
    k = np.searchsorted(start, e)
    return e * total[k] - moment[k]


def captions(models):
    """Loss, weights and masses."""
    for title, found in models.items():
        loss, _, floor = found["loss"]
        off = f"; worst error of a mode's mass {number(found['off'], 2)}" if np.isfinite(found["off"]) else ""
        yield (
            f"{title}: its loss ends at {number(loss)} (log 2 = {number(floor)}); W2 {plus_minus(*found['w2'])} with"
            f" averaged weights, {plus_minus(*found['last'])} with the last ones{off}."
        )


def draw(numbers):
    """Densities above, D against log p/q below."""
    x, where = numbers["x"], Stage(numbers["dataset"])
    note = "\n".join([said(numbers["captions"]), NOTE])
    title = f"What D has learnt: {numbers['data']}"
    figure = page(80 + 560 * len(numbers["models"]), title, note, units(numbers["dataset"]))
    for i, (name, found) in enumerate(numbers["models"].items()):
        axes = place(figure, (90, 110 + 560 * i, 690, 430), f"{name}: densities")
        axes.fill_between(x, numbers["p"], color=COLORS["data_x"], alpha=0.3, lw=0, label="p, the data")
        axes.plot(x, found["q"], color=COLORS["output_x_hat"], lw=1.5, label="q, the samples")
        axes.set(xlim=where.view[0], ylim=(0, 3 * numbers["p"].max()))
        axes.legend(frameon=False)
        in_users_units(axes, where, x=0)
        axes = place(figure, (860, 110 + 560 * i, 690, 430), "D and the best D")
        axes.plot(x, found["ratio"], color=INK, lw=5, alpha=0.25, label="log p/q")
        axes.plot(x, found["D"], color=COLORS["coupling_infer"], lw=1.8, label="D, averaged weights")
        axes.plot(x, found["last D"], color=COLORS["coupling_infer"], lw=1.2, ls=":", label="D, last weights")
        axes.axhline(0, color=FAINT, lw=0.8)
        axes.set(xlim=where.view[0], ylim=(-3, 3))
        axes.legend(frameon=False)
        in_users_units(axes, where, x=0)
    return figure
