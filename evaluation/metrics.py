"""The measures: small functions of arrays and flows, each with a known value for exact samples.

Point sets are (n, D) or, with one set per seed, (S, n, D); a flow is one of evaluation/flows.py. Densities are in nats.
"""

from functools import lru_cache

import numpy as np
from scipy.spatial.distance import cdist
from scipy.special import logsumexp

from data.assignment import assigned

N_DIRECTIONS = 32


def sliced_w2(samples, target):
    """Sliced Wasserstein-2 of samples (S, N, D) to the exact mixture: (S,). Cheap enough for every frame.

    The root mean square, over 32 even directions of the plane (in 1D there is only one), of the W2 of the projected
    samples to the exact quantiles at (i + .5) / N; projections of a mixture are mixtures, so no reference is sampled.
    """
    directions, quantiles = projections(target, samples.shape[1])
    projected = np.sort(np.asarray(samples, dtype=float) @ directions, axis=1)  # (S, N, directions)
    return np.sqrt(np.square(projected - quantiles).mean((1, 2)))


def sliced_w2_to_points(samples, points):
    """The same of samples (S, N, D) to each seed's own points (S, n, D): (S,)."""
    samples, points = (np.asarray(a, dtype=float) for a in (samples, points))
    directions, n = unit_directions(samples.shape[-1]), samples.shape[1]
    places = ((np.arange(n) + 0.5) / n * points.shape[1]).astype(int)
    quantiles = np.sort(points @ directions, axis=1)[:, places]
    return np.sqrt(np.square(np.sort(samples @ directions, axis=1) - quantiles).mean((1, 2)))


@lru_cache(maxsize=16)
def projections(target, n):
    """Unit directions (D, P) and the exact quantiles (n, P) of the target along them."""
    directions, midpoints = unit_directions(target.dim), (np.arange(n) + 0.5) / n
    return directions, np.stack([target.project(d).quantile(midpoints) for d in directions.T], -1)


def unit_directions(dim):
    """The directions of sliced W2, evenly spread over the half circle: (D, P)."""
    angles = np.pi * np.arange(N_DIRECTIONS) / N_DIRECTIONS
    return np.ones((1, 1)) if dim == 1 else np.stack([np.cos(angles), np.sin(angles)])


def w2_between(a, b):
    """Wasserstein-2 between two point sets of the same shape (n, D): sorted in 1D, else by exact assignment."""
    if a.shape != b.shape:
        raise ValueError(f"W2 needs two point sets of the same shape (n, D), not {a.shape} and {b.shape}")
    if a.shape[1] == 1:
        return float(np.sqrt(np.square(np.sort(a, 0) - np.sort(b, 0)).mean()))
    cost = cdist(b, a, "sqeuclidean")  # b is spread out: if a has collapsed, beginning from b is faster
    return float(np.sqrt(cost[np.arange(len(cost)), assigned(cost)].mean()))


def energy_distance(a, b):
    """sqrt(2 E|a - b| - E|a - a'| - E|b - b'|) of point sets (n, D): 0 for equal sets, NaN if a point is NaN."""
    return _root(2 * cdist(a, b).mean() - cdist(a, a).mean() - cdist(b, b).mean())


def mmd(a, b):
    """Maximum mean discrepancy of point sets (n, D), by a Gaussian kernel: 0 for equal sets, NaN if a point is NaN.

    The kernel is exp(-|x - y|^2 / scale), where scale is the median squared distance within b. If that is 0,
    because most of b is one point, it is the mean squared distance between a and b.
    """
    squares, across = cdist(b, b, "sqeuclidean"), cdist(a, b, "sqeuclidean")
    scale = np.median(squares) or across.mean()
    if scale == 0:  # all points of both sets are the same
        return 0.0
    within = np.exp(-cdist(a, a, "sqeuclidean") / scale).mean() + np.exp(-squares / scale).mean()
    return _root(within - 2 * np.exp(-across / scale).mean())


def _root(square):
    """The square root of a number that rounding may have left below 0; NaN stays NaN."""
    return float(np.sqrt(np.maximum(0.0, square)))


def mode_masses(points, target):
    """The share of points (n, D) that belongs to each component, its mean posterior probability: (K,)."""
    return target.posterior(points).mean(0)


def excess_error(flow, x, s, exact):
    """E|v - v_exact|² at points x (T, n, D) of progress s (T,), with exact velocities (T, n, D): (S,)."""
    each = [
        np.square(flow.velocity(spread(flow, p), at) - v).sum(-1).mean(1) for p, at, v in zip(x, s, exact, strict=True)
    ]
    return np.mean(each, 0)


def average_velocity_error(flow, x, pairs, exact):
    """E |u - u_exact|^2 for jumps over the pairs (s, r) from points x (P, n, D), exact (P, n, D): (S,)."""
    each = [
        np.square(flow.average_velocity(spread(flow, p), s, r) - u).sum(-1).mean(1)
        for p, (s, r), u in zip(x, pairs, exact, strict=True)
    ]
    return np.mean(each, 0)


