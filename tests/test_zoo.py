"""The formulas of the models besides the study's eight, by hand and by torch.func; and the groups of models."""

import math

import pytest
import torch

from models import MODELS, STUDY, model_class
from models.base import Encoder, Flow, MeanVelocity
from models.source import group
from tests.test_models import S, batch, build, dim, squared, times, total_derivative  # noqa: F401 (fixtures)


@pytest.mark.parametrize("target", ["conditional", "marginal"])
def test_improved_mean_flow_loss(target, dim, batch):  # noqa: F811
    """MeanFlow's, with the network's own velocity as the tangent, whatever the target."""
    model, (x, e) = build("imf", dim, target), batch
    model.most = 1e9
    t, r = times(model)
    z = (1 - t) * x + t * e
    own = model.u(z, t, t).detach()
    u, dudt = total_derivative(model.u, (z, r, t), (own, torch.zeros_like(r), torch.ones_like(t)))
    assert torch.allclose(model.loss(x, e, t, r), squared(u - (e - x - (t - r) * dudt)), atol=1e-5)


def test_shortcut_loss(dim, batch):  # noqa: F811
    """At r = t flow matching; else two jumps, weighted by their lengths, whose sum is one."""
    model, (x, e) = build("shortcut", dim), batch
    model.most = 1e9
    t, r, s = times(model)
    assert (r <= s).all() and (s <= t).all()
    z = (1 - t) * x + t * e
    there = model.jump(model.jump(z, t, s), s, r)
    expected = torch.where(t == r, e - x, (z - there) / (t - r).clamp_min(1e-9)).detach()
    assert torch.allclose(model.loss(x, e, t, r, s), squared(model.u(z, r, t) - expected), rtol=1e-3, atol=1e-4)
    loss = model.loss(x, e, t, r, s).sum()
    found = torch.autograd.grad(loss, list(model.parameters()))
    wanted = torch.autograd.grad(squared(model.u(z, r, t) - expected).sum(), list(model.parameters()))
    assert all(torch.allclose(a, b, rtol=1e-3, atol=1e-3) for a, b in zip(found, wanted, strict=True))


def test_flow_map_loss(dim, batch):  # noqa: F811
    """phi* = b(X) - (t - s) dphi/dt with the derivative by torch.func; its zero is dX/dt = b(X)."""
    model, (x_1, x_0) = build("flowmap", dim), batch
    model.most = 1e9
    s, t = times(model)
    assert (s <= t).all() and (s == t).any()
    I_s = s * x_1 + (1 - s) * x_0
    phi, dphi = torch.func.jvp(lambda t: model.phi(I_s, s, t), (t,), (torch.ones_like(t),))
    X, dX = torch.func.jvp(lambda t: model.jump(I_s, s, t), (t,), (torch.ones_like(t),))
    target = torch.where(s == t, x_1 - x_0, model.velocity(X, t) - (t - s) * dphi)
    assert torch.allclose(model.loss(x_1, x_0, s, t), squared(phi - target), atol=1e-4)
    moved = (s < t).expand_as(X)
    assert torch.allclose((phi - target)[moved], (dX - model.velocity(X, t))[moved], atol=1e-4), "the same residual"


@pytest.mark.parametrize("name", ["shortcut", "flowmap"])
def test_times(name):
    """Half of the batch is on the diagonal; of the rest a share goes all the way, by default none."""
    model = build(name, 1)
    _, b, *_ = model.sample_times((20_000, 1), torch.Generator().manual_seed(0))
    assert (b == model.data_time).float().mean() < 0.01
    model.share_whole = 0.5
    a, b, *_ = model.sample_times((20_000, 1), torch.Generator().manual_seed(0))
    assert (a == b).float().mean() == pytest.approx(0.5, abs=0.02)
    assert (b == model.data_time).float().mean() == pytest.approx(0.25, abs=0.02)
    assert a.mean() == pytest.approx(0.5, abs=0.01)


def test_groups():
    """By base classes, read from the source; the study's eight are what is trained if nothing is named."""
    classes = {name: model_class(name) for name in MODELS}
    assert group("all") == list(MODELS) and len(STUDY) == 8 and tuple(MODELS)[:8] == STUDY
    assert group("flows") == [name for name, cls in classes.items() if issubclass(cls, Flow)]
    assert group("encoders") == [name for name, cls in classes.items() if issubclass(cls, Encoder)]
    assert group("one_step") == [
        name for name, cls in classes.items() if issubclass(cls, MeanVelocity) or not issubclass(cls, Flow | Encoder)
    ]
    dense = lambda cls: issubclass(cls, Flow) or getattr(cls, "likelihood_variance", None) is not None  # noqa: E731
    assert group("likelihood") == [name for name, cls in classes.items() if dense(cls)]
    assert math.prod(len(group(word)) for word in ("flows", "one_step")) > 0 and S
