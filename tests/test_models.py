"""The contract of all models, and every formula against a computation by hand."""

import inspect
import math
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch

from commands.config import Config
from data import Failure
from data.assignment import optimal_assignment
from data.mixture import GaussianMixture
from models import ABLATED, MODELS, model_class, own_module, source
from models.base import Encoder, Flow, MeanVelocity, Model
from models.base_mlp import MLP, join
from models.decoder import Decoder
from models.flow_matching import FlowMatching
from models.noise import even_noise
from models.sampling import consistency, euler, heun, jumps, ode, rk4
from models.source import own_settings
from training.trainer import Trainer

S, B, HIDDEN = 3, 7, (8, 8)


def of_kind(kind):
    """The registered models of a base class: a new one takes the tests of its kind by being registered."""
    return [name for name in MODELS if issubclass(model_class(name), kind)]


def generators(n=S):
    return [torch.Generator().manual_seed(seed) for seed in range(n)]


def build(name, dim, target=None, **options):
    model = model_class(name)(dim, HIDDEN, generators(), **options)
    model.target = target or model.target
    return model


@pytest.fixture(params=(1, 2), ids=("1d", "2d"))
def dim(request):
    return request.param


@pytest.fixture
def batch(dim):
    g = torch.Generator().manual_seed(9)
    return torch.randn(S, B, dim, generator=g), torch.randn(S, B, dim, generator=g)


def times(model, shape=(S, B, 1)):
    return model.sample_times(shape, torch.Generator().manual_seed(5))


class Reference:
    """What a floor may use."""

    flow_matching_floor, mean_flow_floors, consistency_floor = 2.5, (13.0, 39.0), 11.0
    diffusion_floors, entropy = {"eps": 0.6, "v": 1.8}, 1.7


@pytest.mark.parametrize("name", MODELS)
def test_contract(name, dim, batch):
    assert issubclass(model_class(name), Model)
    model, (x, z) = build(name, dim), batch
    ts = times(model)
    assert isinstance(ts, tuple) and all(t.shape == (S, B, 1) and 0 <= t.min() <= t.max() <= 1 for t in ts)
    loss = model.loss(x, z, *ts)
    assert loss.shape == (S, B) and loss.isfinite().all() and (model.signed or (loss >= 0).all())
    assert not model.replayable or torch.equal(loss, model.loss(x, z, *ts)), "the loss draws nothing itself"
    assert isinstance(model.title, str) and isinstance(model.steps, int) and model.steps >= 1
    assert model.exact in (None, "flow", "mean", *(["transport"] if dim == 1 else []))
    floor = float(model.floor(x, Reference()))
    assert math.isnan(floor) or floor >= 0 or model.signed


@pytest.mark.parametrize("name", MODELS)
def test_generate_takes_torch_and_numpy(name, dim, batch):
    """An array of any precision and layout becomes a float32 tensor, and the samples are an array."""
    model, (_, z) = build(name, dim), batch
    samples = model.generate(z)
    assert samples.shape == z.shape and samples.requires_grad
    for array in (z.numpy(), z.double().numpy(), z.flip(1).numpy()[:, ::-1]):
        array.flags.writeable = False
        found = model.generate(array)
        assert not torch.is_tensor(found) and found.dtype == "float32"
        assert (found == samples.detach().numpy()).all()


@pytest.mark.parametrize("name", MODELS)
def test_pairs_are_the_batch_in_another_order(name, dim, batch):
    """Per seed, every data point and every noise point once; nothing is drawn."""
    model = build(name, dim)
    pairs = model.pair(*batch)
    assert all(torch.equal(a, b) for a, b in zip(pairs, model.pair(*batch), strict=True))
    for each, before in zip(pairs, batch, strict=True):
        assert each.shape == before.shape
        for seed in range(S):
            assert sorted(each[seed].tolist()) == sorted(before[seed].tolist())


@pytest.mark.parametrize("name", MODELS)
def test_own_settings_are_keywords_of_the_constructor(name, dim):
    cls, found = model_class(name), own_settings(name)
    target, coupling = (found.pop(key, (only, (only,))) for key, only in (("target", "conditional"), ("coupling", "")))
    assert found == cls.settings and target[1] == cls.targets, "read from the source as from the class"
    assert coupling[1] == cls.couplings or (len(cls.couplings) == 1 and coupling[0] == "")
    assert target[0] == cls.target == cls.targets[0] and build(name, dim).noise_free == (cls.target != "conditional")
    keywords = inspect.signature(cls).parameters
    for key, (default, *ends, help) in found.items():
        assert keywords[key].default == default and help
        assert default in ends[0] if isinstance(default, str) else ends[0] <= default <= ends[1]
        build(name, dim, **{key: default})


