"""Noise for samplers that draw some on their way."""

import torch

from data.exact import stratified


def even_noise(x, generator, source=None):
    """A draw of N(0, I), or of a mixture, for each of the states x (S, B, D), even over the batch and over neighbours.

    The states in order along a random direction get the successive points of a lattice with a random shift (the idea of
    array-RQMC, L'Ecuyer, Lécot & Tuffin 2008; the lattice is the additive recurrence of the generalised golden ratio).
    """
    D = x.shape[-1] + (source is not None)  # one more to choose the component
    along = torch.randn(x.shape[-1], generator=generator, device=x.device)
    shift = torch.rand(D, generator=generator, device=x.device)
    rank = (x @ along.to(x.dtype)).argsort(1).argsort(1)
    ratio = 1.0
    for _ in range(40):
        ratio = (1 + ratio) ** (1 / (D + 1))
    step = ratio ** -torch.arange(1, D + 1, device=x.device, dtype=torch.float64)
    u = ((rank[..., None] * step + shift) % 1).clamp(1e-9, 1 - 1e-9)
    if source is None:
        return torch.special.ndtri(u).to(x.dtype)
    return torch.from_numpy(stratified(source, u.flatten(0, 1).cpu().numpy())).to(x).reshape(x.shape)
