"""Fields that carry samples towards data: drifting's attraction and repulsion, Deng et al. 2602.04770."""

import torch


def mean_shift(x, y, h):
    """E[k(x, y) (y - x)] / E[k(x, y)] over the points y (S, M, D), at each of x (S, B, D)."""
    return (-torch.cdist(x, y).square() / (2 * h**2)).softmax(-1) @ y - x


def mean_shift_of_law(x, law, h):
    """The same over a mixture: sum_k gamma_k(x) h^2 (S_k + h^2 I)^-1 (m_k - x).

    gamma_k: the posterior of component k after blurring.
    """
    parts = law.weights, law.means, law.covariances
    weights, means, S = (torch.tensor(a, dtype=x.dtype, device=x.device) for a in parts)
    blurred = S + h**2 * torch.eye(x.shape[-1], dtype=x.dtype, device=x.device)
    away = means - x[..., None, :]  # (S, B, K, D)
    pull = torch.einsum("kde,sbke->sbkd", torch.linalg.inv(blurred), away)
    gamma = (weights.log() - 0.5 * (torch.logdet(blurred) + (away * pull).sum(-1))).softmax(-1)
    return h**2 * (gamma[..., None] * pull).sum(-2)


def algorithm_2(f, x, tau):
    """The paper's field: affinities normalised over both sides, no sample repelling itself; either part weighs both."""
    itself = 1e6 * torch.eye(f.shape[1], dtype=f.dtype, device=f.device)
    logits = torch.cat([-torch.cdist(f, x) / tau, -(torch.cdist(f, f) + itself) / tau], -1)
    A = (logits.softmax(-1) * logits.softmax(-2)).sqrt()
    A_x, A_f = A[..., : x.shape[1]], A[..., x.shape[1] :]
    return (A_x * A_f.sum(-1, keepdim=True)) @ x - (A_f * A_x.sum(-1, keepdim=True)) @ f