@pytest.mark.parametrize("name", MODELS)
def test_a_name_a_title_and_settings_are_its_own(name):
    """Pictures tell models apart by their titles, files of 1D and 2D by their names; no flag has two meanings."""
    titles = [model_class(other).title for other in MODELS]
    assert titles.count(title := model_class(name).title) == 1 and len(title) <= 20, "its number is above a panel, too"
    assert name.isidentifier() and not name.endswith("_2d"), "fm_2d_model.pt is fm in 2D"
    assert not own_settings(name).keys() & {field.name for field in fields(Config)}
    for key, (default, *ends, _) in own_settings(name).items():
        for shared, *others, _ in filter(None, (own_settings(other).get(key) for other in MODELS)):
            assert type(shared) is type(default) and others == ends, "models that share a flag read it alike"


@pytest.mark.parametrize("name", of_kind(Encoder))
def test_encoder_contract(name, dim, batch):
    model, (x, z) = build(name, dim), batch
    latent = model.encode(x, z)
    assert latent.shape == x.shape and model.decode(latent).shape == x.shape
    assert torch.equal(model.generate(z), model.decode(z))
    kl = model.kl(x)
    assert (kl is None) == (model.likelihood_variance is None), "a density needs both"
    assert kl is None or (kl.shape == (S, B) and (kl >= 0).all() and model.likelihood_variance > 0)


@pytest.mark.parametrize("name", of_kind(Flow))
def test_flow_contract(name, dim, batch):
    model, (x, z) = build(name, dim), batch
    assert {model.noise_time, model.data_time} == {0, 1}
    assert model.velocity(x, 0.3).shape == x.shape
    assert torch.allclose(model.velocity(x, 0.3), model.velocity(x, torch.full((S, B, 1), 0.3)), atol=1e-6)
    path = model.path(z, 4)
    assert path.shape == (5, *z.shape) and torch.equal(path[0], z)
    assert model.sample(z, 4).shape == z.shape and torch.equal(model.sample(z, model.steps), model.generate(z))


@pytest.mark.parametrize("name", of_kind(MeanVelocity))
def test_mean_velocity_contract(name, dim, batch):
    model, (x, z) = build(name, dim), batch
    starts = [model.data_time + share * (model.noise_time - model.data_time) for share in (0, 0.4, 1)]
    for t in starts:
        for r in (model.data_time,) if model.to_data_only else starts:
            state = model.jump(x, t, r)
            assert state.shape == x.shape and (t != r or torch.allclose(state, x)), "a jump over no time stays"
    assert torch.equal(model.decode(z), model.jump(z, model.noise_time, model.data_time))
    assert model.steps > 1 or torch.allclose(model.decode(z), model.generate(z))
    assert hasattr(model, "encode") == model.inverts
    if model.inverts:
        assert not model.to_data_only
        assert torch.equal(model.encode(x), model.jump(x, model.data_time, model.noise_time))


class OTFlowMatching(FlowMatching):
    """Minibatch optimal transport, Tong et al. 2302.00482: a variant that overrides one short method."""

    def pair(self, x, z):
        order = [optimal_assignment(a.numpy(), b.numpy()) for a, b in zip(x, z, strict=True)]
        return x, torch.stack([b[torch.from_numpy(i)] for b, i in zip(z, order, strict=True)])


class Restated(OTFlowMatching):
    """States its exact answer again."""

    exact = "flow"


class OTPairs:
    """A pairing to mix into any model."""

    pair = OTFlowMatching.pair


class OTDecoder(OTPairs, Decoder):
    """Its `pair` comes before the class that states an answer."""


def test_another_pairing_has_no_exact_answer_unless_it_says_so(dim, batch):
    expected = {FlowMatching: "flow", OTFlowMatching: None, Restated: "flow", Decoder: "mean", OTDecoder: None}
    for cls, exact in expected.items():
        floor = cls(dim, HIDDEN, generators()).floor(batch[0], Reference())
        assert cls.exact == exact and math.isnan(floor) == (exact is None)


