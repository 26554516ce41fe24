"""Every dataset by its name, its samples, and the noise that pictures follow."""

import numpy as np
from scipy.special import ndtri

from data.exact import stratified
from data.mixture import GaussianMixture
from data.points import Own
from data.published import PUBLISHED
from data.sources import FromSource, base
from data.synthetic_2d import TARGETS_2D


def two_gaussians_1d():
    """0.7 N(-2, .8^2) + 0.3 N(2, .6^2)."""
    return GaussianMixture([0.7, 0.3], [-2.0, 2.0], [0.8**2, 0.6**2])


TARGETS_1D = {"two_gaussians_1d": two_gaussians_1d}
DATASETS_1D, DATASETS_2D = tuple(TARGETS_1D), tuple(TARGETS_2D)
DEFAULT_1D, DEFAULT_2D = DATASETS_1D[0], DATASETS_2D[0]


def target(dataset):
    """The mixture of a dataset: a name, or a user's Points."""
    dataset = base(dataset)
    if isinstance(dataset, Own):
        return dataset.mixture()
    try:
        return {**TARGETS_1D, **TARGETS_2D, **PUBLISHED}[dataset]()
    except KeyError:
        raise ValueError(f"no dataset {dataset!r}; choose from {', '.join((*DATASETS_1D, *DATASETS_2D))}") from None


def source(dataset):
    """The mixture that a flow to a dataset begins in; None: N(0, I)."""
    return target(dataset.source) if isinstance(dataset, FromSource) else None


def samples(mixture, n, seeds, exact_proportions=True):
    """n samples, by default in exact proportions, for each seed from its own generator: (S, n, D)."""
    return np.stack([mixture.sample(n, np.random.default_rng(seed), exact_proportions) for seed in seeds])


def noise(n, dim, rng, source=None):
    """Low-discrepancy points of N(0, I), or of a mixture: (n, dim).

    Sorted quantile midpoints in 1D, else scrambled Sobol points, of a mixture stratified over its components.
    """
    middles = (np.arange(n) + 0.5) / n
    if dim == 1:
        return (ndtri(middles) if source is None else source.quantile(middles))[:, None]
    from scipy.stats import qmc  # here: its import would slow every --help

    sobol = qmc.Sobol(dim + (source is not None), scramble=True, rng=rng)
    points = sobol.random_base2(max(1, (n - 1).bit_length()))[:n].clip(1e-9, 1 - 1e-9)
    return ndtri(points) if source is None else stratified(source, points)
