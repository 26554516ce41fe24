"""The one configuration: its fields are the command-line flags, their defaults and their help.

Arguments are checked, and --help is answered, before torch and matplotlib are loaded.
"""

import argparse
import difflib
import math
import os
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from data import Failure
from data.dialect import MARKS, Choices, printable
from data.points import SUFFIXES, Own, is_file, label, read_points
from data.sources import FromSource, base
from data.synthetic import DATASETS_1D, DATASETS_2D, DEFAULT_1D, DEFAULT_2D
from models import MODELS, STUDY
from models.source import ACTIVATIONS, GROUPS, own_settings
from training.settings import DEFAULTS, is_snapshot, settings

ROOT = Path(__file__).resolve().parent.parent
FORMATS = ("png", "svg", "pdf")
DIMS = {"1d": (1,), "2d": (2,), "both": (1, 2)}


class UsageError(Exception):
    """An invalid setting; its text is one line that says what is wrong and what to do."""


def shown_as(metavar):
    """A decorator of readers: how the help shows what they read."""

    def marked(read):
        read.metavar = metavar
        return read

    return marked


def meant(text, names):
    """A suggestion for a name that is one or two letters off: "did you mean facm? " or ""."""
    close = difflib.get_close_matches(text, names, 1, 0.7)
    return f"did you mean {close[0]}? " if close else ""


def whole(low, high=2**63 - 1):
    @shown_as("INT")
    def read(text):
        if not text.removeprefix("-").isdecimal() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"must be an integer >= {low}, got {text!r}")
        return int(text)

    return read


def _number(low, high, exclusive=True):
    @shown_as("NUMBER")
    def read(text):
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (low < value <= high or (value == low and not exclusive)):
            least = f"> {low:g}" if exclusive else f">= {low:g}"
            raise argparse.ArgumentTypeError(f"must be a number {least} and <= {high:g}, got {text!r}")
        return value

    return read


def one_of(names):
    """A reader of one of the names, which refuses all else in one line."""

    @shown_as("{" + ",".join(names) + "}" if len(names) <= 4 else "NAME")
    def read(text):
        if text not in names:
            raise argparse.ArgumentTypeError(f"{text!r} is unknown; {meant(text, names)}choose from {', '.join(names)}")
        return text

    return read


@shown_as("NAME|FILE")
def _dataset(text):
    """A named dataset, or the path of a user's file, which `Config.with_points` reads."""
    if is_file(text):
        return text
    if text not in DATASETS_2D and (os.sep in text or os.path.exists(text)):
        raise argparse.ArgumentTypeError(
            f"{printable(text)} is not a file of points or of a mixture: its name must end in {' '.join(SUFFIXES)}"
        )
    return one_of((*DATASETS_2D, f"a file of points or of a mixture: {' '.join(SUFFIXES)}"))(text)


@shown_as("NAME|FILE")
def _source(text):
    """What flows begin in: as `_dataset`, or N(0, I)."""
    return text if text == "gaussian" or text in DATASETS_1D else _dataset(text)


@shown_as("NAMES")
def _columns(text):
    columns = tuple(part.strip() for part in text.split(","))
    if len(columns) > 2 or not all(columns):
        raise argparse.ArgumentTypeError(f"must be one or two columns, such as 2 or waiting,eruptions, got {text!r}")
    return columns


@shown_as("32-64-32")
def _widths(text):
    try:
        return tuple(whole(1, 65536)(width) for width in text.split("-"))
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(f"must be layer widths such as 32-64-32, got {text!r}") from None


def own_flags(models=None):
    """{name: (reader, help)} of the settings that some of these models have alone; None: of all."""
    readers, owners = {}, {}
    for model in models or MODELS:
        for name, (default, *ends, about) in own_settings(model).items():
            if name in Config.__dataclass_fields__:
                raise Failure(f"{model} has a setting called {name}, which is a flag of all models; rename it")
            if isinstance(default, str):
                readers[name] = one_of(*ends)
            else:
                readers[name] = whole(*ends) if isinstance(default, int) else _number(*ends, exclusive=False)
            owners.setdefault(name, {}).setdefault((about, default), []).append(model)
    return {name: (read, "; ".join(map(_about, owners[name].items()))) for name, read in readers.items()}


