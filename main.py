"""Train generative models on data whose every answer is known, and draw what they learnt.

python main.py                              all eight models, 1D and 2D
python main.py --model fm facm --dim 2d     some of them
"""

if __name__ == "__main__":  # first, so that this runs as a module whose classes workers can import
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from main import main

    sys.exit(main())

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from training.config import Config, UsageError, guarded, parse, ready, run_file
from training.files import drawn_from, empty_folder, frame_path, make_folder, refuse_foreign, remove
from training.pool import Pool
from visualization.explorer import Report
from visualization.pages import ABLATED, PAGES, POWERS, Page, ablation_folder, key, page_dims

PRELOAD = ("training.runs", "evaluation.measures", "scipy.stats", "visualization.figure", "visualization.animation")
ABLATION_EPOCHS = 300  # of the adaptive weight's ablation: enough to see the damage


@dataclass(frozen=True)
class Task:
    """One model in one dimension, with its results in `folder`: a worker takes the saved run or trains, and measures.

    given: names of the settings that a saved run must share with config to be used; None: all of them.
    draws: also draw what is not drawn yet.
    """

    name: str
    dim: int
    config: Config
    folder: Path
    given: tuple = None
    draws: bool = False

    def __str__(self):
        return f"{self.name} {self.dim}d"

    def path(self, ending="model.pt"):
        return run_file(self.folder, self.name, self.dim, ending)

    def pictures(self, epochs):
        """The picture of a run, and its frames at these epochs."""
        frames = (frame_path(self.path("epochs"), epoch, epochs[-1]) for epoch in epochs)
        return [self.path("visualization.png"), *frames]

    def files(self):
        """The pictures that it will draw, as far as the settings tell before."""
        if not self.draws:
            return []
        return self.pictures(self.config.frame_epochs if self.given is None else ())

    def __call__(self, report):
        """In a worker: the Row."""
        from evaluation.measures import measure, values
        from training.runs import obtain

        within = self.folder.relative_to(self.config.output_dir)
        for folder in reversed([within, *within.parents][:-1]):
            make_folder(self.config.output_dir / folder)
        run, notes = obtain(self.path(), self.config, self.name, self.dim, self.given, report)
        row = Row.of(self, run, values(measure(run, self.path()), "w2"), (self.path(),), notes)
        if not self.draws:
            return row
        picture, shown = self.path("visualization.png"), key([self.path()])
        pictures = self.pictures(run.snapshots["epoch"].tolist())  # fewer if every seed has diverged
        if self.given is not None or any(drawn_from(file) != shown for file in pictures):
            draw(run, picture, self.path("epochs"), report, shown)
        return replace(row, files=(self.path(), picture))


@dataclass(frozen=True)
class Row:
    """A line of the last table; loss and w2 hold one number a seed."""

    task: Task
    settings: dict
    loss: object
    w2: object
    seconds: float
    files: tuple
    notes: tuple
    failed: bool

    @classmethod
    def of(cls, task, run, w2, files, notes):
        """The row of a finished run."""
        notes = [*notes, *filter(None, [run.trouble])]
        return cls(task, run.config, run.final_loss.numpy(), w2, run.seconds, files, notes, bool(run.stopped))


def main(argv=None):
    """The command behind main.py: its exit status."""
    return guarded(lambda: run(parse(__doc__, Config(), argv)[0], pages=True))


def script(name, dim="both", draw_only=False):
    """The command behind one model's train_ or viz_ script: main.py with the model chosen.

    draw_only: draw the saved run, whatever its settings where no flag names others; train only if there is none.
    """
    sys.exit(guarded(lambda: _script(name, dim, draw_only)))


def _script(name, dim, draw_only):
    config, given = parse(sys.modules["__main__"].__doc__, Config(models=(name,), dim=dim))
    if name == "vae" and "beta" in given and config.beta != 1:
        config = replace(config, models=("vae_beta",))
    return run(config, given if draw_only else None)


