"""The stage of one dataset: its target, limits and density, which all models share."""

from functools import cached_property, lru_cache

import numpy as np

from data.exact import ExactFlow
from data.points import Points
from data.sources import base
from data.synthetic import source, target

FLATTEST, TALLEST = 1.7, 1.0  # width over height of two islands, whatever the shape of the data
REACH = 3.5  # standard deviations of the prior and of the target's components that limits enclose


@lru_cache(maxsize=8)
class Stage:
    """Target, limits and density of one dataset; points: the user's Points, if it is made of them."""

    def __init__(self, dataset):
        self.points = base(dataset) if isinstance(base(dataset), Points) else None
        self.target, self.source = target(dataset), source(dataset)
        self.low, self.high = reach(self.target)
        prior = np.full_like(self.low, REACH)
        self.source_low, self.source_high = (-prior, prior) if self.source is None else reach(self.source)

    @cached_property
    def limits(self):
        """1D: ((low, high),) of the values. 2D: a square around prior and target, for x and for y."""
        low, high = np.minimum(self.low, self.source_low), np.maximum(self.high, self.source_high)
        if len(low) == 1:
            return ((low[0] - 0.1, high[0] + 0.1),)
        centre, half = (low + high) / 2, (high - low).max() / 2 + 0.2
        return tuple((c - half, c + half) for c in centre)

    @cached_property
    def view(self):
        """The limits that pictures use: in 2D a flat target gets a flat page, up to 1.6 times as wide as high."""
        if len(self.low) == 1:
            return self.limits
        (x0, x1), (y0, y1) = self.limits
        middle = (y0 + y1) / 2
        reach = max(self.source_high[1] - middle, middle - self.source_low[1], (self.high[1] - self.low[1]) / 2) + 0.2
        half = min((y1 - y0) / 2, max(reach, (x1 - x0) / 3.2))
        return (x0, x1), ((y0 + y1) / 2 - half, (y0 + y1) / 2 + half)

    @cached_property
    def data_centre(self):
        """2D: where the middle of the data's island is, left to right."""
        return self.islands[1][0] + (self.low[0] + self.high[0]) / 2

    @cached_property
    def density_scale(self):
        """1D: horizontal units for one unit of density, so that the higher of prior and target is .34 wide."""
        y = np.linspace(*self.limits[0], 400)
        return 0.34 / max(np.exp(self.target.log_prob(y)).max(), self.prior(y).max())

    def prior(self, y):
        """1D: the density of the source at y (N,), by default N(0, 1): (N,)."""
        return np.exp(-0.5 * y**2) / np.sqrt(2 * np.pi) if self.source is None else np.exp(self.source.log_prob(y))

    @cached_property
    def noise_limits(self):
        """1D: the limits of axes for noise."""
        return (-3.3, 3.3) if self.source is None else (float(self.source_low[0]), float(self.source_high[0]))

    @cached_property
    def islands(self):
        """2D: centre of the prior's island, offset of the target's, limits around both."""
        offset = np.array([REACH + 0.7 - self.low[0], -(self.low[1] + self.high[1]) / 2])
        height = max(REACH, (self.high[1] - self.low[1]) / 2) + 0.9
        left, right = -REACH - 0.3, offset[0] + self.high[0] + 0.3
        height = max(height, (right - left) / 2 / FLATTEST)
        wider = max(0.0, height * 2 * TALLEST - (right - left)) / 2
        return (0.0, 0.0), tuple(offset), ((left - wider, right + wider), (-height, height))

    @cached_property
    def flow(self):
        """The exact flow to the target, from N(0, I) or its source."""
        return ExactFlow(self.target, self.source)

    @cached_property
    def on_the_way(self):
        """1D: progress s (61,), values y (200,), and the exact density of y at s, (200, 61)."""
        s, y = np.linspace(0, 1, 61), np.linspace(*self.limits[0], 200)
        return s, y, np.exp(np.stack([self.flow.log_density(y[:, None], at) for at in s], 1))

    @cached_property
    def hills(self):
        """2D: grid x (G,), grid y (G,), density (G, G), and the three levels that hold 99, 86 and 39 % of the mass."""
        return _hills(self.target.log_prob, zip(self.low, self.high, strict=True))

    @cached_property
    def source_hills(self):
        """The same of the source, if it is not N(0, I)."""
        return _hills(self.source.log_prob, zip(self.source_low, self.source_high, strict=True))

    @cached_property
    def halfway(self):
        """The same of the exact flow at progress .5."""
        return _hills(lambda points: self.flow.log_density(points, 0.5), self.limits)


def reach(mixture):
    """The box that a mixture's components are in, to REACH standard deviations: (low, high), both (D,)."""
    sd = np.sqrt(np.diagonal(mixture.covariances, axis1=1, axis2=2))
    return (mixture.means - REACH * sd).min(0), (mixture.means + REACH * sd).max(0)


def _hills(log_density, limits):
    axes = [np.linspace(low - 0.5, high + 0.5, 160) for low, high in limits]
    grid = np.stack(np.meshgrid(*axes), -1).reshape(-1, 2)
    density = np.exp(log_density(grid)).reshape(160, 160)
    falling = np.sort(density.ravel())[::-1]
    held = np.cumsum(falling) / falling.sum()
    return *axes, density, [falling[np.searchsorted(held, mass)] for mass in (0.99, 0.86, 0.39)]
