"""Pairs that a flow has made: noise z and the data Φ(z) where it ends, for rectified flow's second round (2209.03003).

"learnt": flow matching, trained first with the settings and the seeds of the run itself; "exact": the flow of the law,
whose map has no error. The two tell the teacher's error from that of the idea.
"""

import numpy as np
import torch

from data.synthetic import noise
from evaluation.reference import Reference
from models import TEACHER
from models.sampling import heun, ode
from training.settings import settings as complete

POOL = 2**13  # noise points whose ends are computed; a run draws its pairs from them
STEPS = 32  # of Heun's method along a learnt flow


class Taught:
    """The pairs of an epoch, from a pool of noise z (POOL, D) and its ends Φ(z).

    ends: (S or 1, POOL + N, D), the last N of them those of the noise that snapshots follow: `followed` (N, D), for
    pictures, of the first seed.
    """

    def __init__(self, pool, ends, device):
        self.pool, ends = (torch.as_tensor(a, dtype=torch.float32, device=device) for a in (pool, ends))
        self.ends, self.followed = ends[:, : len(pool)], ends[0, len(pool) :].cpu()
        self.all_ends = ends.cpu()

    def __call__(self, order, z, *times):
        """(Φ(z), z), both (S, n, D): for each noise z (S, n, D) the point of the pool that has its rank.

        Which points those are is chance, from the seed's own generator. In 1D they lie as near to z as the pool allows.
        """
        rank = torch.searchsorted(self.pool[:, 0].contiguous(), z[..., 0].contiguous())
        which = rank.clamp(0, len(self.pool) - 1)
        ends = self.ends.expand(len(z), -1, -1)
        return ends.gather(1, which[..., None].expand_as(z)), self.pool[which]


def pool(dataset):
    """Noise points in the order of their first coordinate, (POOL, D); and with the noise that snapshots follow."""
    reference = Reference(dataset)
    z = noise(POOL, reference.dim, np.random.default_rng(0), reference.source)
    z = z[np.argsort(z[:, 0])]
    return z, np.concatenate([z, reference.followed()])


def taught_by_the_law(dataset, device):
    z, points = pool(dataset)
    return Taught(z, Reference(dataset).exact.flow_map(points, 0, 1)[None], device)


@torch.no_grad()
def taught_by(model, dataset, device):
    """model: a trained flow of S seeds."""
    (z, points), seeds = pool(dataset), len(next(model.parameters()))
    points = torch.tensor(points, dtype=torch.float32, device=device)
    blocks = [ode(model, part.expand(seeds, -1, -1), STEPS, heun)[-1] for part in points.split(512)]
    return Taught(z, torch.cat(blocks, 1), device)


def taught_again(ends, dataset, device):
    """The pairs of a run that was interrupted: its `all_ends`."""
    return Taught(pool(dataset)[0], ends, device)


def teacher_settings(settings):
    """The settings of the learnt teacher: those of the run, as far as they are its own, too."""
    known = complete(TEACHER, settings["dim"])
    changed = {name: value for name, value in settings.items() if name in known and name not in ("model", "dim")}
    return complete(TEACHER, settings["dim"], **changed | {"viz_freq": settings["epochs"]})
