"""Behind run_sweep.py: every combination of settings x model x dimension, trained, evaluated, kept and drawn."""

import argparse
import hashlib
import json
import math
import sys
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import product
from pathlib import Path

from commands.cli import guarded, parse, ready
from commands.config import Config, UsageError, flag, meant, one_of, own_flags, shown_as
from commands.files import csv_text, make_folder, refuse_foreign, remove, write_text
from commands.terminal import EVALUATED, Screen, logged, say, tell, trained
from commands.workers import dask, local
from data import Failure
from data.points import Own, label, restored
from evaluation.labels import ONE_NUMBER
from models import MODELS
from models.source import own_settings
from training.settings import plain_settings, shown

FORMAT = 4  # of a kept point; another one if the training or the measures give other numbers
MOST = 10_000  # points of a sweep
SWEEPABLE = {  # the seeds are the bands, and no picture of the training is kept
    f.name: f.metadata["read"]
    for f in fields(Config)
    if f.metadata.get("run") and f.name not in ("seed", "n_seeds", "viz_freq")
}
COLUMNS = ("model", "dim", "dataset", "seed", "nfe", "measure", "value", "floor", "trouble", "seconds")


@shown_as("NAME=VALUE,...")
def _parameter(text):
    """lr=1e-3,1e-2 as ("lr", (.001, .01)); every value is read as its flag reads it."""
    name, _, values = text.partition("=")
    name = name.replace("-", "_")
    readers = SWEEPABLE | {own: read for own, (read, _) in own_flags().items()}
    if name not in readers:
        raise argparse.ArgumentTypeError(
            f"cannot sweep {name!r}; {meant(name, readers)}choose from {', '.join(readers)}"
        )
    if not values:
        raise argparse.ArgumentTypeError(f"{name} needs values, such as --sweep lr=1e-3,1e-2")
    try:
        return name, tuple(dict.fromkeys(readers[name](value) for value in values.split(",")))
    except argparse.ArgumentTypeError as error:
        raise argparse.ArgumentTypeError(f"{name} {error}") from None


@shown_as("ADDRESS")
def _address(text):
    scheme, _, host = text.partition("://")
    if not (scheme == "tcp" and host.rpartition(":")[0] and host.rpartition(":")[2].isdecimal()):
        raise argparse.ArgumentTypeError(f"must be an address such as tcp://host:8786, got {text!r}")
    return text


@dataclass(frozen=True)
class Scheduled(Config):
    """Settings of a command whose points may be computed elsewhere."""

    scheduler: str = flag("", _address, "a dask scheduler, tcp://host:8786, whose workers compute", run=False)

    @property
    def here(self):
        """The same as far as this machine must be able to do it: the device is that of the workers."""
        return replace(self, device="auto") if self.scheduler else self

    def crew(self, jobs, screen):
        """What computes the jobs, see `workers.Crew`."""
        return dask(self.scheduler, screen) if self.scheduler else local(min(self.n_workers, len(jobs)), screen)


@dataclass(frozen=True)
class SweepConfig(Scheduled):
    """The settings of a sweep; sweep: ((name, values), ...) in the order of the command line."""

    sweep: tuple = flag(
        (),
        _parameter,
        f"parameters and their values, of {' '.join(SWEEPABLE)}, or a model's own",
        run=False,
        many="NAME=VALUE,...",
    )
    measure: str = flag("w2", one_of(ONE_NUMBER), f"what the chart shows, of {' '.join(ONE_NUMBER)}", run=False)

    @property
    def folder(self):
        return self.output_dir / "sweep"

    @property
    def points(self):
        swept = [value for name, values in self.sweep for value in values if name == "dataset"]
        return (*super().points, *(value for value in swept if isinstance(value, Own)))

    def _read(self):
        sweep = [(name, tuple(map(self.read, values)) if name == "dataset" else values) for name, values in self.sweep]
        return replace(super()._read(), sweep=tuple(sweep))


@dataclass(eq=False)
class Chart:
    """The chart of a sweep, see visualization/pages/sweep.py: the result is its path."""

    folder: Path
    table: list
    sweep: tuple
    measure: str
    format: str = "png"

    def __str__(self):
        return "chart"

    def path(self):
        return self.folder / f"sweep.{self.format}"


@dataclass(frozen=True)
class Point:
    """One model in one dimension with one combination of the swept values; equal if its run would be the same.

    text: the settings of its run (Config.run_settings) as JSON; device: as in --device.
    """

    text: str
    device: str

    @classmethod
    def of(cls, config, name, dim):
        quiet = replace(config, viz_freq=config.epochs)  # one snapshot: a point keeps only its numbers
        return cls(json.dumps(plain_settings(quiet.run_settings(name, dim)), sort_keys=True), config.device)

    def __str__(self):
        return f"{self.settings['model']} {self.settings['dim']}d"

    @property
    def settings(self):
        """As JSON gives them; see `data.points.restored` for the dataset."""
        return json.loads(self.text)

    @property
    def seconds(self):
        """That it may take, for an estimate of the time left."""
        return trained(**self.settings) + EVALUATED[self.settings["dim"]]

    @cached_property
    def key(self):
        return hashlib.sha256(f"{FORMAT} {self.text}".encode()).hexdigest()[:16]


