"""Who is paired with whom: by chance, by minibatch optimal transport, and by the map of each flow."""

if __name__ == "__main__":  # first, so that --help need not wait for torch; it ends the program
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from main import page_script

    page_script("couplings")

import numpy as np

from data.exact import optimal_assignment
from data.points import units
from evaluation.exam import Exam
from evaluation.flows import LearntFlow
from evaluation.metrics import crossings, spread
from visualization.page import page, place
from visualization.panels import Panel, at, between
from visualization.scene import data_name, stage

N, BATCH = 128, 64


def draw(runs):
    """The same 128 noise points in every panel; the first seed of each model."""
    exam, where = Exam(runs[0].config["dataset"]), stage(runs[0].config["dataset"])
    rng = np.random.default_rng(0)
    z = rng.permutation(exam.noise(N))
    pairs = couplings(z, exam, rng)
    for run in runs:
        if hasattr(run.model, "velocity"):
            flow, steps = LearntFlow(run.model), run.model.steps
            name = f"{run.model.title}, {steps} step{'s' if steps > 1 else ''}"
            pairs[name] = flow.sample(spread(flow, z), steps)[0]
    note = "Cost: mean squared distance of the pairs."
    if exam.dim == 1:
        note += " Two lines that cross could be swapped for a lower cost: the optimal map has no crossings."
    figure = page(
        100 + 430 * -(-len(pairs) // 4),
        f"Couplings: {data_name(runs[0].config)}",
        note,
        units(runs[0].config["dataset"]),
    )
    for i, (title, x) in enumerate(pairs.items()):
        axes = place(figure, (40 + i % 4 * 392, 104 + i // 4 * 430, 350, 350), title)
        lines(Panel(axes), z, x, where)
        words = f"cost {np.square(x - z).sum(1).mean():.2f}"
        axes.set_xlabel(words + (f",  {crossings(z, x)} crossings" if exam.dim == 1 else ""), fontsize=11)
    return figure


def couplings(z, exam, rng):
    """The pairings that need no model: {name: partner of each z}."""
    x = exam.target.sample(N, rng)
    batches = [slice(k, k + BATCH) for k in range(0, N, BATCH)]
    return {
        "Independent": x,
        f"Optimal in batches of {BATCH}": np.concatenate([x[b][optimal_assignment(z[b], x[b])] for b in batches]),
        "Optimal transport": x[optimal_assignment(z, x)],
        "Exact flow": exam.exact.flow_map(z, 0, 1),
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
        panel.hills(where)
    panel.lines("pairs", between(z, x), "coupling_train", width=0.8, still=True)
    panel.points("z", z, "prior_z", size=9, still=True)
    panel.points("x", x, "output_x_hat", size=9, still=True)
