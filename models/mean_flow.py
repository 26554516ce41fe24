"""MeanFlow, Geng et al. 2505.13447: learn the average velocity, so that one step is enough.

Time runs from data (t = 0) to noise (t = 1): z_t = (1 - t) x + t e, v = e - x.
"""

import math

import torch

from models.base import MeanVelocity
from models.base_mlp import join


class MeanFlow(MeanVelocity):
    """u(z_t, r, t) = 1/(t - r) int_r^t v ds (eq. 3), trained on the MeanFlow identity u = v - (t - r) du/dt (eq. 6)."""

    title = "MeanFlow"
    noise_time, data_time = 1.0, 0.0

    def sample_times(self, shape, generator):
        t, share, pick = torch.rand((3, *shape), generator=generator, device=generator.device)
        return t, self.mixed(pick, t, 0, share * t)

    def u(self, z, r, t):
        return self.net(join(z, t, t - r))

    def velocity(self, z, t):
        return self.u(z, t, t)

    def jump(self, z, t, r):
        return z - (t - r) * self.u(z, r, t)  # eq. 12

    def direction(self, z, t, v):
        """Along which velocity z moves in du/dt."""
        return v

    def loss(self, x, e, t, r):
        z = (1 - t) * x + t * e
        v = e - x
        direction = join(self.direction(z, t, v), 1, 1)  # d/dt along (z: v, r: 0, t: 1), eq. 8
        u, dudt = self.net.tangent(join(z, t, t - r), direction)
        return self.error(u, v - (t - r) * dudt)  # eq. 10

    def floor(self, data, reference):
        """At the exact u, where the target's noise is J (e - x - v), J = dz_r/dz_t: see data/floors.py."""
        if not self.keeps(MeanFlow, "sample_times", "loss", "direction"):
            return math.nan
        some, whole = reference.mean_flow_floors
        apart = self.share_whole * whole + (1 - self.share_whole) * some
        return self.share_equal * reference.flow_matching_floor + (1 - self.share_equal) * apart
