"""Mixtures: what they refuse, what they protect, and their precision where it is hard to achieve."""

import mpmath
import numpy as np
import pytest
from scipy.stats import multivariate_normal, norm

from data import Failure
from data.exact import ExactFlow
from data.mixture import GaussianMixture
from data.synthetic import DATASETS_1D, DATASETS_2D, target

ONE = target("two_gaussians_1d")
EYE = np.eye(2)[None]
# the standard normal's quantiles, by mpmath in 700 digits
NORMAL = {
    1e-300: -37.0470962993612,
    1e-12: -7.034483825301132,
    0.01: -2.326347874040841,
    0.3: -0.5244005127080408,
    0.5: 0.0,
    0.7: 0.5244005127080407,
    0.999: 3.090232306167813,
    1 - 1e-12: 7.0344869100478356,
}


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


# ---- scales far apart ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mean", [0.0, 1.0, 1e6])
@pytest.mark.parametrize("sd", [1e-20, 1e-10, 1e-3, 1.0, 1e10])
def test_quantiles_of_one_gaussian_of_any_width(sd, mean):
    p, z = np.array(list(NORMAL)), np.array(list(NORMAL.values()))
    x = GaussianMixture([1], [mean], [sd**2]).quantile(p)
    assert (np.abs(x - (mean + sd * z)) <= np.spacing(np.abs(mean + sd * z)) + 1e-14 * sd).all()


@pytest.mark.parametrize(
    ("weights", "means", "sds"),
    [
        ([0.5, 0.5], [0, 1], [1e-20, 1e-20]),
        ([0.7, 0.3], [1, 1], [1e-10, 1]),
        ([0.2, 0.3, 0.5], [0, 1, 1e6], [1e-20, 1e-10, 1e10]),
        ([0.6, 0.4], [1e6, 1e6 + 1e-3], [1e-10, 1e-9]),
        ([0.1, 0.9], [-1e6, 1], [1e-90, 1e-3]),
    ],
)
def test_quantiles_of_components_of_any_width(weights, means, sds):
    """In 50 digits the distribution function passes p within one step of the floats at x, or 1e-12 of a component."""
    mixture = GaussianMixture(weights, means, np.square(sds))
    for p in [*NORMAL, 0.05, 0.15, 0.4, 0.6, 0.95]:
        x = float(mixture.quantile(p))
        sd = sds[np.argmin(np.abs(x - np.array(means)) / sds)]
        with mpmath.workdps(50):
            step = mpmath.mpf(np.spacing(abs(x))) + mpmath.mpf(1e-12) * sd

            def cdf(x, tail):
                parts = zip(weights, means, sds, strict=True)
                return sum(w * mpmath.ncdf(tail * (x - m) / mpmath.mpf(s)) for w, m, s in parts)

            share, tail = (mpmath.mpf(p), 1) if p < 0.5 else (1 - mpmath.mpf(p), -1)
            ends = sorted([cdf(x - step, tail), cdf(x + step, tail)])
            assert ends[0] * (1 - 1e-12) <= share <= ends[1] * (1 + 1e-12), p


def test_a_quantile_is_found_or_an_error_says_so(monkeypatch):
    assert np.isnan(ONE.quantile([-0.1, 1.1, np.nan])).all() and np.isfinite(ONE.quantile([5e-324, 1 - 1e-16])).all()
    from scipy.optimize import elementwise

    real = elementwise.find_root
    monkeypatch.setattr(elementwise, "find_root", lambda f, init, **options: real(f, (init[1], init[1]), **options))
    with pytest.raises(Failure, match="no quantile of the mixture was found for 2 of 3"):
        ONE.quantile([0.0, 0.3, 0.9])


@pytest.mark.parametrize("variance", [1e-320, 1e-300])
def test_widths_whose_squares_are_no_floats_are_refused(variance):
    with pytest.raises(ValueError, match="standard deviations of a mixture must be at least 1e-100"):
        GaussianMixture([1], [0], [variance])


@pytest.mark.parametrize("power", [-2, -10, -27, -60, -300])
def test_density_of_narrow_components_far_apart(power):
    """By hand, at a mean of 0 where the floats are dense, and at 3 and -3 where powers of two are exact."""
    sd = 2.0**power
    mixture = GaussianMixture([0.5, 0.25, 0.25], [3, 0, -3], [sd**2] * 3)
    for weight, x, z in ((0.25, 1.5 * sd, 1.5), (0.5, 3.0, 0), (0.25, -3 + sd, 1) if power > -50 else (0.25, -3.0, 0)):
        exact = np.log(weight) + norm.logpdf(z) - power * np.log(2)
        assert mixture.log_prob([x]) == pytest.approx(exact, abs=1e-9)


