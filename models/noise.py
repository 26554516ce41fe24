"""Noise for samplers that draw some on their way."""

import torch


def even_noise(x, generator):
    """A draw of N(0, I) for each of the states x (S, B, D), evenly spread over the batch and over neighbours.

    The states in order along a random direction get the successive points of a lattice with a random shift (the idea of
    array-RQMC, L'Ecuyer, Lécot & Tuffin 2008; the lattice is the additive recurrence of the generalised golden ratio).
    """
    D = x.shape[-1]
    along, shift = (f(D, generator=generator, device=x.device) for f in (torch.randn, torch.rand))
    rank = (x @ along.to(x.dtype)).argsort(1).argsort(1)
    ratio = 1.0
    for _ in range(40):
        ratio = (1 + ratio) ** (1 / (D + 1))
    step = ratio ** -torch.arange(1, D + 1, device=x.device, dtype=torch.float64)
    u = (rank[..., None] * step + shift) % 1
    return torch.special.ndtri(u.clamp(1e-9, 1 - 1e-9)).to(x.dtype)
