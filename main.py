"""Train generative models on data whose every answer is known, and draw what they learnt.

python main.py                              all eight models, 1D and 2D
python main.py --model fm facm --dim 2d     some of them
"""

import sys
from dataclasses import dataclass, replace
from pathlib import Path

from training.config import Config, check_machine, guarded, parse, run_file
from training.pool import Pool

PRELOAD = ("training.runs", "evaluation.metrics", "visualization.figure", "visualization.animation")


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
    print_table(rows, config.output_dir)
    return failed


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


def train_and_draw(task, report):
    """One task, in a worker: take the saved run or train, measure, draw what is not drawn yet: a Row."""
    from evaluation.metrics import measure
    from training.runs import obtain

    run, notes = obtain(task.path(), task.config, task.name, task.dim, task.given, report)
    measure(run, task.path())
    picture = task.path("visualization.png")
    if task.given is not None or not picture.exists() or picture.stat().st_mtime < task.path().stat().st_mtime:
        draw(run, picture, task.path("epochs"), report)
    return Row.of(task, run, run.measures["w2"].numpy(), (task.path(), picture), notes)


def draw(run, picture, folder, report):
    """A frame for each snapshot of a run, and last its picture: when that is there, all is."""
    from visualization.animation import draw_frames, shared_palette
    from visualization.figure import Picture

    figure = Picture(run)
    frames = range(len(run.snapshots["epoch"]))
    empty_folder(folder)
    draw_frames(figure, frames, folder, shared_palette(figure, frames), report)
    figure.save(picture)


def empty_folder(folder):
    """Make a folder for frames, without the frames of an earlier run."""
    folder.mkdir(parents=True, exist_ok=True)
    for frame in folder.glob("epoch_*.png"):
        frame.unlink()


def print_table(rows, folder, distance="W2 of samples"):
    """Model, dimension, final loss, W2 (mean and standard deviation over seeds), time and files."""
    lines = [("model", "dim", "final loss", distance, "training", f"files in {folder}")]
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
