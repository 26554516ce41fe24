"""Replayed steps: the same bits as autograd's, and no wrong answers for what cannot be replayed."""

import pytest
import torch

from models import MODELS, model_class
from training.replay import NotReplayable, Replay, replaying
from training.trainer import Trainer

SEEDS, DATA, BATCH = 2, 20, 8


def trainer(name, dim, **options):
    generators = [torch.Generator().manual_seed(seed) for seed in range(SEEDS)]
    data = torch.randn(SEEDS, DATA, dim, generator=torch.Generator().manual_seed(5))
    return Trainer(model_class(name)(dim, (8, 8), generators), data, generators, batch_size=BATCH, **options)


@pytest.mark.parametrize("power", [0.0, 0.75])
@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize("name", MODELS)
def test_replayed_steps_have_the_bits_of_autograd(name, dim, power):
    """Six epochs, so that most of the steps of the full batches and of the last, smaller one are replays."""
    replayed, plain = (trainer(name, dim, adaptive_power=power) for _ in range(2))
    plain._derive = plain._loss_and_gradient
    for _ in range(6):
        replayed.epoch(), plain.epoch()
    assert len(replayed._derive.replays) == 2 and all(replayed._derive.replays.values())
    assert torch.equal(torch.stack(replayed.losses), torch.stack(plain.losses))
    assert torch.equal(replayed.weights, plain.weights) and torch.equal(replayed.average, plain.average)


def outputs_of(function, inputs, fixed=()):
    """(Replay(function), its outputs for each of the inputs)."""
    recorded = Replay(function, fixed)
    with replaying():
        return recorded, [recorded(x)[0] for x in inputs]


def test_a_replay_follows_its_inputs_and_the_weights():
    weight = torch.ones(3, requires_grad=True)
    calls = []

    @torch.enable_grad()
    def gradient(x):
        calls.append(x)
        return (torch.autograd.grad((torch.exp(weight * x) + torch.cat([x, x])[:3]).sum(), weight)[0],)

    recorded, _ = outputs_of(gradient, [torch.zeros(3)], [weight])
    for k in range(2, 10):
        with torch.no_grad(), replaying():
            weight.mul_(1.1)
            assert torch.equal(recorded(torch.full((3,), 0.1 * k))[0], gradient(torch.full((3,), 0.1 * k))[0])
    assert len(calls) == 1 + 8 + 3, "the comparisons of this test, and those at the calls 2, 4 and 8"


def test_another_shape_is_another_recording():
    recorded, outputs = outputs_of(lambda x: (2 * x,), [torch.ones(n) for n in (3, 3, 3, 4, 4, 4)])
    assert [x.tolist() for x in outputs] == [[2.0] * n for n in (3, 3, 3, 4, 4, 4)] and len(recorded.replays) == 2


@pytest.mark.parametrize(
    "function",
    [
        lambda x: (x * float(x.sum()),),
        lambda x: (x if x.sum() > 2 else -x,),
        lambda x: (x + torch.randn(len(x)),),
    ],
)
def test_what_cannot_be_recorded_runs_as_it_is(function):
    inputs = [torch.full((2,), float(k)) for k in range(5)]
    torch.manual_seed(0)
    recorded, outputs = outputs_of(function, inputs)
    assert list(recorded.replays.values()) == [None]
    if function(inputs[1])[0].equal(function(inputs[1])[0]):
        assert all(torch.equal(a, function(x)[0]) for a, x in zip(outputs, inputs, strict=True))


def test_a_function_that_changes_later_is_an_error():
    class Annealed:
        share = 1.0

        def __call__(self, x):
            return (self.share * x,)

    function = Annealed()
    recorded, _ = outputs_of(function, [torch.ones(2)] * 2)
    function.share = 2.0
    with replaying():
        recorded(torch.ones(2))
        with pytest.raises(NotReplayable, match="replayable = False"):
            recorded(torch.ones(2))


def test_a_model_can_forbid_it():
    model = model_class("fm")(1, (8,), [torch.Generator().manual_seed(0)])
    model.replayable = False
    t = Trainer(model, torch.randn(1, 8, 1), [torch.Generator()], batch_size=8)
    t.epoch()
    assert t._derive == t._loss_and_gradient and t.losses[0].isfinite()
