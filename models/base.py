"""The four kinds of models, and what each inherits. models/__init__.py states the contract, with shapes."""

import math
from contextlib import contextmanager
from functools import wraps
from typing import ClassVar

import torch
from torch import nn

from models.base_mlp import MLP
from models.sampling import jumps, ode


@contextmanager
def on_one_thread():
    """torch has one thread in here: more of them mostly wait for each other on nets of this size."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _for_numpy_too(generate):
    """`generate` as it is for a tensor; for a NumPy array, without gradients and with an array as its result."""

    @wraps(generate)
    def either(self, z):
        if torch.is_tensor(z):
            return generate(self, z)
        noise = torch.from_numpy(z.astype("float32")).to(next(self.parameters()).device)
        with torch.no_grad():
            return generate(self, noise).cpu().numpy()

    return either


class Model(nn.Module):
    """A subclass has a `title`, builds its networks, and defines `loss` and `generate`."""

    steps = 1  # network evaluations behind `generate`
    settings: ClassVar = {}  # {name: (default, low, high, "help")}, a literal
    exact = None
    replayable = True  # False if the loss is not pure: see training/replay.py

    def __init_subclass__(cls):
        super().__init_subclass__()
        newest = next(base for base in cls.__mro__ if {"pair", "exact"} & vars(base).keys())
        if "exact" not in vars(newest):
            cls.exact = None  # `pair` is the newer one, and the exact answers hold for independent pairs
        if "generate" in vars(cls):
            cls.generate = _for_numpy_too(cls.generate)

    def sample_times(self, shape, generator):
        return ()

    def pair(self, x, z):
        return x, z

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
    times = 1  # time inputs of the network
    sampler = "ODE"  # what `sample` walks: the ODE by Euler's method, jumps, or consistency steps

    def __init__(self, dim, hidden, generators):
        super().__init__()
        self.net = MLP((dim + self.times, *hidden, dim), generators)

    def sample_times(self, shape, generator):
        return (torch.rand(shape, generator=generator, device=generator.device),)

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

    def path(self, z, steps):
        return jumps(self, z, steps)

    def decode(self, z):
        return self.jump(z, self.noise_time, self.data_time)
