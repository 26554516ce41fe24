"""Shortcut models, Frans et al. 2410.12557, with any split of the jump, as in SplitMeanFlow, 2507.16884.

Time runs from data (t = 0) to noise (t = 1): z_t = (1 - t) x + t e, v = e - x.
"""

import math

import torch

from models.base import MeanVelocity
from models.base_mlp import join


class Shortcut(MeanVelocity):
    """A jump is two jumps: (t - r) u(z_t, r, t) = (t - s) u(z_t, s, t) + (s - r) u(z_s, r, s), with no gradient right.

    The composition of the flow map, without a derivative. At r = t it says nothing: there the loss is flow matching.
    """

    title = "Shortcut"
    noise_time, data_time = 1.0, 0.0
    share_whole = 0.0  # a long jump learns from shorter ones, which have to be right first

    def sample_times(self, shape, generator):
        t, share, split, pick = torch.rand((4, *shape), generator=generator, device=generator.device)
        whole = pick > 1 - (1 - self.share_equal) * self.share_whole
        r = torch.where(pick < self.share_equal, t, torch.where(whole, 0, share * t))
        return t, r, t + split * (r - t)

    def u(self, z, r, t):
        return self.net(join(z, t, t - r))

    def velocity(self, z, t):
        return self.u(z, t, t)

    def jump(self, z, t, r):
        return z - (t - r) * self.u(z, r, t)

    def loss(self, x, e, t, r, s):
        z = (1 - t) * x + t * e
        with torch.no_grad():
            u_2 = self.u(z, s, t)
            u_1 = self.u(z - (t - s) * u_2, r, s)
            share = (t - s) / (t - r).clamp_min(1e-9)
            target = torch.where(t == r, e - x, share * u_2 + (1 - share) * u_1)
        return self.error(self.u(z, r, t), target)

    def floor(self, data, reference):
        """Flow matching's at r = t, where t is uniform; two exact jumps are the exact one."""
        own = type(self).sample_times is Shortcut.sample_times and type(self).loss is Shortcut.loss
        return self.share_equal * reference.flow_matching_floor if self.exact == "flow" and own else math.nan
