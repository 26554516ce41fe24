"""The mean of the pairs through a state: against brute force in float64, and as an estimate of the same gradient."""

import numpy as np
import pytest
import torch

from data.exact import ExactFlow
from data.mixture import GaussianMixture
from data.synthetic import target
from models import MODELS, model_class
from training.targets import BLOCK, LEAST, Pairs, mean_of_law, mean_of_points, squared_distances

FLOWS = [name for name in MODELS if "marginal" in model_class(name).targets]


def brute_force(x, z, level):
    """E[x | y] and E[z | y] of one seed in float64, from the definition."""
    x, z, level = (a[0].double() for a in (x, z, level))
    y = (1 - level) * x + level * z
    away = y[:, None] - (1 - level)[:, None] * x
    share = (-away.square().sum(-1) / (2 * level.square())).softmax(1)
    mean = share @ x
    return mean, (y - (1 - level) * mean) / level


def draw(n, dim, seed=0):
    g = torch.Generator().manual_seed(seed)
    return 2 * torch.randn(1, n, dim, generator=g), torch.randn(1, n, dim, generator=g), g


@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize("n", [1, 2, 64, 500])
@pytest.mark.parametrize("level", [LEAST, 0.01, 0.1, 0.5, 0.9, 0.999, 1.0])
def test_against_brute_force(level, n, dim):
    x, z, _ = draw(n, dim)
    level = torch.full((1, n, 1), level)
    found = mean_of_points(x, z, level, squared_distances(x))
    for each, expected in zip(found, brute_force(x, z, level), strict=True):
        assert torch.allclose(each[0].double(), expected, rtol=1e-3, atol=2e-3)


@pytest.mark.parametrize("level", [1e-6, 1e-4, 1e-3])
def test_at_low_noise_a_pair_is_its_own_mean(level):
    """Exactly, where float32 cannot tell; and so it is indeed if the other points are not that near."""
    x = torch.linspace(-3, 3, 50).view(1, 50, 1)
    z, level = draw(50, 1)[1], torch.full((1, 50, 1), level)
    found = mean_of_points(x, z, level, squared_distances(x))
    assert torch.equal(found[0], x) and torch.equal(found[1], z)
    for each, expected in zip(found, brute_force(x, z, level), strict=True):
        assert torch.allclose(each[0].double(), expected, atol=1e-3)


def test_far_points_and_duplicates():
    """A noise of 10 standard deviations, data of 1e3, and points that are there many times give finite, right means."""
    x, z, _ = draw(40, 2)
    z[0, 0], z[0, 1], x[0, 2], x[0, 10:20] = 7.0, -7.0, 1e3, x[0, 9]
    for level in (0.01, 0.3, 0.8, 1.0):
        level = torch.full((1, 40, 1), level)
        found = mean_of_points(x, z, level, squared_distances(x))
        expected = brute_force(x, z, level)
        state = (1 - level) * x + level * z
        assert torch.allclose((1 - level) * found[0] + level * found[1], state, rtol=1e-4, atol=1e-3)
        usual = torch.arange(40) != 2
        assert torch.allclose(found[0][0].double()[usual], expected[0][usual], rtol=1e-2, atol=2e-2)


