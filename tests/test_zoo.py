"""The formulas of the models besides the study's eight, by hand and by torch.func; and the groups of models."""

import copy
import json
import math
from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
import torch
from scipy.linalg import sqrtm

from commands.config import Config
from commands.work import goes_on, save
from data.exact import ExactFlow
from data.floors import entropy
from data.gap import map_of_mean_pairs, map_of_single_pairs, steps_back
from data.mixture import GaussianMixture
from data.points import plain, restored
from data.sources import FromSource
from data.synthetic import target as target_of
from data.transport import squared_w2_and_error
from evaluation.evaluate import evaluate
from evaluation.metrics import log_likelihood, sliced_w2, w2_between
from evaluation.reference import Reference
from models import MODELS, STUDY, model_class
from models.activations import ACTIVATIONS
from models.base import Encoder, Flow
from models.base_mlp import MLP
from models.kernels import mean_shift_of_law
from models.sampling import consistency, heun, ode
from models.source import group
from models.stochastic import ancestral, score, sde
from tests.test_models import S, batch, build, dim, generators, squared, times, total_derivative  # noqa: F401 (fixtures)
from training import Stopped
from training.runs import build as build_run
from training.runs import load, train
from training.settings import settings
from training.teacher import taught_by, taught_by_the_law
from training.trainer import Source, Trainer, flatten
from visualization.pages.couplings import costs, draw


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
        name for name, cls in classes.items() if cls.steps == 1 and not issubclass(cls, Encoder)
    ]
    dense = lambda cls: issubclass(cls, Flow) or cls.signed or getattr(cls, "likelihood_variance", None)  # noqa: E731
    assert group("likelihood") == [name for name, cls in classes.items() if dense(cls)]
    assert math.prod(len(group(word)) for word in ("flows", "one_step")) > 0 and S


def test_optimal_pairs_are_the_best_of_all(dim):  # noqa: F811
    """Of four points, by trying every order; a coupling is the class's or a choice."""
    g = torch.Generator().manual_seed(3)
    x, z = torch.randn(S, 4, dim, generator=g), torch.randn(S, 4, dim, generator=g)
    _, found = build("otcfm", dim).pair(x, z)
    for a, b, best in zip(x, z, found, strict=True):
        least = min((a - b[list(order)]).square().sum() for order in permutations(range(4)))
        assert (a - best).square().sum() == pytest.approx(float(least), rel=1e-5)
    other = build("meanflow", dim)
    assert torch.equal(other.pair(x, z)[1], z) and other.noise_free
    other.couple("ot")
    assert torch.equal(other.pair(x, z)[1], found) and not other.noise_free
    assert other.exact == build("otcfm", dim).exact == ("transport" if dim == 1 else None)


def test_settings_of_a_coupling():
    """Optimal pairs have no mean that could be a target; a model that has only them has no such flag."""
    assert settings("fm")["coupling"] == "independent" and settings("fm")["target"] == "marginal"
    assert settings("fm", coupling="ot")["target"] == "conditional"
    assert build_run(settings("fm", coupling="ot"), [torch.Generator()]).coupling == "ot"
    with pytest.raises(ValueError, match="choose conditional"):
        settings("fm", coupling="ot", target="marginal")
    assert "coupling" not in settings("otcfm") and "target" not in settings("otcfm")
    with pytest.raises(ValueError, match="may be negative"):
        settings("nflow", adaptive_power=0.5)


def test_consistency_loss(dim, batch):  # noqa: F811
    model, (x, z) = build("consistency", dim, gap=0.1), batch
    (t,) = times(model)
    r = torch.minimum(t + 0.1, torch.ones(()))
    f = lambda x, t: x + (1 - t) * model.net(torch.cat([x, t], -1))  # noqa: E731
    later = f(r * x + (1 - r) * z, r).detach()
    wanted = squared(f(t * x + (1 - t) * z, t) - later)
    assert torch.allclose(model.loss(x, z, t), wanted, atol=1e-5)
    found = [torch.autograd.grad(loss.sum(), list(model.parameters())) for loss in (model.loss(x, z, t), wanted)]
    assert all(torch.allclose(a, b, atol=1e-4) for a, b in zip(*found, strict=True)), "the later answer is a constant"
    assert torch.equal(model.f(x, torch.ones_like(t)), x)


