"""The measures of Tong et al. 2302.00482, Table 2, as its released runner takes them, and those of exact answers.

All is drawn by chance, as in the paper: n points of the source, and as many test points of the target. W2 is the root
of the optimal squared cost between the points that a flow makes and the test points, NPE the normalised path energy
|E int |v|^2 ds - W2^2| / W2^2 with the W2^2 of the distributions.
"""

import numpy as np

from evaluation.flows import LearntFlow
from evaluation.metrics import normalised_path_energy, spread, w2_between
from evaluation.reference import Reference
from models.calls import on_one_thread

STEPS = 100  # Euler steps of the sampler
POINTS = 4096  # whose path energy is averaged


def drawn(reference, n, seed):
    """(Points of the source, test points of the target), both (n, D), by chance."""
    rng = np.random.default_rng(10_000 + seed)
    return reference.exact.source.sample(n, rng, False), reference.target.sample(n, rng, False)


@on_one_thread()
@np.errstate(all="ignore")
def of_model(model, dataset, n, first):
    """{"w2": (S,), "npe": (S,)} of a trained flow of S seeds; first: the number of the first seed."""
    reference, flow = Reference(dataset), LearntFlow(model)
    found = {"w2": [], "npe": []}
    for i in range(flow.seeds):
        z, test = drawn(reference, n, first + i)
        ends, energy = walk(flow, z)
        found["w2"].append(w2_between(ends[i], test) if np.isfinite(ends[i]).all() else np.nan)
        found["npe"].append(normalised_path_energy(energy[i], reference.squared_w2))
    return {name: np.array(values) for name, values in found.items()}


def walk(flow, z):
    """Euler's steps from z (n, D): the ends (S, n, D), and the energy of the path (S,) by its first POINTS points."""
    x, energy = spread(flow, z).astype(float), 0.0
    for s in np.arange(STEPS) / STEPS:
        v = flow.velocity(x, s)
        energy = energy + np.square(v[:, :POINTS]).sum(-1).mean(1) / STEPS
        x = x + v / STEPS
    return x, energy


@on_one_thread()
def of_exact(dataset, n, seeds):
    """W2 of exact samples and of the exact flow of independent pairs, (S,) each, and the NPE of that flow: a dict."""
    reference = Reference(dataset)
    samples, flow = [], []
    for seed in seeds:
        z, test = drawn(reference, n, seed)
        rng = np.random.default_rng(20_000 + seed)
        samples.append(w2_between(reference.target.sample(n, rng, False), test))
        flow.append(w2_between(reference.exact.flow_map(z, 0, 1), test))
    total = np.trace(reference.exact.source.covariance) + np.trace(reference.target.covariance)
    total += np.square(reference.exact.source.mean - reference.target.mean).sum()
    npe = normalised_path_energy(total - reference.flow_matching_floor, reference.squared_w2)
    return {"samples": np.array(samples), "flow": np.array(flow), "npe": float(npe)}
