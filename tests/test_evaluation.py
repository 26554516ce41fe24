"""Measures against cases with a known value."""

import numpy as np
import pytest

from data.mixture import GaussianMixture
from data.synthetic import noise, target
from evaluation.metrics import energy_distance, mmd, sliced_w2, w2_between

ONE, TWO = target("two_gaussians_1d"), target("two_gaussians")
MIDPOINTS = (np.arange(256) + 0.5) / 256


@pytest.mark.parametrize("shift", [0.0, 0.5, -3.0])
def test_w2_of_a_shift_is_the_shift(shift):
    x = ONE.quantile(MIDPOINTS)[:, None] + shift
    assert sliced_w2(np.stack([x, x[::-1]]), ONE) == pytest.approx([abs(shift)] * 2, abs=1e-9)
    assert w2_between(x, x[::-1] - shift) == pytest.approx(abs(shift))


def test_sliced_w2_of_a_shift():
    """A shift by d moves a projection on u by d . u, whose square is |d|^2 / 2 in the mean over directions."""
    x = target("moons").sample(4096, np.random.default_rng(0))
    base, moved = sliced_w2(np.stack([x, x + np.array([3.0, 4.0])]), target("moons"))
    assert base < 0.12 and moved == pytest.approx(5 / np.sqrt(2), abs=0.12)


def test_w2_between_gaussians():
    """W2 of N(0, 1) and N(0, 4) is the difference of the standard deviations."""
    z = noise(4000, 1, None)
    assert sliced_w2(2 * z[None], GaussianMixture([1], [0.0], [1.0])) == pytest.approx(1, abs=0.01)


def test_assignment_in_2d():
    a = np.random.default_rng(0).standard_normal((60, 2))
    assert w2_between(a, a[::-1]) == pytest.approx(0, abs=1e-9)
    assert w2_between(a, a[::-1] + np.array([0.01, 0])) == pytest.approx(0.01)


def test_w2_to_the_collapsed_point_is_the_standard_deviation():
    collapsed = np.full((1, 256, 1), ONE.mean[0])
    assert sliced_w2(collapsed, ONE) == pytest.approx(np.sqrt(ONE.covariance[0, 0]), abs=0.01)


@pytest.mark.parametrize("shapes", [((50, 1), (60, 1)), ((50, 2), (60, 2)), ((50, 1), (1, 1)), ((50, 1), (50, 2))])
def test_w2_is_between_sets_of_one_shape(shapes):
    a, b = map(np.zeros, shapes)
    for pair in ((a, b), (b, a)):
        with pytest.raises(ValueError, match="W2 needs two point sets of the same shape") as error:
            w2_between(*pair)
        assert "\n" not in str(error.value)


@pytest.mark.parametrize("dim", [1, 2])
def test_mmd_to_points_that_are_one(dim):
    """The median distance within b is 0, so the kernel is as wide as b is far from a: exp(-1) between the two."""
    a, b = np.full((5, dim), 3.0), np.full((7, dim), -1.0)
    assert mmd(a, b) == pytest.approx(np.sqrt(2 - 2 / np.e)) and mmd(b, b) == 0 and mmd(b[:3], b) == 0
    # half of a is at b, so the square of the distance of the other half is twice the mean
    half = np.concatenate([a[:4], b[:4]])
    k = np.exp(-2)
    assert mmd(half, b) == pytest.approx(np.sqrt((1 + k) / 2 + 1 - 2 * (1 + k) / 2))


def test_mmd_to_points_most_of_which_are_one():
    """Three of four b are 0, one is 1; a is 0. The mean squared distance between them is 1/4."""
    a, b = np.zeros((4, 1)), np.array([[0.0], [0.0], [0.0], [1.0]])
    k = np.exp(-4)
    assert mmd(a, b) == pytest.approx(np.sqrt(1 + (10 + 6 * k) / 16 - 2 * (3 + k) / 4)) and mmd(b, b[::-1]) == 0


@pytest.mark.parametrize("measure", [energy_distance, mmd])
def test_points_that_are_no_numbers_are_not_perfect(measure):
    good = np.random.default_rng(0).standard_normal((20, 2))
    bad, one = good.copy(), np.zeros((20, 2))
    bad[3, 1] = np.nan
    for pair in ((bad, good), (good, bad), (bad, bad), (bad, one), (np.full((20, 2), np.nan), good)):
        assert np.isnan(measure(*pair))
