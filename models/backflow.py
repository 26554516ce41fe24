"""BackFlow: an improved MeanFlow (iMF, 2512.02012) that runs both ways; nearest published relative: BiFM, 2603.24942.

Time runs from data (t = 0) to noise (t = 1): z_t = (1 - t) x + t e, v = e - x.
"""

import math

import torch

from models.base_mlp import join
from models.mean_flow import MeanFlow
from models.sampling import jumps, ode


class BackFlow(MeanFlow):
    """The MeanFlow identity holds for r > t as well: with unsorted (t, r) one network decodes and encodes in one step.

    Of a noisy target e - x the tangent is not e - x itself but the network's own velocity u(z, t, t), which has less
    variance (iMF); a noise-free target has none, and is its own tangent.
    """

    title = "BackFlow"
    inverts = True
    share_equal = 0.25
    share_whole = 0.5  # half of them in each direction

    def sample_times(self, shape, generator):
        t, r, pick = torch.rand((3, *shape), generator=generator, device=generator.device)
        whole = pick > 1 - (1 - self.share_equal) * self.share_whole
        return t, torch.where(pick < self.share_equal, t, torch.where(whole, r.round(), r))

    def encode(self, x):
        return self.jump(x, self.data_time, self.noise_time)

    def loss(self, x, e, t, r):
        z = (1 - t) * x + t * e
        with torch.no_grad():
            v = e - x if self.noise_free else self.velocity(z, t)
        u, dudt = self.net.tangent(join(z, t, t - r), join(v, 1, 1))  # dudt carries no gradient
        V = u + (t - r) * dudt
        return self.error(V, e - x)

    def floor(self, data, reference):
        """Flow matching's, as t is uniform: no noise but that of e - x, because V is the network's alone."""
        own = type(self).sample_times is BackFlow.sample_times and type(self).loss is BackFlow.loss
        return reference.flow_matching_floor if self.exact == "flow" and own else math.nan

    def path(self, e, steps):  # backward trajectories, t = 1 -> 0, of the velocity u(z, t, t)
        return ode(self, e, steps)

    def sample(self, e, steps):
        return jumps(self, e, steps)[-1]
