"""Mixtures, datasets and the exact flow, against independent answers."""

import json

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from data.assignment import optimal_assignment
from data.exact import ExactFlow, transport_map_1d
from data.mixture import GaussianMixture
from data.points import plain, read_points, restored
from data.synthetic import DATASETS_1D, DATASETS_2D, noise, samples, target

DATASETS = (*DATASETS_1D, *DATASETS_2D)
ONE = target("two_gaussians_1d")
TWO = target("two_gaussians")


def rng(seed=0):
    return np.random.default_rng(seed)


def scipy_density(mixture, x):
    return sum(
        w * stats.multivariate_normal(m, c).pdf(x)
        for w, m, c in zip(mixture.weights, mixture.means, mixture.covariances, strict=True)
    )


# ---- mixtures ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DATASETS)
def test_density_is_scipys(name):
    x = 2.5 * rng().standard_normal((50, target(name).dim))
    assert np.allclose(np.exp(target(name).log_prob(x)), scipy_density(target(name), x), rtol=1e-9, atol=1e-300)


@pytest.mark.parametrize("name", DATASETS)
def test_samples_have_the_mixtures_moments(name):
    mixture, n = target(name), 40_000
    for exact in (True, False):
        x = mixture.sample(n, rng(1), exact_proportions=exact)
        error = np.sqrt(np.diag(mixture.covariance) / n)
        assert x.shape == (n, mixture.dim) and (np.abs(x.mean(0) - mixture.mean) < 4.5 * error).all()
        assert np.allclose(np.cov(x.T), mixture.covariance, atol=0.06 * np.trace(mixture.covariance))


def test_the_defaults_are_the_issues():
    assert ONE.weights.tolist() == [0.7, 0.3] and ONE.means.ravel().tolist() == [-2, 2]
    assert np.allclose(ONE.covariances.ravel(), [0.64, 0.36])
    assert TWO.weights.tolist() == [0.6, 0.4] and TWO.covariances[1].tolist() == [[0.3, 0.15], [0.15, 0.3]]
    assert ONE.mean == pytest.approx(-0.8) and ONE.covariance == pytest.approx(0.7 * 4.64 + 0.3 * 4.36 - 0.64)


def test_exact_proportions():
    assert ONE.counts(500).tolist() == [350, 150] and ONE.counts(1).tolist() == [1, 0]
    assert target("eight_gaussians").counts(500).sum() == 500 and np.ptp(target("eight_gaussians").counts(500)) <= 1
    x = ONE.sample(500, rng())
    assert (x < 0.3).sum() in range(345, 356), "350 of the left mode, but for its tail"
    assert 100 < (x[:250] < 0.3).sum() < 240, "in random order"


@pytest.mark.parametrize("x", [-4.0, -1.0, 0.4, 3.0])
def test_distribution_function(x):
    assert ONE.cdf(x) == pytest.approx(quad(lambda t: np.exp(ONE.log_prob([[t]]))[0], -12, x)[0], abs=1e-9)
    assert ONE.cdf(x) + ONE.cdf(x, upper=True) == pytest.approx(1)


def test_quantile_inverts_the_distribution_function():
    p = np.array([1e-12, 1e-3, 0.25, 0.5, 0.7, 0.999, 1 - 1e-12])
    assert np.allclose(ONE.cdf(ONE.quantile(p)), p, rtol=1e-9)
    assert ONE.cdf(ONE.quantile(1.0, 1e-30), upper=True) == pytest.approx(1e-30, rel=1e-9)
    assert ONE.quantile(np.array([0.0, 1.0])).tolist() == [-np.inf, np.inf]
    one = GaussianMixture([1], [3.0], [4.0])
    assert np.allclose(one.quantile(p[1:-1]), stats.norm(3, 2).ppf(p[1:-1]))


def test_projection():
    d = np.array([0.6, 0.8])
    x = TWO.sample(20_000, rng()) @ d
    assert stats.kstest(x, TWO.project(d).cdf).pvalue > 1e-3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([1, 1], [0, np.nan], [1, 1]), "finite"),
        (([-1, 2], [0, 0], [1, 1]), "weights"),
        (([0, 0], [0, 0], [1, 1]), "weights"),
        (([1], [0], [-1]), "positive definite"),
        (([1], [[0, 0]], [[[1, 0.5], [0, 1]]]), "symmetric"),
        (([1, 1], [0, 0, 0], [1, 1]), "shapes"),
    ],
)
def test_what_is_no_mixture(arguments, words):
    with pytest.raises(ValueError, match=words):
        GaussianMixture(*arguments)