GAPS = (0.2, 0.1, 0.05, 0.02)


def test_the_gap_of_consistency_training():
    """Both fixed points come nearer to the flow's map as the gap shrinks, that of mean pairs as Euler's method does."""
    reference = Reference("two_gaussians_1d")
    z, end = reference.z[:, 0], reference.end[:, 0]
    single = [rms(map_of_single_pairs(reference.target, gap, z) - end) for gap in GAPS]
    assert single == pytest.approx([0.721, 0.482, 0.335, 0.215], abs=1e-3)
    mean = [rms(map_of_mean_pairs(reference.exact, gap, reference.z)[:, 0] - end) for gap in GAPS]
    assert all(a < b for a, b in zip(mean, single, strict=True)) and mean[-1] < 0.3 * single[-1]
    assert mean[-2] / mean[-1] == pytest.approx(2.5, abs=0.3), "of first order, as .05 / .02"
    assert map_of_single_pairs(reference.target, 1.0, z) == pytest.approx(reference.target.mean[0], abs=1e-3)


def test_the_fixed_point_by_random_walks():
    """A second method: from a noise point walk to the data, at each step on a random line through the state."""
    reference, rng, gap = Reference("two_gaussians_1d"), np.random.default_rng(0), 0.25
    z, walks = np.array([-1.0, 0.3, 0.6, 1.5]), 40_000
    y = np.repeat(z, walks)
    for t, r in reversed(steps_back(gap)):
        posterior = reference.exact.marginal(t).posterior(y[:, None])
        which = (posterior.cumsum(1) < rng.random(len(y))[:, None]).sum(1)
        mean, variance = (a[which] for a in (reference.target.means[:, 0], reference.target.covariances[:, 0, 0]))
        spread = t**2 * variance + (1 - t) ** 2
        x = mean + t * variance / spread * (y - t * mean)
        x = x + (1 - t) * np.sqrt(variance / spread) * rng.standard_normal(len(y))
        y = r * x + (1 - r) * (y - t * x) / (1 - t)
    found = y.reshape(4, walks).mean(1)
    assert found == pytest.approx(map_of_single_pairs(reference.target, gap, z), abs=0.03)


@pytest.mark.parametrize("prediction", ["eps", "v"])
def test_diffusion_is_flow_matching_in_other_coordinates(prediction, dim, batch):  # noqa: F811
    """Its loss by hand; a network that knew E[eps | x_s] would have flow matching's velocity at the same state."""
    model, (x, eps) = build("diffusion", dim, prediction=prediction), batch
    (s,) = times(model)
    a, b = torch.sin(math.pi * s / 2), torch.cos(math.pi * s / 2)
    target = eps if prediction == "eps" else a * eps - b * x
    assert torch.allclose(
        model.loss(x, eps, s), squared(model.net(torch.cat([a * x + b * eps, s], -1)) - target), atol=1e-5
    )
    assert torch.allclose(model.noise_level(s), b / (a + b))
    law = target_of({1: "two_gaussians_1d", 2: "two_gaussians"}[dim])
    exact, points = ExactFlow(law), law.sample(50, np.random.default_rng(0)) * 0.8

    class Knows(torch.nn.Module):
        """E[eps | x_s], or E[a eps - b x | x_s]."""

        def forward(self, h):
            x_s, s = h[0, :, :dim].double().numpy(), float(h[0, 0, -1])
            a, b = np.sin(np.pi * s / 2), np.cos(np.pi * s / 2)
            t, y = a / (a + b), x_s / (a + b)
            v = exact.velocity(y, t)
            eps, data = y - t * v, y + (1 - t) * v
            return torch.tensor(eps if prediction == "eps" else a * eps - b * data, dtype=torch.float32)[None]

    model.net = Knows()
    for t in (0.1, 0.5, 0.9, 1.0):
        found = model.velocity(torch.tensor(points, dtype=torch.float32)[None], t)[0].numpy()
        assert found == pytest.approx(exact.velocity(points, t), abs=2e-3)