def run(config, given=None, pages=False):
    """Train what is missing, draw, and print the last table; true if anything failed.

    given: see Task. pages: also the scoreboard and the pages beside exact answers.
    """
    folder, dims = config.output_dir, config.dims
    tasks = [Task(name, dim, config, folder, given, draws=True) for dim in dims for name in config.models]
    more = list(ablation(config)) if pages and 1 in dims and set(ABLATED) <= set(config.models) else []
    datasets = {dim: config.dataset_in(dim) for dim in dims}
    last = [Report(folder, datasets), *pages_of(folder, datasets)] if pages else []
    with ready(config):
        refuse_foreign(*(file for each in [*tasks, *last] for file in each.files()))
        with Pool(config.n_workers, PRELOAD) as pool:
            rows, failed = complete(pool, [*tasks, *more])
            failed |= complete(pool, last)[1]
    print_table([rows[task] for task in tasks if task in rows], folder)
    return failed


def pages_of(folder, datasets, names=PAGES, again=False):
    """The pages beside exact answers of all runs saved in a folder on {dim: dataset}; None: whatever dataset it is."""
    return [
        Page(name, dim, folder, again, datasets.get(dim)) for name in names for dim in page_dims(name, tuple(datasets))
    ]


def ablation(config):
    """Tasks of the adaptive weight's ablation: flow matching and MeanFlow in 1D, a folder for each power."""
    epochs = min(config.epochs, ABLATION_EPOCHS)
    for p in POWERS:
        setting = replace(config, adaptive_power=p, epochs=epochs, viz_freq=epochs)
        for name in ABLATED:
            yield Task(name, 1, setting, ablation_folder(config.output_dir, p))


def complete(pool, tasks, then=lambda done, results: ()):
    """({task: its result} in the order of the tasks, without those that failed; whether any did).

    The last tasks begin first: the registry's models and the dimensions grow in cost, and what takes longest must not
    begin when all else is done. then(done, results): more tasks, asked for after each that is done, well or not.
    """
    tasks, done, results, failed = list(tasks), set(), {}, False
    for task, result in pool.run(reversed(tasks), lambda: then(done, results)):
        done.add(task)
        if isinstance(result, Exception):
            pool.say(f"{task}: {result or type(result).__name__}")
            failed = True
            continue
        results[task] = result
        for note in getattr(result, "notes", ()):
            pool.say(f"{task}: {note}")
        failed |= getattr(result, "failed", False)
    return {task: results[task] for task in [*tasks, *results] if task in results}, failed


def draw(run, picture, folder, report, shown):
    """A frame for each snapshot of a run, and last its picture with its key `shown`: if that is there, all is."""
    from visualization.animation import draw_frames, shared_palette
    from visualization.figure import Picture

    figure = Picture(run)
    frames = range(len(run.snapshots["epoch"]))
    remove(picture)
    empty_folder(folder)
    draw_frames(figure, frames, folder, shared_palette(figure, frames), report, shown=shown)
    figure.save(picture, shown)


def page_script(name):
    """The command behind a page's script: draw it from the saved runs; only the ablation trains its own."""
    sys.exit(guarded(lambda: redraw(name, *parse(sys.modules["__main__"].__doc__, Config()))))


def redraw(name, config, given):
    """Draw a page again and say where it is; true if anything failed. given: the flags of the command line."""
    datasets = {dim: config.dataset_in(dim) if "dataset" in given else None for dim in config.dims}
    pages = pages_of(config.output_dir, datasets, (name,), again=True)
    with ready(config), Pool(config.n_workers, PRELOAD) as pool:
        if name == "adaptive":
            complete(pool, ablation(config))
        if not any(page.sources() for page in pages):
            raise UsageError(f"no saved runs in {config.output_dir}; train some first: python main.py")
        paths, failed = complete(pool, pages)
    for path in filter(None, paths.values()):
        print(f"written: {path}")
    return failed


def print_table(rows, folder):
    """Model, dimension, final loss, W2 (mean and standard deviation over seeds), time and files."""
    import numpy as np  # here: its import would slow every --help

    from evaluation.seeds import over_seeds

    lines = [("model", "dim", "final loss", "W2 of samples", "training", f"files in {folder}")]
    for row in rows:
        lines.append(
            (
                row.task.name,
                f"{row.task.dim}d",
                f"{over_seeds(row.loss)[0]:.3f}",
                "{:.3f} ± {:.3f}".format(*over_seeds(row.w2)) if np.isfinite(row.w2).any() else "diverged",
                f"{row.seconds:.1f} s",
                " ".join(str(path.relative_to(folder)) for path in row.files),
            )
        )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
