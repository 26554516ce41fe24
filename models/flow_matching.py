"""Flow matching, Lipman et al. 2210.02747, with the straight paths of Liu et al. 2209.03003.

Time runs from noise (t = 0) to data (t = 1): x_t = t x + (1 - t) z.
"""

import math

from models.base import Flow
from models.base_mlp import join


class FlowMatching(Flow):
    """Regress v(x_t, t) on the velocity x - z of random straight lines.

    The minimiser is v(x, t) = E[x - z | x_t = x]; its loss is not 0 but E Var(x - z | x_t).
    """

    title = "Flow matching"
    noise_time, data_time = 0.0, 1.0
    steps = 100

    def velocity(self, x, t):
        return self.net(join(x, t))

    def loss(self, x, z, t):
        x_t = t * x + (1 - t) * z
        return (self.velocity(x_t, t) - (x - z)).square().sum(-1)

    def floor(self, data, reference):
        return reference.flow_matching_floor if self.exact == "flow" else math.nan
