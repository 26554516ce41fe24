"""What there is to do, and which files each job leaves. How a worker does it is in work.py, which is heavy."""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from commands import files
from commands.config import ROOT, Config
from commands.experiments import EXPERIMENTS, places, plan, words_of
from commands.files import content_key, drawn_from, frame_path
from commands.surroundings import as_file_name
from data.points import label, plain
from models import MODELS
from models.source import title
from training.settings import key_of, run_file

ASKED = ("densities", "sde", "critic", "drift", "gap")  # drawn by run_pages.py if they are named
OF_ONE = (  # of one dimension
    *("losses", "steps", "maps", "couplings", "fields", "identities", "targets", "memorised"),
    *ASKED,
)
FILMED = ("drift", "sde")  # pages that move as well
PAGES = (*OF_ONE, "scoreboard", "adaptive")
USUAL = tuple(name for name in PAGES if name not in ASKED)
ROOMS = ("data", "evaluation", "models", "training", "visualization")  # whose code decides what a picture shows
FILMS = {"gif": ("gif",), "mp4": ("mp4",), "webm": ("webm",), "both": ("gif", "mp4")}  # --film: the kinds


def key(paths, *datasets):
    """The key of what is drawn from the files in `paths`: by their contents, the choice of datasets, and our code."""
    return key_of(_code(), json.dumps(list(map(plain, datasets))), *map(content_key, paths))


@lru_cache(maxsize=1)
def _code():
    """The key of the code that draws: if it changes, everything is drawn again."""
    found = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.*")) if not path.name.startswith(".")]
    return key_of(*(path.read_bytes() for path in found if path.suffix in (".py", ".js", ".css", ".html")))


# ---- runs -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Train:
    """One model in one dimension, with its results in `folder`: take the saved run or train, and evaluate it: a Row.

    given: the settings in which a saved run must agree with config to be used; None: all of them.
    draws: also draw what is not drawn yet.
    """

    name: str
    dim: int
    config: Config
    folder: Path
    given: tuple = None
    draws: bool = False

    def __str__(self):
        return f"{self.name} {self.dim}d{f', {self.experiment[1]}' if self.experiment else ''}"

    @property
    def experiment(self):
        """(Page, words) if it is a run of an experiment."""
        return words_of(self.folder)

    @property
    def words(self):
        """The job for people."""
        known = f"{title(self.name, self.config.own)} {self.dim}D"
        return f"{self.experiment[0]}: {known}, {self.experiment[1]}" if self.experiment else known

    def path(self, ending="model.pt"):
        return run_file(self.folder, self.name, self.dim, ending)

    def pictures(self, epochs):
        """The picture of a run, and its frames at these epochs."""
        frames = (frame_path(self.path("epochs"), epoch, epochs[-1]) for epoch in epochs)
        return [self.path(f"visualization.{self.config.format}"), *frames]

    def files(self):
        """The pictures that it will draw, as far as the settings tell in advance."""
        if not self.draws:
            return []
        return self.pictures(self.config.frame_epochs if self.given is None else ())


@dataclass(frozen=True)
class Row:
    """A line of the table; loss and w2 hold one number per seed; floor: the W2 of exact samples."""

    job: Train
    title: str
    loss: object
    w2: object
    floor: float
    seconds: float
    notes: tuple
    failed: bool

    @classmethod
    def of(cls, job, run, rows, notes):
        """The row of a finished run; rows: its measures."""
        w2, notes = [row for row in rows if row["measure"] == "w2"], [*notes, *filter(None, [run.trouble])]
        values, floor = [row["value"] for row in w2], w2[0]["floor"]
        return cls(job, run.model.title, run.final_loss.numpy(), values, floor, run.seconds, notes, bool(run.stopped))


def experiment(page, config):
    """The runs of an experiment."""
    return [Train(model, dim, changed, folder) for model, dim, changed, folder in plan(page, config)]


# ---- pages ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Page:
    """A still page that is drawn from the saved runs of a folder: one per dimension, or (dim None) one for all.

    dataset: which runs; None: all, or those of the one dataset that they share. The result is its path, or None.
    """

    name: str
    dim: int
    folder: Path
    again: bool = False
    dataset: object = None
    format: str = "png"

    def __str__(self):
        return f"page {self.name}{f' {self.dim}d' if self.dim else ''}"

    def path(self):
        return self.folder / f"{self.name}{f'_{self.dim}d' if self.dim else ''}.{self.format}"

    def files(self):
        """All that it writes."""
        tables = ("metrics.csv", "scoreboard.md") if self.name == "scoreboard" else ()
        return [self.path(), *self.films(), *(self.folder / name for name in tables)]

    def films(self):
        """Its film, if it has one."""
        return [self.path().with_suffix(".gif")] if self.name in FILMED else []

    def key(self):
        return key(self.sources(), self.dataset)

    def sources(self):
        """The checkpoints that the page shows."""
        folders = places(self.name, self.folder) if self.name in EXPERIMENTS else []
        if self.name not in ("adaptive", "gap", "targets"):  # which show nothing else
            folders = [self.folder, *folders]
        dims = (self.dim,) if self.dim else (1, 2)
        paths = [run_file(folder, name, dim) for folder in folders for dim in dims for name in MODELS]
        return [path for path in paths if path.exists()]

    def is_drawn(self):
        """Whether the page is there, and drawn from what the saved runs hold now."""
        key, drawn = self.key(), (self.path(), *self.films())
        if any(drawn_from(file) != key for file in drawn) or not all(file.exists() for file in self.files()):
            return False
        if self.name != "scoreboard":
            return True
        _, metrics, scoreboard = self.files()  # a table has no room for a key: the other one knows what it holds
        return drawn_from(scoreboard) == key and content_key(metrics) in scoreboard.read_text(encoding="utf-8")


