"""A user's own points as a dataset: a mixture with one small Gaussian per point, so every answer is known here too.

A file is read once per command. What a run needs from it is a value, `Points`, or the `Law` of a mixture: it travels
with settings, checkpoints and tasks, and two of them are equal if their names and contents are equal.
"""

import io
import os
import stat
import warnings
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np

from data.dialect import Choices, counted, places_of, printable
from data.laws import Law, read_law, tuples
from data.mixture import GaussianMixture
from data.sources import FromSource, base
from data.tables import Table, read_table

SUFFIXES = (".csv", ".tsv", ".txt", ".npy", ".json")  # the last one holds a mixture
MOST_COMPONENTS = 256  # the cost of exact answers grows in proportion; a fixed choice represents more points
MOST_BYTES = 64 * 2**20
SPREAD = 2.0  # standard deviation of the target, about that of the named datasets
FAR = 10  # a point is left out if it lies this many times the half width of the central 98 % from the median
FEW = 10  # of fewer points none is left out, however far away
UNEVEN = 5  # ratio of the axes' standard deviations above which --standardize is suggested


@dataclass(frozen=True)
class Points:
    """A user's points as a run needs them; on axis i, x in the file is centre[i] + scale[i] * x in the target.

    name: of the file, without its folder; columns: the names of its axes (D,); components: (K, D), scaled; rows: how
    many points the file had; about: a sentence that says what was read.
    """

    name: str
    columns: tuple
    components: tuple
    centre: tuple
    scale: tuple
    rows: int
    about: str = field(default="", compare=False)

    @property
    def dim(self):
        return len(self.columns)

    def mixture(self):
        """One Gaussian per component; its bandwidth is half of Scott's rule for the standard deviation SPREAD."""
        n, dim = len(self.components), self.dim
        bandwidth = 0.5 * SPREAD * n ** (-1 / (dim + 4))
        return GaussianMixture(np.ones(n), self.components, np.tile(bandwidth**2 * np.eye(dim), (n, 1, 1)))

    def user(self, x, axis):
        """Values of an axis in the units of the file."""
        return self.centre[axis] + self.scale[axis] * np.asarray(x)

    @property
    def units(self):
        """How the target's coordinates come from the file's columns, as text."""
        parts = zip(self.columns, self.centre, self.scale, strict=True)
        return " and ".join(
            f"({name} {'+−'[centre >= 0]} {abs(centre):.4g}) / {scale:.4g}" for name, centre, scale in parts
        )

    def __str__(self):
        return self.name


Own = Points | Law  # a dataset of the user's, from a file


def is_file(dataset):
    """Whether a dataset's name means a user's file. The name as written decides, not what a link points to."""
    return Path(dataset).suffix.lower() in SUFFIXES


def label(dataset):
    """The name of a dataset for people to read."""
    return str(dataset)


def labels(datasets):
    """{dataset: label}: files with the same name but different contents are told apart."""
    names = {}
    for dataset in dict.fromkeys(datasets):
        name, n = label(dataset), 1 + sum(label(other) == label(dataset) for other in names)
        names[dataset] = f"{name} (content {n})" if n > 1 else name
    return names


def units(dataset):
    """What lengths in pictures and tables of a dataset mean, as text; "" if they are in its own units."""
    dataset = base(dataset)
    return f"lengths are those of {dataset.units}" if isinstance(dataset, Points) else ""


def plain(dataset):
    """A dataset in plain types, to save: what decides a run, without the text about it."""
    if isinstance(dataset, FromSource):
        return {"dataset": plain(dataset.dataset), "source": plain(dataset.source)}
    if not isinstance(dataset, Own):
        return dataset
    return {name: value for name, value in asdict(dataset).items() if name != "about"}


def restored(dataset):
    """The dataset that `plain` was given, even after a round trip through JSON."""
    if not isinstance(dataset, dict):
        return dataset
    if "source" in dataset:
        return FromSource(restored(dataset["dataset"]), restored(dataset["source"]))
    kind = Law if "weights" in dataset else Points
    return kind(**{name: tuples(value) for name, value in dataset.items()})


