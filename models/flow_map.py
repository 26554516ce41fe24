"""Flow map matching by Lagrangian self-distillation (LSD), Boffi et al. 2505.18825.

Time runs from noise (t = 0) to data (t = 1): I_t = t x_1 + (1 - t) x_0.
"""

import math

import torch

from models.base import MeanVelocity
from models.base_mlp import join


class FlowMap(MeanVelocity):
    """X_{s,t}(x) = x + (t - s) phi_{s,t}(x), which moves with its own velocity: d/dt X_{s,t}(x) = b_t(X_{s,t}(x)).

    b_t = phi_{t,t} is learnt as in flow matching. The paper's squared error of that equation has a gradient through the
    derivative; here phi is regressed on phi* = b_t(X) - (t - s) d/dt phi, which has the same zeros and none.
    """

    title = "Flow map (LSD)"
    noise_time, data_time = 0.0, 1.0
    share_whole = 0.0  # a long jump learns from the velocity where it ends, which has to be known there first

    def sample_times(self, shape, generator):
        s, share, pick = torch.rand((3, *shape), generator=generator, device=generator.device)
        return s, self.mixed(pick, s, 1, s + share * (1 - s))

    def phi(self, x, s, t):
        return self.net(join(x, s, t - s))

    def velocity(self, x, t):
        return self.phi(x, t, t)

    def jump(self, x, s, t):
        return x + (t - s) * self.phi(x, s, t)

    def loss(self, x_1, x_0, s, t):
        I_s = s * x_1 + (1 - s) * x_0
        still = torch.zeros_like(I_s)
        phi, dphi = self.net.tangent(join(I_s, s, t - s), join(still, 0, 1))  # d/dt with s fixed
        with torch.no_grad():
            b = self.velocity(I_s + (t - s) * phi, t)
            target = torch.where(s == t, x_1 - x_0, b - (t - s) * dphi)
        return self.error(phi, target)

    def floor(self, data, reference):
        """Flow matching's at s = t, where s is uniform; the exact map is moved by the exact velocity."""
        own = self.keeps(FlowMap, "sample_times", "loss")
        return self.share_equal * reference.flow_matching_floor if own else math.nan