def test_optimal_pairs(dim, batch):
    x, z = OTFlowMatching(dim, HIDDEN, generators()).pair(*batch)
    assert (x - z).square().sum() < (batch[0] - batch[1]).square().sum()
    assert dim == 2 or torch.equal(x.argsort(1), z.argsort(1)), "in 1D in the same order"


def test_decoder_floor_is_the_variance_of_the_data(dim, batch):
    x, _ = batch
    expected = sum(squared(x[s] - x[s].mean(0)).mean() for s in range(S)) / S
    assert build("decoder", dim).floor(x, Reference()) == pytest.approx(float(expected), rel=1e-5)


def test_the_trainer_pairs_every_batch_before_the_loss(dim, batch):
    """From the second batch on the loss is replayed, and the pairing is not."""
    model = OTFlowMatching(dim, HIDDEN, generators())
    trainer = Trainer(model, batch[0], generators())
    for seed in range(6):
        g = torch.Generator().manual_seed(seed)
        x, z = torch.randn(2, S, B, dim, generator=g)
        t = torch.rand(S, B, 1, generator=g)
        expected, unpaired = model.loss(*model.pair(x, z), t), model.loss(x, z, t)
        error = trainer._step(x, z, t)
        assert torch.allclose(error, expected, rtol=1e-5) and not torch.allclose(error, unpaired, rtol=1e-5)


def test_names_and_settings_need_no_torch():
    words = "import sys; from models import MODELS, source; [*map(source.own_settings, MODELS)]"
    words += "; print({'torch', 'numpy'} & {*sys.modules})"
    root = Path(__file__).resolve().parent.parent
    done = subprocess.run([sys.executable, "-c", words], cwd=root, capture_output=True, text=True, timeout=60)
    assert done.stdout == "set()\n", done.stderr
    assert set(ABLATED) <= set(of_kind(Flow))


def test_own_settings_are_inherited(tmp_path, monkeypatch):
    """From a base in another file, under another name and behind a mixin; an empty dict ends the search."""
    (tmp_path / "a.py").write_text("class A(nn.Module):\n    settings = {'p': (-1, -2, 3.5, 'power')}\n")
    more = "class Mixin: ...\nclass B(Mixin, Base): ...\nclass C(B):\n    settings: ClassVar = {}\nclass D(C): ...\n"
    (tmp_path / "b.py").write_text(f"import torch\nfrom models.a import A as Base\n{more}")
    monkeypatch.setattr(source, "__file__", str(tmp_path / "__init__.py"))
    monkeypatch.setattr(source, "MODELS", {"a": "a.A", "b": "b.B", "d": "b.D"})
    assert own_settings("a") == own_settings("b") == {"p": (-1, -2, 3.5, "power")} and own_settings("d") == {}


def test_own_module():
    """A file of its own, else its family's, else one line that names the missing file."""
    found = {name: own_module("training.train_", name).__name__ for name in (*MODELS, "fm_2d", "vae_beta_slow")}
    expected = {name: f"training.train_{name}" for name in (*MODELS, "fm_2d")}
    assert found == expected | dict.fromkeys(("vae_beta", "vae_beta_slow"), "training.train_vae")
    with pytest.raises(ModuleNotFoundError, match=r"needs the file training/train_ot_cfm\.py"):
        own_module("training.train_", "ot_cfm")


@pytest.mark.parametrize("name", MODELS)
def test_seeds_are_independent_and_all_weights_learn(name, dim, batch):
    """The loss of one seed has no gradient in the weights of another, and reaches every weight of its own."""
    model, (x, z) = build(name, dim), batch
    model.loss(x, z, *times(model))[1].mean().backward()
    for key, p in model.named_parameters():
        assert p.grad[1].abs().sum() > 0 or (name, key) == ("gan", "D.biases.2"), "but for that of differences of D"
        assert p.grad[0].abs().sum() == 0 and p.grad[2].abs().sum() == 0


@pytest.mark.parametrize("name", MODELS)
def test_a_seed_starts_alike_alone_and_among_others(name, dim):
    alone = model_class(name)(dim, HIDDEN, [torch.Generator().manual_seed(2)])
    for p, q in zip(alone.parameters(), build(name, dim).parameters(), strict=True):
        assert torch.equal(p[0], q[2])


def squared(a):
    return (a**2).sum(-1)


def test_decoder_loss(dim, batch):
    model, (x, z) = build("decoder", dim), batch
    assert torch.allclose(model.loss(x, z), squared(x - model.generate(z)))


