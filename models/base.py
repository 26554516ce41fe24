"""The four kinds of models, and what each inherits. models/__init__.py states the contract, with shapes."""

import math
from typing import ClassVar

import torch
from torch import nn

from models.base_mlp import MLP
from models.calls import for_numpy_too
from models.coupling import optimal_pairs
from models.sampling import jumps, ode
from models.source import IF_PAIRED


class Model(nn.Module):
    """A subclass has a `title`, builds its networks, and defines `loss` and `generate`."""

    steps = 1  # network evaluations behind `generate`
    settings: ClassVar = {}  # {name: (default, low, high, "help")}, a literal
    exact = None
    targets = ("conditional",)
    couplings = ("independent",)
    coupling = "independent"
    teacher = None
    noise_level = None  # of a state, for a model that can be trained on mean pairs
    law = None  # the mixture of the data; training sets it
    signed = False  # True if the loss may be negative
    critic = field = None  # of a generator that learns from one
    replayable = True  # False if the loss is not pure: see training/replay.py

    def __init_subclass__(cls):
        super().__init_subclass__()
        for claim, otherwise in IF_PAIRED.items():
            newest = next(base for base in cls.__mro__ if {"pair", claim} & vars(base).keys())
            if claim not in vars(newest):
                setattr(cls, claim, otherwise)
        cls.target = cls.targets[0]
        if "generate" in vars(cls):
            cls.generate = for_numpy_too(cls.generate)

    @property
    def noise_free(self):
        return self.target != "conditional"

    def sample_times(self, shape, generator):
        return ()

    def pair(self, x, z):
        return x, z

    def log_prob(self, x):
        return None

    def floor(self, data, reference):
        return math.nan


class Encoder(Model):
    """A subclass defines `encode` and `decode`; a random encoder also has a `kl`."""

    likelihood_variance = None  # of p(x | z) = N(decode(z), .), if the model has a density

    def kl(self, x):
        return None

    def generate(self, z):
        return self.decode(z)


class Flow(Model):
    """A subclass defines `velocity`, and says where its paper puts the noise and the data."""

    exact = "flow"
    targets = ("marginal", "conditional", "exact")
    couplings = ("independent", "ot")
    times = 1  # time inputs of the network
    sampler = "ODE"  # what `sample` walks: the ODE by Euler's method, jumps, or consistency steps
    renoise_until = 1.0  # the latest progress that consistency steps return to
    source = None  # the mixture that it begins in, N(0, I) if None; training sets it

    def __init__(self, dim, hidden, generators):
        super().__init__()
        self.net, self.dim = MLP((dim + self.times, *hidden, dim), generators), dim
        self.couple(self.couplings[0])

    def couple(self, coupling):
        """Choose which noise is paired with which data: "independent" draws, or "ot", optimal within each batch.

        The answer of optimal pairs is optimal transport, to which batches come nearer the larger they are. In 1D it is
        known.
        """
        self.coupling = coupling
        if coupling == "ot":
            self.exact, self.target = "transport", "conditional"
        if self.exact == "transport" and self.dim > 1:
            self.exact = None

    def pair(self, x, z):
        return (x, optimal_pairs(x, z)) if self.coupling == "ot" else (x, z)

    def sample_times(self, shape, generator):
        return (torch.rand(shape, generator=generator, device=generator.device),)

    def keeps(self, cls, *methods):
        """Whether the exact flow is the answer and no subclass of cls has changed these methods; a floor needs both."""
        return self.exact == "flow" and all(getattr(type(self), f) is getattr(cls, f) for f in methods)

    def noise_level(self, t):
        return (t - self.data_time) / (self.noise_time - self.data_time)

    def path(self, z, steps):
        return ode(self, z, steps)

    def sample(self, z, steps):
        return self.path(z, steps)[-1]

    def ode_sample(self, z, steps):
        return ode(self, z, steps)[-1]

    def generate(self, z):
        return self.sample(z, self.steps)


class MeanVelocity(Flow):
    """A subclass also defines `jump`, by its average velocity; one that inverts, `encode`."""

    times = 2
    sampler = "jumps"
    to_data_only = False  # trained only for jumps to the data end
    inverts = False  # trained in both directions of time
    share_equal = 0.5  # of the batch has r = t: there the loss is flow matching
    share_whole = 0.5  # of the others has r at an end of time: one step is such a jump
    most = 5.0  # length of a residual of a noise-free loss: see `error`

    def mixed(self, pick, equal, whole, other):
        """For uniform `pick`: `equal` for its share of the batch, `whole` for its share of the rest, else `other`."""
        begin = 1 - (1 - self.share_equal) * self.share_whole
        return torch.where(pick < self.share_equal, equal, torch.where(pick > begin, whole, other))

    def path(self, z, steps):
        return jumps(self, z, steps)

    def decode(self, z):
        return self.jump(z, self.noise_time, self.data_time)

    def bounded(self, g):
        """A residual g (S, B, D), no longer than `most` if the target is noise-free.

        Between the modes the exact average velocity jumps, and a network's is steep: a few samples in 10,000 would have
        a thousand times the usual loss. Without noise a residual is 0 at the exact answer, which a bound does not move;
        with noise it would favour targets that are near by chance (as FACM's clip and MeanFlow's adaptive weight do).
        """
        if not self.noise_free:
            return g
        length = g.norm(dim=-1, keepdim=True)
        return g * (self.most / length.clamp_min(self.most) + 0 * length)  # NaN, not 0, if a diverged length overflows

    def error(self, value, target):
        """|value - target|^2 (S, B), the residual `bounded`; the target carries no gradient."""
        g = self.bounded((value - target).detach())
        return (value - value.detach() + g).square().sum(-1)
