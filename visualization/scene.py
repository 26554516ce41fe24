"""What stands still in the pictures of a run: target, prior, exact answers, and limits that all models share."""

from functools import cached_property, lru_cache

import numpy as np
import torch

from data.points import is_file, label, units
from evaluation.reference import MAPS, Reference
from evaluation.summary import distinct, summary_of
from models.base import Encoder, Flow
from training.snapshots import VERTICES, few_points
from visualization.stage import Stage


class Scene:
    """A run as the drawing functions see it: NumPy arrays, of the first seed if there is one for each.

    exact: which exact answer is the model's own, see models/__init__.py; islands: whether 2D pictures show two spaces
    side by side, latent and data, instead of one plane that noise and data share.
    """

    def __init__(self, run):
        self.run, self.settings, self.dim = run, run.settings, run.settings["dim"]
        self.stage = Stage(self.settings["dataset"])
        self.target, self.limits = self.stage.target, self.stage.view
        self.z, self.x = run.noise.numpy(), run.data[0, : len(run.noise)].numpy()
        self.epochs = run.snapshots["epoch"].tolist()
        self.exact, self.steps = run.model.exact, run.model.steps
        self.is_flow = isinstance(run.model, Flow)
        self.islands = isinstance(run.model, Encoder) or self.exact == "mean"
        self._arrays = {name: value.numpy() for name, value in run.snapshots.items()}

    def shot(self, k):
        """The arrays of snapshot k; the last one if a diverged run has fewer.

        Of a seed that has diverged the numbers (S,) are NaN; its points stay where its last good weights put them.
        """
        k = min(k, len(self.epochs) - 1)
        shot = {name: value[k] for name, value in self._arrays.items()}
        lost = list(self.lost(shot))
        for name, value in shot.items():
            if lost and value.shape == (self.settings["n_seeds"],):
                shot[name] = value.copy()
                shot[name][lost] = np.nan
        return shot

    def lost(self, shot):
        """The last good epoch of each seed that has diverged by the epoch of a shot, by its place."""
        return {i: epoch for i, epoch in self.run.stopped.items() if epoch < shot["epoch"]}

    @cached_property
    def exact_path(self):
        """The exact paths of the points whose learnt path is drawn, (T, N, D); None if none are the model's answer."""
        if self.exact not in MAPS:
            return None
        start, path = few_points(self.run.noise).numpy(), self._arrays.get("path")
        times = VERTICES if path is None else path.shape[1]
        return exact_path(self.settings["dataset"], self.exact, start.tobytes(), start.shape, times)

    @cached_property
    def latent_reach(self):
        """Half the side of a view of the latents, but the farthest, and the prior: of later snapshots, while good."""
        good = self._arrays["epoch"] <= self.run.stopped.get(0, np.inf)
        latent = np.abs(self._arrays["latent"][good])
        latent = latent[len(latent) // 2 :]
        latent = latent[np.isfinite(latent)]
        return float(np.clip(1.1 * np.percentile(latent, 99.5), 3.5, 20)) if len(latent) else 3.5

    @cached_property
    def latent_scale(self):
        """The scale at which latents are drawn, so that all of them are in view: 1 or less."""
        half = min(map(abs, self.limits[0])) - 0.2 if self.dim == 1 else 3.5
        return min(1.0, half / self.latent_reach)

    @property
    def name(self):
        """The data in words: "two Gaussians in 2D"."""
        return data_name(self.settings)

    @property
    def units(self):
        return units(self.settings["dataset"])

    @property
    def aspect(self):
        """Width over height of the main panel in 2D: that of the plane, or wider for two islands."""
        if self.dim == 1:
            return 1.0
        (x0, x1), (y0, y1) = self.stage.islands[2] if self.islands else self.limits
        return (x1 - x0) / (y1 - y0)

    @cached_property
    def floor(self):
        """The loss of the exact answer, NaN if it is not known."""
        if "rows" in self.run.measures:
            return summary_of(self.run)["final_loss", None][2]
        return float(self.run.model.floor(self.run.data, Reference(self.settings["dataset"])))

    @cached_property
    def pairs(self):
        """Noise and data points as they are paired in training: (z, x), both (256, D), in 1D with rising noise."""
        rng, n = np.random.default_rng(0), len(self.z)
        if "taught" in self._arrays:  # the teacher's ends, recorded while it was there
            order = rng.permutation(n) if self.dim > 1 else np.argsort(self.z[:, 0])
            return self.z[order], self._arrays["taught"][-1][order]
        both = self.x[rng.permutation(np.resize(np.arange(len(self.x)), n))], self.z[rng.permutation(n)]
        x, z = (torch.from_numpy(points)[None].split(self.settings["batch_size"], 1) for points in both)
        paired = [self.run.model.pair(*batch) for batch in zip(x, z, strict=True)]
        x, z = (torch.cat(part, 1)[0].numpy() for part in zip(*paired, strict=True))
        order = np.argsort(z[:, 0]) if self.dim == 1 else slice(None)
        return z[order], x[order]


def titled(runs):
    """{title: run} for a page of many models."""
    return dict(zip(distinct([run.model.title for run in runs]), runs, strict=True))


def data_name(settings):
    """The data of a run in words: "two Gaussians in 2D"."""
    words = label(settings["dataset"])
    if not is_file(words):
        words = words.removesuffix("_1d").replace("_", " ").replace("gauss", "Gauss")
    return f"{words} in {settings['dim']}D"


@lru_cache(maxsize=8)
def exact_path(dataset, kind, start, shape, times):
    """Shared by all models of a process that follow the same noise points."""
    x = np.frombuffer(start, dtype=np.float32).reshape(shape)
    return Reference(dataset).answer(kind).path(x, np.linspace(0, 1, times))
