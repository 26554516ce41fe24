"""A sweep: every combination of settings x model x dimension, its points, and what is kept of them.

Imports nothing heavy: a command line is checked before torch is loaded.
"""

import argparse
import csv
import hashlib
import json
import math
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import product

from data.points import Points, label, restored
from training.config import Config, UsageError, flag, one_of, plain_settings
from training.files import make_folder, replace_file, write_text

FORMAT = 1  # of a kept point; another one where the training or the measures give other numbers
MOST = 10_000  # points of a sweep
SWEEPABLE = {  # the seeds are the bands, and no picture of the training is kept
    f.name: f.metadata["read"]
    for f in fields(Config)
    if f.metadata["run"] and f.name not in ("seed", "n_seeds", "viz_freq")
}
MEASURES = {  # those that have one number a model, and what the chart calls them
    "w2": "W2 of samples",
    "sliced_w2": "sliced W2",
    "energy_distance": "energy distance",
    "mmd": "MMD",
    "worst_mass": "worst error of a mode's mass",
    "nll": "NLL, nats",
    "field_error": "field error",
    "straightness": "straightness",
    "path_energy": "path energy",
    "reconstruction_error": "reconstruction error",
    "kl": "KL, nats",
    "latent_w2": "latent to prior, W2",
}
COLUMNS = ("model", "dim", "dataset", "seed", "nfe", "measure", "value", "floor", "trouble", "seconds")


def _parameter(text):
    """lr=1e-3,1e-2 as ("lr", (.001, .01)); every value is read as its flag reads it."""
    name, _, values = text.partition("=")
    name = name.replace("-", "_")
    if name not in SWEEPABLE:
        raise argparse.ArgumentTypeError(f"cannot sweep {name!r}; choose from {', '.join(SWEEPABLE)}")
    if not values:
        raise argparse.ArgumentTypeError(f"{name} needs values, such as {name}={show(getattr(Config(), name))}")
    try:
        return name, tuple(dict.fromkeys(SWEEPABLE[name](value) for value in values.split(",")))
    except argparse.ArgumentTypeError as error:
        raise argparse.ArgumentTypeError(f"{name} {error}") from None


def _address(text):
    scheme, _, host = text.partition("://")
    if not (scheme == "tcp" and host.rpartition(":")[0] and host.rpartition(":")[2].isdecimal()):
        raise argparse.ArgumentTypeError(f"needs an address such as tcp://host:8786, got {text!r}")
    return text


@dataclass(frozen=True)
class SweepConfig(Config):
    """The settings of a sweep; sweep: ((name, values), ...) in the order of the command line."""

    sweep: tuple = flag(
        (), _parameter, f"parameters and their values, of {' '.join(SWEEPABLE)}", run=False, many="NAME=VALUE,..."
    )
    scheduler: str = flag("", _address, "a dask scheduler, tcp://host:8786, whose workers compute", run=False)
    measure: str = flag("w2", one_of(MEASURES), f"what the chart shows, of {' '.join(MEASURES)}", run=False)

    @property
    def folder(self):
        return self.output_dir / "sweep"

    @property
    def points(self):
        swept = [value for name, values in self.sweep for value in values if name == "dataset"]
        return (*super().points, *(value for value in swept if isinstance(value, Points)))

    def _read(self):
        sweep = [(name, tuple(map(self.read, values)) if name == "dataset" else values) for name, values in self.sweep]
        return replace(super()._read(), sweep=tuple(sweep))


@dataclass(frozen=True)
class Point:
    """One model in one dimension with one combination of the swept values; equal where its run would be the same.

    text: the settings of its run (Config.run_settings) as JSON; device: as in --device.
    """

    text: str
    device: str

    @classmethod
    def of(cls, config, name, dim):
        quiet = replace(config, viz_freq=config.epochs)  # one snapshot: a point keeps only its numbers
        return cls(json.dumps(plain_settings(quiet.run_settings(name, dim)), sort_keys=True), config.device)

    @property
    def settings(self):
        """As JSON gives them; see `data.points.restored` for the dataset."""
        return json.loads(self.text)

    @cached_property
    def key(self):
        return hashlib.sha256(f"{FORMAT} {self.text}".encode()).hexdigest()[:16]


