"""The still pages that stand beside exact answers: what there is, what each shows, and when to draw it again.

Imports nothing heavy: the commands know the pages before torch and matplotlib are loaded.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from data.points import labels, plain
from models import MODELS
from training.config import run_file
from training.files import content_key, drawn_from, key_of, remove

PAGES = ("losses", "steps", "maps", "couplings", "fields", "scoreboard", "adaptive")
ROOMS = ("data", "evaluation", "models", "visualization")  # whose code decides what a picture shows
FLOW_PAGES = ("maps", "couplings", "fields")
POWERS = (0.0, 0.5, 0.75, 1.0)  # of the adaptive weight's ablation
ABLATED = ("fm", "meanflow")


def ablation_folder(folder, p):
    """Where the runs with one power of the adaptive weight are."""
    return folder / "adaptive_runs" / f"p_{p:g}"


def key(paths, *datasets):
    """The key of what is drawn from the files in `paths`: by their contents, the choice of datasets, and our code."""
    return key_of(_code(), json.dumps(list(map(plain, datasets))), *map(content_key, paths))


@lru_cache(maxsize=1)
def _code():
    """The key of the code that draws: if it changes, everything is drawn again."""
    root = Path(__file__).resolve().parent.parent
    found = [path for room in ROOMS for path in sorted((root / room).rglob("*.*")) if not path.name.startswith(".")]
    return key_of(*(path.read_bytes() for path in found if path.suffix in (".py", ".js", ".css", ".html")))


def of_dataset(runs, dataset):
    """The runs that were trained on a dataset; None: on the one that all share. RuntimeError if there are several."""
    trained = {run.config["dataset"] for run in runs}
    if dataset is None and len(trained) > 1:
        names = ", ".join(sorted(labels(trained).values()))
        raise RuntimeError(f"the saved runs were trained on different data ({names}); choose with --dataset")
    return [run for run in runs if dataset in (None, run.config["dataset"])]


def readable(paths):
    """(The runs in files, measured; why the first of the others was refused, or None). BadRun if all are refused."""
    from evaluation.measures import measure
    from training.checkpoint import BadRun
    from training.runs import reread

    runs, refusals = [], []
    for path in paths:
        try:
            run = reread(path)
        except BadRun as error:
            refusals.append(error)
            continue
        measure(run, path)
        runs.append(run)
    if not runs:
        raise refusals[0]
    return runs, next(iter(refusals), None)


@dataclass(frozen=True)
class Page:
    """A still page that is drawn from the saved runs of a folder: one for each dimension, or (dim None) one for all.

    dataset: which runs; None: all, or those of the one dataset that they share.
    """

    name: str
    dim: int
    folder: Path
    again: bool = False
    dataset: object = None

    def __str__(self):
        return f"page {self.name}{f' {self.dim}d' if self.dim else ''}"

    def path(self):
        return self.folder / (f"{self.name}_{self.dim}d.png" if self.dim else f"{self.name}.png")

    def files(self):
        """All that it writes."""
        tables = ("metrics.csv", "scoreboard.md") if self.name == "scoreboard" else ()
        return [self.path(), *(self.folder / name for name in tables)]

    def key(self):
        return key(self.sources(), self.dataset)

    def sources(self):
        """The checkpoints that the page shows."""
        if self.name == "adaptive":
            paths = [run_file(ablation_folder(self.folder, p), name, 1) for p in POWERS for name in ABLATED]
        else:
            paths = [
                run_file(self.folder, name, dim) for dim in ((self.dim,) if self.dim else (1, 2)) for name in MODELS
            ]
        return [path for path in paths if path.exists()]

    def is_drawn(self):
        """Whether the page is there, and drawn from what the saved runs hold now."""
        if drawn_from(self.path()) != self.key() or not all(file.exists() for file in self.files()):
            return False
        if self.name != "scoreboard":
            return True
        _, metrics, scoreboard = self.files()  # a table has no room for a key: the other one knows what it holds
        return drawn_from(scoreboard) == self.key() and content_key(metrics) in scoreboard.read_text(encoding="utf-8")

    def __call__(self, report):
        """Draw the page, in a worker, unless it is drawn; the path."""
        from importlib import import_module

        from visualization.page import save
        from visualization.style import defaults

        sources = self.sources()
        if not sources or (self.is_drawn() and not self.again):
            return None
        runs, refusal = readable(sources)
        remove(self.path())  # it is written last: if it is there, all is
        shown = self.key()  # the files as they are now that they hold their measures
        if self.name == "scoreboard":
            write_scoreboard(self.folder, runs, shown)
        elif self.name != "adaptive":
            runs = of_dataset(runs, self.dataset)
        if not runs or (self.name in FLOW_PAGES and not any(hasattr(run.model, "velocity") for run in runs)):
            return None
        with defaults():
            save(import_module(f"visualization.page_{self.name}").draw(runs), self.path(), shown)
        if refusal:
            raise RuntimeError(f"drawn, but {refusal}")
        return self.path()


def page_dims(name, dims):
    """The dimensions that a page has a picture for: the scoreboard and the ablation have one for all."""
    return dims if name not in ("scoreboard", "adaptive") else (None,)


def write_scoreboard(folder, runs, shown):
    """metrics.csv and scoreboard.md of the measured runs. shown: their key."""
    from evaluation.scoreboard import markdown, write_csv
    from training.files import replace_file, stamp, write_text

    rows = [(run.config, run.measures["rows"]) for run in runs]

    def write(temporary):
        with open(temporary, "w", encoding="utf-8", newline="") as file:
            write_csv(rows, file)

    replace_file(folder / "metrics.csv", write)
    words = f"{stamp(shown)}, with metrics.csv {content_key(folder / 'metrics.csv')}"
    write_text(folder / "scoreboard.md", f"{markdown(rows)}\n<!-- {words} -->\n")