def test_distribution_function_is_for_1d():
    with pytest.raises(ValueError, match="2D"):
        TWO.cdf(0.0)


# ---- datasets ------------------------------------------------------------------------------------------------------


def test_unknown_dataset():
    with pytest.raises(ValueError, match="no dataset 'cats'"):
        target("cats")


def test_a_seed_has_its_own_samples():
    five = samples(TWO, 30, range(5))
    assert five.shape == (5, 30, 2) and np.array_equal(samples(TWO, 30, [3])[0], five[3])
    assert not np.array_equal(five[0], five[1])


def test_checkerboard_is_empty_in_its_other_squares():
    board = target("checkerboard")
    centres = np.array([(i, j) for i in range(4) for j in range(4)]) * 2.0 - 3
    dark = (np.arange(16) // 4 + np.arange(16)) % 2 == 0
    density = np.exp(board.log_prob(centres))
    assert density[dark].min() > 20 * density[~dark].max()


def test_noise_is_evenly_normal():
    z = noise(1000, 1, rng())
    assert z.shape == (1000, 1) and np.allclose(stats.norm.cdf(z[:, 0]), (np.arange(1000) + 0.5) / 1000)
    z = noise(1000, 2, rng())
    assert z.shape == (1000, 2) and np.isfinite(z).all()
    assert np.abs(z.mean(0)).max() < 0.01 and np.allclose(np.cov(z.T), np.eye(2), atol=0.03)
    assert np.array_equal(z, noise(1000, 2, rng())) and not np.array_equal(z, noise(1000, 2, rng(1)))


# ---- the exact flow ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("s", [0.0, 0.3, 0.8, 1.0])
def test_marginal(s):
    """The distribution of (1 - s) x_0 + s x_1, at its ends and by simulation."""
    flow = ExactFlow(TWO)
    x = rng(1).standard_normal((40_000, 2)) * (1 - s) + s * TWO.sample(40_000, rng(2))
    assert np.allclose(flow.marginal(s).mean, x.mean(0), atol=0.05)
    assert np.allclose(flow.marginal(s).covariance, np.cov(x.T), atol=0.1)
    points = rng(3).standard_normal((20, 2))
    if s in (0, 1):
        exact = TWO.log_prob(points) if s else stats.multivariate_normal(np.zeros(2)).logpdf(points)
        assert np.allclose(flow.log_density(points, s), exact)


@pytest.mark.parametrize(
    ("source", "data"), [(None, "two_gaussians_1d"), (None, "two_gaussians"), ("moons", "eight_gaussians")]
)
@pytest.mark.parametrize("s", [0.1, 0.5, 0.9])
def test_velocity_and_variance_against_brute_force(source, data, s):
    """E and Var of x_1 - x_0 given x_s, from the joint Gaussian of each pair of components, written out."""
    flow = ExactFlow(target(data), source and target(source))
    points = flow.marginal(s).sample(12, rng(4))
    velocity, variance = flow.velocity(points, s), flow.conditional_variance(points, s)
    for x, v, var in zip(points, velocity, variance, strict=True):
        weights, means, squares = [], [], []
        for w, a, A in zip(flow.source.weights, flow.source.means, flow.source.covariances, strict=True):
            for u, m, S in zip(flow.target.weights, flow.target.means, flow.target.covariances, strict=True):
                C = (1 - s) ** 2 * A + s**2 * S
                cross = s * S - (1 - s) * A
                mean = m - a + cross @ np.linalg.inv(C) @ (x - (1 - s) * a - s * m)
                spread = S + A - cross @ np.linalg.inv(C) @ cross
                weights.append(w * u * stats.multivariate_normal((1 - s) * a + s * m, C).pdf(x))
                means.append(mean)
                squares.append(np.trace(spread) + mean @ mean)
        weights = np.array(weights) / np.sum(weights)
        assert np.allclose(v, weights @ np.array(means), atol=1e-9)
        assert var == pytest.approx(weights @ np.array(squares) - v @ v, abs=1e-8)


def test_velocity_transports_the_density():
    """The continuity equation d p / d s + div(p v) = 0, by finite differences in 2D."""
    flow, x, s, h = ExactFlow(TWO), rng(5).standard_normal((30, 2)), 0.6, 1e-4

    def flux(x):
        return np.exp(flow.log_density(x, s))[:, None] * flow.velocity(x, s)

    change = (np.exp(flow.log_density(x, s + h)) - np.exp(flow.log_density(x, s - h))) / (2 * h)
    divergence = sum((flux(x + h * e) - flux(x - h * e))[:, i] / (2 * h) for i, e in enumerate(np.eye(2)))
    assert np.allclose(change, -divergence, atol=1e-6)


def test_flow_map_is_the_quantile_map():
    flow, x = ExactFlow(ONE), np.linspace(-3.5, 3.5, 41)
    exact = ONE.quantile(stats.norm.cdf(x), stats.norm.sf(x))
    assert np.abs(flow.flow_map(x[:, None], 0, 1)[:, 0] - exact).max() < 1e-6
    assert np.abs(transport_map_1d(flow.source, ONE, x) - exact).max() < 1e-9
    middle = transport_map_1d(flow.source, flow.marginal(0.4), x)
    assert np.abs(flow.flow_map(exact[:, None], 1, 0.4)[:, 0] - middle).max() < 1e-6, "backward too"


def test_path_follows_the_velocity():
    flow, x, s = ExactFlow(TWO), rng(6).standard_normal((8, 2)), np.array([0.2, 0.5 - 1e-4, 0.5, 0.5 + 1e-4])
    path = flow.path(x, s)
    assert np.array_equal(path[0], x)
    slope = (path[3] - path[1]) / (s[3] - s[1])
    assert np.abs(slope - flow.velocity(path[2], 0.5)).max() < 1e-6
    assert np.array_equal(flow.path(x, [0.3]), x[None]) and np.array_equal(flow.flow_map(x, 0.3, 0.3), x)


@pytest.mark.parametrize(("s", "r"), [(0.1, 0.9), (0.8, 0.3)])
def test_average_velocity_is_the_integral(s, r):
    flow, x = ExactFlow(TWO), rng(7).standard_normal((6, 2))
    nodes, weights = np.polynomial.legendre.leggauss(64)
    times = np.concatenate([[s], s + (r - s) * (1 + nodes) / 2])
    along = flow.path(x, times)[1:]
    integral = sum(w / 2 * flow.velocity(y, t) for w, y, t in zip(weights, along, times[1:], strict=True))
    assert np.abs(flow.average_velocity(x, s, r) - integral).max() < 1e-6
    assert np.allclose(flow.average_velocity(x, s, s), flow.velocity(x, s))
    assert np.abs(flow.average_velocity(x, s, s + 1e-5) - flow.velocity(x, s)).max() < 1e-3


def test_loss_floors():
    assert ExactFlow(ONE).loss_floor() == pytest.approx(2.8273, abs=0.0005)
    for name, floor in (("two_gaussians", 4.72), ("eight_gaussians", 9.80)):
        value, error = ExactFlow(target(name)).loss_floor_and_error(scrambles=4, points=1024)
        assert value == pytest.approx(floor, abs=0.01) and 0 < error < 0.01


def test_loss_floor_by_simulation():
    """The least squares error of the exact velocity on random pairs."""
    flow, r = ExactFlow(ONE), rng(8)
    errors = []
    for s in (np.arange(50) + 0.5) / 50:
        z, x = r.standard_normal((4000, 1)), ONE.sample(4000, r)
        errors.append(np.square(x - z - flow.velocity((1 - s) * z + s * x, s)).mean())
    assert np.mean(errors) == pytest.approx(flow.loss_floor(), abs=0.05)


def test_assignment_is_the_best():
    a, b = rng(9).standard_normal((2, 6, 2))
    from itertools import permutations

    best = min(permutations(range(6)), key=lambda order: np.square(a - b[list(order)]).sum())
    assert optimal_assignment(a, b).tolist() == list(best)


def test_dimensions_must_agree():
    with pytest.raises(ValueError, match="dimension"):
        ExactFlow(ONE, TWO)


def test_a_mixture_file_is_the_mixture(tmp_path):
    """Its numbers are taken as they are, but weights are normalised; it survives a round trip as plain types."""
    law = TWO
    parts = {name: getattr(law, name).tolist() for name in ("weights", "means", "covariances")}
    (tmp_path / "my.json").write_text(json.dumps(parts | {"weights": [6, 4]}))
    read = read_points(tmp_path / "my.json")
    assert str(read) == "my.json" and read.dim == 2 and "2 Gaussians in 2D" in read.about
    kept = restored(json.loads(json.dumps(plain(read))))
    assert kept == read and hash(kept) == hash(read)
    for name in ("weights", "means", "covariances"):
        np.testing.assert_allclose(getattr(target(kept), name), getattr(law, name), rtol=1e-15, atol=0)