def test_autoencoder_loss(dim, batch):
    model, (x, z) = build("ae", dim), batch
    assert torch.allclose(model.loss(x, z), squared(x - model.g(model.f(x))))
    assert torch.equal(model.loss(x, z), model.loss(x, z + 1)), "the prior plays no part"


@pytest.mark.parametrize(("name", "beta"), [("vae", 1), ("vae_beta", 10)])
def test_vae_loss(name, beta, dim, batch):
    model, (x, z) = build(name, dim), batch
    out = model.f(x)
    mu, sigma = out[..., :dim], torch.exp(out[..., dim:] / 2)
    q = torch.distributions.Normal(mu, sigma)
    kl = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)).sum(-1)
    assert torch.allclose(model.kl(x), kl, atol=1e-6)
    assert torch.allclose(model.loss(x, z), squared(x - model.g(mu + sigma * z)) + beta * kl, atol=1e-5)
    # the stated likelihood: the squared error is -log N(x; x_hat, variance) up to its constant
    normal = torch.distributions.Normal(model.g(mu), math.sqrt(model.likelihood_variance))
    constant = dim / 2 * math.log(2 * math.pi * model.likelihood_variance)
    assert torch.allclose(-normal.log_prob(x).sum(-1) - constant, squared(x - model.g(mu)), atol=1e-4)


def test_beta_is_an_option(dim):
    model = build("vae_beta", dim, beta=3.0)
    assert model.beta == 3 and model.title.endswith("3")


def test_flow_matching_loss(dim, batch):
    model, (x, z) = build("fm", dim), batch
    (t,) = times(model)
    v = model.net(torch.cat([t * x + (1 - t) * z, t], -1))
    assert torch.allclose(model.loss(x, z, t), squared(v - (x - z)))


def total_derivative(f, inputs, tangents):
    return torch.func.jvp(f, inputs, tangents)


def test_mean_flow_loss(dim, batch):
    """u - (v - (t - r) du/dt) with du/dt by torch.func.jvp along (z: v, r: 0, t: 1)."""
    model, (x, e) = build("meanflow", dim, "conditional"), batch
    t, r = times(model)
    z, v = (1 - t) * x + t * e, e - x
    u, dudt = total_derivative(model.u, (z, r, t), (v, torch.zeros_like(r), torch.ones_like(t)))
    assert torch.allclose(model.loss(x, e, t, r), squared(u - (v - (t - r) * dudt)), atol=1e-5)


def test_mean_flow_target_carries_no_gradient(dim, batch):
    model, (x, e) = build("meanflow", dim, "conditional"), batch
    t, r = times(model)
    z, v = (1 - t) * x + t * e, e - x
    _, dudt = total_derivative(model.u, (z, r, t), (v, torch.zeros_like(r), torch.ones_like(t)))
    target = (v - (t - r) * dudt).detach()
    expected = torch.autograd.grad(squared(model.u(z, r, t) - target).sum(), list(model.parameters()))
    actual = torch.autograd.grad(model.loss(x, e, t, r).sum(), list(model.parameters()))
    for a, b in zip(actual, expected, strict=True):
        assert torch.allclose(a, b, atol=1e-4)


def test_mean_flow_at_equal_times_is_flow_matching(dim, batch):
    """At r = t the loss is |u(z_t, t, t) - (e - x)|^2: flow matching in N1's direction of time."""
    model, (x, e) = build("meanflow", dim, "conditional"), batch
    t, _ = times(model)
    fm = build("fm", dim)
    fm.velocity = lambda x_s, s: -model.velocity(x_s, 1 - s)  # progress s = 1 - t, so the velocity changes sign
    assert torch.allclose(model.loss(x, e, t, t), fm.loss(x, e, 1 - t), atol=1e-6)


def test_mean_flow_times():
    model = build("meanflow", 1)
    t, r = model.sample_times((20_000, 1), torch.Generator().manual_seed(0))
    assert (r <= t).all() and t.mean() == pytest.approx(0.5, abs=0.01)
    assert (r == t).float().mean() == pytest.approx(0.5, abs=0.02)
    assert (r == 0).float().mean() == pytest.approx(0.25, abs=0.02), "half of the jumps go all the way"
    assert (r / t)[(r > 0) & (r < t)].mean() == pytest.approx(0.5, abs=0.02), "uniform between the data's end and t"
    assert t[r == 0].mean() == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("name", of_kind(MeanVelocity))
