"""The still pages that stand beside exact answers: what there is, what each shows, and when to draw it again.

Imports nothing heavy: the commands know the pages before torch and matplotlib are loaded.
"""

from dataclasses import dataclass
from pathlib import Path

from models import MODELS
from training.config import run_file

PAGES = ("losses", "steps", "maps", "couplings", "fields", "scoreboard", "adaptive")
FLOW_PAGES = ("maps", "couplings", "fields")
POWERS = (0.0, 0.5, 0.75, 1.0)  # of the adaptive weight's ablation
ABLATED = ("fm", "meanflow")


def ablation_folder(folder, p):
    """Where the runs with one power of the adaptive weight are."""
    return folder / "adaptive_runs" / f"p_{p:g}"


def is_newer(path, sources):
    """Whether a file is there and was written after all of its sources."""
    return path.exists() and all(path.stat().st_mtime >= source.stat().st_mtime for source in sources)


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
            paths = [run_file(ablation_folder(self.folder, p), name, 1) for p in POWERS for name in ABLATED]
        else:
            paths = [
                run_file(self.folder, name, dim) for dim in ((self.dim,) if self.dim else (1, 2)) for name in MODELS
            ]
        return [path for path in paths if path.exists()]

    def __call__(self, report):
        """Draw the page, in a worker, unless it is newer than what it shows; the path."""
        from importlib import import_module

        from evaluation.measures import measure
        from training.runs import reread
        from visualization.page import save

        sources = self.sources()
        if not sources or (is_newer(self.path(), sources) and not self.again):
            return None
        runs = [reread(path) for path in sources]
        for run, path in zip(runs, sources, strict=True):
            measure(run, path)
        if self.name == "scoreboard":
            write_scoreboard(self.folder, runs)
        else:  # one dataset: that of the newest run
            newest = max(zip(sources, runs, strict=True), key=lambda pair: pair[0].stat().st_mtime)[1]
            runs = [run for run in runs if run.config["dataset"] == newest.config["dataset"]]
        if self.name in FLOW_PAGES and not any(hasattr(run.model, "velocity") for run in runs):
            return None
        save(import_module(f"visualization.page_{self.name}").draw(runs), self.path())
        return self.path()


def page_dims(name, dims):
    """The dimensions that a page has a picture for: the scoreboard and the ablation have one for all."""
    return dims if name not in ("scoreboard", "adaptive") else (None,)


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