def plan(config, given=()):
    """All points in the order of the table: [(values of the swept parameters, Point)].

    given: the flags of the command line. Raises UsageError if the sweep makes no sense.
    """
    names = [name for name, _ in config.sweep]
    twice = next((name for i, name in enumerate(names) if name in names[:i] or name in given), None)
    count = math.prod(len(values) for _, values in config.sweep) * len(config.models) * len(config.dims)
    if not names:
        raise UsageError("--sweep is missing; for example --sweep lr=1e-4,1e-3,1e-2 hidden=32-64-32,128-128")
    if twice:
        raise UsageError(f"--sweep: {twice} is given twice; name each parameter once, with all of its values")
    for name in own_flags():
        if name in names and not any(name in own_settings(model) for model in config.models):
            raise UsageError(f"--sweep: none of the models has a {name}; {_owners(name)}")
    for dataset in dict(config.sweep).get("dataset", ()):
        check_dataset(config, dataset, [label(each) for each in dict(config.sweep)["dataset"]])
    if count > MOST:
        raise UsageError(f"--sweep: these are {count:,} points, and {MOST:,} are the most; name fewer values or models")
    return [
        (values, Point.of(_with(config, dict(zip(names, values, strict=True))), model, dim))
        for dim in config.dims
        for values in product(*(values for _, values in config.sweep))
        for model in config.models
    ]


def _owners(name):
    return f"it is of {', '.join(model for model in MODELS if name in own_settings(model))}"


def _with(config, changes):
    """A Config with some settings changed, also those that some models have alone."""
    own = {name: changes.pop(name) for name in list(changes) if name in own_flags()}
    return replace(config, **changes, own=(*config.own, *own.items()))


def check_dataset(config, dataset, labels):
    """UsageError if a swept dataset is not for the dimension of the sweep, or two have one name."""
    dim = dataset.dim if isinstance(dataset, Own) else 2
    if config.dims != (dim,):
        raise UsageError(f"--sweep: {label(dataset)} is data in {dim}D; add --dim {dim}d")
    if labels.count(label(dataset)) > 1:
        raise UsageError(
            f"--sweep: two files are called {label(dataset)}; rename one, so that the table can tell them apart"
        )


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
        """The result of a point; None if there is none. Raises ValueError if its file is damaged."""
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
    """The tidy table, one dict per number, of the points that have a result ({Point: result}), in the points' order."""
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


def table_text(config, table):
    """The table as a CSV: the swept parameters first."""
    names = dict.fromkeys([*(name for name, _ in config.sweep), *COLUMNS])
    return csv_text(list(names), ({name: shown(value) for name, value in row.items()} for row in table))


# ---- the command ---------------------------------------------------------------------------------------------------


def main(text, argv=None):
    """The command behind run_sweep.py: its exit status. text: its help."""
    return guarded(lambda: run(*parse(text, SweepConfig(), argv, without=("viz_freq", "save_every"))))


def run(config, given):
    """Compute what is missing, write the table and the chart, and say where they are; true if any point failed."""
    points = plan(config, given)
    with ready(config.here):
        return sweep(config, points)


def sweep(config, points):
    """The same with the points known, and the output folder held for this command."""
    table_path, chart_path = config.folder / "sweep.csv", config.folder / f"sweep.{config.format}"
    refuse_foreign(table_path, chart_path)
    store = Store(config.folder)
    results = {} if config.restart else finished(store, points)
    missing = list(dict.fromkeys(point for _, point in points if point not in results))
    print(f"{len(results) + len(missing)} points, {len(results)} of them finished before", flush=True)
    names = {point: name_of(config, values, point) for values, point in reversed(points)}
    failed = complete(config, store, names, missing, results) if missing else False
    table = list(records(config, points, results))
    write_text(table_path, table_text(config, table))
    print(f"written: {table_path}")
    remove(chart_path)  # it may be of another sweep, and there may be no chart for this one
    if not any(row["measure"] == config.measure for row in table):
        raise Failure(f"no point has the measure {config.measure}, so there is no chart")
    chart = Chart(config.folder, table, config.sweep, config.measure, config.format)
    with Screen([chart]) as screen, local(1, screen, by="draw") as crew:
        paths, lost = crew.complete([chart])
    for path in paths.values():
        print(f"written: {path}")
    return failed or lost


def finished(store, points):
    """{Point: result} of those that are kept; a damaged file is named and left out."""
    results = {}
    for point in dict.fromkeys(point for _, point in points):
        try:
            result = store.load(point)
        except ValueError as error:
            refuse_foreign(store.path(point))
            print(f"{error}; computed again", file=sys.stderr)
            continue
        if result:
            results[point] = result
    return results


def complete(config, store, names, missing, results):
    """Compute the missing points, save each as it finishes, and add it to results; true if any failed.

    names: {Point: what it is called}.
    """
    failed = False
    with (
        Screen(missing, min(config.n_workers, len(missing)), names=names) as screen,
        config.crew(missing, screen) as crew,
    ):
        for point, result in crew.run(missing):
            if isinstance(result, Failure):
                say(f"{names[point]}: {result}")
                failed = True
                continue
            if result["trouble"]:
                say(f"{names[point]}: {result['trouble']}")
            store.save(point, result)
            results[point] = result
            for line in logged(names[point]):
                tell(line)
    return failed


def name_of(config, values, point):
    """A point in words: fm 1d lr=0.001 hidden=32-64-32."""
    swept = (f"{name}={shown(value)}" for (name, _), value in zip(config.sweep, values, strict=True))
    return " ".join((str(point), *swept))
