"""The residual weight in D dimensions: theory against a published table, a second method, and what is learnt."""

import numpy as np
import pytest

from data.weighted import MODES, SHARES, C, bias, two_modes
from training.weighted import learnt_bias

TABLE = {  # found by two methods when the effect was discovered, to two or three digits
    0.5: {1: -0.23, 4: -0.18, 16: -0.10, 64: -0.037, 256: -0.010},
    0.75: {1: -0.28, 4: -0.24, 16: -0.16, 64: -0.057, 256: -0.015},
    1.0: {1: -0.29, 4: -0.27, 16: -0.20, 64: -0.080, 256: -0.021},
}


@pytest.mark.parametrize("p", TABLE)
def test_theory_agrees_with_the_table(p):
    for dim, expected in TABLE[p].items():
        assert bias(p, dim) == pytest.approx(expected, abs=0.006 if dim < 64 else 0.0015)


@pytest.mark.parametrize("dim", [1, 7])
@pytest.mark.parametrize("p", [0.5, 1.0])
def test_theory_is_a_zero_of_the_weighted_gradient(p, dim):
    """E (m - x_1) / (|m - x|^2 + c)^p = 0 for samples, at the minimiser and nowhere near it."""
    x = two_modes(200_000, dim, np.random.default_rng(0))
    m = np.dot(MODES, SHARES) + (MODES[1] - MODES[0]) * bias(p, dim)

    def gradient(m):
        away = np.concatenate([m - x[:, :1], -x[:, 1:]], 1)
        each = away[:, 0] / (np.square(away).sum(1) + C) ** p
        return each.mean() / (each.std() / len(x) ** 0.5)

    assert abs(gradient(m)) < 5
    for off in (-0.2, 0.2):
        assert abs(gradient(m + off)) > 10 and np.sign(gradient(m + off)) == np.sign(off)


def test_the_points_have_the_proportions_and_the_noise():
    x = two_modes(1000, 3, np.random.default_rng(1))
    assert x.shape == (1000, 3) and (x[:, 0] < 0).sum() == 700
    assert x[:, 1:].std() == pytest.approx(0.5, abs=0.03) and x[:, 0].mean() == pytest.approx(-0.8, abs=0.05)


@pytest.mark.parametrize("dim", [1, 16])
def test_what_is_learnt_is_the_minimiser(dim):
    for p in (0.5, 1.0):
        learnt = learnt_bias(p, dim)
        assert learnt.mean() == pytest.approx(bias(p, dim), abs=0.02) and len(learnt) == 5
