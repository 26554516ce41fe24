"""Train generative models on data whose every answer is known, and draw what they learnt.

python main.py                              all eight models, 1D and 2D
python main.py --model fm facm --dim 2d     some of them
"""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from models import MODELS
from training.config import Config, UsageError, check_machine, guarded, parse, run_file
from training.pool import Pool

PRELOAD = ("training.runs", "evaluation.measures", "visualization.figure", "visualization.animation")
PAGES = ("losses", "steps", "maps", "couplings", "fields", "scoreboard", "adaptive")
FLOW_PAGES = ("maps", "couplings", "fields")
POWERS = (0.0, 0.5, 0.75, 1.0)  # of the adaptive weight's ablation, and its epochs
ABLATION_EPOCHS = 300


@dataclass(frozen=True)
class Task:
    """One model in one dimension, with its results in `folder`.

    given: names of the settings that a saved run must share with config to be used; None: all of them.
    """

    name: str
    dim: int
    config: Config
    folder: Path
    given: tuple = None

    def __str__(self):
        return f"{self.name} {self.dim}d"

    def path(self, ending="model.pt"):
        return run_file(self.folder, self.name, self.dim, ending)


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
        trouble = (run.trouble,) if run.trouble else ()
        return cls(task, run.config, run.final_loss.numpy(), w2, run.seconds, files, (*notes, *trouble), bool(trouble))


def main(argv=None):
    """The command behind main.py: its exit status."""
    return guarded(lambda: run(parse(__doc__, Config(), argv)[0]))


def script(name, dim="both", draw_only=False):
    """The command behind one model's train_ or viz_ script: main.py with the model chosen.

    draw_only: draw the saved run, whatever its settings where no flag names others; train only if there is none.
    """
    config, given = parse(sys.modules["__main__"].__doc__, Config(models=(name,), dim=dim))
    if name == "vae" and "beta" in given and config.beta != 1:
        config = replace(config, models=("vae_beta",))
    sys.exit(guarded(lambda: run(config, given if draw_only else None)))


def run(config, given=None):
    """Train what is missing, draw, and print the last table; true if anything failed. given: see Task."""
    check_machine(config)
    tasks = [Task(name, dim, config, config.output_dir, given) for dim in config.dims for name in config.models]
    with Pool(config.n_workers, PRELOAD) as pool:
        rows, failed = complete(pool, train_and_draw, tasks)
        if given is None:
            failed |= answer(pool, config, config.output_dir, config.dims, ablate=True)
    print_table(rows, config.output_dir)
    return failed


def answer(pool, config, folder, dims, ablate=False):
    """The scoreboard and the pages beside exact answers, from all runs saved in a folder; true if anything failed."""
    failed = False
    if ablate and 1 in dims and {"fm", "meanflow"} <= set(config.models):
        _, failed = complete(pool, train_and_measure, ablation(config))
    _, broken = complete(pool, draw_page, [Page(name, dim, folder) for name in PAGES for dim in page_dims(name, dims)])
    return failed or broken


def ablation(config):
    """Tasks of the adaptive weight's ablation: MeanFlow and flow matching in 1D, a folder for each power."""
    epochs = min(config.epochs, ABLATION_EPOCHS)
    for p in POWERS:
        setting = replace(config, adaptive_power=p, epochs=epochs, viz_freq=epochs)
        for name in ("fm", "meanflow"):
            yield Task(name, 1, setting, config.output_dir / "adaptive_runs" / f"p_{p:g}")


def complete(pool, function, tasks):
    """Results of function(task, report), in the order of the tasks and without those that failed; whether any did."""
    results, failed = {}, False
    for task, result in pool.run(function, tasks):
        if isinstance(result, Exception):
            pool.say(f"{task}: {result or type(result).__name__}")
            failed = True
            continue
        results[task] = result
        for note in getattr(result, "notes", ()):
            pool.say(f"{task}: {note}")
        failed |= getattr(result, "failed", False)
    return [results[task] for task in tasks if task in results], failed


def train_and_measure(task, report):
    """One task, in a worker: take the saved run or train, and measure: a Row."""
    return _measured(task, report)[1]


def train_and_draw(task, report):
    """The same, and draw what is not drawn yet."""
    run, row = _measured(task, report)
    picture = task.path("visualization.png")
    if task.given is not None or not is_newer(picture, [task.path()]):
        draw(run, picture, task.path("epochs"), report)
    return replace(row, files=(task.path(), picture))


def _measured(task, report):
    from evaluation.measures import measure, values
    from training.runs import obtain

    task.folder.mkdir(parents=True, exist_ok=True)
    run, notes = obtain(task.path(), task.config, task.name, task.dim, task.given, report)
    w2 = values(measure(run, task.path()), "w2")
    return run, Row.of(task, run, w2, (task.path(),), notes)