def _about(setting):
    """The help of a setting, for the models that share it."""
    (about, default), models = setting
    return f"{about}, of {' '.join(models)} (default: {default if isinstance(default, str) else format(default, 'g')})"


def flag(default, read, help, run=True, **more):
    """A field of Config. run: it decides the result, so a saved run is compared by it; more: see `parse`."""
    return field(default=default, metadata={"read": read, "help": help, "run": run, **more})


@dataclass(frozen=True)
class Config:
    """Settings of a command. The fields marked `run` decide the result of a run (one model in one dimension)."""

    models: tuple = flag(
        STUDY,
        one_of((*MODELS, *GROUPS)),
        f"which models, of {' '.join(MODELS)}, or a group: {' '.join(GROUPS)}",
        run=False,
    )
    dim: str = flag("both", one_of(DIMS), "1d, 2d or both", run=False)
    dataset: str = flag(
        "two_gaussians",
        _dataset,
        f"2D target, of {' '.join(DATASETS_2D)}, or a file of points, in one or two columns, or of a mixture "
        f"({' '.join(SUFFIXES)})",
    )
    source: str = flag(
        "gaussian", _source, "what flows begin in: gaussian, or data as of --dataset, of the same dimension", run=False
    )
    columns: tuple = flag((), _columns, "of the file: the columns to read, by name or number: x,y or 2,3", run=False)
    decimal: str = flag("", one_of(MARKS), "of the file: its decimal mark, if that is not certain", run=False)
    heading: str = flag("", one_of(("yes", "no")), "of the file: whether its first row is names", run=False)
    drop_missing: bool = flag(False, None, "of the file: leave out rows with missing values", run=False)
    standardize: bool = flag(
        False, None, "of the file: scale each axis by its own standard deviation, instead of both alike", run=False
    )
    epochs: int = flag(DEFAULTS["epochs"], whole(1), "passes through the training samples")
    n_samples: int = flag(DEFAULTS["n_samples"], whole(1), "training samples per seed, in exact mode proportions")
    batch_size: int = flag(DEFAULTS["batch_size"], whole(1), "samples per training step")
    lr: float = flag(DEFAULTS["lr"], _number(0, 1e6), "learning rate of Adam")
    hidden: tuple = flag(tuple(DEFAULTS["hidden"]), _widths, "hidden layers, such as 32-64-32")
    activation: str = flag(DEFAULTS["activation"], one_of(tuple(ACTIVATIONS)), "of the hidden layers")
    weight_decay: float = flag(DEFAULTS["weight_decay"], _number(0, 1e6, exclusive=False), "of AdamW; 0 is Adam")
    weights: str = flag(
        DEFAULTS["weights"],
        one_of(("averaged", "raw")),
        "of the network: averaged over steps, or those of the last one",
    )
    proportions: str = flag(
        DEFAULTS["proportions"], one_of(("exact", "iid")), "of the modes in the training samples: exact, or by chance"
    )
    w2_points: int = flag(
        DEFAULTS["w2_points"], whole(0, 100_000), "points of W2; 0: 10,000 in 1D, 1,024 in 2D, where cost grows as n^3"
    )
    adaptive_power: float = flag(
        DEFAULTS["adaptive_power"],
        _number(0, 2, exclusive=False),
        "weight the loss of a sample by 1 / (error + .001)^p; 0 is off",
    )
    seed: int = flag(DEFAULTS["seed"], whole(0, 2**32), "the first seed; the others follow it")
    n_seeds: int = flag(DEFAULTS["n_seeds"], whole(1), "independent training runs at once, for the error bars")
    viz_freq: int = flag(
        DEFAULTS["viz_freq"], whole(0), "epochs from frame to frame; 0: epochs 0, 1, 2, 3, 5, 8, 13, ... and the last"
    )
    format: str = flag("png", one_of(FORMATS), "of still pictures; frames of films are PNG", run=False)
    output_dir: Path = flag(ROOT / "outputs", Path, "folder of all results", run=False)
    device: str = flag("auto", one_of(("auto", "cpu", "cuda")), "auto, cpu or cuda", run=False)
    workers: int = flag(0, whole(0, 1024), "processes side by side; 0 is one per core", run=False)
    save_every: float = flag(3.0, _number(0, 1e6, exclusive=False), "seconds between saves while training", run=False)
    restart: bool = flag(False, None, "retrain even if a finished run could be used again", run=False)
    own: tuple = ()  # settings of some models alone, ((name, value), ...): flags, too, see `own_flags`

    @property
    def dims(self):
        return DIMS[self.dim]

    @property
    def n_workers(self):
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return self.workers or cores

    @property
    def frame_epochs(self):
        """The epochs that have a frame."""
        return [e for e in range(self.epochs + 1) if is_snapshot(e, self.viz_freq, self.epochs)]

    @property
    def points(self):
        """The user's points that this command was given: a tuple of Points."""
        return tuple(each for each in (self.dataset, self.source) if isinstance(each, Own))

    def with_points(self, given=()):
        """The same with its file of points read. given: the flags of the command line. Raises UsageError."""
        about = [f"--{name.replace('_', '-')}" for name in FILE_FLAGS if name in given]
        config = self._read()
        if about and not config.points:
            raise UsageError(f"{about[0]} is for a file of points; add --dataset FILE")
        if "source" in given and config._dim_of(config.source) not in (0, *config.dims):
            dim = config._dim_of(config.source)
            raise UsageError(
                f"--source {label(config.source)} is data in {dim}D, so --dim {self.dim} has no use for it"
            )
        if "dataset" in given and base(config.dataset_in(config.dims[0])) != config.dataset and len(config.dims) == 1:
            dim = 3 - config.dims[0]
            raise UsageError(f"--dataset {config.dataset} is data in {dim}D, so --dim {self.dim} has no use for it")
        return config

    def _read(self):
        return replace(self, dataset=self.read(self.dataset), source=self.read(self.source, "--source"))

    def read(self, dataset, flag="--dataset"):
        """A dataset as runs know it: of a file its Points. Raises UsageError."""
        if isinstance(dataset, Own) or not is_file(dataset):
            return dataset
        choices = Choices(self.columns, self.decimal, self.heading, self.drop_missing)
        try:
            return read_points(dataset, choices, self.standardize)
        except ValueError as error:
            raise UsageError(f"{flag}: {error}") from None

    def dataset_in(self, dim):
        """The dataset of a dimension, the one chosen if it has that dimension, else the default; with its source."""
        found = self.dataset if dim == self._dim_of(self.dataset) else {1: DEFAULT_1D, 2: DEFAULT_2D}[dim]
        return FromSource(found, self.source) if dim == self._dim_of(self.source) else found

    @staticmethod
    def _dim_of(dataset):
        """The dimension of a dataset that a flag names; 0: of any, N(0, I)."""
        if isinstance(dataset, Own):
            return dataset.dim
        return 0 if dataset == "gaussian" else 1 if dataset in DATASETS_1D else 2

    def run_settings(self, name, dim):
        """What decides the run of one model in one dimension, see `training.settings.settings`. Raises UsageError."""
        shared = {f.name: getattr(self, f.name) for f in fields(self) if f.metadata.get("run")}
        shared |= {"hidden": list(self.hidden), "dataset": self.dataset_in(dim)}
        own = {key: value for key, value in self.own if key in own_settings(name)}
        try:
            return settings(name, dim, **shared, **own)
        except ValueError as error:  # settings that do not go together
            raise UsageError(str(error)) from None

    def check_own(self):
        """Raises UsageError if a setting was given that none of the models has."""
        for key, _ in self.own:
            owners = [name for name in MODELS if key in own_settings(name)]
            if not set(owners) & set(self.models):
                raise UsageError(f"--{key.replace('_', '-')} is a setting of {', '.join(owners)}; add it to --models")
        for name in self.models:
            for dim in self.dims:
                self.run_settings(name, dim)


FILE_FLAGS = ("columns", "decimal", "heading", "drop_missing", "standardize")
