"""Optimal transport in 1D as a flow: every point moves at constant speed from z to T(z), the increasing map.

What a flow of optimal pairs learns: lines that do not cross. Letters of data/exact.py: progress s from 0 to 1.
"""

import numpy as np

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
