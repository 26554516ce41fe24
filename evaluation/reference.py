"""Fixed points of a dataset with their exact answers: what every model of it is evaluated on.

Sizes are chosen so that evaluating all eight models in 1D and 2D costs less than half of their training: sorting and
sliced distances are cheap, exact assignment grows as n^3 (0.8 s per seed for 1,024 points), so it is done once per
model.
"""

from functools import cached_property, lru_cache, wraps

import numpy as np

from data.exact import ExactFlow
from data.floors import diffusion_floors, entropy, jump_floors_and_errors
from data.synthetic import noise, source, target
from data.transport import TransportFlow, squared_w2_and_error
from evaluation import metrics

N_W2 = {1: 10_000, 2: 1_024}  # points for W2 to a reference sample
N_POINTS = 512  # points for everything else
N_FOLLOWED = 256  # noise points that snapshots and pictures follow; sliced W2 is that of their samples, everywhere
STEPS = (1, 2, 4, 8, 16, 32, 64, 128)  # network evaluations of the quality chart
MAPS = ("flow", "transport")  # exact answers with a map: in 1D the same one


def followed_noise(dim, n=N_FOLLOWED, source=None):
    """The noise points (n, D) that snapshots and pictures follow; of a source: see data/sources.py.

    Of the seeds of Sobol's points this one has the exact samples nearest to the default target (sliced W2 .04; .17 and
    .15 for seeds 0 and 2, where one of 256 points falls into the wrong mode).
    """
    return noise(n, dim, np.random.default_rng(1), source)


def encoding_noise(dim, n):
    """The noise (n, D) of a random encoder, for n data points: in another order than theirs."""
    return np.random.default_rng(0).permutation(noise(n, dim, np.random.default_rng(1)))


def once_for_each_kind(method):
    """A method of a kind of answer, computed once for each."""
    name = f"_{method.__name__}_of"

    @wraps(method)
    def found(self, kind="flow"):
        kept = self.__dict__.setdefault(name, {})
        if kind not in kept:
            kept[kind] = method(self, kind)
        return kept[kind]

    return found


