"""Who is paired with whom: by chance, by minibatch optimal transport, and by the map of each model."""

import numpy as np

from data.exact import optimal_assignment
from data.points import units
from evaluation.metrics import crossings
from evaluation.reference import Reference
from models.base import Encoder, on_one_thread
from visualization.pages.layout import page, place
from visualization.panel import Panel, at, between
from visualization.scene import data_name, titled
from visualization.stage import Stage

N, BATCH = 128, 64


@on_one_thread()
def numbers(runs):
    """The partners (N, D) of the same 128 noise points in every coupling, those of the models by their first seed.

    None if no model maps noise to data one to one.
    """
    dataset = runs[0].settings["dataset"]
    reference, rng = Reference(dataset), np.random.default_rng(0)
    z = rng.permutation(reference.noise(N))
    maps = {}
    for title, run in titled(runs).items():
        if not isinstance(run.model, Encoder) and run.model.exact != "mean":
            steps = run.model.steps
            name = f"{title}, {steps} step{'s' if steps > 1 else ''}"
            maps[name] = run.model.generate(np.repeat(z[None], run.settings["n_seeds"], 0))[0].astype(float)
    pairs = couplings(z, reference, rng) | maps
    return {"data": data_name(runs[0].settings), "dataset": dataset, "z": z, "pairs": pairs} if maps else None


def draw(numbers):
    """A panel per coupling, with its cost."""
    z, pairs, where = numbers["z"], numbers["pairs"], Stage(numbers["dataset"])
    flat = z.shape[1] == 1
    note = "Cost: mean squared distance of the pairs."
    if flat:
        note += " Two lines that cross could be swapped for a lower cost: the optimal map has no crossings."
    height = 85 + 430 * -(-len(pairs) // 4)
    figure = page(height, f"Couplings: {numbers['data']}", note, units(numbers["dataset"]))
    for i, (title, x) in enumerate(pairs.items()):
        axes = place(figure, (40 + i % 4 * 392, 104 + i // 4 * 430, 350, 350), title)
        lines(Panel(axes), z, x, where)
        cost = f"cost {np.square(x - z).sum(1).mean():.2f}"
        axes.set_xlabel(cost + (f",  {crossings(z, x)} crossings" if flat else ""), fontsize=11)
    return figure


def couplings(z, reference, rng):
    """The pairings that need no model: {name: partner of each z}."""
    x = reference.target.sample(N, rng)
    batches = [slice(k, k + BATCH) for k in range(0, N, BATCH)]
    return {
        "Independent": x,
        f"Optimal in batches of {BATCH}": np.concatenate([x[b][optimal_assignment(z[b], x[b])] for b in batches]),
        "Optimal transport": x[optimal_assignment(z, x)],
        "Exact flow": reference.exact.flow_map(z, 0, 1),
    }


def lines(panel, z, x, where):
    """The pairs, joined."""
    if z.shape[1] == 1:
        panel.limits((-0.05, 1.05), where.limits[0], [(0, "noise"), (1, "data")])
        panel.columns(where, y=0)
        z, x = at(0, z), at(1, x)
    else:
        panel.limits(*where.limits, [], [], equal=True)
        panel.columns(where, x=0, y=1)
        panel.rings()
        panel.hills(where.hills)
    panel.lines("pairs", between(z, x), "coupling_train", width=0.8, still=True)
    panel.points("z", z, "prior_z", size=9, still=True)
    panel.points("x", x, "output_x_hat", size=9, still=True)
