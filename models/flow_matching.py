"""Flow matching, Lipman et al. 2210.02747, with the straight paths of Liu et al. 2209.03003.

Time runs from noise (t = 0) to data (t = 1): x_t = t x + (1 - t) z.
"""

import torch
from torch import nn

from models.base_mlp import MLP, join
from models.sampling import ode


class FlowMatching(nn.Module):
    """Regress v(x_t, t) on the velocity x - z of random straight lines.

    The minimiser is v(x, t) = E[x - z | x_t = x]; its loss is not 0 but E Var(x - z | x_t).
    """

    title = "Flow matching"
    noise_time, data_time = 0.0, 1.0
    steps = 100

    def __init__(self, dim, hidden, generators):
        super().__init__()
        self.net = MLP((dim + 1, *hidden, dim), generators)

    def sample_times(self, shape, generator):
        return (torch.rand(shape, generator=generator, device=generator.device),)

    def velocity(self, x, t):
        return self.net(join(x, t))

    def loss(self, x, z, t):
        x_t = t * x + (1 - t) * z
        return (self.velocity(x_t, t) - (x - z)).square().sum(-1)

    def path(self, z, steps):
        """The probability-flow ODE by Euler steps: (steps + 1, S, B, D)."""
        return ode(self, z, steps)

    def sample(self, z, steps):
        return self.path(z, steps)[-1]

    def generate(self, z):
        return self.sample(z, self.steps)
