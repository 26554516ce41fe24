"""The loss of the exact average velocity, for models that train it on conditional velocities: MeanFlow and FACM.

Letters of data/exact.py: progress s from 0 (noise) to 1 (data), v(x, s), and Cov = Cov(x_1 - x_0 | x_s = x). Let T be
the flow map from s to r > s and J = dT/dx. The exact u = (T(x) - x) / (r - s) solves u = v + (r - s) du/ds with the
derivative along v. Training has x_1 - x_0 = v + noise in the place of v, there too, which adds noise + (r - s) du/dx
noise = J noise to the target. So the loss of the exact u is not 0 but E tr(J Cov J^T) = E tr(Cov M), where M(x, s) is
a mean of J^T J over r. With A = dv/dx, dJ/ds = -J A along a trajectory, so back from the data

    dx/ds = v,   dM/ds = -(A^T M + M A) - I,  M(1) = 0   for the integral of J^T J over r from s to 1,
                 dM/ds = -(A^T M + M A),      M(1) = I   for J^T J of the map to the data, r = 1.

It is the least loss only where the target's noise is the data's alone. Here it depends on the network's du/dx: a
network that is smoother than the exact u has less noise in its target, and a lower loss.
"""

import numpy as np

from data.exact import quadrature_1d, stratified, uniform_points
from data.mixture import GaussianMixture

MOST_TERMS = 2**15  # points x pairs of components that are carried back at once
MOST_STEPS = 32  # of the integration: the named datasets take 9 to 24, but for the pinwheel with its thin arms
BEGIN = 1 - 1e-6  # of the integration, at the data: at s = 1 itself the first weight is 0 / 0
WEIGHTS = (  # (which M, its weight at the progress s) of each loss
    (0, lambda s: 1 / (1 - s)),  # MeanFlow, r < t: t = 1 - s is uniform, and r uniform between the data's end and t
    (1, lambda s: 1.0),  # MeanFlow, r = 0
    (1, lambda s: np.cos(s * np.pi / 2) * (1 - np.sqrt(s)) ** 2),  # FACM: beta(t) alpha(t)^2, t = s uniform
)


def jump_floors_and_errors(exact, scrambles=8, points=1024):
    """(floors, standard errors) of an ExactFlow, both (3,): MeanFlow's for r < t and r = 0, FACM's of L_CM, no clip.

    The mean is over the data's ends x_1 of trajectories: by quadrature in 1D (error 0), else by scrambled Sobol points.
    A few trajectories carry most of it, those that end between the modes, where J is large and data are rare. So four
    fifths of the points are from one broad Gaussian, and all are weighted by the ratio of the densities. If there are
    many components, there are fewer points.
    """
    if exact.dim == 1:
        x, weight = quadrature_1d(exact.target)
        return carried_variance(exact, x) @ weight, np.zeros(len(WEIGHTS))
    target, pairs = exact.target, len(exact.source.weights) * len(exact.target.weights)
    points = min(points, 2 ** int(np.log2(max(64, MOST_TERMS // pairs))))
    wide = GaussianMixture(
        np.append(target.weights, 4),
        np.concatenate([target.means, target.mean[None]]),
        np.concatenate([target.covariances, target.covariance[None]]),
    )
    each = []
    for scramble in range(scrambles):
        x = stratified(wide, uniform_points(points, exact.dim + 1, scramble))
        each.append(carried_variance(exact, x) @ np.exp(target.log_prob(x) - wide.log_prob(x)) / points)
        if np.isnan(each).any():
            return np.full((2, len(WEIGHTS)), np.nan)
    return np.mean(each, 0), np.std(each, 0, ddof=1) / np.sqrt(scrambles)


def carried_variance(exact, x):
    """The integral of weight(s) tr(Cov M) along the trajectories that end in x (N, D), for each of WEIGHTS: (3, N).

    NaN if that takes more than MOST_STEPS: the modes are so narrow, or so far apart, that it is astronomic.
    """
    from scipy.integrate import DOP853  # here: its import would slow every --help

    n, D = x.shape
    identity = np.eye(D)
    source = np.stack([identity, 0 * identity])[:, None]
    parts = np.cumsum([n * D, 2 * n * D * D])

    def slope(s, state):
        x, M, _ = np.split(state, parts)
        M, s = M.reshape(2, n, D, D), min(max(s, 0.0), BEGIN)
        v, A, cov = exact.linearised(x.reshape(n, D), s)
        MA = M @ A
        variance = np.einsum("nij,mnji->mn", cov, M)
        variance = [weight(s) * variance[which] for which, weight in WEIGHTS]
        return np.concatenate([v.ravel(), -(MA + MA.mT + source).ravel(), -np.ravel(variance)])

    start = np.broadcast_to(np.stack([(1 - BEGIN) * identity, identity])[:, None], (2, n, D, D))
    state = np.concatenate([x.ravel(), start.ravel(), np.zeros(len(WEIGHTS) * n)])
    with np.errstate(all="ignore"):
        ode = DOP853(slope, BEGIN, state, 0, rtol=1e-5, atol=1e-6)
        for _ in range(MOST_STEPS):
            if ode.status == "running":
                ode.step()
    found = ode.y[parts[1] :].reshape(-1, n)
    return found if ode.status == "finished" else np.full_like(found, np.nan)


def diffusion_floors(exact, **accuracy):
    """The least losses of diffusion with the cosine schedule, uniform progress: {"eps", "x", "v": floor}.

    With a = sin(pi u / 2) and b = cos(pi u / 2) its state is that of `exact` at s = a / (a + b), times a + b. Given it,
    data and noise are known up to x_1 - x_0: their variances are (1 - s)^2 and s^2 times that of x_1 - x_0, and that of
    v = a eps - b x, the derivative of the state, is s^2 + (1 - s)^2 times.
    """
    weights = {"eps": lambda s: s**2, "x": lambda s: (1 - s) ** 2, "v": lambda s: s**2 + (1 - s) ** 2}

    def time(weight):
        def at(u):
            s = 1 / (1 + 1 / np.tan(np.pi * u / 2))
            return s, weight(s)

        return at

    return {name: exact.loss_floor_and_error(**accuracy, time=time(each))[0] for name, each in weights.items()}


def entropy(mixture):
    """-E log p of a mixture in nats: by quadrature in 1D, else by Sobol points, with an error of about .001."""
    if mixture.dim == 1:
        x, weight = quadrature_1d(mixture)
        return float(-mixture.log_prob(x) @ weight)
    each = [-mixture.log_prob(stratified(mixture, uniform_points(4096, 1 + mixture.dim, k))).mean() for k in range(4)]
    return float(np.mean(each))
