"""Non-identifiable decoder: a generator trained on random pairs (z, x), and why it collapses."""

import math

from models.base import Model
from models.base_mlp import MLP


class Decoder(Model):
    """x_hat = g(z) with z ~ N(0, I) paired with a random x in every batch.

    z says nothing about its x, so the minimiser of E|x - g(z)|^2 is the constant g(z) = E[x], and its loss is the
    variance of x: mode and mean collapse.
    """

    title = "Decoder"
    exact = "mean"

    def __init__(self, dim, hidden, generators):
        super().__init__()
        self.g = MLP((dim, *hidden, dim), generators)

    def loss(self, x, z):
        return (x - self.g(z)).square().sum(-1)

    def generate(self, z):
        return self.g(z)

    def floor(self, data, reference):
        return data.var(1, unbiased=False).sum(-1).mean().item() if self.exact == "mean" else math.nan
