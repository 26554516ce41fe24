"""BackFlow: an improved MeanFlow (iMF, 2512.02012) that runs both ways; nearest published relative: BiFM, 2603.24942.

Time runs from data (t = 0) to noise (t = 1): z_t = (1 - t) x + t e, v = e - x.
"""

import math

import torch

from models.improved_mean_flow import ImprovedMeanFlow
from models.sampling import jumps, ode


class BackFlow(ImprovedMeanFlow):
    """The MeanFlow identity holds for r > t as well: with unsorted (t, r) one network decodes and encodes in one step.

    Its loss is that of iMF, |V - (e - x)|^2 with V = u + (t - r) du/dt, the derivative without gradient. Of a noisy
    target e - x the tangent is not e - x itself but the network's own velocity u(z, t, t), which has less variance
    (iMF); a noise-free target has none, and is its own tangent.
    """

    title = "BackFlow"
    inverts = True
    share_equal = 0.25
    share_whole = 0.5  # half of them in each direction

    def sample_times(self, shape, generator):
        t, r, pick = torch.rand((3, *shape), generator=generator, device=generator.device)
        return t, self.mixed(pick, t, r.round(), r)

    def encode(self, x):
        return self.jump(x, self.data_time, self.noise_time)

    def direction(self, z, t, v):
        return v if self.noise_free else super().direction(z, t, v)

    def floor(self, data, reference):
        """Flow matching's, as t is uniform: no noise but that of e - x, because V is the network's alone."""
        own = self.keeps(BackFlow, "sample_times", "loss", "direction")
        return reference.flow_matching_floor if own else math.nan

    def path(self, e, steps):  # backward trajectories, t = 1 -> 0, of the velocity u(z, t, t)
        return ode(self, e, steps)

    def sample(self, e, steps):
        return jumps(self, e, steps)[-1]