def test_diffusion_floors():
    """Those of noise and data add up to that of v; over the signal-to-noise ratio they give the entropy (I-MMSE)."""
    reference = Reference("two_gaussians_1d")
    floors = reference.diffusion_floors
    assert floors["eps"] == pytest.approx(0.567, abs=2e-3) and floors["x"] == pytest.approx(1.233, abs=2e-3)
    assert floors["eps"] + floors["x"] == pytest.approx(floors["v"], rel=1e-6)
    # d/dsnr of the information is half the error of x: H(x) = H(normal) - 1/2 int (1 / (1 + snr) - mmse) d snr
    log_snr = np.linspace(-16, 16, 400)
    mmse = []
    for each in log_snr:
        s = 1 / (1 + np.exp(-each / 2))  # snr = (s / (1 - s))^2
        mmse.append((1 - s) ** 2 * reference.exact._mean_variance_1d(s))
    gain = np.trapezoid((1 / (1 + np.exp(log_snr)) - mmse) * np.exp(log_snr), log_snr) / 2
    assert 0.5 * np.log(2 * np.pi * np.e) - gain == pytest.approx(reference.entropy, abs=2e-3)
    assert reference.entropy == pytest.approx(1.71450, abs=1e-5)


@pytest.mark.parametrize("name", ["two_gaussians_1d", "two_gaussians"])
def test_entropy_is_that_of_samples(name):
    law = target_of(name)
    assert entropy(law) == pytest.approx(-law.log_prob(law.sample(200_000, np.random.default_rng(1))).mean(), abs=0.01)


def test_stochastic_samplers_keep_the_distribution():
    """With the exact velocity every eta, and the ancestral steps, end in the data; eta = 0 is Euler's method."""
    reference = Reference("two_gaussians_1d")
    z = torch.tensor(reference.noise(4000))[None]
    model = ExactVelocity(reference.exact)
    g = lambda: torch.Generator().manual_seed(0)  # noqa: E731
    assert torch.allclose(sde(model, z, 8, g(), eta=0.0), ode(model, z, 8))
    ends = [sde(model, z, 128, g(), eta)[-1] for eta in (0.0, 0.3, 1.0, 3.0)] + [ancestral(model, z, 128, g())[-1]]
    assert all(sliced_w2(end.numpy(), reference.target)[0] < 0.12 for end in ends)
    wrong = sde(Scaled(reference.exact), z, 128, g(), 1.0)[-1]
    assert sliced_w2(wrong.numpy(), reference.target)[0] > 0.2, "the test can fail"
    x = torch.tensor(reference.exact.marginal(0.4).sample(50, np.random.default_rng(0)))[None]
    h, log = 1e-5, lambda x: reference.exact.log_density(x, 0.4)
    slope = (log(x[0].numpy() + h) - log(x[0].numpy() - h)) / (2 * h)
    assert score(model, x, 0.4)[0, :, 0].numpy() == pytest.approx(slope, abs=1e-4)


class ExactVelocity:
    noise_time, data_time = 1.0, 0.0

    def __init__(self, exact):
        self.exact = exact

    def velocity(self, x, t):
        return -torch.from_numpy(self.exact.velocity(x[0].numpy(), 1 - t))[None]


class Scaled(ExactVelocity):
    def velocity(self, x, t):
        return 1.3 * super().velocity(x, t)


