"""The exact flow: what it refuses, and its answers by other methods than in tests/test_data.py."""

import numpy as np
import pytest
from scipy.integrate import dblquad
from scipy.optimize import linear_sum_assignment
from scipy.spatial.distance import cdist
from scipy.stats import norm

from data.assignment import assigned
from data.exact import ExactFlow, transport_map_1d
from data.mixture import GaussianMixture
from data.synthetic import DATASETS_2D, target

ONE, TWO = target("two_gaussians_1d"), target("two_gaussians")


@pytest.mark.parametrize("s", [-0.1, 1.1, 100, np.nan])
def test_progress_outside_is_refused(s):
    with pytest.raises(ValueError, match="progress"):
        ExactFlow(ONE).velocity([[0.0]], s)


@pytest.mark.parametrize("grid", [[0, 1, 0], [0, 0.8, 0.3], [0, 0.5, 0.5], [], 0.5, [[0, 1]], [0, np.nan]])
def test_a_path_needs_a_monotone_grid(grid):
    with pytest.raises(ValueError, match="only rises or only falls"):
        ExactFlow(ONE).path([[0.0]], grid)


def test_points_of_another_dimension_are_refused():
    for call in (lambda x: ExactFlow(TWO).velocity(x, 0.5), lambda x: ExactFlow(TWO).flow_map(x, 0, 1)):
        with pytest.raises(ValueError, match="points in 2D"):
            call(np.zeros((2, 3)))


def test_flat_points_in_1d():
    flow, x = ExactFlow(ONE), np.array([-1.0, 0.0, 2.0])
    flat, column = (flow.average_velocity(x, 0, 1) for x in (x, x[:, None]))
    assert flat.shape == (3, 1) and np.array_equal(flat, column)


@pytest.mark.parametrize("name", DATASETS_2D)
def test_velocity_is_a_finite_difference_of_the_flow_map(name):
    flow, s, h = ExactFlow(target(name)), 0.7, 1e-4
    x = flow.marginal(s).sample(20, np.random.default_rng(1))
    slope = (flow.flow_map(x, s, s + h) - flow.flow_map(x, s, s - h)) / (2 * h)
    assert np.abs(slope - flow.velocity(x, s)).max() < 1e-6


def test_there_and_back():
    flow, x = (
        ExactFlow(target("eight_gaussians"), target("moons")),
        target("moons").sample(20, np.random.default_rng(2)),
    )
    assert np.abs(flow.flow_map(flow.flow_map(x, 0, 1), 1, 0) - x).max() < 1e-5


def test_transport_between_mixtures_in_both_tails():
    source = GaussianMixture([0.4, 0.6], [-1, 3], [0.5, 1])
    x = np.array([-20.0, -6.0, 0.5, 4.0, 9.0, 24.0])
    there = transport_map_1d(source, ONE, x)
    assert (np.diff(there) > 0).all() and transport_map_1d(ONE, source, there) == pytest.approx(x, abs=1e-9)
    flow = ExactFlow(ONE, source)
    assert np.abs(flow.flow_map(x[1:5], 0, 1)[:, 0] - there[1:5]).max() < 1e-6


def test_conditional_variance_of_one_gaussian_pair_and_of_two_points():
    """N(0, 1) -> N(m, v): V - K^2 / C. Two narrow modes: also the spread between them, weighted by Bayes."""
    s, v, x = 0.3, 0.25, np.array([-1.0, 0.2, 1.5])
    one = ExactFlow(GaussianMixture([1], [2], [v])).conditional_variance(x, s)
    assert one == pytest.approx(v + 1 - (s * v - (1 - s)) ** 2 / ((1 - s) ** 2 + s**2 * v))
    narrow, modes = 1e-10, np.array([-1.0, 2.0])
    two = ExactFlow(GaussianMixture([0.5, 0.5], modes, [narrow, narrow])).conditional_variance(x, s)
    odds = norm.pdf((x[:, None] - s * modes) / (1 - s))
    p = odds[:, 0] / odds.sum(1)
    # given x_s = x, x_1 - x_0 = (x_1 - x) / (1 - s), and x_1 is one of the two modes
    assert two == pytest.approx(p * (1 - p) * 9 / (1 - s) ** 2, rel=1e-6)


def test_loss_floor_by_another_quadrature():
    """The floor is E|x_1 - x_0|^2 - E|v|^2, here without its own rule or conditional variance."""
    flow = ExactFlow(ONE)

    def energy(x, s):
        return float(np.exp(flow.log_density(x, s)[0]) * flow.velocity(x, s)[0, 0] ** 2)

    mean_square = dblquad(energy, 0, 1, -9, 9, epsabs=1e-4, epsrel=1e-4)[0]
    assert flow.loss_floor() == pytest.approx(1 + 0.7 * 4.64 + 0.3 * 4.36 - mean_square, abs=1e-3)


def test_the_stated_error_of_a_floor_is_honest():
    flow = ExactFlow(TWO)
    reference = flow.loss_floor_and_error()[0]
    coarse, error = flow.loss_floor_and_error(scrambles=8, points=64)
    assert 0 < abs(coarse - reference) < 4 * error < 0.2


@pytest.mark.parametrize("n", [5, 127, 128, 400])
def test_assignments_are_exact(n):
    """Also with potentials: the same cost as SciPy's alone, for spread, collapsed, far and equal points."""
    rng = np.random.default_rng(n)
    a = rng.standard_normal((n, 2))
    for b in (2 * rng.standard_normal((n, 2)) + 1, np.zeros((n, 2)), 1e6 * a[::-1], np.repeat(a[:1], n, 0), a + 1e-9):
        cost = cdist(a, b, "sqeuclidean")
        for each in (cost, cost.T):
            found = assigned(each)
            assert sorted(found) == list(range(n))
            least = each[linear_sum_assignment(each)].sum()
            assert each[np.arange(n), found].sum() == pytest.approx(least, rel=1e-9, abs=1e-12)
    assert (assigned(np.zeros((n, n))) >= 0).all()
