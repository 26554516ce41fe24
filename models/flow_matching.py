"""Flow matching, Lipman et al. 2210.02747, with the straight paths of Liu et al. 2209.03003.

Time runs from noise (t = 0) to data (t = 1): x_t = t x + (1 - t) z.
"""

import math
from typing import ClassVar

import torch

from models.base import Flow
from models.base_mlp import join


class FlowMatching(Flow):
    """Regress v(x_t, t) on the velocity x - z of random straight lines.

    The minimiser is v(x, t) = E[x - z | x_t = x]; its loss is not 0 but E Var(x - z | x_t).
    """

    title = "Flow matching"
    noise_time, data_time = 0.0, 1.0
    steps = 100
    settings: ClassVar = {"sigma": (0.0, 0.0, 1e3, "deviation of the noise around the line from z to x")}

    def __init__(self, dim, hidden, generators, sigma=0.0):
        super().__init__(dim, hidden, generators)
        self.sigma = sigma
        if sigma:  # another flow: the exact one of data and noise that are blurred by sigma
            self.exact, self.target = None, "conditional"

    def sample_times(self, shape, generator):
        t = super().sample_times(shape, generator)
        if not self.sigma:
            return t
        return *t, torch.randn((*shape[:-1], self.dim), generator=generator, device=generator.device)

    def velocity(self, x, t):
        return self.net(join(x, t))

    def loss(self, x, z, t, epsilon=0):
        x_t = t * x + (1 - t) * z + self.sigma * epsilon
        return (self.velocity(x_t, t) - (x - z)).square().sum(-1)

    def floor(self, data, reference):
        return reference.flow_matching_floor if self.exact == "flow" else math.nan
