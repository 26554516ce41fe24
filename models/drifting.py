"""Generative modelling by drifting, Deng et al. 2602.04770: samples learn to be where a field would carry them."""

from typing import ClassVar

import torch

from models.base import Model
from models.base_mlp import MLP
from models.kernels import algorithm_2, mean_shift, mean_shift_of_law

WIDER = 4  # the second kernel, which finds modes that the first one is too narrow to see


class Drifting(Model):
    """L = |f(z) - sg(f(z) + V(f(z)))|^2 = |V|^2, V = V+ - V-: attraction by the data, repulsion by other samples.

    V+(x) = E_p[k(x, y) (y - x)] / E_p[k(x, y)] (eq. 8) over the data of the batch, or over the law of the data; V- the
    same over the samples of the batch. For a Gaussian kernel of width h, V = h^2 grad log(p_h / q_h), with p_h and q_h
    the densities blurred by h: 0 only if they agree. `paper` is Algorithm 2: exp(-|x - y| / h), normalised over x, too.
    There is neither time nor path, and which z becomes which x is left open.
    """

    title = "Drifting"
    settings: ClassVar = {
        "bandwidth": (0.4, 1e-3, 1e3, "width of the narrower of two kernels; the other is four times as wide"),
        "attraction": (
            "data",
            ("data", "law"),
            "what attracts drifting's samples: the batch's data, or their law",
        ),
        "kernel": ("gaussian", ("gaussian", "paper"), "a Gaussian, or the Laplace kernel with two normalisations"),
    }

    def __init__(self, dim, hidden, generators, bandwidth=0.4, attraction="data", kernel="gaussian"):
        super().__init__()
        self.f = MLP((dim, *hidden, dim), generators)
        self.bandwidth, self.attraction, self.kernel = bandwidth, attraction, kernel

    def loss(self, x, z):
        f = self.f(z)
        return (f - f.detach() - self.field(f, x)).square().sum(-1)

    @torch.no_grad()
    def field(self, f, x):
        return sum(self.drift(f, x, h) for h in (self.bandwidth, WIDER * self.bandwidth)) / 2

    def drift(self, f, x, h):
        """The field of kernels of one width h."""
        if self.kernel == "paper":
            return algorithm_2(f, x, h)
        V_plus = mean_shift(f, x, h) if self.attraction == "data" else mean_shift_of_law(f, self.law, h)
        return V_plus - mean_shift(f, f, h)

    def generate(self, z):
        return self.f(z)

    def floor(self, data, reference):
        return 0.0
