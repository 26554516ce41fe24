"""Which noise of a batch belongs to which of its data."""

import torch

from data.assignment import optimal_assignment


def optimal_pairs(x, z):
    """The noise z (S, B, D) in the order that pairs it with x at the least total squared distance, seed by seed.

    Minibatch optimal transport, Tong et al. 2302.00482 and Pooladian et al. 2304.14772. In 1D both are sorted; else it
    is scipy's assignment, which takes as long as some training steps for batches of 64 and grows as B^3.
    """
    if x.shape[-1] == 1:
        return z.sort(1).values.gather(1, x.argsort(1).argsort(1))
    order = [torch.from_numpy(optimal_assignment(*points)) for points in zip(x.cpu(), z.cpu(), strict=True)]
    return z.gather(1, torch.stack(order).to(z.device)[..., None].expand_as(z))
