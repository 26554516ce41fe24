"""What a loss weighted by its own residual learns: 1 / (error + c)^p in D dimensions, for a target of two modes.

The weight may not depend on the residual if the minimiser is to be the mean: only Bregman losses have it as theirs.
With it, m minimises E rho(|m - x|^2) with d rho / d error = 1 / (error + c)^p: the nearer mode counts more. In many
dimensions the noise makes all errors alike, so the weight is nearly constant, and the bias falls like 1 / D.
"""

from functools import lru_cache

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import ndtri

MODES, SHARES, SD = (-2.0, 2.0), (0.7, 0.3), 0.5  # on the first axis; noise of this deviation on all axes
C = 1e-3  # as in training/trainer.py
QUANTILES = 200  # of the noise's length


def two_modes(n, dim, rng):
    """n points of the target in exact proportions, in random order: (n, D)."""
    x = SD * rng.standard_normal((n, dim))
    x[:, 0] += rng.permutation(np.repeat(MODES, [round(SHARES[0] * n), n - round(SHARES[0] * n)]))
    return x


@lru_cache
def bias(p, dim):
    """How far the global minimiser is from the mean, in units of the distance of the modes; by quadrature."""
    from scipy.stats import chi2  # here: its import would slow every --help

    middle = (np.arange(QUANTILES) + 0.5) / QUANTILES
    x = np.add.outer(MODES, SD * ndtri(middle)).ravel()
    weight = np.repeat(SHARES, QUANTILES) / QUANTILES
    others = SD**2 * (chi2.ppf(middle, dim - 1) if dim > 1 else np.zeros(1))

    def loss(m):
        error = np.add.outer(np.square(m - x), others) + C
        return weight @ (np.log(error) if p == 1 else error ** (1 - p) / (1 - p)).mean(1)

    mean = np.dot(MODES, SHARES)
    start = min(np.linspace(*MODES, 81), key=loss)
    found = minimize_scalar(loss, bounds=(start - 0.1, start + 0.1), method="bounded", options={"xatol": 1e-6})
    return float((found.x - mean) / (MODES[1] - MODES[0]))
