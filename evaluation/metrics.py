"""Distances between what a model generates and the exact target, one number a seed."""

from functools import lru_cache

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist

from data.mixture import GaussianMixture
from data.synthetic import noise, target
from training.runs import save

N_REFERENCE = {1: 10_000, 2: 1_024}  # sorting is cheap; exact assignment grows as n^3: 0.8 s for 1,024 points
N_DIRECTIONS = 32


def w2(samples, target):
    """Wasserstein-2 of samples (S, N, D) to the exact mixture: (S,). Cheap enough for every frame.

    1D: against the exact quantiles at (i + .5) / N. More dimensions: sliced W2, the root mean square of that over 32
    even directions of the plane; projections of a mixture are mixtures, so no reference is sampled.
    """
    directions, quantiles = _projections(target, samples.shape[1])
    projected = np.sort(np.asarray(samples, dtype=float) @ directions, axis=1)  # (S, N, directions)
    return np.sqrt(np.square(projected - quantiles).mean((1, 2)))


@lru_cache(maxsize=16)
def _projections(target, n):
    """Unit directions (D, P) and the exact quantiles (n, P) of the target along them."""
    angles = np.pi * np.arange(N_DIRECTIONS) / N_DIRECTIONS
    directions = np.ones((1, 1)) if target.dim == 1 else np.stack([np.cos(angles), np.sin(angles)])
    midpoints = (np.arange(n) + 0.5) / n
    along = [
        GaussianMixture(target.weights, target.means @ d, np.einsum("i,kij,j->k", d, target.covariances, d))
        for d in directions.T
    ]
    return directions, np.stack([mixture.quantile(midpoints) for mixture in along], -1)


def w2_between(a, b):
    """Wasserstein-2 between two point sets of one size, (n, D) each: sorted in 1D, else by exact assignment."""
    if a.shape[1] == 1:
        return float(np.sqrt(np.square(np.sort(a, 0) - np.sort(b, 0)).mean()))
    cost = cdist(a, b, "sqeuclidean")
    return float(np.sqrt(cost[linear_sum_assignment(cost)].mean()))


def measure(run, path):
    """Add what is measured of a trained model to the run, and to its file, unless it is there already."""
    if "w2" not in run.measures:
        exact = target(run.config["dataset"])
        run.measures["w2"] = torch.tensor(reference_w2(run.model, exact, run.config["n_seeds"]))
        save(run, path)


def reference_w2(model, target, n_seeds):
    """W2 of a model's own samples to an exact reference sample, one a seed: (S,).

    Generated from low-discrepancy noise, against a sample of the target in exact mode proportions; 10,000 points in
    1D, 1,024 in 2D. Without exact proportions the noise of the mode masses would be larger than any model's error.
    """
    n = N_REFERENCE[target.dim]
    z = torch.tensor(noise(n, target.dim, np.random.default_rng(1)), dtype=torch.float32)
    with torch.no_grad():
        generated = model.generate(z.expand(n_seeds, -1, -1)).numpy().astype(float)
    reference = target.sample(n, np.random.default_rng(2), exact_proportions=True)
    return np.array([w2_between(x, reference) if np.isfinite(x).all() else np.nan for x in generated])