def test_drifting_loss(dim, batch):  # noqa: F811
    """|V|^2, V by loops over the batch; its gradient pulls f to f + V. Of the law V+ is h^2 grad log p_h."""
    model, (x, z) = build("drifting", dim), batch
    f = model.f(z)
    V = torch.zeros_like(f)
    for h in (0.4, 1.6):
        for seed in range(S):
            for i in range(f.shape[1]):
                for sign, points in ((1, x[seed]), (-1, f[seed].detach())):
                    k = torch.exp(-squared(points - f[seed, i].detach()) / (2 * h**2))
                    V[seed, i] += sign * (k[:, None] * (points - f[seed, i])).sum(0).detach() / k.sum() / 2
    assert torch.allclose(model.loss(x, z), squared(V), atol=1e-4)
    found = torch.autograd.grad(model.loss(x, z).sum(), list(model.parameters()))
    wanted = torch.autograd.grad((-2 * V.detach() * f).sum(), list(model.parameters()))
    assert all(torch.allclose(a, b, atol=1e-3) for a, b in zip(found, wanted, strict=True))
    law, h = target_of({1: "two_gaussians_1d", 2: "two_gaussians"}[dim]), 0.7
    blurred = GaussianMixture(law.weights, law.means, law.covariances + h**2 * np.eye(dim))
    point = x[:1].double()
    gradient = np.stack(
        [
            (blurred.log_prob(point[0].numpy() + e) - blurred.log_prob(point[0].numpy() - e)) / 2e-5
            for e in 1e-5 * np.eye(dim)
        ],
        -1,
    )
    assert mean_shift_of_law(point, law, h)[0].numpy() == pytest.approx(h**2 * gradient, abs=1e-5)


def test_gan_loss(dim, batch):  # noqa: F811
    """L_D by hand; D's gradient is that of L_D, with the penalty's by finite differences, and G's that of L_G."""
    model, (x, z) = build("gan", dim).double(), [each.double() for each in batch]
    fake = model.G(z)

    def slope(points):
        return squared(torch.func.vjp(lambda p: model.D(p).sum(), points)[1](torch.ones((), dtype=points.dtype))[0])

    D_x, D_fake = model.D(x)[..., 0], model.D(fake.detach())[..., 0]
    L_D = torch.log1p(torch.exp(D_fake - D_x)) + model.gamma / 2 * (slope(x) + slope(fake.detach()))
    loss = model.loss(x, z)
    assert torch.allclose(loss, L_D)
    L_G = torch.log1p(torch.exp(model.D(x, frozen=True) - model.D(fake, frozen=True)))
    for net, part in ((model.D, L_D), (model.G, L_G)):
        weights = [*net.weights]
        found = torch.autograd.grad(loss.sum(), weights, retain_graph=True)
        wanted = torch.autograd.grad(part.sum(), weights, retain_graph=True)
        assert all(torch.allclose(a, b, atol=1e-8) for a, b in zip(found, wanted, strict=True))
    assert model.floor(x, None) == pytest.approx(math.log(2))


def test_normalising_flow_is_a_bijection_with_a_density(dim, batch):  # noqa: F811
    """Inverse and log-density against autograd's Jacobian, after some training, inside and outside of its bins."""
    model, x = build("nflow", dim).double(), torch.cat([batch[0], 20 * batch[0]], 1).double()
    with torch.no_grad():
        for p in model.parameters():
            p += 0.4 * torch.randn(p.shape, generator=torch.Generator().manual_seed(1))
    assert torch.allclose(model.decode(model.encode(x)), x, atol=1e-5)
    for seed in range(S):
        for i in range(x.shape[1]):
            one = lambda point, seed=seed: model.encode(point.expand(S, 1, dim))[seed, 0]  # noqa: E731
            J = torch.autograd.functional.jacobian(one, x[seed, i])
            latent = one(x[seed, i])
            log_p = torch.distributions.Normal(0, 1).log_prob(latent).sum() + J.reshape(dim, dim).det().abs().log()
            assert float(model.log_prob(x)[seed, i].detach()) == pytest.approx(float(log_p.detach()), abs=1e-6)
    assert torch.allclose(model.loss(x, None), -model.log_prob(x))


