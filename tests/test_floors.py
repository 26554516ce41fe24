"""The loss at the exact answer: by simulation with the models' own losses, and by other methods than data/floors.py."""

import math
from functools import partial

import numpy as np
import pytest
import torch
from scipy.special import ndtr
from torch import nn

from data.exact import ExactFlow
from data.floors import WEIGHTS, carried_variance, jump_floors_and_errors
from data.mixture import GaussianMixture
from data.synthetic import target
from evaluation import reference
from models.backflow import BackFlow
from models.facm import FACM
from models.flow_map import FlowMap
from models.improved_mean_flow import ImprovedMeanFlow
from models.mean_flow import MeanFlow
from models.shortcut import Shortcut
from tests.test_models import generators

ONE, TWO = target("two_gaussians_1d"), target("two_gaussians")
NEAR = GaussianMixture(
    [0.7, 0.3], [-0.8, 0.8], [0.4, 0.3]
)  # its modes are so near that few draws carry no more than many
UNEVEN = GaussianMixture([0.5, 0.5], [[-1, 0], [2, 1]], [[[0.6, 0.4], [0.4, 0.5]], [[0.2, 0.0], [0.0, 0.9]]])
OVAL = GaussianMixture([1], [[1.0, -2.0]], [[[0.5, 0.3], [0.3, 0.4]]])


# ---- the flow map T from s to r and its Jacobian in closed form, with another s and r for every point ---------------


def mixture_map(x, s, r):
    """For NEAR: F_r(T) = F_s(x) by bisection, J = p_s(x) / p_r(T)."""

    def cdf_and_density(y, at):
        sd = np.sqrt((1 - at) ** 2 + at**2 * NEAR.covariances[:, 0].T)
        z = (y - at * NEAR.means.T) / sd
        density = np.exp(-0.5 * z**2) / (np.sqrt(2 * np.pi) * sd)
        return ndtr(z) @ NEAR.weights[:, None], density @ NEAR.weights[:, None]

    p, density = cdf_and_density(x, s)
    low, high = np.full_like(x, -12.0), np.full_like(x, 12.0)
    for _ in range(48):
        middle = (low + high) / 2
        below = cdf_and_density(middle, r)[0] < p
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return low, (density / cdf_and_density(low, r)[1])[..., None]


def oval_map(x, s, r):
    """For OVAL: J = C_r^(1/2) C_s^(-1/2), as all C = (1 - s)^2 I + s^2 S have the same axes."""
    variance, axes = np.linalg.eigh(OVAL.covariances[0])
    ratio = np.sqrt(((1 - r) ** 2 + r**2 * variance) / ((1 - s) ** 2 + s**2 * variance))
    J = (axes * ratio[:, None]) @ axes.T
    return r * OVAL.means + (J @ (x - s * OVAL.means)[..., None])[..., 0], J


class Oracle(nn.Module):
    """Stands for the network of a model: the exact average velocity u = (T - x) / (r - s) and its derivative.

    along: of time, 1 if it rises to the data.
    """

    def __init__(self, flow_map, along):
        super().__init__()
        self.flow_map, self.along = flow_map, along

    def forward(self, h):
        return self.tangent(h, torch.zeros_like(h))[0]

    def velocity(self, x, s):
        ahead, behind = (self.flow_map(x, s, s + d)[0] for d in (1e-5, -1e-5))
        return (ahead - behind) / 2e-5

    def tangent(self, h, dh):
        a, da = h[0].numpy(), dh[0].numpy()
        x, t, gap = a[:, :-2], a[:, -2:-1], a[:, -1:]
        s = t if self.along == 1 else 1 - t
        T, J = self.flow_map(x, s, s + gap)
        v, v_r, safe = self.velocity(x, s), self.velocity(T, s + gap), np.where(gap == 0, 1, gap)
        u = np.where(gap == 0, v, (T - x) / safe)
        # along (x: w, s: ds, r: dr); T does not change along v, so dT = J (w - v ds) + v_r dr. Progress is reckoned in
        # the direction of the derivative's time, which falls where the model's time runs from the data
        sign = self.along if da[:, -2].any() else 1
        w, ds = sign * da[:, :-2], sign * self.along * da[:, -2:-1]
        dr, n = ds + sign * da[:, -1:], len(w)
        dT = (J[:n] @ (w - v[:n] * ds)[..., None])[..., 0] + v_r[:n] * dr
        du = np.where(gap[:n] == 0, 0, (dT - w - u[:n] * (dr - ds)) / safe[:n])
        return torch.from_numpy(self.along * u)[None], torch.from_numpy(du)[None]