def pages_of(folder, datasets, names=USUAL, again=False, format="png"):
    """The pages of all runs saved in a folder on {dim: dataset}; None: whatever dataset it is."""
    return [
        Page(name, dim, folder, again, datasets.get(dim), format)
        for name in names
        for dim in (tuple(datasets) if name in OF_ONE else (None,))
    ]


@dataclass(frozen=True)
class DataPage:
    """The picture of a dimension's datasets: the result is its path and the lines of a summary."""

    dim: int
    datasets: tuple
    config: Config

    def __str__(self):
        return f"data {self.dim}d"

    def path(self):
        only = self.datasets[0] if self.dim == 2 and len(self.datasets) == 1 else ""
        return (
            self.config.output_dir
            / f"data_{self.dim}d{f'_{as_file_name(label(only))}' if only else ''}.{self.config.format}"
        )


@dataclass(frozen=True)
class Report:
    """The explorer of a folder's saved runs: those of main.py, or with `comparison` those of run_comparison.py.

    If one of them has none of a dimension, the other's are shown. datasets: {dim: which runs}, see `Page`.
    """

    folder: Path
    datasets: dict = field(default_factory=dict, hash=False)
    comparison: bool = False
    again: bool = False

    def __str__(self):
        return "report"

    def path(self):
        return self.folder / "report.html"

    def files(self):
        return [self.path()]

    def key(self):
        groups = [*self.sources().values(), *(self.targets(dim) for dim in (1, 2))]
        return key([path for paths in groups for path in paths], *(self.datasets.get(dim) for dim in (1, 2)))

    def targets(self, dim):
        """The checkpoints of "Why one step was hard", if that page has them."""
        return Page("targets", dim, self.folder).sources()

    def sources(self):
        """The checkpoints that the page shows: {dim: paths}."""
        found = {}
        for dim in (1, 2):
            places = [self.folder, self.folder / f"comparison_{dim}d"]
            for place in reversed(places) if self.comparison else places:
                paths = [path for name in MODELS if (path := run_file(place, name, dim)).exists()]
                if paths and dim not in found:
                    found[dim] = paths
        return found

    def is_drawn(self):
        return drawn_from(self.path()) == self.key()


# ---- films ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Film:
    """The comparison of all models in one dimension, and where it is."""

    config: Config
    dim: int

    @property
    def folder(self):
        return self.config.output_dir / f"comparison_{self.dim}d"

    @property
    def frames(self):
        return self.folder / "comparison_frames"

    def paths(self):
        """The films themselves, by their kinds."""
        return [self.folder / f"comparison_{self.dim}d.{kind}" for kind in FILMS[self.config.film]]

    def jobs(self):
        return [Train(name, self.dim, self.config, self.folder) for name in self.config.models]

    def chunks(self, results):
        """The frames of the models that are trained, in as many even parts as there are processes."""
        paths = tuple(job.path() for job in self.jobs() if job in results)
        n, workers = len(self.config.frame_epochs) if paths else 0, self.config.n_workers
        cuts = [n * i // workers for i in range(workers + 1)]
        parts, shown = zip(cuts[:-1], cuts[1:], strict=True), self.key(results)
        return [Chunk(self, paths, a, b, self.gif_part(a), shown) for a, b in parts if a < b]

    def gif_part(self, first):
        """Where a chunk's blocks of the GIF are until it is joined: a temporary file of this command."""
        return self.folder / f".gen_study.{files.command}.gif.{first}"

    def key(self, results):
        """The key of what frames and films show, and how wide: the films bear it, and are written last."""
        return key_of(key([job.path() for job in self.jobs() if job in results]), str(self.config.film_width))

    def files(self):
        last = self.config.epochs
        return [*self.paths(), *(frame_path(self.frames, epoch, last) for epoch in self.config.frame_epochs)]


@dataclass(frozen=True)
class Chunk:
    """Frames first .. last - 1 of a film: the work of one process. The result: its Cut, all epochs, palette bytes."""

    film: Film
    paths: tuple
    first: int
    last: int
    part: Path
    shown: str

    def __str__(self):
        return f"frames {self.film.dim}d {self.first + 1}-{self.last}"


@dataclass(eq=False)
class Join:
    """Join the parts of a GIF, and encode videos; they bear the key of what they show: the last work on a film."""

    film: Film
    cut: object
    epochs: list
    palette: bytes
    parts: list
    shown: str

    def __str__(self):
        return f"film {self.film.dim}d"
