"""BackFlow: an improved MeanFlow (iMF, 2512.02012) that runs both ways; nearest published relative: BiFM, 2603.24942.

Time runs from data (t = 0) to noise (t = 1): z_t = (1 - t) x + t e, v = e - x.
"""

import torch
from torch import nn

from models.base_mlp import MLP, join
from models.sampling import jumps, ode


class BackFlow(nn.Module):
    """The MeanFlow identity holds for r > t as well: with unsorted (t, r) one network decodes and encodes in one step.

    The tangent is the network's own velocity u(z, t, t) instead of e - x, which has less variance.
    """

    title = "BackFlow"
    noise_time, data_time = 1.0, 0.0
    steps = 1
    share_equal = 0.25  # of the batch has r = t

    def __init__(self, dim, hidden, generators):
        super().__init__()
        self.net = MLP((dim + 2, *hidden, dim), generators)

    def sample_times(self, shape, generator):
        t, r, pick = torch.rand((3, *shape), generator=generator, device=generator.device)
        return t, torch.where(pick < self.share_equal, t, r)

    def u(self, z, r, t):
        return self.net(join(z, t, t - r))

    def velocity(self, z, t):
        return self.u(z, t, t)

    def jump(self, z, t, r):
        return z + (r - t) * self.u(z, r, t)

    def decode(self, e):
        return self.jump(e, 1, 0)

    def encode(self, x):
        return self.jump(x, 0, 1)

    def loss(self, x, e, t, r):
        z = (1 - t) * x + t * e
        with torch.no_grad():
            v = self.velocity(z, t)
        u, dudt = self.net.tangent(join(z, t, t - r), join(v, 1, 1))  # dudt carries no gradient
        V = u + (t - r) * dudt
        return (V - (e - x)).square().sum(-1)

    def path(self, e, steps):
        """Backward trajectories, t = 1 -> 0, of the velocity u(z, t, t) by Euler steps: (steps + 1, S, B, D)."""
        return ode(self, e, steps)

    def sample(self, e, steps):
        return jumps(self, e, steps)[-1]

    def generate(self, e):
        return self.sample(e, self.steps)