def test_a_density_integrates_to_one():
    """In 1D by a sum, also for slopes and bins far from the identity."""
    model = build("nflow", 1)
    model.parameters_1d.data += 2 * torch.randn(model.parameters_1d.shape, generator=torch.Generator().manual_seed(0))
    x = torch.linspace(-12, 12, 200_001)
    with torch.no_grad():
        density = model.log_prob(x[None, :, None].expand(S, -1, -1)).exp()
    assert torch.allclose(density.sum(1) * (x[1] - x[0]), torch.ones(S), atol=2e-3)


def test_transport_in_1d():
    """Straight lines to the flow's own ends, that do not cross; velocity and average velocity are their slope."""
    reference = Reference("two_gaussians_1d")
    z, flow = reference.z, reference.transport
    path = flow.path(z, np.linspace(0, 1, 5))
    assert path[-1] == pytest.approx(reference.end, abs=1e-3)
    assert path[2] == pytest.approx((z + reference.end) / 2, abs=1e-3)
    assert (np.diff(path[:, np.argsort(z[:, 0]), 0], axis=1) > 0).all()
    for s, points in zip(np.linspace(0, 1, 5), path, strict=True):
        assert flow.velocity(points, s) == pytest.approx(reference.end - z, abs=5e-3)
    assert flow.average_velocity(z, 0.0, 0.7) == pytest.approx(reference.end - z, abs=1e-3)
    cost = np.square(reference.end - z).sum(1).mean()
    assert cost == pytest.approx(reference.squared_w2, rel=0.01) and cost == pytest.approx(1.832, abs=0.02)


def test_a_teacher_makes_the_pairs():
    """Each noise has the end that the teacher gives it; of the law that is the exact map, of a flow its own."""
    reference = Reference("two_gaussians_1d")
    z = torch.randn(2, 300, 1, generator=torch.Generator().manual_seed(0))
    x, own = taught_by_the_law("two_gaussians_1d", "cpu")(None, z)
    assert x.shape == own.shape == z.shape and (own - z).abs().median() < 1e-3, "the pool's nearest noise"
    ends = reference.exact.flow_map(own.flatten(0, 1).double().numpy(), 0, 1)
    assert x.flatten(0, 1).numpy() == pytest.approx(ends, abs=1e-4)
    flow = build("fm", 2)
    pairs = taught_by(flow, "two_gaussians", "cpu")
    x, own = pairs(None, torch.randn(S, 50, 2, generator=torch.Generator().manual_seed(0)))
    assert torch.allclose(x, ode(flow, own, 32, heun)[-1], atol=1e-5)
    assert pairs.followed.shape == (256, 2)


def rms(values):
    return float(np.sqrt(np.square(values).mean()))


def test_noise_around_the_line(dim, batch):  # noqa: F811
    """--sigma adds a draw of its own to the state, but not to the velocity; the flow is then another one."""
    model, (x, z) = build("fm", dim, sigma=0.3), batch
    t, epsilon = times(model)
    assert epsilon.shape == x.shape and model.exact is None and not model.noise_free
    v = model.net(torch.cat([t * x + (1 - t) * z + 0.3 * epsilon, t], -1))
    assert torch.allclose(model.loss(x, z, t, epsilon), squared(v - (x - z)))
    assert settings("fm", sigma=0.3)["target"] == "conditional" and settings("otcfm", sigma=0.3)["sigma"] == 0.3
    with pytest.raises(ValueError, match="no sigma"):
        settings("fm", sigma=0.3, target="exact")


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name):
    """Value, slope and gradient against torch.func; the explorer's are those of PyTorch (test_explorer.py)."""
    net = MLP((2, 8, 8, 2), [torch.Generator().manual_seed(0)])
    net.activation = name
    h, dh = torch.randn(2, 1, 20, 2, generator=torch.Generator().manual_seed(1))
    value, slope = net.tangent(h, dh)
    wanted, wanted_slope = torch.func.jvp(net.forward, (h,), (dh,))
    assert torch.allclose(value, wanted, atol=1e-6) and torch.allclose(slope, wanted_slope, atol=1e-5)
    found = torch.autograd.grad(value.square().sum(), list(net.parameters()))
    expected = torch.autograd.grad(net(h).square().sum(), list(net.parameters()))
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(found, expected, strict=True))


