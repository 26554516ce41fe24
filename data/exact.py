"""Everything that is known about the straight-line flow between two Gaussian mixtures with independent pairing.

x_s = (1 - s) x_0 + s x_1 with progress s from 0 (source) to 1 (data). Source components i: (w_i, a_i, A_i); target
components j: (w_j, m_j, S_j). For a pair ij: mu = (1 - s) a + s m, C = (1 - s)^2 A + s^2 S, d = m - a,
K = s S - (1 - s) A = Cov(x_1 - x_0, x_s), V = S + A.
"""

import numpy as np
from scipy.special import ndtri

from data import Failure
from data.mixture import GaussianMixture, as_points


class ExactFlow:
    """The flow from `source` (None: N(0, I)) to `target`; x is (N, D), s a number in [0, 1]."""

    def __init__(self, target, source=None):
        source = source or GaussianMixture([1.0], np.zeros((1, target.dim)), np.eye(target.dim)[None])
        if source.dim != target.dim:
            raise ValueError(f"source and target must have the same dimension, not {source.dim} and {target.dim}")
        self.source, self.target, self.dim = source, target, target.dim

        def pairs(i, j):  # every source component with every target component, source-major
            return np.repeat(i, len(j), 0), np.tile(j, (len(i),) + (1,) * (j.ndim - 1))

        self._w = np.outer(source.weights, target.weights).ravel()
        self._a, self._m = pairs(source.means, target.means)
        self._A, self._S = pairs(source.covariances, target.covariances)

    def marginal(self, s):
        """The distribution of x_s, a mixture over the pairs: density, posterior and samples."""
        if not -1e-9 <= s <= 1 + 1e-9:  # a solver's last stage may round past the end
            raise ValueError(f"progress s runs from 0 (source) to 1 (data), not {s}")
        return GaussianMixture(self._w, (1 - s) * self._a + s * self._m, (1 - s) ** 2 * self._A + s**2 * self._S)

    def log_density(self, x, s):
        """Log density of x_s at x, in nats: (N,)."""
        return self.marginal(s).log_prob(x)

    def _regression(self, s):
        """The marginal, each pair's regression E[x_1 - x_0 | x_s = x, pair] = gain x + offset, and K.

        gain = K C^-1 (P, D, D), offset = d - gain mu (P, D).
        """
        marginal = self.marginal(s)
        K = s * self._S - (1 - s) * self._A
        gain = np.linalg.solve(marginal.covariances, K).mT  # K and C are symmetric
        offset = self._m - self._a - np.einsum("pij,pj->pi", gain, marginal.means)
        return marginal, gain, offset, K

    def velocity(self, x, s):
        """v(x, s) = E[x_1 - x_0 | x_s = x]: the pairs' regressions, averaged with their posterior; (N, D)."""
        x = as_points(x, self.dim)
        marginal, gain, offset, _ = self._regression(s)
        gamma = marginal.posterior(x)
        return np.einsum("nij,nj->ni", _average(gamma, gain), x) + gamma @ offset

    def conditional_variance(self, x, s):
        """Trace of Var(x_1 - x_0 | x_s = x), by the law of total variance over the pairs: (N,)."""
        x = as_points(x, self.dim)
        marginal, gain, offset, K = self._regression(s)
        gamma = marginal.posterior(x)
        mean = np.einsum("nij,nj->ni", _average(gamma, gain), x) + gamma @ offset
        within = np.trace(self._S + self._A - gain @ K, axis1=1, axis2=2)  # V - K C^-1 K
        # |gain x + offset|^2 of each pair is quadratic in x: average its coefficients, not its N P values
        square = np.einsum("nij,ni,nj->n", _average(gamma, gain.mT @ gain), x, x)
        cross = np.einsum("ni,ni->n", gamma @ np.einsum("pji,pj->pi", gain, offset), x)
        return gamma @ (within + np.square(offset).sum(1)) + square + 2 * cross - np.square(mean).sum(1)

    def linearised(self, x, s):
        """v(x, s) (N, D), its gradient dv_i/dx_j and Cov(x_1 - x_0 | x_s = x), both (N, D, D).

        The gradient of a pair's posterior gamma is gamma (score - mean score), score = C^-1 (mu - x). So over the pairs
        grad v = E[gain] + Cov(regression, score), and the covariance is E[V - K C^-1 K] + Cov(regression, regression).
        """
        x, D = as_points(x, self.dim), self.dim
        marginal, gain, offset, K = self._regression(s)
        precision = np.linalg.inv(marginal.covariances)
        slope = np.concatenate([gain, -precision], 1)  # regression and score of each pair are linear in x: (P, 2 D, D)
        at_0 = np.concatenate([offset, np.einsum("pij,pj->pi", precision, marginal.means)], 1)
        gamma = marginal.posterior(x)
        each = (x @ slope.reshape(-1, D).T).reshape(len(x), -1, 2 * D) + at_0
        mean = (gamma[:, None] @ each)[:, 0]
        each -= mean[:, None]
        cov = (each[..., :D] * gamma[..., None]).mT @ each
        within = self._S + self._A - gain @ K
        return mean[:, :D], _average(gamma, gain) + cov[..., D:], _average(gamma, within) + cov[..., :D]

    def loss_floor(self):
        """E over s and x_s of the conditional variance: the least loss of flow matching. See `loss_floor_and_error`."""
        return self.loss_floor_and_error()[0]

    def loss_floor_and_error(self, scrambles=8, points=2048, time=None):
        """(floor, standard error). Gauss-Legendre in s; in x quadrature in 1D (error 0), else scrambled Sobol points.

        The standard error of a sampled floor is that of the mean over independent scrambles. time: a function of a
        uniform number to (s, weight of the variance there), for other losses than that of flow matching.
        """
        nodes, weights = np.polynomial.legendre.leggauss(32)
        places = [(u, 1.0) for u in (1 + nodes) / 2] if time is None else map(time, (1 + nodes) / 2)
        steps = [(s, factor * weight / 2) for (s, factor), weight in zip(places, weights, strict=True)]
        if self.dim == 1:
            return float(sum(weight * self._mean_variance_1d(s) for s, weight in steps)), 0.0
        each = [
            sum(weight * self._mean_variance(s, uniform_points(points, self.dim + 1, scramble)) for s, weight in steps)
            for scramble in range(scrambles)
        ]
        return float(np.mean(each)), float(np.std(each, ddof=1) / np.sqrt(scrambles))

    def _mean_variance_1d(self, s):
        """E of the conditional variance over x_s: the trapezoid rule, which is exact to rounding for smooth tails."""
        x, weight = quadrature_1d(self.marginal(s))
        return weight @ self.conditional_variance(x, s)

    def _mean_variance(self, s, u):
        """E of the conditional variance over x_s, stratified over its components by the points u (N, 1 + D)."""
        return self.conditional_variance(stratified(self.marginal(s), u), s).mean()

    def path(self, x, s):
        """Flow x from progress s[0] along the increasing or decreasing s (T,): (T, N, D), path[0] = x."""
        from scipy.integrate import solve_ivp  # here: its import would slow every --help

        x, s = as_points(x, self.dim), np.asarray(s, dtype=float)
        if s.ndim != 1 or len(s) == 0 or not _one_way(s):
            raise ValueError("a path needs a grid of progress that only rises or only falls")
        if s[0] == s[-1]:
            return np.repeat(x[None], len(s), 0)
        ode = solve_ivp(
            lambda time, state: self.velocity(state.reshape(x.shape), time).ravel(),
            (s[0], s[-1]),
            x.ravel(),
            method="DOP853",
            t_eval=s,
            rtol=1e-9,
            atol=1e-10,
        )
        if not ode.success:
            raise Failure(f"the exact flow could not be integrated: {ode.message}")
        return ode.y.T.reshape(len(s), *x.shape)

    def flow_map(self, x, s_from, s_to):
        """Where the flow takes x (N, D) between two progresses, in either direction: (N, D)."""
        return self.path(x, (s_from, s_to))[-1]

    def average_velocity(self, x, s_from, s_to):
        """(flow_map(x) - x) / (s_to - s_from), and the velocity itself if both are equal: (N, D)."""
        if s_from == s_to:
            return self.velocity(x, s_from)
        return (self.flow_map(x, s_from, s_to) - as_points(x, self.dim)) / (s_to - s_from)