def plan(config, given=()):
    """All points in the order of the table: [(values of the swept parameters, Point)].

    given: the flags of the command line. Raises UsageError where the sweep makes no sense.
    """
    names = [name for name, _ in config.sweep]
    twice = next((name for i, name in enumerate(names) if name in names[:i] or name in given), None)
    count = math.prod(len(values) for _, values in config.sweep) * len(config.models) * len(config.dims)
    if not names:
        raise UsageError("--sweep is missing; for example --sweep lr=1e-4,1e-3,1e-2 hidden=32-64-32,128-128")
    if twice:
        raise UsageError(f"--sweep: {twice} is given twice; name each parameter once, with all of its values")
    if "beta" in names and "vae_beta" not in config.models:
        raise UsageError("--sweep: only the model vae_beta has a beta")
    for dataset in dict(config.sweep).get("dataset", ()):
        check_dataset(config, dataset, [label(each) for each in dict(config.sweep)["dataset"]])
    if count > MOST:
        raise UsageError(f"--sweep: these are {count:,} points, and {MOST:,} are the most; name fewer values or models")
    return [
        (values, Point.of(replace(config, **dict(zip(names, values, strict=True))), model, dim))
        for dim in config.dims
        for values in product(*(values for _, values in config.sweep))
        for model in config.models
    ]


def check_dataset(config, dataset, labels):
    """UsageError if a swept dataset is not for the dimension of the sweep, or two have one name."""
    dim = dataset.dim if isinstance(dataset, Points) else 2
    if config.dims != (dim,):
        raise UsageError(f"--sweep: {label(dataset)} is data in {dim}D; add --dim {dim}d")
    if labels.count(label(dataset)) > 1:
        raise UsageError(f"--sweep: two files are called {label(dataset)}; rename one, so that the table can tell them")


def compute(point):
    """Train and measure a point, on whatever worker: a dict of plain Python, ready for JSON."""
    import torch

    from evaluation.exam import Exam
    from evaluation.measures import rows_of
    from training.runs import device_of, train

    torch.set_num_threads(1)  # here: a dask worker calls from a thread of its own, and more threads are slower
    settings = point.settings | {"dataset": restored(point.settings["dataset"])}
    run = train(settings, device_of(point.device))
    rows = rows_of(run, Exam(settings["dataset"]))
    return {"settings": point.settings, "rows": rows, "trouble": run.trouble, "seconds": run.seconds}


class Store:
    """The results of finished points, one file each, so that nothing that is finished can be lost."""

    def __init__(self, folder):
        self.folder = folder / "points"
        make_folder(folder)
        make_folder(self.folder)

    def path(self, point):
        return self.folder / f"{point.key}.json"

    def save(self, point, result):
        write_text(self.path(point), json.dumps(result))

    def load(self, point):
        """The result of a point; None where there is none. Raises ValueError where its file is damaged."""
        try:
            result = json.loads(self.path(point).read_text(encoding="utf-8"))
            if result["settings"] != point.settings or not all(
                isinstance(row["value"], float) for row in result["rows"]
            ):
                raise ValueError
            return {name: result[name] for name in ("settings", "rows", "trouble", "seconds")}
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            raise ValueError(f"{self.path(point)} is damaged") from None


def records(config, points, results):
    """The tidy table, a dict a number, of the points that have a result ({Point: result}), in the points' order."""
    names = [name for name, _ in config.sweep]
    for values, point in points:
        if point in results:
            result = results[point]
            about = {name: result["settings"][name] for name in ("model", "dim")}
            about["dataset"] = label(restored(result["settings"]["dataset"]))
            about |= dict(zip(names, values, strict=True))
            more = {"trouble": result["trouble"], "seconds": round(result["seconds"], 3)}
            for row in result["rows"]:
                yield {**about, **row, **more}


def write_csv(path, config, table):
    """The table as a CSV: the swept parameters first."""
    names = list(dict.fromkeys([name for name, _ in config.sweep] + list(COLUMNS)))

    def write(temporary):
        with temporary.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows({name: show(value) for name, value in row.items()} for row in table)

    replace_file(path, write)


def show(value):
    """A setting as the command line writes it."""
    if isinstance(value, tuple):
        return "-".join(map(str, value))
    return label(value) if isinstance(value, Points) else value
