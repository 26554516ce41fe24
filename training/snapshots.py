"""What is kept of a model while it trains: enough to draw it and to measure it, yet little per epoch."""

import copy

import numpy as np
import torch

from data.synthetic import target
from evaluation import evaluate
from evaluation.metrics import sliced_w2
from evaluation.reference import Reference
from models import own_module
from models.base import Flow

VERTICES = 21  # of a recorded path, about; halfway is one of them


class Recorder:
    """Takes the snapshots of one run.

    A snapshot is a dict of CPU tensors: what the model's own `record` returns, the first seed's weights in half
    precision, sliced_w2 (S,) of the samples to the exact target, and the excess_error of a flow with an exact answer.
    """

    def __init__(self, model, settings, device):
        self.record = own_module("training.train_", settings["model"]).record
        self.target = target(settings["dataset"])
        known = isinstance(model, Flow) and model.exact
        self.probe = FieldProbe(Reference(settings["dataset"]).field(model.exact), device) if known else None

    @torch.no_grad()
    def __call__(self, epoch, model, z, x):
        """The snapshot of a model at an epoch, with the noise z (S, N, D) and the data x (S, n, D)."""
        shot = self.record(model, z, x)
        shot["weights"] = first_weights(model).half()
        if self.probe:
            shot["excess_error"] = self.probe(model, len(x))
        shot = {"epoch": torch.tensor(epoch), **{name: value.cpu() for name, value in shot.items()}}
        with np.errstate(all="ignore"):  # samples of a diverging model may be anything
            return shot | {"sliced_w2": torch.from_numpy(sliced_w2(shot["samples"].numpy(), self.target))}


class FieldProbe:
    """The excess error E|v - v_exact|² at the reference's points, as `evaluate` measures it, for every snapshot."""

    def __init__(self, field, device):
        points, s, answers = field
        self.s = np.repeat(s, len(points[0]))
        self.x, self.v = torch.tensor(np.array([points, answers]), dtype=torch.float32, device=device).flatten(1, 2)

    def __call__(self, model, n_seeds):
        """(S,): the mean over points of the squared distance, in progress from noise (s = 0) to data (s = 1)."""
        direction = model.data_time - model.noise_time
        t = torch.tensor(model.noise_time + direction * self.s, dtype=torch.float32, device=self.x.device)
        t = t[:, None].expand(n_seeds, -1, -1)
        v = direction * model.velocity(self.x.expand(n_seeds, -1, -1), t)
        return (v - self.v).square().sum(-1).mean(1)


# ---- for the `record` functions of the models ----------------------------------------------------------------------


def path(one, z, steps):
    """The path of some of the noise z (S, N, D) in a model of one seed, at about 21 evenly spaced times: (T, M, D)."""
    return few_times(one.path(few_points(z[:1]), steps))[:, 0]


def one_jump_and_many(model, z, x):
    """Where one jump, or Euler step, takes the noise z (S, N, D), and the path of sixteen."""
    return {"samples": model.generate(z), "path": path(first_seed(model), z, 16)}


def round_trip(model, x, n):
    """Latents and reconstructions of the first seed's first n data, and the error of all data x (S, N, D)."""
    latent, reconstruction, error = evaluate.round_trip(model, x)
    return {"latent": latent[0, :n], "reconstruction": reconstruction[0, :n], "reconstruction_error": error}


def first_weights(model):
    """The weights of a model's first seed as one vector (P,), in the order of its parameters."""
    return torch.cat([p[0].ravel() for p in model.parameters()])


def few_points(z):
    """Of 256 noise points (..., N, D), 80 in 1D, evenly as they are sorted; in 2D the first 128, Sobol points."""
    if z.shape[-1] > 1:
        return z[..., : z.shape[-2] // 2, :]
    return z[..., np.linspace(0, z.shape[-2] - 1, 82).round().astype(int)[1:-1], :]


def few_times(path):
    """A path (T + 1, ...) at about 21 evenly spaced times."""
    return path[:: max(1, (len(path) - 1) // (VERTICES - 1))]


def first_seed(model):
    """The model with the weights of its first seed only: the paths of the others are not drawn."""
    one = copy.deepcopy(model)
    for p in one.parameters():
        p.data = p.data[:1].clone()
    return one
