"""Denoising diffusion, Ho et al. 2006.11239, with the cosine schedule: what is learnt is the noise.

Progress s runs from noise (0) to data (1): x_s = a x + b ε, a = sin(π s / 2), b = cos(π s / 2). Divided by a + b this
is flow matching's state t x + (1 - t) ε at t = a / (a + b). So the exact flow is the same, but for its pace and scale.
"""

import math
from typing import ClassVar

import torch

from models.base import Flow
from models.base_mlp import join


class Diffusion(Flow):
    """ε_θ(x_s, s) is E[ε | x_s]; v-prediction (Salimans & Ho 2202.00512) learns E[a ε - b x | x_s] instead.

    `velocity` is E[x - ε] in flow matching's state and time, so an Euler step of it is a step of DDIM (2010.02502).
    """

    title = "Diffusion"
    noise_time, data_time = 0.0, 1.0
    steps = 100
    first = 0.05  # the earliest s at which ε_θ is asked: velocity divides its error by a
    settings: ClassVar = {"prediction": ("eps", ("eps", "v"), "what diffusion predicts: ε, or v = a ε - b x")}

    def __init__(self, dim, hidden, generators, prediction="eps"):
        super().__init__(dim, hidden, generators)
        self.prediction = prediction

    def noise_level(self, s):
        a, b = schedule(s)
        return b / (a + b)

    def loss(self, x, eps, s):
        a, b = schedule(s)
        target = eps if self.prediction == "eps" else a * eps - b * x
        return (self.net(join(a * x + b * eps, s)) - target).square().sum(-1)

    def velocity(self, x, t):
        t = torch.as_tensor(t, dtype=x.dtype, device=x.device)
        s = 2 / math.pi * torch.atan2(t, 1 - t)
        if self.prediction == "eps":
            s = s.clamp_min(self.first)
        a, b = schedule(s)
        x_s = (a + b) * x
        found = self.net(join(x_s, s))
        return (x_s - (a + b) * found) / a if self.prediction == "eps" else (a - b) * x_s - (a + b) * found

    def floor(self, data, reference):
        own = self.keeps(Diffusion, "sample_times", "loss")
        return reference.diffusion_floors[self.prediction] if own else math.nan


def schedule(s):
    """a and b at progress s, a tensor."""
    return torch.sin(math.pi / 2 * s), torch.cos(math.pi / 2 * s)
