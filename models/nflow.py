"""Normalising flow by maximum likelihood: one rational-quadratic spline (1906.04032) in 1D, couplings of them in 2D."""

import math
from typing import ClassVar

import torch
from torch import nn

from models.base import Encoder
from models.base_mlp import MLP
from models.spline import spline

REACH, BINS = 8.0, 12  # where splines bend, and how often


class NormalisingFlow(Encoder):
    """z = f(x) is a bijection, so log p(x) = log N(f(x); 0, I) + log |det df/dx|; the loss is -log p(x), in nats.

    In 2D each layer bends one coordinate by a spline that a network chooses by the other one (RealNVP, 1605.08803).
    The least loss is the entropy of the data, and the rest is KL(p || model). In 1D there is one increasing map that
    takes the data to the noise, so that is the exact answer.
    """

    title = "Normalising flow"
    exact = "transport"
    signed = True
    settings: ClassVar = {"layers": (2, 1, 64, "couplings of nflow in 2D")}

    def __init__(self, dim, hidden, generators, layers=2):
        super().__init__()
        self.dim, sizes = dim, 3 * BINS - 1
        if dim == 1:
            self.parameters_1d = nn.Parameter(torch.zeros(len(generators), 1, sizes, device=generators[0].device))
        else:
            self.exact = None
            self.nets = nn.ModuleList([MLP((1, *hidden, sizes), generators) for _ in range(layers)])

    def walk(self, x, inverse=False):
        """x (S, B, D) through all layers: where it goes, and log |det| (S, B)."""
        if self.dim == 1:
            y, log_slope = spline(x.squeeze(-1), self.parameters_1d, REACH, inverse)
            return y[..., None], log_slope
        total = 0.0
        for i in reversed(range(len(self.nets))) if inverse else range(len(self.nets)):
            still, moved = (x[..., j : j + 1] for j in (i % 2, 1 - i % 2))
            moved, log_slope = spline(moved.squeeze(-1), self.nets[i](still), REACH, inverse)
            pair = (still, moved[..., None])
            x, total = torch.cat(pair if i % 2 == 0 else pair[::-1], -1), total + log_slope
        return x, total

    def encode(self, x, z=None):
        return self.walk(x)[0]

    def decode(self, z):
        return self.walk(z, inverse=True)[0]

    def log_prob(self, x):
        z, log_slope = self.walk(x)
        return log_slope - 0.5 * (z.square() + math.log(2 * math.pi)).sum(-1)

    def loss(self, x, z):
        return -self.log_prob(x)

    def floor(self, data, reference):
        return reference.entropy