@lru_cache(maxsize=8)
class Reference:
    """Points and exact answers of one dataset; every array is float64 and computed once."""

    def __init__(self, dataset):
        self.target = target(dataset)
        self.source = source(dataset)
        self.exact = ExactFlow(self.target, self.source)
        self.dim = self.target.dim
        self.truth = TrueFlow(self.exact)

    def noise(self, n):
        return noise(n, self.dim, np.random.default_rng(1), self.source)

    def followed(self, n=N_FOLLOWED):
        return followed_noise(self.dim, n, self.source)

    @cached_property
    def z(self):
        """Noise to follow: (512, D)."""
        return self.noise(N_POINTS)

    @cached_property
    def end(self):
        """Where the exact flow takes z."""
        return self.exact.flow_map(self.z, 0, 1)

    @cached_property
    def x(self):
        """Fresh samples of the target in exact mode proportions, unseen in training: (512, D)."""
        return self.target.sample(N_POINTS, np.random.default_rng(3))

    @cached_property
    def sample(self):
        """The sample to which W2 is measured, in exact mode proportions."""
        return self.samples(N_W2[self.dim])

    def samples(self, n):
        """The same of n points: (n, D)."""
        return self.target.sample(n, np.random.default_rng(2))

    def w2_floor(self, n):
        """W2 of as many exact samples to n points."""
        kept = self.__dict__.setdefault("_w2_floors", {})
        if n not in kept:
            kept[n] = metrics.w2_between(self.exact.flow_map(self.noise(n), 0, 1), self.samples(n))
        return kept[n]

    @cached_property
    def transport(self):
        """In 1D the flow of optimal transport. Its ends are those of the exact flow, its paths straight."""
        return TransportFlow(self.exact.source, self.target)

    def answer(self, kind):
        """The flow that is a model's own exact answer: `exact` or `transport`; kind: see models/__init__.py."""
        return {"flow": self.exact, "transport": self.transport if self.dim == 1 else None}[kind]

    def points(self, kind, s, n, seed):
        """Points of the distribution at progress s of one of these flows: (n, D)."""
        rng = np.random.default_rng(seed)
        return self.exact.marginal(s).sample(n, rng) if kind == "flow" else self.transport.sample(s, n, rng)

    @once_for_each_kind
    def field(self, kind="flow"):
        """Points of the marginals at 16 values of progress, these values, and the exact velocities there.

        Few enough for every snapshot: what is drawn over epochs and what stands in a table is one number.
        """
        s = (np.arange(16) + 0.5) / 16
        x = [self.points(kind, at, N_POINTS // 4, 4) for at in s]
        return x, s, [self.answer(kind).velocity(points, at) for points, at in zip(x, s, strict=True)]

    def jumps(self, to_data_only=False, kind="flow"):
        """Points, pairs (s, r) of a 4 x 4 grid with s < r, and the exact average velocities."""
        x, pairs, u = self._all_jumps(kind)
        keep = [i for i, (_, r) in enumerate(pairs) if r == 1 or not to_data_only]
        return [x[i] for i in keep], [pairs[i] for i in keep], [u[i] for i in keep]

    @once_for_each_kind
    def _all_jumps(self, kind):
        grid = np.linspace(0, 1, 5)
        x, pairs, u = [], [], []
        for i, s in enumerate(grid[:-1]):
            points = self.points(kind, s, N_POINTS // 2, 5)
            path = self.answer(kind).path(points, grid[i:])
            for r, end in zip(grid[i + 1 :], path[1:], strict=True):
                x.append(points), pairs.append((s, r)), u.append((end - points) / (r - s))
        return x, pairs, u

    @cached_property
    def squared_w2(self):
        """Squared optimal transport cost from the noise to the data, in 2D with an error of about half a percent."""
        return squared_w2_and_error(self.exact.source, self.target)[0]

    @cached_property
    def flow_matching_floor(self):
        """The least possible loss of flow matching, in 2D with an error of about .002."""
        return self.exact.loss_floor_and_error(scrambles=2, points=1024)[0]

    @cached_property
    def diffusion_floors(self):
        """The least possible losses of diffusion, by what it predicts; in 2D with an error of about .002."""
        return diffusion_floors(self.exact, scrambles=2, points=1024)

    @cached_property
    def entropy(self):
        """Of the data, in nats: the least possible loss of a density."""
        return entropy(self.target)

    @cached_property
    def mean_flow_floors(self):
        """MeanFlow's loss at the exact u for r < t, uniform both, and for r = 0."""
        return self._jump_floors[:2]

    @cached_property
    def consistency_floor(self):
        """FACM's L_CM at the exact F."""
        return self._jump_floors[2]

    @cached_property
    def _jump_floors(self):
        """Exact in 1D; in 2D sampled, and NaN if the standard error is more than a tenth."""
        found = zip(*jump_floors_and_errors(self.exact), strict=True)
        return [float(floor) if error < floor / 10 else np.nan for floor, error in found]

    @cached_property
    def sliced_w2_floor(self):
        return self.sliced_w2_floor_of(N_FOLLOWED)

    def sliced_w2_floor_of(self, n):
        """Sliced W2 of the exact samples of n followed noise points: in 1D 0 but for rounding."""
        if self.dim == 1:
            return 0.0
        end = self.exact.flow_map(self.followed(n), 0, 1)
        return float(metrics.sliced_w2(end[None], self.target)[0])

    def w2_of_points(self, points):
        """W2 of training points (n, D), each as often, to as many samples of the target; NaN if that takes long."""
        n, most = len(points), N_W2[self.dim]
        if self.dim > 1 and n > 2 * most:
            return np.nan
        each = max(1, most // n)
        exact = self.target.sample(n * each, np.random.default_rng(2))
        return metrics.w2_between(np.repeat(points, each, 0), exact)

    @cached_property
    def floors(self):
        """Every measure for exact samples, by name."""
        energy, displacement = metrics.path_energy(self.truth, self.noise(128))
        return {
            **dict.fromkeys(("w2", "w2_with_noise"), self.w2_floor(N_W2[self.dim])),
            **dict.fromkeys(("sliced_w2", "ode_sliced_w2"), self.sliced_w2_floor),
            "energy_distance": metrics.energy_distance(self.end, self.x),
            "mmd": metrics.mmd(self.end, self.x),
            "nll": float(-self.target.log_prob(self.x).mean()),
            "transport_cost": self.squared_w2,
            "straightness": float((energy / displacement)[0]),
            "path_energy": float(metrics.normalised_path_energy(energy, self.squared_w2)[0]),
            "latent_w2": float(metrics.sliced_w2(self.noise(N_POINTS)[None], self.exact.source)[0]),
            **{f"mass_{k}": float(w) for k, w in enumerate(self.target.weights)},
        }


class TrueFlow:
    """The exact flow, as if it were a model of one seed."""

    def __init__(self, exact):
        self.exact, self.seeds = exact, 1

    def _each(self, f, x):
        return np.stack([f(points) for points in x])

    def velocity(self, x, s):
        return self._each(lambda points: self.exact.velocity(points, s), x)

    def average_velocity(self, x, s, r):
        return self._each(lambda points: self.exact.average_velocity(points, s, r), x)

    def divergence(self, x, s, h=1e-5):
        """By central differences, in float64."""
        shifts = h * np.eye(x.shape[-1])
        ends = [(self.velocity(x + e, s) - self.velocity(x - e, s))[..., i] for i, e in enumerate(shifts)]
        return sum(ends) / (2 * h)

    def sample(self, z, steps):
        """The flow map, whatever the number of steps."""
        return z + self.average_velocity(z, 0.0, 1.0)
