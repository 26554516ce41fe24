"""Numbers for tables, pictures, captions and the explorer, each computed once, here: mean and deviation over seeds."""

import numpy as np


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


def means(numbers):
    """A summary without its standard deviations, as captions take it: {key: (mean, floor)}."""
    return {key: (mean, floor) for key, (mean, _, floor) in numbers.items()}


def quality(numbers):
    """Sliced W2 against network evaluations, from a summary: rows (nfe, mean, standard deviation, floor), (K, 4)."""
    chart = [(nfe, *result) for (measure, nfe), result in numbers.items() if measure == "sliced_w2" and nfe]
    return np.array(sorted(chart), dtype=float).reshape(-1, 4)


def values(rows, name):
    """The values of one measure, one per seed: (S,)."""
    return np.array([row["value"] for row in rows if row["measure"] == name])


def diverged(rows):
    """(The seeds of a run that diverged, the number of its seeds)."""
    w2 = {row["seed"]: row["value"] for row in rows if row["measure"] == "w2"}
    return [seed for seed, value in w2.items() if not np.isfinite(value)], len(w2)


# ---- from what was recorded during training --------------------------------------------------------------------------


def smoothed_loss(run):
    """The loss averaged over a hundredth of the epochs: (epochs (T,), mean over seeds (T,), standard deviation (T,)).

    A seed counts until it diverges.
    """
    losses = run.history["loss"].numpy().astype(float)
    width = max(1, len(losses) // 100)
    kernel = np.full(width, 1 / width)
    smooth = np.stack([np.convolve(column, kernel, "valid") for column in losses.T], -1) if len(losses) else losses
    return np.arange(len(smooth)) + (width + 1) / 2, *over_seeds(smooth, 1)


def recorded(run, name):
    """A measure of the snapshots, such as "excess" or "w2": (epochs (K,), mean (K,), standard deviation (K,))."""
    return run.snapshots["epoch"].numpy(), *over_seeds(run.recorded(name), 1)
