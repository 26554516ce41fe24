"""What a snapshot keeps of a path: enough to draw, little enough to keep for every epoch."""

import copy

VERTICES = 25


def path(one, z, steps):
    """A model's path, which has one seed, of some of the noise z (S, N, D), at about 25 even times: (T, M, D)."""
    return few_times(one.path(few_points(z[:1]), steps))[:, 0]


def first_weights(model):
    """The weights of a model's first seed as one vector (P,), in the order of its parameters."""
    import torch  # here: its import would slow the start of every training script

    return torch.cat([p[0].ravel() for p in model.parameters()])


def few_points(z):
    """64 (1D) or 128 (2D) of 256 noise points (..., N, D): sorted in 1D, so every fourth; else of a Sobol sequence."""
    return z[..., ::4, :] if z.shape[-1] == 1 else z[..., : z.shape[-2] // 2, :]


def few_times(path):
    """About 25 even times of a path (T + 1, ...)."""
    return path[:: max(1, (len(path) - 1) // (VERTICES - 1))]


def first_seed(model):
    """The model with the weights of its first seed alone: nobody looks at the paths of the others."""
    one = copy.deepcopy(model)
    for p in one.parameters():
        p.data = p.data[:1].clone()
    return one
