"""Mean and deviation over seeds, for a command that has not loaded SciPy or torch."""

import numpy as np


def over_seeds(values, axis=0):
    """(mean, standard deviation) over the seeds that did not diverge: those are NaN. NaN where none is left."""
    good = np.ma.masked_invalid(values)
    return np.ma.filled(good.mean(axis), np.nan), np.ma.filled(good.std(axis), np.nan)
