"""The excess error of a flow while it trains: how far its velocity is from the exact one."""

import numpy as np
import torch

from data.exact import ExactFlow
from data.synthetic import target

TIMES, POINTS = 8, 64


class FieldProbe:
    """E |v - v_exact|^2 at fixed points of the exact marginals; cheap enough for every snapshot."""

    def __init__(self, dataset, device):
        exact = ExactFlow(target(dataset))
        self.s = (np.arange(TIMES) + 0.5) / TIMES
        points = [exact.marginal(s).sample(POINTS, np.random.default_rng(6)) for s in self.s]
        answers = [exact.velocity(x, s) for x, s in zip(points, self.s, strict=True)]
        self.x, self.v = torch.tensor(np.array([points, answers]), dtype=torch.float32, device=device).flatten(1, 2)

    def __call__(self, model, n_seeds):
        """(S,): the mean over points of the squared distance, in progress from noise (s = 0) to data (s = 1)."""
        direction = model.data_time - model.noise_time
        t = torch.tensor(model.noise_time + direction * self.s, dtype=torch.float32, device=self.x.device)
        t = t.repeat_interleave(POINTS)[:, None].expand(n_seeds, -1, -1)
        v = direction * model.velocity(self.x.expand(n_seeds, -1, -1), t)
        return (v - self.v).square().sum(-1).mean(1)