def test_residuals_are_bounded_without_noise_only(name, dim):
    """A bounded residual keeps its direction, and the log shows its square; what overflows is NaN, never 0."""
    g = torch.tensor([[[3.0] * dim, [1e-3] * dim, [-1e15] * dim]])
    most = model_class(name).most
    noisy, free = build(name, dim, "conditional"), build(name, dim)
    assert torch.equal(noisy.bounded(g), g)
    bounded = free.bounded(g)
    length = g.double().norm(dim=-1, keepdim=True)
    assert torch.allclose(bounded, (g * length.clamp(max=most) / length).float())
    assert free.bounded(torch.full((1, 1, dim), 1e38)).isnan().all() or dim == 1
    value = torch.full((1, 3, dim), 1e15, requires_grad=True)
    error = free.error(value, torch.zeros(1, 3, dim))
    assert torch.allclose(error, torch.full((1, 3), most**2))
    (slope,) = torch.autograd.grad(error.sum(), value)
    assert torch.allclose(slope, torch.full_like(value, 2 * most / dim**0.5))


@pytest.mark.parametrize("target", ["conditional", "marginal"])
def test_facm_loss(target, dim, batch):
    """L_total = L_CM.mean() + L_FM.mean(), CM weighted by cos(t pi / 2), from the paper's lines with torch.func.jvp."""
    model, (x, z) = build("facm", dim, target), batch
    (t,) = times(model)
    x_t, v, one = t * x + (1 - t) * z, x - z, torch.ones_like(t)
    F, dF = total_derivative(lambda x_t, t: model.F(x_t, t, one), (x_t, t), (v, one))
    v_bar = v + (1 - t) * dF
    if target == "conditional":
        target = F - (1 - t**0.5) * (F - v_bar)
    else:
        target = F - (F - v_bar) * (model.most / (F - v_bar).norm(dim=-1, keepdim=True)).clamp(max=1)
    L_CM = torch.cos(t * math.pi / 2).squeeze(-1) * squared(F - target)
    L_FM = squared(model.F(x_t, t, t) - v)
    assert torch.allclose(model.loss(x, z, t).mean(1), L_CM.mean(1) + L_FM.mean(1), atol=1e-5)


@pytest.mark.parametrize(("t", "weight"), [(0.0, 1.0), (1.0, 0.0)])
def test_facm_weights(t, weight, dim, batch):
    """The consistency task counts fully at the noise end and not at the data end; the anchor the same at both."""
    model, (x, z) = build("facm", dim), batch
    model.consistency_loss = lambda F, dF, v, t: torch.full((S, B), 1000.0)
    ts = torch.full((S, B, 1), t)
    x_t = x if t == 1 else z
    anchor = squared(model.F(x_t, ts, ts) - (x - z))
    assert torch.allclose(model.loss(x, z, ts) - anchor, torch.full((S, B), 1000.0 * weight), atol=1e-3)


def test_facm_options(dim, batch):
    (x, z), options = batch, ({}, {"clip": 1e-3}, {"normalise": True})
    F, dF, t = torch.cos(x), torch.sin(z), torch.full((S, B, 1), 0.2)
    plain, clipped, normalised = (
        build("facm", dim, "conditional", **o).consistency_loss(F, dF, x - z, t) for o in options
    )
    alpha = 1 - 0.2**0.5
    assert (clipped <= dim * (alpha * 1e-3) ** 2 * 1.001).all() and (clipped < plain).any()
    assert torch.allclose(normalised, plain / (plain + 1e-3).sqrt())


@pytest.mark.parametrize("target", ["conditional", "marginal"])
def test_backflow_loss(target, dim, batch):
    """The tangent is the network's own velocity, or e - x if that has no noise."""
    model, (x, e) = build("backflow", dim, target), batch
    model.most = 1e9
    t, r = times(model)
    z = (1 - t) * x + t * e
    v = model.u(z, t, t).detach() if target == "conditional" else e - x
    u, dudt = total_derivative(model.u, (z, r, t), (v, torch.zeros_like(r), torch.ones_like(t)))
    assert torch.allclose(model.loss(x, e, t, r), squared(u + (t - r) * dudt - (e - x)), atol=1e-5)


