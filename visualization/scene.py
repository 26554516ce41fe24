"""What stands still in the pictures of a run: target, prior, exact paths, and limits that all models share."""

from functools import cached_property, lru_cache

import numpy as np

from data.exact import ExactFlow
from data.points import Points, is_file, label, units
from data.synthetic import target
from training.record import few_points

FLATTEST, TALLEST = 1.7, 1.0  # width over height of two islands, whatever the shape of the data
REACH = 3.2  # standard deviations of the prior and of the target's components that limits enclose


class Scene:
    """A run as the drawing functions see it: NumPy arrays, of the first seed where there is one for each."""

    def __init__(self, run):
        self.run, self.config, self.dim = run, run.config, run.config["dim"]
        self.stage = stage(self.config["dataset"])
        self.target, self.limits = self.stage.target, self.stage.view
        self.z, self.x = run.noise.numpy(), run.data[0, : len(run.noise)].numpy()
        self.losses = run.history["loss"].numpy()
        self.epochs = run.snapshots["epoch"].tolist()
        self.is_flow = hasattr(run.model, "velocity")
        self.steps = run.model.steps if self.is_flow else 1
        self._arrays = {name: value.numpy() for name, value in run.snapshots.items()}

    def shot(self, k):
        """The arrays of snapshot k; the last one where a run that diverged has fewer.

        Of a seed that has diverged the numbers (S,) are NaN; its points stay where its last good weights put them.
        """
        k = min(k, len(self.epochs) - 1)
        shot = {name: value[k] for name, value in self._arrays.items()}
        lost = list(self.lost(shot))
        for name, value in shot.items():
            if lost and value.shape == (self.config["n_seeds"],):
                shot[name] = value.copy()
                shot[name][lost] = np.nan
        return shot

    def lost(self, shot):
        """The last good epoch of each seed that has diverged by the epoch of a shot, by its place."""
        return {i: epoch for i, epoch in self.run.stopped.items() if epoch < shot["epoch"]}

    @cached_property
    def exact_path(self):
        """The exact flow of the points whose learnt path is drawn: (T, N, D)."""
        start = few_points(self.run.noise).numpy()
        return exact_path(self.config["dataset"], start.tobytes(), start.shape, self._arrays["path"].shape[1])

    @cached_property
    def latent_reach(self):
        """Half the side of a view of the latents: all snapshots' but the farthest, and the prior."""
        latent = np.abs(self._arrays["latent"])
        latent = latent[len(latent) // 2 :]
        latent = latent[np.isfinite(latent)]
        return float(np.clip(1.1 * np.percentile(latent, 99.5), 3.5, 20)) if len(latent) else 3.5

    @property
    def name(self):
        """The data in words: "two Gaussians in 2D"."""
        return data_name(self.config)

    @property
    def units(self):
        return units(self.config["dataset"])

    @property
    def aspect(self):
        """Width over height of the main panel in 2D: that of the plane for flows, wider for two islands."""
        if self.dim == 1:
            return 1.0
        (x0, x1), (y0, y1) = self.limits if self.is_flow else self.stage.islands[2]
        return (x1 - x0) / (y1 - y0)

    @cached_property
    def random_partner(self):
        """Data points that the noise points are paired with by chance, as in training: (256, D)."""
        return self.x[np.random.default_rng(0).permutation(np.resize(np.arange(len(self.x)), len(self.z)))]


def data_name(config):
    """The data of a run in words: "two Gaussians in 2D"."""
    words = label(config["dataset"])
    if not is_file(words):
        words = words.removesuffix("_1d").replace("_", " ").replace("gauss", "Gauss")
    return f"{words} in {config['dim']}D"


@lru_cache(maxsize=8)
def exact_path(dataset, start, shape, times):
    """Shared by all models of a process that follow the same noise points."""
    x = np.frombuffer(start, dtype=np.float32).reshape(shape)
    return ExactFlow(target(dataset)).path(x, np.linspace(0, 1, times))


@lru_cache(maxsize=8)
class stage:
    """Target, limits and density of one dataset; points: the user's Points, if it is made of them."""

    def __init__(self, dataset):
        self.points = dataset if isinstance(dataset, Points) else None
        self.target = target(dataset)
        sd = np.sqrt(np.diagonal(self.target.covariances, axis1=1, axis2=2))
        self.low = (self.target.means - REACH * sd).min(0)
        self.high = (self.target.means + REACH * sd).max(0)

    @cached_property
    def limits(self):
        """1D: ((low, high),) of the values. 2D: a square around prior and target, for x and for y."""
        low, high = np.minimum(self.low, -REACH), np.maximum(self.high, REACH)
        if len(low) == 1:
            return ((low[0] - 0.1, high[0] + 0.1),)
        centre, half = (low + high) / 2, (high - low).max() / 2 + 0.2
        return tuple((c - half, c + half) for c in centre)

    @cached_property
    def view(self):
        """The limits that pictures use: in 2D a flat target gets a flat page, up to 1.6 times as wide as high."""
        if len(self.low) == 1:
            return self.limits
        (x0, x1), (y0, y1) = self.limits
        reach = max(REACH - (y0 + y1) / 2, REACH + (y0 + y1) / 2, (self.high[1] - self.low[1]) / 2) + 0.2
        half = min((y1 - y0) / 2, max(reach, (x1 - x0) / 3.2))
        return (x0, x1), ((y0 + y1) / 2 - half, (y0 + y1) / 2 + half)

    @cached_property
    def data_centre(self):
        """2D: where the middle of the data's island is, left to right."""
        return self.islands[1][0] + (self.low[0] + self.high[0]) / 2

    @cached_property
    def density_scale(self):
        """1D: horizontal units for one unit of density, so that the higher of prior and target is .34 wide."""
        y = np.linspace(*self.limits[0], 400)
        return 0.34 / max(np.exp(self.target.log_prob(y)).max(), 0.3989)

    @cached_property
    def islands(self):
        """2D: centre of the prior's island, offset of the target's, limits around both."""
        offset = np.array([REACH + 0.7 - self.low[0], -(self.low[1] + self.high[1]) / 2])
        height = max(REACH, (self.high[1] - self.low[1]) / 2) + 0.9
        left, right = -REACH - 0.3, offset[0] + self.high[0] + 0.3
        height = max(height, (right - left) / 2 / FLATTEST)
        wider = max(0.0, height * 2 * TALLEST - (right - left)) / 2
        return (0.0, 0.0), tuple(offset), ((left - wider, right + wider), (-height, height))

    @cached_property
    def hills(self):
        """2D: grid x (G,), grid y (G,), density (G, G), and the three levels that hold 99, 86 and 39 % of the mass."""
        axes = [np.linspace(low - 0.5, high + 0.5, 160) for low, high in zip(self.low, self.high, strict=True)]
        grid = np.stack(np.meshgrid(*axes), -1).reshape(-1, 2)
        density = np.exp(self.target.log_prob(grid)).reshape(160, 160)
        falling = np.sort(density.ravel())[::-1]
        held = np.cumsum(falling) / falling.sum()
        return *axes, density, [falling[np.searchsorted(held, mass)] for mass in (0.99, 0.86, 0.39)]