@pytest.mark.parametrize("n", [BLOCK, BLOCK + 1, 3000, 20_000])
def test_many_points_are_cut_into_even_blocks_of_the_epoch(n):
    x, z, g = draw(n, 1)
    model = model_class("fm")(1, (4,), [g])
    t, order = torch.rand(1, n, 1, generator=g), torch.randperm(n, generator=g)[None]
    found = Pairs(model, x)(order, z, t)
    shuffled = x[:, order[0]]
    # up to a block, all points take part; of more, the epoch's order cuts even blocks
    first = slice(0, -(-n // (-(-n // BLOCK))))
    block = shuffled[:, first], z[:, first], (1 - t)[:, first]
    for each, expected in zip(found, brute_force(*block), strict=True):
        good = (block[2] >= LEAST)[0, :, 0]
        assert torch.allclose(each[0, first].double()[good], expected[good], rtol=2e-3, atol=5e-3)
    state = t * found[0] + (1 - t) * found[1]
    assert torch.allclose(state, t * shuffled + (1 - t) * z, atol=1e-4), "it passes through the same state"


def test_conditional_pairs_are_the_pairs_themselves():
    x, z, g = draw(30, 2)
    model = model_class("meanflow")(2, (4,), [g])
    model.target = "conditional"
    order = torch.randperm(30, generator=g)[None]
    a, b = Pairs(model, x)(order, z, torch.rand(1, 30, 1, generator=g))
    assert torch.equal(a, x[:, order[0]]) and b is z


UNEVEN = GaussianMixture([0.5, 0.5], [[-1, 0], [2, 1]], [[[0.6, 0.4], [0.4, 0.5]], [[0.2, 0.0], [0.0, 0.9]]])


@pytest.mark.parametrize("law", [target("two_gaussians_1d"), UNEVEN, target("moons")], ids=["1d", "uneven", "moons"])
def test_the_mean_over_the_law_is_the_exact_velocity(law):
    g, n = torch.Generator().manual_seed(0), 200
    x = torch.tensor(law.sample(n, np.random.default_rng(0)), dtype=torch.float32)[None]
    z = torch.randn(1, n, law.dim, generator=g)
    flow = ExactFlow(law)
    for level in (1e-3, 0.2, 0.7, 1.0):
        mean, noise = mean_of_law(law, x, z, torch.full((1, n, 1), level))
        state = (1 - level) * x[0] + level * z[0]
        expected = flow.velocity(state.double().numpy(), 1 - level)
        assert (mean - noise)[0].numpy() == pytest.approx(expected, rel=1e-3, abs=1e-3)
        assert torch.allclose((1 - level) * mean + level * noise, state, atol=1e-4)


@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize("name", FLOWS)
@pytest.mark.parametrize("n", [12, BLOCK + 60])
def test_the_mean_pair_has_the_gradient_of_the_pairs(n, name, dim):
    """Over many draws, as many seeds with the same weights and data: equal within the standard error."""
    draws = 300 if n < BLOCK else 30
    g = torch.Generator().manual_seed(1)
    model = model_class(name)(dim, (5,), [torch.Generator().manual_seed(0) for _ in range(draws)])
    model.most = 1e9
    data = (2 * torch.randn(1, n, dim, generator=g)).expand(draws, -1, -1).contiguous()
    order = torch.stack([torch.randperm(n, generator=g) for _ in range(draws)])
    z, times = torch.randn(draws, n, dim, generator=g), model.sample_times((draws, n, 1), g)

    def gradients(x, z):
        loss = model.loss(x, z, *times).mean(1).sum()
        found = torch.autograd.grad(loss, list(model.parameters()))
        return torch.cat([each.flatten(1) for each in found], 1).double()

    pairs = data.gather(1, order[..., None].expand(-1, -1, dim)), z
    single, mean = gradients(*pairs), gradients(*Pairs(model, data)(order, z, *times))
    away = mean - single
    error = away.std(0) / draws**0.5
    score = away.mean(0) / error
    assert (score.abs() < 4.5).all() and score.square().mean() < 3


def test_another_mean_has_another_gradient():
    """The test above can fail: of a mean with too much noise it says so."""
    draws, n = 300, 12
    model = model_class("fm")(1, (5,), [torch.Generator().manual_seed(0) for _ in range(draws)])
    g = torch.Generator().manual_seed(1)
    x, z = 2 * torch.randn(draws, n, 1, generator=g), torch.randn(draws, n, 1, generator=g)
    t = torch.rand(draws, n, 1, generator=g)
    mean = mean_of_points(x, z, 1 - t, squared_distances(x))
    wrong = mean[0] + 0.2, mean[1] - 0.2 * t / (1 - t).clamp_min(1e-3)  # another pair through the same state
    loss = [model.loss(*pair, t).mean(1) for pair in ((x, z), wrong)]
    slope = [torch.autograd.grad(each.sum(), model.net.biases[-1])[0].flatten() for each in loss]
    away = slope[1] - slope[0]
    assert abs(away.mean()) > 6 * away.std() / draws**0.5


def test_only_flows_of_independent_pairs_have_a_choice():
    for name in MODELS:
        cls = model_class(name)
        if len(cls.targets) > 1:
            model = cls(1, (4,), [torch.Generator()])
            ends = sorted(float(model.noise_level(torch.full((1,), t))) for t in (0.0, 1.0))
            assert ends == pytest.approx([0, 1], abs=1e-6) and model.coupling == "independent"
    other = type("Paired", (model_class("fm"),), {"pair": lambda self, x, z: (x, z.sort(1).values)})
    assert other.targets == ("conditional",) and not other(1, (4,), [torch.Generator()]).noise_free
