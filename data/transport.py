"""Optimal transport: its cost, and in 1D its flow, in which every point moves at constant speed from z to T(z).

T is the increasing map, what a flow of optimal pairs learns: lines that do not cross. Letters of data/exact.py.
"""

import numpy as np

from data.assignment import optimal_assignment
from data.exact import transport_map_1d
from data.mixture import as_points

KNOTS = 8001  # of T, between which a point's beginning is interpolated


class TransportFlow:
    """The flow from `source` to `target`, both mixtures in 1D; x is (N, 1), s a number in [0, 1]."""

    dim = 1

    def __init__(self, source, target):
        self.source, self.target = source, target
        half = np.linspace(-9, 9, KNOTS) * np.sqrt(source.covariance[0, 0])
        self._z = source.mean[0] + half
        self._end = transport_map_1d(source, target, self._z)

    def beginning(self, x, s):
        """Where the points x at progress s began: (N, 1)."""
        x = as_points(x, 1)[:, 0]
        return np.interp(x, (1 - s) * self._z + s * self._end, self._z)[:, None]

    def velocity(self, x, s):
        """T(z) - z of the line through x: (N, 1)."""
        z = self.beginning(x, s)
        return transport_map_1d(self.source, self.target, z) - z

    def path(self, x, s):
        """The line through x at progress s[0], along s (T,): (T, N, 1)."""
        x, s = as_points(x, 1), np.asarray(s, dtype=float)
        return x + (s - s[0])[:, None, None] * self.velocity(x, s[0])

    def flow_map(self, x, s_from, s_to):
        return self.path(x, (s_from, s_to))[-1]

    def average_velocity(self, x, s_from, s_to):
        return self.velocity(x, s_from)

    def sample(self, s, n, rng):
        """Points of the distribution at progress s: (n, 1)."""
        return self.path(self.source.sample(n, rng), (0.0, s))[-1]


def squared_w2_and_error(source, target, n=256, draws=32):
    """(Squared W2 of two mixtures, standard error): by a fine quadrature in 1D (error 0), else by assignments.

    Of n points each, whose means and covariances are made those of the mixtures: most of what chance does to the cost
    is in these. Half of the cost between two draws of each mixture is subtracted, because samples of n points are that
    much farther apart than the mixtures (the debiasing of Sinkhorn divergences, Feydy et al. 1810.08278).
    """
    if target.dim == 1:
        z = source.quantile((np.arange(100_000) + 0.5) / 100_000)
        return float(np.square(transport_map_1d(source, target, z) - z).mean()), 0.0
    each = []
    for draw in range(draws):
        rng = np.random.default_rng(100 + draw)
        z, other_z = (matched(source, n, rng) for _ in range(2))
        x, other_x = (matched(target, n, rng) for _ in range(2))
        each.append(cost(z, x) - (cost(z, other_z) + cost(x, other_x)) / 2)
    return float(np.mean(each)), float(np.std(each, ddof=1) / np.sqrt(draws))


def matched(mixture, n, rng):
    """Points of a mixture, moved so that their mean and covariance are its own: (n, D)."""
    points = mixture.sample(n, rng)
    points = points - points.mean(0)
    root, wanted = (np.linalg.cholesky(cov) for cov in (np.cov(points.T, bias=True), mixture.covariance))
    return mixture.mean + points @ np.linalg.inv(root).T @ wanted.T


def cost(a, b):
    """Squared W2 of two point sets (n, D)."""
    return np.square(a - b[optimal_assignment(a, b)]).sum(1).mean()
