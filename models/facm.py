"""FACM, flow-anchored consistency model, 2507.03738: one network, two tasks.

Time runs from noise (t = 0) to data (t = 1): x_t = t x + (1 - t) z, v = x - z.
"""

import math

import torch

from models.base import MeanVelocity
from models.base_mlp import join
from models.sampling import consistency, ode


class FACM(MeanVelocity):
    """F(x, t, r) is the velocity at r = t (the anchor) and the average velocity to the data end at r = 1.

    L_total = mean L_CM + mean L_FM: the consistency weight is cos(t pi / 2), the anchor's is constant. Off by default:
    the paper's `clip` of g and its `normalise` of L_CM, which bias the mean of a noisy target in few dimensions, and
    its 1 - cos(F, v). Its alpha = 1 - sqrt(t) damps a noisy target; a noise-free one would only be learnt more slowly.
    """

    title = "FACM"
    noise_time, data_time = 0.0, 1.0
    sampler = "renoising"
    to_data_only = True
    renoise_until = 0.25  # a later return keeps more of an earlier jump's error, and adds its own

    def __init__(self, dim, hidden, generators, clip=None, normalise=False):
        super().__init__(dim, hidden, generators)
        self.clip, self.normalise = clip, normalise

    def F(self, x, t, r):
        return self.net(join(x, t, r - t))

    def velocity(self, x, t):
        return self.F(x, t, t)

    def jump(self, x, t, r):
        return x + (r - t) * self.F(x, t, r)

    def loss(self, x, z, t):
        x_t, v = t * x + (1 - t) * z, x - z
        # both tasks in one pass: r = 1 with its derivative d/dt along (x: v, t: 1), and r = t
        F, dF = self.net.tangent(torch.cat([join(x_t, t, 1 - t), join(x_t, t, 0)], 1), join(v, 1, -1))
        L_CM = torch.cos(t * math.pi / 2).squeeze(-1) * self.consistency_loss(F.chunk(2, 1)[0], dF, v, t)
        return L_CM + (F.chunk(2, 1)[1] - v).square().sum(-1)

    def consistency_loss(self, F, dF, v, t):
        g = self.bounded(F.detach() - (v + (1 - t) * dF))
        if self.clip is not None:
            g = g.clamp(-self.clip, self.clip)
        alpha = 1 if self.noise_free else 1 - t.sqrt()
        e2 = (F - F.detach() + alpha * g).square().sum(-1)  # the target is F - alpha g
        return e2 / (e2.detach() + 1e-3).sqrt() if self.normalise else e2

    def floor(self, data, reference):
        """At the exact F, where the noise of g is J (v - E[v | x_t]), J that of the map to the data: data/floors.py."""
        own = self.keeps(FACM, "sample_times", "loss", "consistency_loss")
        if not own or self.clip is not None or self.normalise:
            return math.nan
        return reference.flow_matching_floor + reference.consistency_floor

    def path(self, z, steps):  # the ODE of the anchor velocity
        return ode(self, z, steps)

    def sample(self, z, steps):  # with fresh noise between the steps
        return consistency(self, z, steps, torch.Generator(z.device).manual_seed(0))[-1]
