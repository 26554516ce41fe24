"""What a pair of data x and noise z stands for in a loss: itself, or the mean of all pairs that pass through its state.

The loss of a flow sees a pair in two ways: as the state y = (1 - l) x + l z between them, l the noise level, and,
linearly within a square, as the velocity x - z. Many pairs pass through y, and the expected gradient knows only the
mean of their velocities. The rest is noise, and a loss with the network's derivative in its target multiplies it by the
squared slope of the flow map (data/floors.py): that, not the data and not the network, is what limits one-step models
here. So a pair may be replaced by its mean given y,

    x̂ = E[x | y],  ẑ = E[z | y],  (1 - l) x̂ + l ẑ = y,

which passes through the same state, and the loss stays as it is. "marginal": the mean over the training points, which
leaves the expected gradient what it was (Rao-Blackwell; of diffusion models the stable target field, Xu et al.
2302.00670). "exact": the mean over the law, a diagnosis: what is left is the network. "conditional": the pair itself,
as in the papers.
"""

import math

import torch

BLOCK = 512  # points whose mean is taken; of more points the epoch's order is cut into blocks
LEAST = 2e-3  # noise level below which a pair is its own mean: float32 cannot tell the points' shares there
HALF = 0.5 / math.log(2)  # exp(-d^2 / 2) = 2^(-HALF d^2); exp2 is faster


class Pairs:
    """The pairs of an epoch, for a model's `target`. data: (S, n, D). "exact" needs the model's `law`."""

    def __init__(self, model, data):
        self.model, self.data = model, data
        few = model.target == "marginal" and data.shape[1] <= BLOCK
        self.squared = squared_distances(data) if few else None
        self.memory = torch.empty_like(self.squared[0]) if few else None

    def __call__(self, order, z, *times):
        """(x, z), both (S, n, D): the data in the order (S, n), and the noise z of each."""
        kind, x = self.model.target, along(self.data, order)
        if kind == "conditional" or self.model.noise_level is None:
            return x, z
        level = self.model.noise_level(times[0])
        if kind == "exact":
            return mean_of_law(self.model.law, x, z, level)
        if self.squared is None:
            blocks = (each.tensor_split(-(-z.shape[1] // BLOCK), 1) for each in (x, z, level))
            found = [mean_of_points(*block, squared_distances(block[0])) for block in zip(*blocks, strict=True)]
            return tuple(torch.cat(parts, 1) for parts in zip(*found, strict=True))
        # the distances are those of the data's own order, so that they are computed once
        places = torch.arange(order.shape[1], device=order.device).expand_as(order)
        own = torch.empty_like(order).scatter_(1, order, places)
        found = mean_of_points(self.data, along(z, own), along(level, own), self.squared, self.memory)
        return tuple(along(each, order) for each in found)


def along(values, order):
    """values (S, n, D) in the order (S, n)."""
    return values.gather(1, order[..., None].expand(-1, -1, values.shape[-1]))


def squared_distances(x):
    """|x_i - x_j|^2 of points (S, n, D): (S, n, n), from differences, so that near points keep their digits."""
    return sum((each[:, :, None] - each[:, None]).square() for each in x.unbind(-1))


def mean_of_points(x, z, level, squared, share=None):
    """The mean over the points x (S, n, D) of the pairs through the states (1 - level) x + level z: (x̂, ẑ).

    z: (S, n, D); level: (S, n, 1); squared: the `squared_distances` of x; share: (n, n) memory to work in. State i came
    from point i. With c = (1 - l) / l, point j has the share exp(-|z_i + c (x_i - x_j)|^2 / 2), here relative to that
    of point i.
    """
    c = 1 / level.clamp_min(LEAST) - 1
    slope = z * (2 * HALF * c)
    terms = torch.cat([slope, (slope * x).sum(-1, keepdim=True).neg_()], -1).mT.contiguous()
    scale = (-HALF * c.square()).mT
    points = torch.cat([x, torch.ones_like(c)], -1)
    columns, sums = points.mT.contiguous(), torch.empty_like(terms)
    if share is None:
        share = x.new_empty(x.shape[1], x.shape[1])  # of point j (row) in state i; seed by seed it stays in the cache
    for seed in range(len(x)):
        torch.mul(squared[seed], scale[seed], out=share)
        # no overflow for a noise of up to 11 standard deviations, and no underflow, where exp2 is slow
        share.addmm_(points[seed], terms[seed]).clamp_(-125, 100).exp2_()
        torch.mm(columns[seed], share, out=sums[seed])
    away = torch.where(level < LEAST, 0, x - (sums[:, :-1] / sums[:, -1:]).mT)
    return x - away, z + c * away


def mean_of_law(law, x, z, level):
    """The mean over a mixture of the pairs through the states (1 - level) x + level z, from z ~ N(0, I): (x̂, ẑ)."""
    weights, means, covariances = (torch.tensor(a, device=x.device) for a in (law.weights, law.means, law.covariances))
    variance, axes = torch.linalg.eigh(covariances)  # (K, D), (K, D, D): along its axes each component is independent
    level = level.double().clamp_min(1e-6)
    state = (1 - level) * x + level * z
    away = torch.einsum("snkd,kde->snke", state[:, :, None] - (1 - level[..., None]) * means, axes)
    spread = (1 - level[..., None]).square() * variance + level[..., None].square()  # (S, n, K, D)
    share = (weights.log() - 0.5 * (away.square() / spread + spread.log()).sum(-1)).softmax(-1)
    each = means + torch.einsum("snke,kde->snkd", (1 - level[..., None]) * variance / spread * away, axes)
    mean = (share[..., None] * each).sum(2)
    return mean.float(), ((state - (1 - level) * mean) / level).float()
