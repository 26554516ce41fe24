"""Improved MeanFlow (iMF), 2512.02012: MeanFlow with another tangent.

Time runs from data (t = 0) to noise (t = 1): z_t = (1 - t) x + t e, v = e - x.
"""

import math

import torch

from models.mean_flow import MeanFlow


class ImprovedMeanFlow(MeanFlow):
    """The tangent is the network's own velocity u(z, t, t), without gradient, instead of e - x.

    Its fixed point is MeanFlow's. As e - x is then in the target only once, its noise is not multiplied by the slope.
    """

    title = "iMF"

    @torch.no_grad()
    def direction(self, z, t, v):
        return self.velocity(z, t)

    def floor(self, data, reference):
        """Flow matching's, as t is uniform: no noise but that of e - x."""
        own = self.keeps(ImprovedMeanFlow, "sample_times", "loss", "direction")
        return reference.flow_matching_floor if own else math.nan