def test_backflow_goes_both_ways(dim, batch):
    model, (x, e) = build("backflow", dim), batch
    one, nil = torch.ones(S, B, 1), torch.zeros(S, B, 1)
    assert torch.allclose(model.decode(e), e - model.u(e, nil, one))
    assert torch.allclose(model.encode(x), x + model.u(x, one, nil))
    t, r = model.sample_times((20_000, 1), torch.Generator().manual_seed(0))
    assert (r > t).float().mean() == pytest.approx(0.375, abs=0.02), "not sorted: r > t as often as r < t"
    assert (r == t).float().mean() == pytest.approx(0.25, abs=0.02)
    for end in (0, 1):
        assert (r == end).float().mean() == pytest.approx(0.5 * 0.75 / 2, abs=0.02)


def test_tangent_is_the_forward_mode_derivative(dim):
    net = MLP((dim + 2, *HIDDEN, dim), generators()).double()
    h, dh = torch.randn(2, S, B, dim + 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    value, derivative = net.tangent(h, dh)
    expected, d_expected = torch.func.jvp(net, (h,), (dh,))
    assert torch.allclose(value, expected, atol=1e-12) and torch.allclose(derivative, d_expected, atol=1e-12)
    assert value.requires_grad and not derivative.requires_grad


def test_mlp_is_a_stack_of_linear_layers(dim):
    net = MLP((dim, *HIDDEN, dim), generators())
    h = torch.randn(S, B, dim, generator=torch.Generator().manual_seed(1))
    for s in range(S):
        a = h[s]
        for i, (w, b) in enumerate(zip(net.weights, net.biases, strict=True)):
            a = a @ w[s] + b[s]
            a = a * torch.sigmoid(a) if i < len(HIDDEN) else a
        assert torch.allclose(net(h)[s], a, atol=1e-6)


def test_join_accepts_numbers_and_tensors():
    x = torch.zeros(S, B, 2)
    t = torch.full((S, B, 1), 0.5)
    assert torch.equal(join(x, t, 1), join(x, 0.5, torch.ones(S, B, 1)))


class Spiral:
    """dx/dt = (rate + 2 t) x has the solution x(t) = x(0) exp(rate t + t^2)."""

    noise_time, data_time = 0.0, 1.0

    def velocity(self, x, t):
        return (-1.5 + 2 * t) * x

    def jump(self, x, t, r):
        return x * math.exp(-1.5 * (r - t) + r**2 - t**2)


@pytest.mark.parametrize(("method", "order"), [(euler, 1), (heun, 2), (rk4, 4)])
@pytest.mark.parametrize("backward", [False, True])
def test_samplers_have_their_order(method, order, backward):
    x = torch.ones(1, 1, 1, dtype=torch.float64)
    exact = math.exp(0.5 if backward else -0.5)
    errors = [abs(float(ode(Spiral(), x, n, method, backward)[-1]) - exact) for n in (20, 40)]
    assert math.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.2)


def test_jumps_follow_the_flow_map_and_go_back():
    x = torch.full((1, 4, 1), 2.0, dtype=torch.float64)
    path = jumps(Spiral(), x, 5)
    assert torch.allclose(path[-1], x * math.exp(-0.5))
    assert torch.allclose(jumps(Spiral(), path[-1], 3, backward=True)[-1], x)


def test_consistency_steps():
    """One step is a jump; before each later one the end is mixed with fresh noise to the right share."""

    class Point(Spiral):
        renoise_until, source = 0.8, None

        def jump(self, x, t, r):
            seen.append((t, x))
            return torch.full_like(x, 4.0)

    seen, z = [], torch.zeros(1, 50_000, 1)
    assert torch.equal(consistency(Point(), z, 1, torch.Generator())[-1], torch.full_like(z, 4.0))
    seen.clear()
    path = consistency(Point(), z, 4, torch.Generator().manual_seed(0))
    assert [t for t, _ in seen] == pytest.approx([0, 0.2, 0.4, 0.6]) and path.shape[0] == 5
    for t, x in seen[1:]:
        assert x.mean() == pytest.approx(4 * t, abs=0.02) and x.std() == pytest.approx(1 - t, abs=0.01)


