"""Behind main.py and the train_ and viz_ scripts: train what is missing, draw, and print a row per model."""

import sys
import time
from dataclasses import replace

import numpy as np

from commands.cli import guarded, parse, ready
from commands.config import Config
from commands.files import refuse_foreign
from commands.jobs import Report, Row, Train, experiment, pages_of
from commands.terminal import Screen, clock, logged, short, tell, wrapped
from commands.workers import local
from evaluation.labels import number, plus_minus
from evaluation.summary import over_seeds
from models import ABLATED, MODELS
from models.source import own_settings


def main(text, argv=None):
    """The command behind main.py: its exit status. text: its help."""
    return guarded(lambda: run(parse(text, argv=argv)[0], pages=True))


def script(name, dim="both", draw_only=False):
    """The command behind one model's train_ or viz_ script, main.py with the model chosen: ends the program.

    draw_only: draw the saved run, whatever its settings if no flag names others; train only if there is none.
    """
    sys.exit(guarded(lambda: _script(name, dim, draw_only)))


def _script(name, dim, draw_only):
    models = family(name)
    config, given = parse(
        sys.modules["__main__"].__doc__, Config(models=(name,), dim=dim), without=("models",), family=models
    )
    return run(replace(config, models=(variant(name, given),)), given if draw_only else None)


def family(name):
    """A model and its variants (vae_beta of vae)."""
    return [name, *(other for other in MODELS if other.startswith(f"{name}_"))]


def variant(name, given):
    """The model itself, or its first variant (vae_beta of vae) that alone has a setting which was given."""
    own = {key for each in family(name) for key in own_settings(each) if key in given}
    return next((each for each in family(name) if own <= own_settings(each).keys()), name)


def run(config, given=None, pages=False):
    """Train what is missing, draw, and print a row per model; true if anything failed.

    given: see jobs.Train. pages: also the scoreboard and the other pages.
    """
    folder, dims = config.output_dir, config.dims
    jobs = [Train(name, dim, config, folder, given, draws=True) for dim in dims for name in config.models]
    more = experiment("adaptive", config) if pages and 1 in dims and set(ABLATED) <= set(config.models) else []
    datasets = {dim: config.dataset_in(dim) for dim in dims}
    last = [Report(folder, datasets), *pages_of(folder, datasets, format=config.format)] if pages else []
    rows = Rows()
    with Screen([*jobs, *more, *last], config.n_workers) as screen, ready(config):
        refuse_foreign(*(file for each in [*jobs, *last] for file in each.files()))
        with local(config.n_workers, screen) as crew:
            _, failed = crew.complete([*jobs, *more], show=rows.show)
            failed |= crew.complete(last, show=lambda job, path: logged(path))[1]
    rows.conclude(folder, last[0] if last else None)
    return failed


class Rows:
    """The table of a command: a row per model as it is finished, that of exact samples first in each dimension."""

    def __init__(self):
        self.begun, self.floors, self.rows = time.monotonic(), {}, []

    def show(self, job, row):
        """A finished job's row; of an experiment a line in a log."""
        if not isinstance(row, Row):
            return
        if job.experiment:
            yield from logged(job.words)
            return
        if not self.rows:
            yield cells("model", "dim", "final loss", "W2 of samples", "training")
        if row.job.dim not in self.floors:
            self.floors[row.job.dim] = row.floor
            yield cells("exact samples", f"{row.job.dim}d", "", number(row.floor), "")
        self.rows.append(row)
        good = np.isfinite(row.w2)
        w2 = plus_minus(*over_seeds(row.w2)) if good.any() else "diverged"
        few = f" ({good.sum()} of {len(good)} seeds)" if 0 < good.sum() < len(good) else ""
        loss = number(float(over_seeds(row.loss)[0]))
        yield cells(row.title, f"{row.job.dim}d", loss, w2 + few, f"{row.seconds:.1f} s")

    def conclude(self, folder, report):
        """Best and worst in a sentence per dimension, how long it took, and what to look at."""
        for dim, floor in sorted(self.floors.items()):
            w2 = {row.title: over_seeds(row.w2) for row in self.rows if row.job.dim == dim}
            ranked = sorted((title for title in w2 if np.isfinite(w2[title][0])), key=lambda title: w2[title][0])
            if len(ranked) > 1:
                best, worst = ranked[0], ranked[-1]
                close = f"{best}, W2 {plus_minus(*w2[best])} (exact samples {number(floor)})"
                tell(wrapped(f"{dim}D: closest to the data is {close}; farthest is {worst}, {number(w2[worst][0])}."))
        if self.rows:
            tell(f"done in {clock(time.monotonic() - self.begun)} (min:s); files are in {short(folder)}")
        if report and report.path().exists():
            tell(f"open {short(report.path())}")


def cells(model, dim, loss, w2, training):
    """A row of at most 80 columns, for titles of up to 22."""
    return f"{model:<22} {dim:<4} {loss:<11} {w2:<24} {training:>9}".rstrip()