def map_error(samples, exact):
    """Root mean square distance of samples (S, n, D) to where the exact flow takes their noise (n, D): (S,)."""
    return np.sqrt(np.square(samples - exact).sum(-1).mean(1))


def log_likelihood(flow, x, steps=32, source=None):
    """log p(x) of points x (n, D) by change of variables, with Heun steps from data to noise: (S, n) in nats.

    d log p / ds = -div v along the flow, so log p(x) = log p_0(z) - int_0^1 div v ds, p_0 = N(0, I) or the source's.
    """
    y = spread(flow, x).astype(float)
    h, log_volume = 1 / steps, 0.0
    for s in 1 - h * np.arange(steps):
        v, div = flow.velocity(y, s), flow.divergence(y, s)
        back = y - h * v
        y = y - h / 2 * (v + flow.velocity(back, s - h))
        log_volume = log_volume + h / 2 * (div + flow.divergence(back, s - h))
    if source is not None:
        return np.stack([source.log_prob(ends) for ends in y]) - log_volume
    return -0.5 * np.square(y).sum(-1) - x.shape[-1] / 2 * np.log(2 * np.pi) - log_volume


def decoder_log_likelihood(decode, x, variance):
    """log p(x) of points x (n, D) under p(x) = int N(z; 0, I) N(x; g(z), variance I) dz, by quadrature: (S, n).

    decode: (N, D) -> (S, N, D). The trapezoid rule on a grid of latents, 2001 nodes in 1D, 121 x 121 in 2D.
    """
    dim = x.shape[1]
    axis, step = np.linspace(-6.0, 6.0, 2001 if dim == 1 else 121, retstep=True)
    z = np.stack(np.meshgrid(*[axis] * dim, indexing="ij"), -1).reshape(-1, dim)
    log_weight = -0.5 * np.square(z).sum(1) - dim / 2 * np.log(2 * np.pi) + dim * np.log(step)
    constant = dim / 2 * np.log(2 * np.pi * variance)
    each = [logsumexp(log_weight - cdist(x, g, "sqeuclidean") / (2 * variance), axis=1) - constant for g in decode(z)]
    return np.array(each)


def path_energy(flow, z, steps=64):
    """(E int |v|^2 ds, E |x_1 - x_0|^2) along Heun paths from z (n, D), each (S,): equal for straight paths."""
    y, energy, h = spread(flow, z).astype(float), 0.0, 1 / steps
    for s in h * np.arange(steps):
        v = flow.velocity(y, s)
        w = flow.velocity(y + h * v, s + h)
        energy = energy + h / 2 * (np.square(v) + np.square(w)).sum(-1).mean(1)
        y = y + h / 2 * (v + w)
    return energy, np.square(y - z).sum(-1).mean(1)


def normalised_path_energy(energy, squared_w2):
    """|E int |v|^2 ds - W2^2| / W2^2 (Tong et al. 2302.00482): 0 for optimal transport."""
    return np.abs(energy - squared_w2) / squared_w2


def spread(flow, points):
    """The same points (n, D) for every seed of a flow: (S, n, D)."""
    return np.broadcast_to(points, (flow.seeds, *points.shape))


def crossings(z, x):
    """How many pairs of straight lines from z (n, 1) to x (n, 1) cross: the inversions, 0 for an increasing map."""
    order = np.asarray(x)[np.argsort(np.asarray(z)[:, 0], kind="stable"), 0]
    return int(np.triu(order[:, None] > order[None], 1).sum())


def average_velocity_table(flow, exact, grid, points=64):
    """E |u - u_exact|^2 of the first seed for jumps from grid[i] to grid[j], (G, G); the diagonal is the velocity's."""
    table = np.empty((len(grid), len(grid)))
    for i, (x, answers) in enumerate(exact_jumps(exact, tuple(grid), points)):
        for j, u in enumerate(answers):
            s, r = grid[i], grid[j]
            learnt = flow.velocity(spread(flow, x), s) if i == j else flow.average_velocity(spread(flow, x), s, r)
            table[i, j] = np.square(learnt[0] - u).sum(-1).mean()
    return table


@lru_cache(maxsize=4)
def exact_jumps(exact, grid, points):
    """For each s of the grid, points x (N, D) of its marginal and their average velocities to every r: [(x, [u])]."""
    grid, jumps = np.array(grid), []
    for i, s in enumerate(grid):
        x = exact.marginal(s).sample(points, np.random.default_rng(7))
        ahead, behind = exact.path(x, grid[i:]), exact.path(x, grid[: i + 1][::-1])
        ends = np.concatenate([behind[::-1], ahead[1:]])
        jumps.append(
            (x, [exact.velocity(x, s) if r == s else (end - x) / (r - s) for r, end in zip(grid, ends, strict=True)])
        )
    return jumps