CASES = [(NEAR, mixture_map, 20_000), (OVAL, oval_map, 20_000)]


@pytest.mark.parametrize(("mixture", "flow_map", "n"), CASES, ids=("1d", "2d"))
@pytest.mark.parametrize("cls", [MeanFlow, FACM, BackFlow, ImprovedMeanFlow, Shortcut, FlowMap])
def test_floor_is_the_loss_of_the_exact_answer(cls, mixture, flow_map, n, monkeypatch):
    monkeypatch.setattr(reference, "target", lambda dataset: mixture)
    fast = partial(jump_floors_and_errors, scrambles=2, points=64)  # the J of an oval does not depend on x
    monkeypatch.setattr(reference, "jump_floors_and_errors", fast)
    floor = cls(mixture.dim, (4,), generators(1)).floor(None, reference.Reference.__wrapped__(None))
    model = cls(mixture.dim, (4,), generators(1))
    model.target = "conditional"
    model.net = Oracle(flow_map, 1 if model.data_time == 1 else -1)
    rng = np.random.default_rng(0)
    x, z = mixture.sample(n, rng, exact_proportions=False), rng.standard_normal((n, mixture.dim))
    times = model.sample_times((1, n, 1), torch.Generator().manual_seed(0))
    loss = model.loss(torch.from_numpy(x)[None], torch.from_numpy(z)[None], *(t.double() for t in times))[0].numpy()
    assert abs(loss.mean() - floor) < 4 * loss.std() / n**0.5 < 0.07 * floor


# ---- the two floors of data/floors.py by other methods --------------------------------------------------------------


def test_floors_in_1d_by_quantile_maps():
    """T = F_r^-1 F_s and J = p_s / p_r along quantiles of the data, and quadrature in both times: no ODE."""
    flow, (nodes, weights) = ExactFlow(ONE), np.polynomial.legendre.leggauss(48)
    s, weights = (1 + nodes) / 2, weights / 2
    y, dy = np.linspace(-9, 7, 401, retstep=True)
    x = [flow.marginal(at).quantile(ONE.cdf(y), ONE.cdf(y, upper=True))[:, None] for at in (*s, 1.0)]
    density = np.exp([flow.log_density(points, at) for points, at in zip(x, (*s, 1.0), strict=True)])
    carried = np.stack([flow.conditional_variance(*point) for point in zip(x[:-1], s, strict=True)]) * density[:-1] ** 2
    # the integral of 1 / p_r^2 over r from s to 1, by the polynomial through the nodes
    legendre = np.polynomial.legendre
    each = legendre.legint(legendre.legfit(nodes, np.eye(48), 47), lbnd=-1)
    after = (weights - legendre.legval(nodes, each).T / 2) @ density[:-1] ** -2.0
    some, whole, facm = (weights * weight(s) for _, weight in WEIGHTS)
    some, whole, facm = (
        each @ density[-1] * dy
        for each in (some @ (carried * after), whole @ carried / density[-1] ** 2, facm @ carried / density[-1] ** 2)
    )
    floors, errors = jump_floors_and_errors(flow)
    assert facm == pytest.approx(11.074, abs=1e-3)
    assert floors == pytest.approx([some, whole, facm], rel=1e-3) and not errors.any()


def test_sampled_floors_against_quadrature():
    """With independent coordinates the floor is the sum of theirs; the stated error is honest."""
    other = GaussianMixture([1], [1], [0.25])
    means = np.concatenate([ONE.means, [[1], [1]]], 1)
    both = GaussianMixture(ONE.weights, means, [np.diag([v, 0.25]) for v in ONE.covariances[:, 0, 0]])
    floors, errors = jump_floors_and_errors(ExactFlow(both), points=256)
    exact = sum(jump_floors_and_errors(ExactFlow(one))[0] for one in (ONE, other))
    assert (np.abs(floors - exact) < 4 * errors).all() and (errors < 0.03 * exact).all()