def test_settings_of_the_trainer():
    """Weight decay is AdamW's, raw weights are the last ones, iid points have modes by chance, W2 as many points."""
    tiny = {"epochs": 3, "n_samples": 40, "batch_size": 20, "hidden": [8], "n_seeds": 2, "viz_freq": 3}
    runs = {
        key: train(settings("fm", 1, **tiny, **more))
        for key, more in {
            "plain": {},
            "raw": {"weights": "raw"},
            "decayed": {"weight_decay": 0.5},
            "iid": {"proportions": "iid"},
            "selu": {"activation": "selu"},
        }.items()
    }
    assert torch.equal(runs["raw"].state["average"], runs["raw"].state["weights"])
    assert torch.equal(runs["raw"].state["weights"], runs["plain"].state["weights"]), "only what is drawn is another"
    assert not torch.equal(runs["plain"].state["average"], runs["plain"].state["weights"])
    model = build_run(settings("fm", 1, **tiny), [torch.Generator().manual_seed(i) for i in (0, 1)])
    assert runs["decayed"].state["weights"].norm() < runs["plain"].state["weights"].norm() < 2 * flatten(model).norm()
    counts = {key: (runs[key].data < 0).sum(1).ravel().tolist() for key in ("plain", "iid")}
    assert len({*counts["plain"]}) == 1 and counts["iid"] != counts["plain"]
    assert runs["selu"].model.net.activation == "selu" != runs["plain"].model.net.activation
    reference, run = Reference("two_gaussians_1d"), runs["plain"]
    run.settings["w2_points"] = 300
    row = next(row for row in evaluate(run) if row["measure"] == "w2")
    points = run.model.generate(np.repeat(reference.noise(300)[None], 2, 0))[0].astype(float)
    assert row["value"] == pytest.approx(w2_between(points, reference.samples(300)), rel=1e-4)
    assert row["floor"] == reference.w2_floor(300) != reference.floors["w2"]


def test_adam_with_weight_decay_is_torch_adamw():
    """Five steps from the same weights on the same batches."""
    model = build("fm", 1)
    other, data = copy.deepcopy(model), torch.randn(S, 20, 1, generator=torch.Generator().manual_seed(2))
    trainer = Trainer(model, data, generators(), batch_size=20, weight_decay=0.3)
    other.target = model.target
    optimiser = torch.optim.AdamW(other.parameters(), lr=1e-3, weight_decay=0.3)
    twin = Trainer(copy.deepcopy(other), data, generators(), batch_size=20)
    for _ in range(5):
        trainer.epoch()
        x, z, t = twin._draw()
        optimiser.zero_grad()
        (other.loss(x, z, t).mean(1).sum()).backward()
        optimiser.step()
    assert all(torch.allclose(a, b, atol=1e-5) for a, b in zip(model.parameters(), other.parameters(), strict=True))


def test_squared_w2():
    """Of Gaussians the closed form of Bures; in 1D the quantiles; nearer to the truth than one assignment."""
    A, B = np.array([[1.0, 0.3], [0.3, 0.5]]), np.array([[2.0, -0.4], [-0.4, 1.0]])
    one, two = (GaussianMixture([1.0], [mean], cov[None]) for mean, cov in (([0.0, 0.0], A), ([1.0, 2.0], B)))
    bures = 5 + np.trace(A + B - 2 * sqrtm(sqrtm(A) @ B @ sqrtm(A)).real)
    found, error = squared_w2_and_error(one, two)
    assert abs(found - bures) < max(4 * error, 0.02) and 0 < error < 0.05
    law = target_of("two_gaussians_1d")
    assert squared_w2_and_error(ExactFlow(law).source, law) == (pytest.approx(1.832, abs=1e-3), 0.0)


