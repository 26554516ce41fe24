"""Non-identifiable decoder: a generator trained on random pairs (z, x), and why it collapses."""

from torch import nn

from models.base_mlp import MLP


class Decoder(nn.Module):
    """x_hat = g(z) with z ~ N(0, I) paired with a random x in every batch.

    z says nothing of its x, so the minimiser of E|x - g(z)|^2 is the constant g(z) = E[x], and its loss is the
    variance of x: mode and mean collapse.
    """

    title = "Decoder"

    def __init__(self, dim, hidden, generators):
        super().__init__()
        self.g = MLP((dim, *hidden, dim), generators)

    def sample_times(self, shape, generator):
        return ()

    def loss(self, x, z):
        return (x - self.g(z)).square().sum(-1)

    def generate(self, z):
        return self.g(z)
