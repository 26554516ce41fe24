"""The plain way, as a baseline: one seed, torch.nn.Linear, torch.func.jvp, and torch.optim.Adam with its defaults.

The formulas are those of models/, as one would write them without the seed axis and the explicit tangent.
"""

import math

import torch
from torch import nn
from torch.func import jvp


def network(inputs, outputs, hidden=(32, 64, 32)):
    sizes = (inputs, *hidden, outputs)
    layers = [nn.Linear(a, b) for a, b in zip(sizes[:-1], sizes[1:], strict=True)]
    return nn.Sequential(*[part for layer in layers for part in (layer, nn.SiLU())][:-1])


def squared(x):
    return x.square().sum(-1).mean()


class Plain:
    """A model of one seed and its trainer; step() trains on a fresh batch from 512 fixed points."""

    def __init__(self, name, dim=1, batch=64):
        torch.manual_seed(0)  # as a plain script would, with the global seed
        self.data, self.batch, self.dim = torch.randn(512, dim), batch, dim
        extra = {"fm": 1, "meanflow": 2, "facm": 2, "backflow": 2}.get(name, 0)
        self.net = network(dim + extra, dim)
        self.encoder = network(dim, 2 * dim if name.startswith("vae") else dim)
        self.loss = getattr(self, name)
        parameters = [*self.net.parameters(), *(self.encoder.parameters() if name in ("ae", "vae", "vae_beta") else ())]
        self.optimizer = torch.optim.Adam(parameters, lr=1e-3)

    def step(self):
        x = self.data[torch.randint(len(self.data), (self.batch,))]
        loss = self.loss(x, torch.randn_like(x))
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()

    def decoder(self, x, z):
        return squared(x - self.net(z))

    def ae(self, x, z):
        return squared(x - self.net(self.encoder(x)))

    def vae(self, x, z, beta=1.0):
        mu, log_variance = self.encoder(x).chunk(2, -1)
        kl = 0.5 * (mu.square() + log_variance.exp() - log_variance - 1).sum(-1).mean()
        return squared(x - self.net(mu + torch.exp(log_variance / 2) * z)) + beta * kl

    def vae_beta(self, x, z):
        return self.vae(x, z, 10.0)

    def fm(self, x, z):
        t = torch.rand(len(x), 1)
        return squared(self.net(torch.cat([t * x + (1 - t) * z, t], -1)) - (x - z))

    def u(self, z, r, t):
        return self.net(torch.cat([z, t, t - r], -1))

    def meanflow(self, x, e):
        t, r = torch.rand(2, len(x), 1).sort(0, descending=True).values
        r = torch.where(torch.rand_like(r) < 0.5, t, r)
        z, v = (1 - t) * x + t * e, e - x
        u, dudt = jvp(self.u, (z, r, t), (v, torch.zeros_like(r), torch.ones_like(t)))
        return squared(u - (v - (t - r) * dudt).detach())

    def backflow(self, x, e):
        t, r = torch.rand(2, len(x), 1)
        r = torch.where(torch.rand_like(r) < 0.25, t, r)
        z = (1 - t) * x + t * e
        v = self.u(z, t, t).detach()
        u, dudt = jvp(self.u, (z, r, t), (v, torch.zeros_like(r), torch.ones_like(t)))
        return squared(u + (t - r) * dudt.detach() - (e - x))

    def F(self, x, t, r):
        return self.net(torch.cat([x, t, r - t], -1))

    def facm(self, x, z):
        t = torch.rand(len(x), 1)
        x_t, v, one = t * x + (1 - t) * z, x - z, torch.ones_like(t)
        F, dF = jvp(self.F, (x_t, t, one), (v, one, torch.zeros_like(t)))
        target = F.detach() - (1 - t.sqrt()) * (F - (v + (1 - t) * dF)).detach()
        weight = torch.cos(t * math.pi / 2).squeeze(-1)
        return (weight * (F - target).square().sum(-1)).mean() + squared(self.F(x_t, t, t) - v)
