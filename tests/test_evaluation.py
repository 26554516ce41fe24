"""Measures against cases with a known value."""

import numpy as np
import pytest

from data.mixture import GaussianMixture
from data.synthetic import noise, target
from evaluation.metrics import w2, w2_between

ONE, TWO = target("two_gaussians_1d"), target("two_gaussians")
MIDPOINTS = (np.arange(256) + 0.5) / 256


@pytest.mark.parametrize("shift", [0.0, 0.5, -3.0])
def test_w2_of_a_shift_is_the_shift(shift):
    x = ONE.quantile(MIDPOINTS)[:, None] + shift
    assert w2(np.stack([x, x[::-1]]), ONE) == pytest.approx([abs(shift)] * 2, abs=1e-9)
    assert w2_between(x, x[::-1] - shift) == pytest.approx(abs(shift))


def test_sliced_w2_of_a_shift():
    """A shift by d moves a projection on u by d . u, whose square is |d|^2 / 2 in the mean over directions."""
    x = target("moons").sample(4096, np.random.default_rng(0))
    base, moved = w2(np.stack([x, x + np.array([3.0, 4.0])]), target("moons"))
    assert base < 0.12 and moved == pytest.approx(5 / np.sqrt(2), abs=0.12)


def test_w2_between_gaussians():
    """W2 of N(0, 1) and N(0, 4) is the difference of the standard deviations."""
    z = noise(4000, 1, None)
    assert w2(2 * z[None], GaussianMixture([1], [0.0], [1.0])) == pytest.approx(1, abs=0.01)


def test_assignment_in_2d():
    a = np.random.default_rng(0).standard_normal((60, 2))
    assert w2_between(a, a[::-1]) == pytest.approx(0, abs=1e-9)
    assert w2_between(a, a[::-1] + np.array([0.01, 0])) == pytest.approx(0.01)


def test_w2_to_the_collapsed_point_is_the_standard_deviation():
    collapsed = np.full((1, 256, 1), ONE.mean[0])
    assert w2(collapsed, ONE) == pytest.approx(np.sqrt(ONE.covariance[0, 0]), abs=0.01)