def test_even_noise_is_normal_independent_of_the_state_and_even(dim):
    x = torch.randn(2, 4096, dim, generator=torch.Generator().manual_seed(3)).exp()
    noise = even_noise(x, torch.Generator().manual_seed(0))
    assert noise.shape == x.shape and noise.dtype == x.dtype
    for seed in range(2):
        all_of_it = torch.cat([noise[seed], x[seed]], 1).double()
        correlation = torch.corrcoef(all_of_it.T)
        assert (correlation - torch.eye(2 * dim)).triu(1)[:dim].abs().max() < 0.05
        for values in noise[seed].double().T:
            order = values.sort().values
            exact = torch.special.ndtri((torch.arange(4096, dtype=torch.float64) + 0.5) / 4096)
            assert (order - exact)[50:-50].abs().max() < 0.02, "evener than chance, whose error is about .02 to .05"
        left = x[seed, :, 0] < x[seed, :, 0].median()  # a part of the states has noise that is nearly as even
        assert dim == 2 or noise[seed][left].mean().abs() < 0.005
    other = even_noise(x, torch.Generator().manual_seed(1))
    assert not torch.allclose(noise, other) and torch.equal(noise, even_noise(x, torch.Generator().manual_seed(0)))


def test_even_noise_of_a_source_has_its_law_and_is_independent_of_the_state(dim):
    means, variances = np.array([[-2.0, 1.0], [1.0, 0.0]])[:, :dim], np.array([0.25, 4.0])
    source = GaussianMixture([0.3, 0.7], means, variances[:, None, None] * np.eye(dim))
    x = torch.randn(2, 4096, dim, generator=torch.Generator().manual_seed(3))
    noise = even_noise(x, torch.Generator().manual_seed(0), source)
    assert noise.shape == x.shape and noise.dtype == x.dtype
    middles = (np.arange(4096) + 0.5) / 4096
    for seed in range(2):
        for axis in range(dim):
            exact = GaussianMixture([0.3, 0.7], means[:, axis], variances).quantile(middles)
            assert np.abs(np.sort(noise[seed, :, axis].numpy()) - exact).mean() < 0.02, "chance's is .025 to .067"
        correlation = torch.corrcoef(torch.cat([noise[seed], x[seed]], 1).T)
        assert correlation[:dim, dim:].abs().max() < 0.05


def test_initial_weights_are_uniform():
    """In +-1 / sqrt(fan_in), the bound reached and the variance a third of its square: weights and biases."""
    sizes = (3, 400, 100, 50)
    net = MLP(sizes, generators(2))
    for fan_in, weight, bias in zip(sizes, net.weights, net.biases, strict=False):
        for values in (weight.detach() * fan_in**0.5, bias.detach() * fan_in**0.5):
            n = values[0].numel()
            for seed in values:
                assert seed.abs().max() <= 1 and min(seed.max(), -seed.min()) > 1 - 12 / n
                assert seed.square().mean() == pytest.approx(1 / 3, abs=4 * 0.3 / n**0.5)
                assert seed.mean() == pytest.approx(0, abs=4 * 0.58 / n**0.5)


@pytest.mark.parametrize("name", MODELS)
def test_initial_weights_come_from_each_seeds_generator_in_order(name, dim):
    """Network by network, layer by layer, first the weights, then the biases, each 2 u - 1 of what is drawn."""
    g = generators()
    named = dict(build(name, dim).named_parameters())
    prefixes = dict.fromkeys(key.split("weights.")[0] for key in named if "weights." in key)
    for prefix in prefixes:
        for layer in range(len(HIDDEN) + 1):
            weight, bias = named[f"{prefix}weights.{layer}"], named[f"{prefix}biases.{layer}"]
            for s in range(S):
                for values in (weight[s], bias[s]):
                    u = torch.rand(values.shape, generator=g[s])
                    assert torch.allclose(values, (2 * u - 1) / weight.shape[1] ** 0.5, rtol=1e-6, atol=0)


@pytest.mark.parametrize(
    "settings", ["GAP", "{'gap': (5.0, 0.0, 1.0, 'too large')}", "{'gap': (1.0, 0.0, 2.0)}", "{'gap': ("]
)
def test_settings_that_cannot_be_read_are_one_line(settings, tmp_path, monkeypatch):
    (tmp_path / "wrong.py").write_text(f"class Wrong:\n    settings = {settings}\n")
    monkeypatch.setattr(source, "__file__", str(tmp_path / "__init__.py"))
    monkeypatch.setattr(source, "MODELS", {"wrong": "wrong.Wrong"})
    source._literal.cache_clear()
    with pytest.raises(Failure, match=r"the model wrong \(wrong\.Wrong\): its settings cannot be read") as error:
        source.own_settings("wrong")
    assert "\n" not in str(error.value)
    source._literal.cache_clear()
