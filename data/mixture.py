"""Gaussian mixtures: sampling and density are one thing."""

import numpy as np
from scipy.special import ndtr, ndtri

from data import Failure

# The fast way to compute log_joint expands all squares around the mean of the mixture. Cancellation costs it about
# eps (distance of a component's points from that mean / least standard deviation of the component)^2 nats.
# If that is more than MOST_LOSS, log_joint takes the slower way from each component's own mean, without cancellation.
MOST_LOSS = 1e-9
BLOCK = 2**18  # coordinate differences that the slower way holds at once
LEAST_SD = 1e-100  # distances in smaller units might overflow when they are squared


class GaussianMixture:
    """sum_k w_k N(m_k, C_k) in D dimensions, float64.

    weights: (K,), normalised here; means: (K, D) or (K,); covariances: (K, D, D), or variances (K,).
    All arrays are read-only copies, because what is computed from them here must stay true.
    Raises ValueError if the shapes do not fit, or a covariance is not symmetric positive definite or is smaller than
    LEAST_SD^2.
    """

    def __init__(self, weights, means, covariances):
        self.weights, self.means, self.covariances = _components(weights, means, covariances)
        d = self.means.shape[1]
        if not all(np.isfinite(a).all() for a in (self.weights, self.means, self.covariances)):
            raise ValueError("a Gaussian mixture needs finite weights, means and covariances")
        if (self.weights < 0).any() or not self.weights.any():
            raise ValueError("the weights of a mixture must be at least 0, and at least one must be positive")
        if not _is_symmetric(self.covariances):
            raise ValueError("the covariances of a mixture must be symmetric")
        try:
            self._cholesky = np.linalg.cholesky(self.covariances)
        except np.linalg.LinAlgError:
            raise ValueError("the covariances of a mixture must be positive definite") from None
        pivots = np.diagonal(self._cholesky, axis1=1, axis2=2)
        if pivots.min() < LEAST_SD:
            raise ValueError(f"the standard deviations of a mixture must be at least {LEAST_SD:g}")
        self.weights = np.ldexp(self.weights, -np.frexp(self.weights.max())[1])  # exact, and the sum cannot overflow
        self.weights = self.weights / self.weights.sum()
        with np.errstate(divide="ignore"):  # a weight may be 0
            self._log_weights, self._log_det = np.log(self.weights), 2 * np.log(pivots).sum(1)
        self.dim = d
        self.mean = self.weights @ self.means
        spread = self.means - self.mean
        self.covariance = np.einsum("k,kij->ij", self.weights, self.covariances + spread[:, :, None] * spread[:, None])
        self._coefficients = self._quadratic(spread)
        for array in (self.weights, self.means, self.covariances, self.mean, self.covariance):
            array.setflags(write=False)

    def _quadratic(self, spread):
        """Coefficients (D^2 + D + 1, K) of log w_k N(x; m_k, C_k) in the features of `log_joint`.

        None if the fast way would lose more than MOST_LOSS.
        """
        precision = np.linalg.inv(self.covariances)
        with np.errstate(over="ignore"):
            distance = np.square(spread).sum(1) + np.trace(self.covariances, axis1=1, axis2=2)  # squared
            terms = distance * np.trace(precision, axis1=1, axis2=2)
        if not np.finfo(float).eps * terms.max() <= MOST_LOSS:
            return None
        linear = np.einsum("kij,kj->ki", precision, spread)
        constant = self._log_weights - 0.5 * ((linear * spread).sum(1) + self._log_det + self.dim * np.log(2 * np.pi))
        return np.concatenate([-0.5 * precision.reshape(len(precision), -1), linear, constant[:, None]], 1).T

    def log_joint(self, x):
        """log w_k N(x; m_k, C_k) for x (N, D): (N, K). Quadratic in x, so one matrix product gives it all."""
        x = as_points(x, self.dim)
        if self._coefficients is None:
            return self._whitened_joint(x)
        y = x - self.mean  # centred: less cancellation
        outer = (y[:, :, None] * y[:, None]).reshape(len(y), -1)
        return np.concatenate([outer, y, np.ones((len(y), 1))], 1) @ self._coefficients

    def _whitened_joint(self, x):
        """`log_joint` by the distance of x (N, D) from each component's own mean, in its own standard deviations."""
        units = np.linalg.inv(self._cholesky)
        constant = self._log_weights - 0.5 * (self._log_det + self.dim * np.log(2 * np.pi))
        joint, rows = np.empty((len(x), len(self.means))), max(1, BLOCK // self.means.size)
        for i in range(0, len(x), rows):
            away = x[i : i + rows, None] - self.means
            z = sum(away[..., j, None] * units[:, :, j] for j in range(self.dim))  # faster than einsum
            joint[i : i + rows] = constant - 0.5 * np.square(z).sum(-1)
        return joint

    def log_prob(self, x):
        """Log density of x (N, D) in nats: (N,)."""
        joint = self.log_joint(x)
        top = joint.max(1, keepdims=True)
        return top[:, 0] + np.log(np.exp(joint - top).sum(1))

    def posterior(self, x):
        """Probability of each component given x (N, D): (N, K)."""
        joint = self.log_joint(x)
        share = np.exp(joint - joint.max(1, keepdims=True))
        return share / share.sum(1, keepdims=True)

    def counts(self, n):
        """n split over the components in their exact proportions, by largest remainder: (K,)."""
        exact = n * self.weights
        counts = np.floor(exact).astype(int)
        counts[np.argsort(counts - exact, kind="stable")[: n - counts.sum()]] += 1
        return counts

    def sample(self, n, rng, exact_proportions=True):
        """n points in random order, (n, D). exact_proportions: each component gets its exact share."""
        counts = self.counts(n) if exact_proportions else rng.multinomial(n, self.weights)
        which = rng.permutation(np.repeat(np.arange(len(counts)), counts))
        normal = rng.standard_normal((n, self.dim))
        return self.means[which] + np.einsum("nij,nj->ni", self._cholesky[which], normal)

    def project(self, direction):
        """The distribution of x . direction, a mixture in 1D."""
        variances = np.einsum("i,kij,j->k", direction, self.covariances, direction)
        return GaussianMixture(self.weights, self.means @ direction, variances)

    def cdf(self, x, upper=False):
        """P(X <= x), or P(X > x) if `upper`, for x of any shape; 1D only."""
        mean, sd = self._one_dimensional()
        z = (np.asarray(x, dtype=float)[..., None] - mean) / sd
        return ndtr(-z if upper else z) @ self.weights

    def quantile(self, p, upper=None):
        """x with P(X <= x) = p, for p of any shape, NaN for p outside [0, 1]; 1D only.

        upper: 1 - p, for p so near 1 that 1 - p would be lost.
        """
        mean, sd = self._one_dimensional()
        p = np.asarray(p, dtype=float)
        p, upper = np.broadcast_arrays(p, 1 - p if upper is None else np.asarray(upper, dtype=float))
        x = self._root(p, upper)
        coarse = np.isfinite(x) & (np.spacing(np.abs(x)) > 1e-9 * sd.min())
        if coarse.any():  # floats near x are too coarse for a component: look again, from its mean
            near = np.abs(x[..., None] - mean).argmin(-1)
            for k in np.unique(near[coarse]):
                these = coarse & (near == k)
                moved = GaussianMixture(self.weights, mean - mean[k], self.covariances)
                x[these] = mean[k] + moved._root(p[these], upper[these])
        return x

    def _root(self, p, upper):
        """The quantiles, to a few floats in accuracy."""
        from scipy.optimize.elementwise import find_root  # here: its import would slow every --help

        mean, sd = self._one_dimensional()
        tiny = np.finfo(float).tiny  # below this the distribution function is rough, then 0: smaller p are raised to it
        p, upper = (np.where(q > 0, np.maximum(q, tiny), q) for q in (p, upper))
        z = np.where(p < 0.5, ndtri(p), -ndtri(upper))
        each = mean + sd * np.clip(z, -40, 40)[..., None]  # the components' own quantiles enclose the mixture's
        low, high = each.min(-1), each.max(-1)
        margin = np.maximum(1e-6 * sd.max(), 4 * np.spacing(np.maximum(abs(low), abs(high))))  # they are rounded

        def miss(x, p, upper):
            return np.where(p < 0.5, self.cdf(x) - p, upper - self.cdf(x, upper=True))

        exact = {"fatol": 0}  # the default would be too coarse for a p of 1e-300
        root = find_root(miss, (low - margin, high + margin), args=(p, upper), tolerances=exact)
        lost = np.isfinite(z) & ~root.success
        if lost.any():
            raise Failure(f"no quantile of the mixture was found for {lost.sum()} of {lost.size} probabilities")
        return np.where(np.isfinite(z), np.clip(root.x, low, high), z)

    def _one_dimensional(self):
        if self.dim != 1:
            raise ValueError(f"a distribution function needs a mixture in 1D, not {self.dim}D")
        return self.means[:, 0], self._cholesky[:, 0, 0]


def as_points(x, dim):
    """x as points (N, dim), or ValueError: leading axes are joined; a flat x is N points in 1D, else one point."""
    x = np.asarray(x, dtype=float)
    if dim == 1 and x.ndim < 2:
        return x.reshape(-1, 1)
    if x.ndim == 0 or x.shape[-1] != dim:
        raise ValueError(f"points in {dim}D need the shape (N, {dim}), not {x.shape}")
    return x.reshape(-1, dim)


def _is_symmetric(covariances):
    """Whether entries ij and ji (K, D, D) differ by no more than 1e-5 of the standard deviations i and j."""
    sd = np.sqrt(np.abs(np.diagonal(covariances, axis1=1, axis2=2)))
    return (np.abs(covariances - covariances.mT) <= 1e-5 * sd[:, :, None] * sd[:, None]).all()


def _components(weights, means, covariances):
    """Copies of shape (K,), (K, D), (K, D, D); raises ValueError, with the shapes, if they do not fit."""
    w, m, c = (np.array(a, dtype=float) for a in (weights, means, covariances))
    if m.ndim == 1:
        m = m[:, None]
    if c.ndim == 1:
        c = c[:, None, None]
    if w.size == 0 or m.ndim != 2 or w.shape != m.shape[:1] or c.shape != (*m.shape, m.shape[-1]) or 0 in m.shape:
        shapes = f"{w.shape}, {m.shape}, {c.shape}"
        raise ValueError(f"weights, means and covariances need shapes (K,), (K, D), (K, D, D), not {shapes}")
    return w, m, c
