"""Numbers for tables, pictures, captions and the explorer, each computed once, here: mean and deviation over seeds."""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import median_filter

from models.source import title


def over_seeds(values, axis=0):
    """(mean, standard deviation) over the seeds that are finite: diverged ones are NaN. NaN if none is left."""
    good = np.ma.masked_invalid(values)
    return np.ma.filled(good.mean(axis), np.nan), np.ma.filled(good.std(axis), np.nan)


# ---- from the rows of evaluate.py -----------------------------------------------------------------------------------


def summary(rows):
    """{(measure, nfe): (mean, standard deviation, floor)} over the seeds that did not diverge.

    The result for the model's own number of network evaluations is also under nfe None.
    """
    own, each = own_steps(rows), {}
    for row in rows:
        each.setdefault((row["measure"], row["nfe"]), []).append((row["value"], row["floor"]))
    numbers = {}
    for (measure, nfe), pairs in each.items():
        value, floor = np.array(pairs).T
        numbers[measure, nfe] = result = (*map(float, over_seeds(value)), floor[0])
        if nfe in (0, own):
            numbers[measure, None] = result
    return numbers


def summary_of(run):
    """The summary of an evaluated run. ValueError if it is not evaluated."""
    if "rows" not in run.measures:
        raise ValueError('the run is not evaluated; first: run.measures["rows"] = evaluate(run)')
    return summary(run.measures["rows"])


def own_steps(rows):
    """How many network evaluations are behind the model's own samples."""
    return next((row["nfe"] for row in rows if row["measure"] == "w2"), 1)


@dataclass(frozen=True)
class Result:
    """What a run came to: its summary, with its names for code and for people, and which of its seeds diverged."""

    name: str
    title: str
    numbers: dict
    steps: int = 1
    lost: tuple = ()
    seeds: int = 1

    def __getitem__(self, measure):
        """(Mean, standard deviation, floor) for the model's own number of evaluations."""
        return self.numbers[measure, None]

    def __contains__(self, measure):
        return (measure, None) in self.numbers

    @property
    def masses(self):
        """The measures of the modes' masses: mass_0, mass_1, ..."""
        return [measure for measure, nfe in self.numbers if measure.startswith("mass_") and nfe is None]

    def mean(self, measure):
        return self[measure][0]

    def floor(self, measure):
        return self[measure][2]


def results(runs):
    """A Result for each run of one dimension and dataset. runs: (settings, rows) of evaluated runs."""
    titles = distinct([title(settings["model"], settings) for settings, _ in runs])
    return [
        Result(settings["model"], shown, summary(rows), own_steps(rows), *diverged(rows))
        for (settings, rows), shown in zip(runs, titles, strict=True)
    ]


def results_of(runs):
    """The same of evaluated Runs."""
    return results([(run.settings, run.measures["rows"]) for run in runs])


def distinct(titles):
    """Titles that tell models apart: equal ones (vae and vae_beta --beta 1) are numbered."""
    shown = []
    for i, each in enumerate(titles):
        before = titles[:i].count(each)
        shown.append(f"{each} ({before + 1})" if before else each)
    return shown


def quality(numbers, measure="sliced_w2"):
    """Sliced W2 against network evaluations, from a summary: rows (nfe, mean, standard deviation, floor), (K, 4).

    measure: "sliced_w2" of the model's own sampler, or "ode_sliced_w2" of the ODE of a model that has both.
    """
    chart = [(nfe, *result) for (name, nfe), result in numbers.items() if name == measure and nfe]
    return np.array(sorted(chart), dtype=float).reshape(-1, 4)


def values(rows, name):
    """The values of one measure, one per seed: (S,)."""
    return np.array([row["value"] for row in rows if row["measure"] == name])


def diverged(rows):
    """(The seeds of a run that diverged, the number of its seeds)."""
    w2 = {row["seed"]: row["value"] for row in rows if row["measure"] == "w2"}
    return tuple(seed for seed, value in w2.items() if not np.isfinite(value)), len(w2)


# ---- from what was recorded during training --------------------------------------------------------------------------


def smoothed_loss(run):
    """The loss around each epoch: (epochs (E,), mean over seeds (E,), standard deviation (E,)).

    Averaged from a fortieth of the epoch's number before it to as much after it: on a logarithmic axis, evenly. A seed
    counts until it diverges.
    """
    losses = run.history["loss"].numpy().astype(float)
    epochs = np.arange(1, len(losses) + 1)
    low, high = epochs - 1 - epochs // 40, np.minimum(epochs + epochs // 40, len(losses))
    padded = np.concatenate([losses, np.zeros((1, losses.shape[1]))])  # so that `high` is an index
    sums = np.add.reduceat(padded, np.stack([low, high], 1).ravel())[::2] if len(losses) else losses
    return epochs, *over_seeds(sums / (high - low)[:, None], 1)


def spike(run, times=10):
    """The worst spike of a loss after its beginning: (epoch, seed, loss, times the running median), or None."""
    losses = run.history["loss"].numpy().astype(float)
    begin = len(losses) // 25
    later = np.where(np.isfinite(losses), losses, 0)[begin:]
    if len(later) < 10:
        return None
    usual = median_filter(later, (51, 1), mode="nearest")
    ratio = later / np.maximum(usual, 1e-300)
    k, seed = np.unravel_index(np.argmax(ratio), ratio.shape)
    found = int(begin + k + 1), run.settings["seed"] + int(seed), float(later[k, seed]), float(ratio[k, seed])
    return found if found[3] > times else None


def recorded(run, name):
    """A measure of the snapshots ("excess", "sliced_w2"): (epochs (K,), mean (K,), standard deviation (K,))."""
    return run.snapshots["epoch"].numpy(), *over_seeds(run.recorded(name), 1)
