"""Mixtures: what they refuse, what they protect, and their precision where it is hard to have."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from data.mixture import GaussianMixture
from data.synthetic import target

ONE = target("two_gaussians_1d")
EYE = np.eye(2)[None]


@pytest.mark.parametrize(
    "arguments",
    [
        ([1, 1], [0, 0, 0], [1, 1]),
        ([1], [[0, 0]], [1]),
        ([[0.5, 0.5]], [0, 1], [1, 1]),
        ([], [], []),
        (1.0, 0.0, 1.0),
        ([1], [[0, 0]], np.ones((1, 2, 3))),
    ],
)
def test_shapes_that_do_not_fit_are_named(arguments):
    with pytest.raises(ValueError, match="need shapes") as error:
        GaussianMixture(*arguments)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("shape", [(2, 3), (4, 3), (3,), ()])
def test_points_of_another_dimension_are_refused(shape):
    """(2, 3) has the six numbers of three points in 2D, and must not be read as them."""
    with pytest.raises(ValueError, match="points in 2D"):
        GaussianMixture([1], [[0, 0]], EYE).log_prob(np.zeros(shape))


def test_flat_points_and_leading_axes():
    x = np.linspace(-3, 3, 8)
    assert np.array_equal(ONE.log_prob(x), ONE.log_prob(x[:, None]))
    assert np.array_equal(ONE.log_prob(x.reshape(2, 4, 1)), ONE.log_prob(x))
    assert GaussianMixture([1], [[0, 0]], EYE).log_prob([3.0, 4.0]).shape == (1,), "one point in 2D"


def test_a_mixture_cannot_be_changed():
    mean = np.array([[1.0, 2.0]])
    mixture = GaussianMixture([1], mean, EYE)
    before = mixture.log_prob([[0.0, 0.0]])
    mean[:] = 99  # the caller's array stays the caller's
    assert np.array_equal(mixture.log_prob([[0.0, 0.0]]), before) and mixture.means.tolist() == [[1, 2]]
    for name in ("weights", "means", "covariances", "mean", "covariance"):
        with pytest.raises(ValueError, match="read-only"):
            getattr(mixture, name)[...] = 0


@pytest.mark.parametrize("shift", [0.0, 1e3, 1e6])
def test_density_far_from_the_origin(shift):
    """Quadratic features cancel unless they are centred: uncentred, the last case is off by far."""
    mixture = GaussianMixture([0.5, 0.5], [[shift, 0], [shift + 5, 5]], 0.01 * np.concatenate([EYE, EYE]))
    exact = np.log(0.5) + multivariate_normal([0, 0], 0.01 * np.eye(2)).logpdf([0.125, 0.0625])
    assert mixture.log_prob([[shift + 0.125, 0.0625]]) == pytest.approx(exact, abs=1e-9)


def test_density_far_in_the_tail_is_finite():
    assert ONE.log_prob([[-500.0]]) == pytest.approx(np.log(0.7) + norm(-2, 0.8).logpdf(-500))


@pytest.mark.parametrize(
    ("p", "x"),
    # roots of .7 Phi((x + 2) / .8) + .3 Phi((x - 2) / .6) = p by mpmath in 60 digits
    [
        (1e-300, -31.62997955399567),
        (1e-12, -7.587662080685784),
        (0.5, -1.5472409441575703),
        (0.9, 2.258436576031918),
    ],
)
def test_quantile_to_twelve_digits(p, x):
    assert float(ONE.quantile(p)) == pytest.approx(x, abs=1e-12)


def test_quantile_between_far_modes():
    far = GaussianMixture([0.5, 0.5], [-1e3, 1e3], [1e-4, 1e-4])
    assert far.quantile([0.25, 0.75]) == pytest.approx([-1e3, 1e3], abs=1e-9)


def test_a_component_without_weight_changes_nothing():
    one, two = GaussianMixture([1], [0], [1]), GaussianMixture([1, 0], [0, 5], [1, 1])
    x = np.array([-1.0, 5.0, 9.0])
    assert np.allclose(one.log_prob(x), two.log_prob(x)) and two.counts(7).tolist() == [7, 0]
    assert two.quantile(0.9) == pytest.approx(norm.ppf(0.9), abs=1e-12)
