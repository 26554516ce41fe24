"""A user's own Gaussian mixture as a dataset, from a JSON file: its numbers are taken as they are, nothing is scaled.

{"weights": [0.3, 0.7], "means": [[-2, 0], [2, 1]], "covariances": [[[1, 0], [0, 1]], [[0.5, 0.2], [0.2, 0.4]]]}
"""

import json
from dataclasses import dataclass, field

import numpy as np

from data.dialect import counted, decoded, printable
from data.mixture import GaussianMixture

FIELDS = ("weights", "means", "covariances")
MOST_COMPONENTS = 256  # the cost of exact answers grows in proportion


@dataclass(frozen=True)
class Law:
    """A user's mixture as a run needs it.

    name: of the file, without its folder; weights (K,), means (K, D), covariances (K, D, D), as tuples; about: a
    sentence that says what was read.
    """

    name: str
    weights: tuple
    means: tuple
    covariances: tuple
    about: str = field(default="", compare=False)

    @property
    def dim(self):
        return len(self.means[0])

    def mixture(self):
        return GaussianMixture(self.weights, self.means, self.covariances)

    def __str__(self):
        return self.name


def read_law(data, name):
    """The Law in the bytes of a JSON file. The text of a ValueError continues a sentence that begins with its name."""
    found = _object(decoded(data))
    if set(found) != set(FIELDS):
        raise ValueError(f"is no mixture: it needs {', '.join(FIELDS[:-1])} and {FIELDS[-1]}, and nothing else")
    weights, means, covariances = (_numbers(found[key], key) for key in FIELDS)
    count, dim = weights.size, means.shape[-1] if means.ndim == 2 else 0
    if count > MOST_COMPONENTS:
        raise ValueError(f"has {count} components; the most are {MOST_COMPONENTS}")
    if not count or weights.shape != (count,) or means.shape != (count, dim) or dim not in (1, 2):
        raise ValueError("needs a list of weights, and as many means of one or two numbers each")
    if covariances.shape != (count, dim, dim):
        raise ValueError(f"needs {counted(count, 'covariance')}, {dim} by {dim}, such as {np.eye(dim).tolist()}")
    if (weights <= 0).any():
        raise ValueError(f"has the weight {weights.min():g}; weights must be greater than 0")
    try:
        mixture = GaussianMixture(weights, means, covariances)
    except ValueError as error:
        raise ValueError(f"is no mixture: {error}") from None
    sd = ", ".join(f"{each:.3g}" for each in np.sqrt(np.diagonal(mixture.covariance)))
    about = f"{name}: a mixture of {counted(count, 'Gaussian')} in {dim}D, standard deviation {sd}, not scaled"
    return Law(name, *(tuples(array.tolist()) for array in (weights, means, covariances)), about)


def _object(text):
    """The object in a JSON text."""

    def refuse(word):
        raise ValueError(f"has {word} in the place of a number")

    def once(pairs):
        if len(dict(pairs)) < len(pairs):
            raise ValueError("has the same name twice")
        return dict(pairs)

    try:
        found = json.loads(text, parse_constant=refuse, object_pairs_hook=once)
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {printable(error.msg)} in line {error.lineno}") from None
    except RecursionError:
        raise ValueError("is no mixture: its lists are nested too deeply") from None
    if not isinstance(found, dict):
        raise ValueError(f"is no mixture: it needs an object with {', '.join(FIELDS)}")
    return found


def _numbers(value, name):
    """A list of numbers, however deep, as an array."""

    def check(value):
        if isinstance(value, list):
            return list(map(check, value))
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError(f"has {printable(json.dumps(value))[:40]} among its {name}, which is not a number")
        return float(value)

    try:
        array = np.array(check(value))
    except OverflowError:
        raise ValueError(f"has a number among its {name} that is too large") from None
    except ValueError as error:
        if "inhomogeneous" in str(error):
            raise ValueError(f"has {name} of different lengths") from None
        raise
    if not np.isfinite(array).all():
        raise ValueError(f"has a number among its {name} that is too large")
    return array


def tuples(value):
    """Nested lists as nested tuples, which can be compared and hashed."""
    return tuple(map(tuples, value)) if isinstance(value, list | tuple) else value
