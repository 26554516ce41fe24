"""Behind main.py and the train_ and viz_ scripts: train what is missing, draw, and print the last table."""

import sys
from dataclasses import replace

import numpy as np

from commands.cli import guarded, parse, ready
from commands.config import Config
from commands.files import refuse_foreign
from commands.jobs import Report, Train, ablation, pages_of
from commands.workers import local
from evaluation.summary import over_seeds
from models import ABLATED, MODELS, own_settings


def main(text, argv=None):
    """The command behind main.py: its exit status. text: its help."""
    return guarded(lambda: run(parse(text, argv=argv)[0], pages=True))


def script(name, dim="both", draw_only=False):
    """The command behind one model's train_ or viz_ script, main.py with the model chosen: ends the program.

    draw_only: draw the saved run, whatever its settings if no flag names others; train only if there is none.
    """
    sys.exit(guarded(lambda: _script(name, dim, draw_only)))


def _script(name, dim, draw_only):
    config, given = parse(sys.modules["__main__"].__doc__, Config(models=(name,), dim=dim))
    if "models" not in given:
        config = replace(config, models=(variant(name, given),))
    return run(config, given if draw_only else None)


def variant(name, given):
    """The model itself, or its first variant (vae_beta of vae) that alone has a setting which was given."""
    family = [name, *(other for other in MODELS if other.startswith(f"{name}_"))]
    own = {key for each in family for key in own_settings(each) if key in given}
    return next((each for each in family if own <= own_settings(each).keys()), name)


def run(config, given=None, pages=False):
    """Train what is missing, draw, and print the last table; true if anything failed.

    given: see jobs.Train. pages: also the scoreboard and the other pages.
    """
    folder, dims = config.output_dir, config.dims
    jobs = [Train(name, dim, config, folder, given, draws=True) for dim in dims for name in config.models]
    more = list(ablation(config)) if pages and 1 in dims and set(ABLATED) <= set(config.models) else []
    datasets = {dim: config.dataset_in(dim) for dim in dims}
    last = [Report(folder, datasets), *pages_of(folder, datasets)] if pages else []
    with ready(config):
        refuse_foreign(*(file for each in [*jobs, *last] for file in each.files()))
        with local(config.n_workers) as crew:
            rows, failed = crew.complete([*jobs, *more])
            failed |= crew.complete(last)[1]
    print_table([rows[job] for job in jobs if job in rows], folder)
    return failed


def print_table(rows, folder):
    """Model, dimension, final loss, W2 (mean and standard deviation over seeds), time and files."""
    lines = [("model", "dim", "final loss", "W2 of samples", "training", f"files in {folder}")]
    for row in rows:
        lines.append(
            (
                row.job.name,
                f"{row.job.dim}d",
                f"{over_seeds(row.loss)[0]:.3f}",
                "{:.3f} ± {:.3f}".format(*over_seeds(row.w2)) if np.isfinite(row.w2).any() else "diverged",
                f"{row.seconds:.1f} s",
                " ".join(str(path.relative_to(folder)) for path in row.files),
            )
        )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