def read_points(path, choices=None, standardize=False):
    """The Points in a file, or the Law in a .json file. Raises ValueError, one line that names the file, for all else.

    choices: data.dialect.Choices, what the user says about the table; standardize: scale each axis by its own
    standard deviation.
    """
    shown = printable(os.fsdecode(path))
    try:
        data = _bytes(path)
        if Path(path).suffix.lower() == ".json":
            if standardize or choices not in (None, Choices()):
                raise ValueError("is a mixture: --columns, --decimal, --heading and --standardize are for points")
            return read_law(data, printable(Path(path).name))
        read = _read_npy if Path(path).suffix.lower() == ".npy" else read_table
        return points_of(read(data, choices or Choices()), printable(Path(path).name), standardize)
    except OSError as error:
        raise ValueError(f"{shown} cannot be read ({error.strerror or error})") from None
    except ValueError as error:
        raise ValueError(f"{shown} {error}") from None


def _bytes(path):
    """The contents of a regular file, opened without blocking, because nobody may ever write to a pipe."""
    file = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with open(file, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("is not a regular file, but a pipe or a device; save the points in a file first")
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise ValueError(f"is larger than {MOST_BYTES // 2**20} MB; save fewer points")
    return data


def _read_npy(data, choices):
    """The Table in the bytes of a .npy file. Nothing in it is executed; its header is checked before its data."""
    file = io.BytesIO(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about files written by Python 2
            version = np.lib.format.read_magic(file)
            header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
            shape, _, kind = header(file)
    except Exception as error:  # whatever a hostile header makes the parser raise
        why = str(error).partition("\n")[0][:60].rstrip(".") or type(error).__name__
        raise ValueError(f"is not a whole .npy file ({printable(why)})") from None
    if choices.decimal or choices.heading:
        raise ValueError("is a .npy file: --decimal and --heading are for text")
    if min(shape, default=0) < 0:
        raise ValueError(f"claims the shape {shape}")
    if kind.kind not in "iuf":
        raise ValueError(f"holds {kind.name if kind.names is None else 'records'}, not real numbers")
    shape = tuple(map(int, shape))  # True counts as a number too
    size, have = int(np.prod(shape, dtype=object)) * kind.itemsize, len(data) - file.tell()
    if size != have:
        raise ValueError(f"claims {size:,} bytes of numbers, shape {shape}, but has {have:,}")
    array = np.load(io.BytesIO(data), allow_pickle=False)
    array = array[:, None] if array.ndim == 1 else array
    if array.ndim != 2:
        raise ValueError(f"has the shape {shape}; it needs (points,), (points, 1) or (points, 2)")
    return _table(array, _places(choices.columns, array.shape), choices.drop_missing)


def _places(columns, shape):
    """Which columns of an array to read, by their numbers from 1."""
    if not columns and shape[1] not in (1, 2):
        raise ValueError(f"has {counted(shape[1], 'column')}, shape {shape}; choose one or two: --columns 1,2")
    return places_of(columns, None, shape[1]) if columns else list(range(shape[1]))


def _table(array, places, drop_missing):
    """The Table of an array's columns. ValueError if float64 cannot hold them, or values are missing or infinite."""
    array = array[:, places]
    values = array.astype(float)
    with np.errstate(invalid="ignore"):
        changed = (values.astype(array.dtype) != array) & (array == array)
    for bad, what in ((changed, "a number of more than 53 bits"), (np.isinf(values), "an infinite number")):
        if bad.any():
            row, column = np.argwhere(bad)[0]
            raise ValueError(f"has {what} in row {row + 1}, column {places[column] + 1}")
    missing = np.isnan(values)
    if missing.any() and not drop_missing:
        row, column = np.argwhere(missing)[0]
        raise ValueError(f"has NaN in row {row + 1}, column {places[column] + 1}; fill it in, or use --drop-missing")
    keep = ~missing.any(1)
    return Table(tuple(f"column {place + 1}" for place in places), values[keep], int((~keep).sum()))


# ---- from numbers to a target ----------------------------------------------------------------------------------------


def points_of(table, name, standardize=False):
    """The Points of a Table: centred, far points left out, scaled to the standard deviation SPREAD.

    One scale for all axes, so that shapes, angles and distances are preserved; with `standardize`, one per axis.
    Raises ValueError if there are fewer than two points, or all are the same.
    """
    x = table.values
    if len(x) < 2:
        raise ValueError(f"needs at least two points, but has {len(x)}")
    if (x == x[0]).all():
        raise ValueError(f"needs two different points, but all {len(x):,} are the same")
    far = _far(x, standardize)
    y, centre, unit = _centred(x[~far])
    sd = np.sqrt(np.square(y).mean(0))
    if standardize and not sd.all():
        flat, other = (table.names[i] for i in np.argsort(sd))
        raise ValueError(f"has only one value in {flat}, which cannot be standardized; use --columns {other}")
    scale = (sd if standardize else np.sqrt(np.square(sd).mean())) * np.ones(x.shape[1])
    components = SPREAD * y / scale
    if len(y) > MOST_COMPONENTS:
        components = components[np.sort(np.random.default_rng(0).choice(len(y), MOST_COMPONENTS, replace=False))]
    return Points(
        name,
        table.names,
        tuple(map(tuple, components.tolist())),
        tuple(centre.tolist()),
        tuple((np.ldexp(scale, unit) / SPREAD).tolist()),
        len(x),
        "; ".join([_read(name, table), *_left_out(table, far), *_uneven(table.names, sd, standardize)]),
    )


def _centred(x):
    """(y, centre, unit): x = centre + y 2^unit with the mean of y 0 and |y| about 1, for any size and offset of x."""
    y, first = _unit(x)
    middle = np.median(y, 0)
    y, second = _unit(y - middle)
    mean = y.mean(0)
    return y - mean, np.ldexp(middle + np.ldexp(mean, second), first), first + second


def _unit(x):
    """(x 2^-unit, unit) with 1/2 <= max |x| < 1: exact, and squares of it neither overflow nor vanish."""
    unit = int(np.frexp(np.abs(x).max())[1])
    return np.ldexp(x, -unit), unit


def _far(x, standardize):
    """Which points (N,) lie so far out that they would decide the scale instead of the others."""
    if len(x) < FEW:
        return np.zeros(len(x), dtype=bool)
    y, _ = _unit(x)
    low, high = np.quantile(y, 0.01, 0, method="higher"), np.quantile(y, 0.99, 0, method="lower")
    reach = FAR * (high - low) / 2
    if not standardize:
        reach = np.full_like(reach, reach.max())
    far = (np.abs(y - np.median(y, 0)) > reach) & (reach > 0)  # a reach of 0: most points are the same
    return far.any(1)


def _read(name, table):
    """What was read, as text."""
    ranges = zip(table.names, table.values.min(0), table.values.max(0), strict=True)
    columns = ", ".join(f"{column} {low:g} to {high:g}" for column, low, high in ranges)
    return f"{name}: {counted(len(table.values), 'row')}, {counted(len(table.names), 'column')}: {columns}"


def _left_out(table, far):
    """What was left out of the mixture, as text."""
    kept = int((~far).sum())
    if table.comments:
        yield f"{counted(table.comments, 'line')} beginning with # skipped"
    if table.dropped:
        yield f"{counted(table.dropped, 'row')} with missing values left out"
    if far.any():
        out = table.values[far]
        farthest = ", ".join(f"{value:g}" for value in out[np.abs(out - np.median(table.values, 0)).max(1).argmax()])
        yield f"{counted(int(far.sum()), 'point')} far from all others left out, the farthest at ({farthest})"
    if kept > MOST_COMPONENTS:
        yield f"{MOST_COMPONENTS} of {kept:,} points, a fixed random choice, make up the target"


def _uneven(names, sd, standardize):
    """A remark on axes of very different spread."""
    if len(sd) == 2 and not sd.all():
        yield f"{names[sd.argmin()]} has only one value"
    elif len(sd) == 2 and not standardize and sd.max() > UNEVEN * sd.min():
        wide, flat = (names[i] for i in np.argsort(-sd))
        ratio = f"{sd.max() / sd.min():.3g} times as wide as {flat}"
        yield f"{wide} is {ratio}: both share one scale, which preserves distances; --standardize gives each its own"
