"""A user's own points as a target: a mixture with one small Gaussian a point, so every answer is known here too."""

import hashlib
from pathlib import Path

import numpy as np

from data.mixture import GaussianMixture

SUFFIXES = (".csv", ".txt", ".npy")
MOST_COMPONENTS = 256  # the exact side costs time in proportion; of more points a fixed choice stands for all
MOST_BYTES = 64 * 2**20
SPREAD = 2.0  # standard deviation of the target, about that of the named datasets


def is_file(dataset):
    """Whether the name of a dataset means a file of points."""
    return Path(dataset).suffix.lower() in SUFFIXES


def label(dataset):
    """A dataset as people call it: of a file its name, without the folder."""
    return Path(dataset).name if is_file(dataset) else dataset


def read_points(path):
    """The points of a file, (N, 1) or (N, 2): numbers in columns (commas or spaces, a heading is skipped), or .npy.

    Raises ValueError, in one line, for whatever else the file holds. Nothing in a file is executed.
    """
    path = Path(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"is larger than {MOST_BYTES // 2**20} MB")
        x = np.load(path, allow_pickle=False) if path.suffix.lower() == ".npy" else _read_text(path)
        x = np.asarray(x, dtype=float)
    except (OSError, EOFError) as error:
        raise ValueError(f"{path} cannot be read ({getattr(error, 'strerror', None) or error})") from None
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path} holds no points: {str(error).splitlines()[0]}") from None
    x = x[:, None] if x.ndim == 1 else x
    if x.ndim != 2 or x.shape[1] not in (1, 2) or len(x) < 2:
        raise ValueError(f"{path} needs at least two points in one or two columns, not the shape {x.shape}")
    if not np.isfinite(x).all():
        raise ValueError(f"{path} has values that are not finite numbers, the first in row {_first_bad(x)}")
    return x


def _read_text(path):
    lines = path.read_text(encoding="utf-8-sig").replace(",", " ").replace(";", " ").splitlines()
    rows = [line.split() for line in lines if line.strip() and not line.startswith("#")]
    if rows and not _is_number(rows[0][0]):
        rows = rows[1:]
    if len({len(row) for row in rows}) > 1:
        raise ValueError("its rows have different numbers of columns")
    return [[float(cell) for cell in row] for row in rows]


def _is_number(text):
    try:
        float(text)
    except ValueError:
        return False
    return True


def _first_bad(x):
    return int((~np.isfinite(x).all(1)).argmax()) + 1


def mixture_of(points):
    """Points (N, D) as a mixture around 0: scaled to a standard deviation of 2, bandwidth half of Scott's rule.

    One scale for all axes, so shapes stay. Raises ValueError where all points are one.
    """
    x = points / max(1.0, np.abs(points).max())  # squares of the largest floats would overflow
    x = x - x.mean(0)
    sd = np.sqrt(np.square(x).mean())
    if not sd > 1e-12 * max(1.0, np.abs(x).max()):
        raise ValueError("all points are the same")
    if len(x) > MOST_COMPONENTS:
        x = x[np.sort(np.random.default_rng(0).choice(len(x), MOST_COMPONENTS, replace=False))]
    n, dim = x.shape
    bandwidth = 0.5 * SPREAD * n ** (-1 / (dim + 4))
    return GaussianMixture(np.ones(n), SPREAD * x / sd, np.tile(bandwidth**2 * np.eye(dim), (n, 1, 1)))


def fingerprint(path):
    """What a file holds, in 16 hexadecimal digits."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16]
