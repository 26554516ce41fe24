"""Generative adversarial network with the loss of R3GAN, Huang et al. 2501.05441: two networks, one game."""

import math
from typing import ClassVar

import torch
from torch.nn.functional import softplus

from models.base import Model
from models.base_mlp import MLP


class GAN(Model):
    """D learns to tell data x from samples G(z), pair by pair; G learns to be taken for data. Both step at once.

    L_D = softplus(D(G(z)) - D(x)) + gamma/2 (|grad D(x)|^2 + |grad D(G(z))|^2),  L_G = softplus(D(x) - D(G(z))).
    If samples are distributed like the data, no D is better than a constant, and L_D is log 2; for a fixed G the best D
    without penalty is log p/q, up to a constant. The loss that is recorded is L_D.
    """

    title = "GAN"
    settings: ClassVar = {"gamma": (0.5, 0.0, 1e6, "weight of the gradient penalty")}

    def __init__(self, dim, hidden, generators, gamma=0.5):
        super().__init__()
        self.G, self.D = MLP((dim, *hidden, dim), generators), MLP((dim, *hidden, 1), generators)
        self.gamma = gamma

    def loss(self, x, z):
        fake = self.G(z)
        L_G = softplus(self.D(x, frozen=True) - self.D(fake, frozen=True)).squeeze(-1)
        D_x, slope_x = self.value_and_slope(x)
        D_fake, slope_fake = self.value_and_slope(fake.detach())
        L_D = softplus(D_fake - D_x) + self.gamma / 2 * (slope_x + slope_fake)
        return L_D + L_G - L_G.detach()

    def value_and_slope(self, x):
        """D(x) and |grad D(x)|^2, both (S, B)."""
        with torch.enable_grad():
            x = x.requires_grad_() if x.is_leaf else x
            D = self.D(x).squeeze(-1)
            (slope,) = torch.autograd.grad(D.sum(), x, create_graph=True)
        return D, slope.square().sum(-1)

    def critic(self, x):
        return self.D(x).squeeze(-1)

    def generate(self, z):
        return self.G(z)

    def floor(self, data, reference):
        return math.log(2)