def _one_way(s):
    """Whether s (T,) only rises, only falls, or is constant: a path of length 0."""
    step = np.diff(s)
    return (step > 0).all() or (step < 0).all() or (step == 0).all()


def _average(gamma, each):
    """The posterior mean of one matrix per pair: gamma (N, P), each (P, D, D) -> (N, D, D)."""
    return (gamma @ each.reshape(len(each), -1)).reshape(-1, *each.shape[1:])


def quadrature_1d(mixture):
    """Points (N, 1) and weights (N,) of the trapezoid rule for a mean over a mixture in 1D."""
    sd = np.sqrt(mixture.covariances[:, 0, 0])
    low, high = (mixture.means[:, 0] - 10 * sd).min(), (mixture.means[:, 0] + 10 * sd).max()
    x, dx = np.linspace(low, high, int((high - low) / sd.min() * 12), retstep=True)
    return x[:, None], dx * np.exp(mixture.log_prob(x))


def stratified(mixture, u):
    """Uniform points u (N, 1 + D) as points of a mixture (N, D), stratified over its components."""
    which = np.searchsorted(np.cumsum(mixture.weights), u[:, 0]).clip(max=len(mixture.weights) - 1)
    root = np.linalg.cholesky(mixture.covariances)[which]
    return mixture.means[which] + np.einsum("nij,nj->ni", root, ndtri(u[:, 1:]))


def uniform_points(n, dim, seed):
    """Scrambled Sobol points strictly inside the unit cube: (n, dim), n a power of two."""
    from scipy.stats import qmc  # here: its import would slow every --help

    points = qmc.Sobol(dim, scramble=True, rng=np.random.default_rng(seed)).random(n)
    return points.clip(1e-12, 1 - 1e-12)


def transport_map_1d(source, target, x):
    """T = F_target^-1(F_source(x)): in 1D the whole flow from 0 to 1, and the optimal transport map; any shape."""
    return target.quantile(source.cdf(x), source.cdf(x, upper=True))
