"""Variational autoencoder, Kingma & Welling 1312.6114, and its beta variant, Higgins et al. (ICLR 2017)."""

from typing import ClassVar

import torch

from models.base import Encoder
from models.base_mlp import MLP


class VAE(Encoder):
    """q(z|x) = N(mu, diag sigma^2); loss = |x - x_hat|^2 + beta KL(q(z|x) || N(0, I)), sums over dimensions.

    A squared error with weight 1 is, up to a constant, -log N(x; x_hat, I/2): the likelihood has variance 1/2, and
    every density of this model must use it.
    """

    title = "VAE, β = 1"
    beta = 1.0
    likelihood_variance = 0.5

    def __init__(self, dim, hidden, generators):
        super().__init__()
        self.f = MLP((dim, *hidden, 2 * dim), generators)
        self.g = MLP((dim, *hidden, dim), generators)

    def posterior(self, x):
        """Mean and log variance of q(z|x), both (S, B, D)."""
        return self.f(x).chunk(2, -1)

    def encode(self, x, z):
        """z_hat = mu + sigma z: a draw from q(z|x) for noise z (eq. 4)."""
        mu, log_variance = self.posterior(x)
        return mu + torch.exp(log_variance / 2) * z

    def decode(self, z):
        return self.g(z)

    def kl(self, x):
        """KL(q(z|x) || N(0, I)) in nats, (S, B) (appendix B)."""
        mu, log_variance = self.posterior(x)
        return 0.5 * (mu.square() + log_variance.exp() - log_variance - 1).sum(-1)

    def loss(self, x, z):
        mu, log_variance = self.posterior(x)
        x_hat = self.decode(mu + torch.exp(log_variance / 2) * z)
        kl = 0.5 * (mu.square() + log_variance.exp() - log_variance - 1).sum(-1)
        return (x - x_hat).square().sum(-1) + self.beta * kl


class BetaVAE(VAE):
    """The same with a heavier KL: closer to the prior, at the price of the reconstruction."""

    title = "VAE, β = {beta:g}"
    settings: ClassVar = {"beta": (10.0, 0.0, 1e6, "weight of the KL")}

    def __init__(self, dim, hidden, generators, beta=10.0):
        super().__init__(dim, hidden, generators)
        self.beta, self.title = beta, type(self).title.format(beta=beta)
