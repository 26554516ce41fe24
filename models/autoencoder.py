"""Autoencoder: perfect reconstruction, but nothing makes the latent follow the prior."""

from models.base import Encoder
from models.base_mlp import MLP


class Autoencoder(Encoder):
    """z_hat = f(x), x_hat = g(z_hat), squared error; the latent has the data's dimension.

    The loss never sees the prior N(0, I), so decoding prior samples lands wherever the latent happens to be.
    """

    title = "Autoencoder"

    def __init__(self, dim, hidden, generators):
        super().__init__()
        self.f = MLP((dim, *hidden, dim), generators)
        self.g = MLP((dim, *hidden, dim), generators)

    def encode(self, x, z=None):  # not random
        return self.f(x)

    def decode(self, z):
        return self.g(z)

    def loss(self, x, z):
        return (x - self.decode(self.encode(x))).square().sum(-1)