def test_carried_variance_by_finite_differences_of_the_flow_map():
    """J of both maps by central differences, the integrals over s and r by quadrature; dv/dx is not symmetric."""
    flow, h, (nodes, weights) = ExactFlow(TWO, UNEVEN), 1e-5, np.polynomial.legendre.leggauss(16)
    end, found = np.array([[-1.0, -1.5], [1.2, 1.0]]), np.zeros((3, 2))
    for s, weight in zip((1 + nodes) / 2, weights / 2, strict=True):
        x, r = flow.flow_map(end, 1, s), s + (1 - s) * (1 + nodes) / 2
        shifted = np.concatenate([x + d for d in (*h * np.eye(2), *-h * np.eye(2))])
        maps = flow.path(shifted, [s, *r, 1])[1:].reshape(17, 2, 2, 2, 2)  # r, sign, direction, point, coordinate
        J = (maps[:, 0] - maps[:, 1]) / (2 * h)
        carried = np.einsum("rjni,njk,rkni->rn", J, flow.linearised(x, s)[2], J)
        found += weight * np.stack([weights / 2 @ carried[:-1], carried[-1], WEIGHTS[2][1](s) * carried[-1]])
    assert carried_variance(flow, end) == pytest.approx(found, rel=2e-3)


@pytest.mark.parametrize("source", [None, UNEVEN])
def test_linearised(source):
    """The gradient by central differences; from N(0, I) it is (s Cov - I) / (1 - s), too."""
    flow, s, h = ExactFlow(TWO, source), 0.6, 1e-5
    x = np.random.default_rng(0).normal(0, 1.5, (20, 2))
    v, gradient, cov = flow.linearised(x, s)
    each = [(flow.velocity(x + d, s) - flow.velocity(x - d, s)) / (2 * h) for d in h * np.eye(2)]
    assert v == pytest.approx(flow.velocity(x, s)) and gradient == pytest.approx(np.stack(each, -1), abs=1e-7)
    assert np.trace(cov, axis1=1, axis2=2) == pytest.approx(flow.conditional_variance(x, s))
    assert source or gradient == pytest.approx((s * cov - np.eye(2)) / (1 - s))


# ---- which floor a class has ----------------------------------------------------------------------------------------


class Known:
    flow_matching_floor, mean_flow_floors, consistency_floor = 2.5, (13.0, 39.0), 11.0


def floor(cls, **options):
    return cls(1, (4,), generators(1), **options).floor(None, Known())


def test_floors_of_the_classes():
    mostly = type("Mostly", (MeanFlow,), {"share_equal": 0.75, "share_whole": 0.25})
    assert floor(MeanFlow) == 0.5 * 2.5 + 0.25 * 13 + 0.25 * 39
    assert floor(mostly) == 0.75 * 2.5 + 0.25 * (0.75 * 13 + 0.25 * 39)
    assert floor(FACM) == 2.5 + 11 and floor(BackFlow) == floor(ImprovedMeanFlow) == 2.5
    assert floor(Shortcut) == floor(FlowMap) == 0.5 * 2.5


@pytest.mark.parametrize("cls", [MeanFlow, FACM, BackFlow, ImprovedMeanFlow, Shortcut, FlowMap])
@pytest.mark.parametrize("method", ["sample_times", "loss", "pair"])
def test_other_times_losses_and_pairs_have_no_floor_unless_they_state_one(cls, method):
    other = type("Other", (cls,), {method: lambda self, *args: getattr(cls, method)(self, *args)})
    stated = type("Stated", (other,), {"floor": lambda self, data, reference: 7.0})
    assert math.isnan(floor(other)) and floor(stated) == 7


def test_the_options_of_facm_have_no_floor():
    other = type("Other", (FACM,), {"consistency_loss": lambda self, F, dF, v, t: 0})
    assert all(map(math.isnan, (floor(FACM, clip=1.0), floor(FACM, normalise=True), floor(other))))


def test_the_floor_of_narrow_modes_far_apart_is_unknown():
    """It would be astronomic, and take long."""
    for means in ([-2.0, 2.0], [[-2.0, 0.0], [2.0, 0.0]]):
        dim = np.ndim(means)
        narrow = GaussianMixture([0.5, 0.5], means, np.tile(1e-4 * np.eye(dim), (2, 1, 1)))
        assert np.isnan(jump_floors_and_errors(ExactFlow(narrow), points=64)[0]).all()


def test_a_floor_with_a_large_error_is_unknown(monkeypatch):
    monkeypatch.setattr(reference, "jump_floors_and_errors", lambda exact: (np.full(3, 9.0), np.array([0.8, 0.8, 1.0])))
    found = reference.Reference.__wrapped__("two_gaussians")
    assert found.mean_flow_floors[1] == 9 and math.isnan(found.consistency_floor)
