"""The data of a published table: Tong et al. 2302.00482 and 2307.03672, Table 2, as mixtures.

The numbers are those of the released runner, not of the library's helpers: see docs/TABLE.md. Arcs with Gaussian noise
become many small Gaussians along them, whose density is that of scikit-learn's sets but for a ripple of a percent.
"""

import numpy as np

from data.mixture import GaussianMixture
from data.synthetic_2d import circle, ring

ALONG = 60  # Gaussians along an arc


def along(curves, noise):
    """A mixture of equal Gaussians along curves u -> (x, y), u from 0 to 1; noise: their standard deviation."""
    u = (np.arange(ALONG) + 0.5) / ALONG
    means = np.concatenate([curve(u) for curve in curves])
    step = np.concatenate([curve(u + 0.5 / ALONG) - curve(u - 0.5 / ALONG) for curve in curves])
    covariances = noise**2 * np.eye(2) + np.einsum("ni,nj->nij", step, step) / 12  # and half a step to either side
    return GaussianMixture(np.full(len(means), 1 / len(means)), means, covariances)


def moved(mixture, scale, offset):
    """The mixture of scale x + offset, by axis."""
    scale, offset = np.asarray(scale, float), np.asarray(offset, float)
    return GaussianMixture(
        mixture.weights, mixture.means * scale + offset, mixture.covariances * scale[:, None] * scale
    )


def two_moons(noise):
    """scikit-learn's make_moons."""
    return along([lambda u: circle(np.pi * u), lambda u: np.array([1.0, 0.5]) - circle(np.pi * u)], noise)


def wide_moons():
    """make_moons with noise .1, minus the mean of all its numbers, over their deviation, times 7."""
    moons = two_moons(0.1)
    middle = moons.mean.mean()
    scale = 7 / np.sqrt(np.mean(np.diagonal(moons.covariance) + (moons.mean - middle) ** 2))
    return moved(moons, [scale, scale], [-middle * scale] * 2)


def small_moons():
    """make_moons with noise .05, times 2, the first axis minus 1."""
    return moved(two_moons(0.05), [2, 2], [-1, 0])


def letter_s():
    """make_s_curve with noise .05, its first and third coordinate, times 1.5."""

    def curve(u):
        t = 3 * np.pi * (u - 0.5)
        return np.stack([np.sin(t), np.sign(t) * (np.cos(t) - 1)], 1)

    return moved(along([curve], 0.05), [1.5, 1.5], [0, 0])


PUBLISHED = {
    "table_ring": lambda: ring(5, 1.0),
    "table_wide_ring": lambda: ring(12, 1.5),
    "table_wide_moons": wide_moons,
    "table_moons": small_moons,
    "table_s_curve": letter_s,
}