def test_posterior_of_narrow_components_far_from_the_mean():
    """Two neighbours at 3, 2 sd apart, and a third at -3: the log odds of N(m, 1) and N(m + 2, 1) are 2 - 2 z."""
    sd = 2.0**-27
    mixture = GaussianMixture([1, 1, 2], [3, 3 + 2 * sd, -3], [sd**2] * 3)
    z = np.array([-1.0, 0.5, 1.0, 4.0])
    first = 1 / (1 + np.exp(2 * z - 2))
    assert mixture.posterior(3 + sd * z) == pytest.approx(np.stack([first, 1 - first, 0 * z], 1), abs=1e-9)


def test_density_of_narrow_correlated_components():
    sd, shape = 2.0**-27, np.array([[1, 0.6], [0.6, 1]])
    mixture = GaussianMixture([0.25, 0.75], [[3, -2], [-1, 4]], sd**2 * np.stack([shape, shape]))
    z = np.array([[1.0, -0.5], [0.0, 2.0]])
    exact = np.log(0.25) + multivariate_normal([0, 0], shape).logpdf(z) - 2 * np.log(sd)
    assert mixture.log_prob([3, -2] + sd * z) == pytest.approx(exact, abs=1e-9)


def test_the_accurate_way_works_in_blocks(monkeypatch):
    means = np.random.default_rng(0).uniform(-3, 3, (5, 2))
    mixture = GaussianMixture(np.ones(5), means, 1e-12 * np.tile(EYE, (5, 1, 1)))
    x = means.repeat(3, 0) + 1e-6
    whole = mixture.log_joint(x)
    monkeypatch.setattr("data.mixture.BLOCK", 40)  # 4 of the 15 points at once
    assert np.array_equal(mixture.log_joint(x), whole)


@pytest.mark.parametrize("name", [*DATASETS_1D, *DATASETS_2D])
def test_named_targets_and_their_flows_take_the_fast_way(name, monkeypatch):
    """And both ways agree there."""
    for s in np.linspace(0, 1, 9):
        mixture = ExactFlow(target(name)).marginal(s)
        x = mixture.sample(20, np.random.default_rng(0))
        slow = mixture._whitened_joint(x)
        with monkeypatch.context() as without:
            without.delattr(GaussianMixture, "_whitened_joint")
            assert mixture.log_joint(x) == pytest.approx(slow, abs=1e-9, rel=1e-12)


def test_projection_and_samples_of_narrow_components():
    mixture = GaussianMixture([0.5, 0.5], [[1, 0], [0, 1]], 1e-40 * np.concatenate([EYE, EYE]))
    line = mixture.project(np.array([0.6, 0.8]))
    assert line.quantile([0.25, 0.75]).tolist() == [0.6, 0.8] and line.cdf([0.7, 0.8]) == pytest.approx([0.5, 0.75])
    assert GaussianMixture([1], [[1, 1]], 1e-40 * EYE).project(np.array([0.5, 0.5])).quantile(0.3) == 1
    x = mixture.sample(10, np.random.default_rng(0))
    assert np.sort(x[:, 0].round(9)).tolist() == [0] * 5 + [1] * 5 and np.abs(x[x[:, 0] < 0.5, 0]).max() < 5e-20


@pytest.mark.parametrize("weights", [[1e308, 1e308], [5e-324, 5e-324], [3e-320, 3e-320]])
def test_weights_of_any_size(weights):
    mixture = GaussianMixture(weights, [0, 8], [1, 1])
    assert mixture.weights.tolist() == [0.5, 0.5] and mixture.counts(6).tolist() == [3, 3]
    assert mixture.log_prob([0.0]) == pytest.approx(np.log(0.5) + norm.logpdf(0)) and mixture.cdf(4) == pytest.approx(
        0.5
    )


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_symmetry_is_relative_to_the_covariance(scale):
    for shape in ([[1, 0.5], [0, 1]], [[1, 1e-3], [-1e-3, 1]], [[1, 1e-5], [0, 1e-8]]):
        with pytest.raises(ValueError, match="symmetric"):
            GaussianMixture([1], [[0, 0]], scale * np.array([shape]))
    rounded = scale * np.array([[[1, 0.5], [np.nextafter(0.5, 1), 1]]])
    assert np.isfinite(GaussianMixture([1], [[0, 0]], rounded).log_prob([[0, 0]]))