def is_newer(path, sources):
    """Whether a file is there and was written after all of its sources."""
    return path.exists() and all(path.stat().st_mtime >= source.stat().st_mtime for source in sources)


def draw(run, picture, folder, report):
    """A frame for each snapshot of a run, and last its picture: when that is there, all is."""
    from visualization.animation import draw_frames, shared_palette
    from visualization.figure import Picture

    figure = Picture(run)
    frames = range(len(run.snapshots["epoch"]))
    empty_folder(folder)
    draw_frames(figure, frames, folder, shared_palette(figure, frames), report)
    figure.save(picture)


@dataclass(frozen=True)
class Page:
    """A still page that is drawn from the saved runs of a folder: one for each dimension, or (dim None) one for all."""

    name: str
    dim: int
    folder: Path
    again: bool = False

    def __str__(self):
        return f"page {self.name}{f' {self.dim}d' if self.dim else ''}"

    def path(self):
        return self.folder / (f"{self.name}_{self.dim}d.png" if self.dim else f"{self.name}.png")

    def sources(self):
        """The checkpoints that the page shows."""
        if self.name == "adaptive":
            paths = [task.path() for task in ablation(Config(output_dir=self.folder))]
        else:
            paths = [
                run_file(self.folder, name, dim) for dim in ((self.dim,) if self.dim else (1, 2)) for name in MODELS
            ]
        return [path for path in paths if path.exists()]


def page_dims(name, dims):
    """The dimensions that a page has a picture for: the scoreboard and the ablation have one for all."""
    return dims if name not in ("scoreboard", "adaptive") else (None,)


def draw_page(page, report):
    """Draw a page, in a worker, unless it is newer than what it shows; the path."""
    from importlib import import_module

    from evaluation.measures import measure
    from training.runs import load
    from visualization.page import save

    sources = page.sources()
    if not sources or (is_newer(page.path(), sources) and not page.again):
        return None
    runs = [load(path) for path in sources]
    for run, path in zip(runs, sources, strict=True):
        measure(run, path)
    if page.name == "scoreboard":
        write_scoreboard(page.folder, runs)
    else:  # one dataset: that of the newest run
        newest = max(zip(sources, runs, strict=True), key=lambda pair: pair[0].stat().st_mtime)[1]
        runs = [run for run in runs if run.config["dataset"] == newest.config["dataset"]]
    if page.name in FLOW_PAGES and not any(hasattr(run.model, "velocity") for run in runs):
        return None
    save(import_module(f"visualization.page_{page.name}").draw(runs), page.path())
    return page.path()


def write_scoreboard(folder, runs):
    """metrics.csv and scoreboard.md of the measured runs."""
    from evaluation.scoreboard import markdown, write_csv
    from training.files import replace_file

    rows = [(run.config, run.measures["rows"]) for run in runs]

    def write(temporary):
        with open(temporary, "w", encoding="utf-8", newline="") as file:
            write_csv(rows, file)

    replace_file(folder / "metrics.csv", write)
    replace_file(folder / "scoreboard.md", lambda path: path.write_text(markdown(rows), encoding="utf-8"))


def page_script(name):
    """The command behind a page's script: draw it from the saved runs, without training."""
    config, _ = parse(sys.modules["__main__"].__doc__, Config())
    sys.exit(guarded(lambda: redraw(name, config)))


def redraw(name, config):
    """Draw a page again and say where it is; true if there was nothing to draw from."""
    check_machine(config)
    pages = [Page(name, dim, config.output_dir, again=True) for dim in page_dims(name, config.dims)]
    if name == "adaptive" and not all(page.sources() for page in pages):
        raise UsageError(f"no runs of the ablation in {config.output_dir}; python main.py makes them")
    if not any(page.sources() for page in pages):
        raise UsageError(f"no saved runs in {config.output_dir}; train some first: python main.py")
    with Pool(config.n_workers, PRELOAD) as pool:
        paths, failed = complete(pool, draw_page, pages)
    for path in filter(None, paths):
        print(f"written: {path}")
    return failed


def empty_folder(folder):
    """Make a folder for frames, without the frames of an earlier run."""
    folder.mkdir(parents=True, exist_ok=True)
    for frame in folder.glob("epoch_*.png"):
        frame.unlink()


def print_table(rows, folder):
    """Model, dimension, final loss, W2 (mean and standard deviation over seeds), time and files."""
    lines = [("model", "dim", "final loss", "W2 of samples", "training", f"files in {folder}")]
    for row in rows:
        lines.append(
            (
                row.task.name,
                f"{row.task.dim}d",
                f"{row.loss.mean():.3f}",
                f"{row.w2.mean():.3f} ± {row.w2.std():.3f}",
                f"{row.seconds:.1f} s",
                " ".join(str(path.relative_to(folder)) for path in row.files),
            )
        )
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


if __name__ == "__main__":
    sys.exit(main())
