"""Who is paired with whom: by chance, by optimal transport, by the exact flow, and by the map of each model."""

import numpy as np

from data.assignment import optimal_assignment
from data.points import units
from evaluation.labels import evaluations, number, plus_minus
from evaluation.metrics import crossings
from evaluation.reference import Reference
from evaluation.summary import summary_of
from models.base import Encoder
from models.calls import on_one_thread
from visualization.pages.layout import page, place
from visualization.panel import Panel, at, between
from visualization.scene import data_name, titled
from visualization.stage import Stage

N, BATCH = 128, 64
DRAWN = {1: 40, 2: 80}  # of the pairs, by dimension
EXACT, OPTIMAL, INDEPENDENT, BATCHES = (
    "Exact flow",
    "Optimal transport",
    "Independent",
    f"Optimal in batches of {BATCH}",
)
NOTE = (
    f"Cost: mean squared distance of {N} pairs, of which some are drawn. The first row pairs the same noise with the"
    " same exact sample of the data, so its costs can be compared, and none is below the optimal one.\nA model's"
    " samples have a law of their own: “above optimal” compares its pairs with the best pairing of its own samples,"
    " and a low cost is no merit if W2 says that the samples are wrong."
)


@on_one_thread()
def numbers(runs):
    """The same 128 noise points z and, by name, their partners x (N, D) and costs; those of models by their first seed.

    Each coupling: {"x", "cost", "best": the cost of the optimal pairing of z with these x, "crossings" in 1D, and of
    models "w2": mean, standard deviation and floor}. None if no model maps noise to data one to one.
    """
    dataset = runs[0].settings["dataset"]
    reference, rng = Reference(dataset), np.random.default_rng(0)
    z = rng.permutation(reference.noise(N))
    pairs = {name: costs(z, x) for name, x in couplings(z, reference, rng).items()}
    models = {}
    for title, run in titled(runs).items():
        if not isinstance(run.model, Encoder) and run.model.exact != "mean":
            x = run.model.generate(np.repeat(z[None], run.settings["n_seeds"], 0))[0].astype(float)
            models[f"{title}, {evaluations(run.model.steps)}"] = costs(z, x) | {"w2": summary_of(run)["w2", None]}
    about = {"data": data_name(runs[0].settings), "dataset": dataset, "z": z}
    return about | {"pairs": pairs, "models": models} if models else None


def couplings(z, reference, rng):
    """The pairings that need no model, of one sample of the data with z: {name: partner of each z}."""
    x = reference.exact.flow_map(z, 0, 1)  # an exact sample, in the order of the noise that flows to it
    mixed = rng.permutation(x)
    batches = [slice(k, k + BATCH) for k in range(0, N, BATCH)]
    return {
        INDEPENDENT: mixed,
        BATCHES: np.concatenate([mixed[b][optimal_assignment(z[b], mixed[b])] for b in batches]),
        EXACT: x,
        OPTIMAL: x[optimal_assignment(z, x)],
    }


def costs(z, x):
    """A coupling with its cost and that of the optimal pairing of the same points; NaN if a point is not finite."""
    found = {"x": x, "cost": cost(z, x), "best": np.nan}
    if np.isfinite(x).all():
        found["best"] = cost(z, x[optimal_assignment(z, x)])
    return found | ({"crossings": crossings(z, x)} if z.shape[1] == 1 else {})


def cost(z, x):
    return float(np.square(x - z).sum(1).mean())


def draw(numbers):
    """A panel per coupling, with its cost: those of the exact sample first, then the models."""
    where, pairs, models = Stage(numbers["dataset"]), numbers["pairs"], numbers["models"]
    rows = 1 + -(-len(models) // 4)
    title = f"Couplings: {numbers['data']}"
    figure = page(70 + 474 * rows, title, NOTE, units(numbers["dataset"]))
    for i, (name, each) in enumerate([*pairs.items(), *models.items()]):
        axes = place(figure, (40 + i % 4 * 392, 104 + i // 4 * 474, 350, 350), name)
        lines(Panel(axes), numbers["z"], each["x"], where, "coupling_train" if name in pairs else "coupling_infer")
        axes.set_xlabel("\n".join(words(each)), fontsize=10.5, labelpad=4)
    return figure


def words(each):
    """What stands below a panel: cost and excess over the optimal cost; of a model also its W2."""
    excess = max(0.0, each["cost"] - each["best"])
    first = f"cost {number(each['cost'])}, above optimal {number(excess) if excess > 1e-9 else '0'}"
    if not np.isfinite(each["cost"]):
        first = "the samples are not finite"
    second = [f"{each['crossings']} crossings"] if "crossings" in each else []
    if "w2" in each:
        mean, sd, floor = each["w2"]
        second = [f"W2 {plus_minus(mean, sd)} (exact {number(floor)})", *second]
    return [first, ", ".join(second)]


def lines(panel, z, x, where, meaning):
    """Some of the pairs, joined."""
    z, x = z[: DRAWN[z.shape[1]]], x[: DRAWN[z.shape[1]]]
    if z.shape[1] == 1:
        panel.limits((-0.05, 1.05), where.limits[0], [(0, "noise"), (1, "data")])
        panel.columns(where, y=0)
        z, x = at(0, z), at(1, x)
    else:
        panel.limits(*where.limits, [], [], equal=True)
        panel.columns(where, x=0, y=1)
        panel.source(where)
        panel.hills(where.hills)
    panel.lines("pairs", between(z, x), meaning, width=0.9, alpha=0.75, still=True)
    panel.points("z", z, "prior_z", size=14, still=True)
    panel.points("x", x, "output_x_hat" if meaning == "coupling_infer" else "data_x", size=14, still=True)
