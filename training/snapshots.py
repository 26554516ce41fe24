"""What is kept of a model while it trains: enough to draw it and to measure it, yet little per epoch."""

import copy

import numpy as np
import torch

from data.exact import ExactFlow
from data.synthetic import target
from evaluation.metrics import sliced_w2
from models import own_module
from models.base import Flow

VERTICES = 25  # of a recorded path
TIMES, POINTS = 8, 64  # of the probe of a flow's field


class Recorder:
    """Takes the snapshots of one run.

    A snapshot is a dict of CPU tensors: what the model's own `record` returns, the first seed's weights in half
    precision, sliced_w2 (S,) of the samples to the exact target, and for a flow of independent pairs its excess error.
    """

    def __init__(self, model, settings, device):
        self.record = own_module("training.train_", settings["model"]).record
        self.target = target(settings["dataset"])
        independent = isinstance(model, Flow) and model.exact == "flow"
        self.probe = FieldProbe(self.target, device) if independent else None

    @torch.no_grad()
    def __call__(self, epoch, model, z, x):
        """The snapshot of a model at an epoch, with the noise z (S, N, D) and the data x (S, n, D)."""
        shot = self.record(model, z, x)
        shot["weights"] = first_weights(model).half()
        if self.probe:
            shot["excess"] = self.probe(model, len(x))
        shot = {"epoch": torch.tensor(epoch), **{name: value.cpu() for name, value in shot.items()}}
        with np.errstate(all="ignore"):  # samples of a diverging model may be anything
            return shot | {"sliced_w2": torch.from_numpy(sliced_w2(shot["samples"].numpy(), self.target))}


class FieldProbe:
    """E |v - v_exact|^2 at fixed points of the exact marginals; cheap enough for every snapshot."""

    def __init__(self, mixture, device):
        exact = ExactFlow(mixture)
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


# ---- for the `record` functions of the models ----------------------------------------------------------------------


def path(one, z, steps):
    """The path of some of the noise z (S, N, D) in a model of one seed, at about 25 evenly spaced times: (T, M, D)."""
    return few_times(one.path(few_points(z[:1]), steps))[:, 0]


def first_weights(model):
    """The weights of a model's first seed as one vector (P,), in the order of its parameters."""
    return torch.cat([p[0].ravel() for p in model.parameters()])


def few_points(z):
    """Of 256 noise points (..., N, D), 64 in 1D, every fourth as they are sorted; in 2D the first 128, Sobol points."""
    return z[..., ::4, :] if z.shape[-1] == 1 else z[..., : z.shape[-2] // 2, :]


def few_times(path):
    """A path (T + 1, ...) at about 25 evenly spaced times."""
    return path[:: max(1, (len(path) - 1) // (VERTICES - 1))]


def first_seed(model):
    """The model with the weights of its first seed only: the paths of the others are not drawn."""
    one = copy.deepcopy(model)
    for p in one.parameters():
        p.data = p.data[:1].clone()
    return one
