"""Shortcut models, Frans et al. 2410.12557, with any split of the jump, as in SplitMeanFlow, 2507.16884.

Time runs from data (t = 0) to noise (t = 1): z_t = (1 - t) x + t e, v = e - x.
"""

import math

import torch

from models.mean_flow import MeanFlow


class Shortcut(MeanFlow):
    """A jump is two jumps: (t - r) u(z_t, r, t) = (t - s) u(z_t, s, t) + (s - r) u(z_s, r, s), with no gradient right.

    MeanFlow's average velocity, learnt from the composition of jumps instead of a derivative. At r = t that says
    nothing: there the loss is flow matching.
    """

    title = "Shortcut"
    share_whole = 0.0  # a long jump learns from shorter ones, which have to be right first

    def sample_times(self, shape, generator):
        t, share, split, pick = torch.rand((4, *shape), generator=generator, device=generator.device)
        r = self.mixed(pick, t, 0, share * t)
        return t, r, t + split * (r - t)

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
        own = self.keeps(Shortcut, "sample_times", "loss")
        return self.share_equal * reference.flow_matching_floor if own else math.nan
