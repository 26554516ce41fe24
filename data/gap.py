"""What consistency training learns in 1D if its two points are a gap apart: exactly, for the law of the data.

With single pairs the fixed point is f(y, t) = E[f(x_r, r) | x_t = y], r = t + gap, f(y, 1) = y. The mean over the lines
through y is a mean of ends, not the end of the mean line, so f is pulled towards the mean of the data: at a gap of 1 it
is the mean. With mean pairs x_r = y + gap v(y, t): f is Euler's method on the exact flow.
"""

import numpy as np

NODES, QUADRATURE = np.polynomial.hermite_e.hermegauss(40)


def map_of_single_pairs(mixture, gap, z, points=4001):
    """Where the fixed point of single pairs takes the noise z (N,), carried back from the data: (N,)."""
    weights, means, variances = mixture.weights, mixture.means[:, 0], mixture.covariances[:, 0, 0]
    sd = np.sqrt(variances)
    y = np.linspace(min((means - 10 * sd).min(), -9), max((means + 10 * sd).max(), 9), points)
    f = y
    for t, r in steps_back(gap):
        spread = t**2 * variances + (1 - t) ** 2  # of x_t in each component
        off = y[:, None] - t * means
        log = np.log(weights) - off**2 / (2 * spread) - np.log(spread) / 2
        share = np.exp(log - log.max(1, keepdims=True))
        mean, deviation = means + t * variances / spread * off, (1 - t) * np.sqrt(variances / spread)
        x = mean[..., None] + deviation[:, None] * NODES  # given x_t = y, by component
        x_r = r * x + (1 - r) * (y[:, None, None] - t * x) / (1 - t)
        answers = np.interp(x_r, y, f) @ QUADRATURE / QUADRATURE.sum()
        f = (share * answers).sum(1) / share.sum(1)
    return np.interp(z, y, f)


def map_of_mean_pairs(exact, gap, z):
    """Where Euler's steps of the exact flow, each a gap long, take the noise z (N, D): (N, D)."""
    x = z
    for t, r in reversed(steps_back(gap)):
        x = x + (r - t) * exact.velocity(x, t)
    return x


def steps_back(gap):
    """(t, r) from the data back to the noise; the last step to the data is as long as is left."""
    ends = np.minimum(gap * np.arange(int(np.ceil(1 / gap - 1e-9)) + 1), 1)
    return list(zip(ends[:-1], ends[1:], strict=True))[::-1]