def test_from_another_source(monkeypatch):
    """Exact map, density, floors and training noise are those of the source; formulas need single pairs."""
    data = FromSource("eight_gaussians", "moons")
    reference, moons = Reference(data), target_of("moons")
    assert reference.target.means == pytest.approx(target_of("eight_gaussians").means)
    z, end = reference.z, reference.end
    assert sliced_w2(z[None], moons)[0] < 0.2 and sliced_w2(end[None], reference.target)[0] < 0.2
    assert restored(json.loads(json.dumps(plain(data)))) == data and str(data) == "moons to eight_gaussians"
    log_p = log_likelihood(reference.truth, reference.x[:40], 64, reference.source)[0]
    assert log_p == pytest.approx(reference.target.log_prob(reference.x[:40]), abs=0.1)
    tiny = {"epochs": 1, "n_samples": 40, "batch_size": 20, "hidden": [8], "n_seeds": 2, "dataset": data}
    run = train(settings("fm", 2, **tiny))
    assert run.settings["target"] == "conditional" and sliced_w2(run.noise.numpy()[None].astype(float), moons)[0] < 0.2
    drawn = Source(moons, torch.device("cpu"))(torch.randn(4000, 2), torch.Generator().manual_seed(0))
    assert sliced_w2(drawn.numpy()[None].astype(float), moons)[0] < 0.25
    assert math.isfinite(run.model.floor(run.data, reference)) and reference.flow_matching_floor > 10
    facm = train(settings("facm", 2, **tiny))
    facm.model.jump = lambda x, t, r: torch.zeros_like(x)
    back = consistency(facm.model, torch.randn(2, 2000, 2), 2, torch.Generator().manual_seed(0))[1].numpy()
    share = facm.model.renoise_until / 2
    assert sliced_w2(back.astype(float) / (1 - share), moons)[0] < 0.2, "the fresh noise is the source's"
    monkeypatch.setattr("visualization.panel.Panel.rings", None)  # which are those of N(0, I)
    shown = {"dataset": data, "data": str(data), "z": z[:64], "pairs": {"exact": costs(z[:64], end[:64])}, "models": {}}
    assert len(draw(shown).axes) == 1
    with pytest.raises(ValueError, match="no flow; choose from fm, "):
        settings("decoder", 2, dataset=data)
    with pytest.raises(ValueError, match="no source"):
        settings("fm", 2, dataset=data, target="marginal")


def test_an_interrupted_pupil_goes_on_with_its_teacher(tmp_path, monkeypatch):
    """The same result as without the stop, with the teacher trained once; for other epochs it would be another one."""
    config = Config(epochs=4, n_samples=40, n_seeds=2, hidden=(8,), viz_freq=2)
    settings_of = config.run_settings("reflow", 1)
    whole = train(settings_of)

    def stop(epoch, epochs, note):
        if epoch == epochs - 2:
            raise Stopped

    kept = []
    with pytest.raises(Stopped):
        train(settings_of, report=stop, keep=kept.append)
    save(kept[-1], tmp_path / "reflow_progress.pt")
    part = load(tmp_path / "reflow_progress.pt")
    assert len(part.history["loss"]) == 2 and goes_on(part, settings_of)
    monkeypatch.setattr("training.runs.teacher_settings", None)  # training another teacher would fail
    rest = train(settings_of, start=part)
    assert torch.equal(flatten(rest.model), flatten(whole.model)) and "taught" not in rest.state
    assert torch.equal(rest.snapshots["taught"], whole.snapshots["taught"])
    assert not goes_on(whole, replace(config, epochs=6).run_settings("reflow", 1))
