"""Consistency training, Song et al. 2303.01469, with squared errors: a map from noise to data that learns from itself.

Time runs from noise (t = 0) to data (t = 1): x_t = t x + (1 - t) z.
"""

from typing import ClassVar

import torch

from models.base import Model
from models.base_mlp import MLP, join


class Consistency(Model):
    """f(x_t, t) answers what f(x_r, r) answers a little later, r = t + gap, on the line through the same x and z.

    f(x, 1) = x by construction, so the answers spread from the data back to the noise. With single pairs, as in the
    paper, the fixed point is f(y, t) = E[f(x_r, r) | x_t = y], a mean over the lines that cross at y: as the gap goes
    to 0, f is the map of flow matching's flow; a gap pulls it to the mean (visualization/pages/gap.py shows how far).
    With mean pairs x_r is an Euler step of that flow, as in consistency distillation, and the gap costs little.
    """

    title = "Consistency"
    exact = "flow"
    targets = ("marginal", "conditional", "exact")
    settings: ClassVar = {"gap": (0.01, 1e-4, 1.0, "time from a point to the later one that it learns from")}

    def __init__(self, dim, hidden, generators, gap=0.01):
        super().__init__()
        self.net, self.gap = MLP((dim + 1, *hidden, dim), generators), gap

    def sample_times(self, shape, generator):
        return (torch.rand(shape, generator=generator, device=generator.device),)

    def noise_level(self, t):
        return 1 - t

    def f(self, x, t):
        return x + (1 - t) * self.net(join(x, t))

    def loss(self, x, z, t):
        r = (t + self.gap).clamp(max=1)
        with torch.no_grad():
            later = self.f(r * x + (1 - r) * z, r)
        return (self.f(t * x + (1 - t) * z, t) - later).square().sum(-1)

    def generate(self, z):
        return self.f(z, 0)
