"""Train models side by side and animate them: one frame an epoch that holds them all, and a GIF.

python run_comparison.py --dim 1d --epochs 200
python run_comparison.py --dim both --models fm meanflow facm backflow
python run_comparison.py --sweep lr=1e-4,1e-3,1e-2 hidden=32-64-32,128-128    is run_sweep.py
"""

if __name__ == "__main__":  # first, so that this runs as a module whose classes workers can import
    import sys
    from pathlib import Path

    sys.path.insert(0, str(Path(__file__).resolve().parent))
    from training.surroundings import own_matplotlib

    own_matplotlib()
    from run_comparison import main

    sys.exit(main())

import sys
from dataclasses import dataclass
from pathlib import Path

from main import PRELOAD, Task, complete, pages_of, print_table
from training import files
from training.config import Config, guarded, parse, ready
from training.files import drawn_from, empty_folder, frame_path, make_folder, refuse_foreign, remove
from training.pool import Pool
from visualization.explorer import Report
from visualization.pages import key

DEFAULTS = Config(epochs=200, viz_freq=1)


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

    @property
    def gif(self):
        return self.folder / f"comparison_{self.dim}d.gif"

    def tasks(self):
        return [Task(name, self.dim, self.config, self.folder) for name in self.config.models]

    def chunks(self, results):
        """The frames of the models that are trained, in as many even parts as there are processes."""
        paths = tuple(task.path() for task in self.tasks() if task in results)
        n, workers = len(self.config.frame_epochs) if paths else 0, self.config.n_workers
        cuts = [n * i // workers for i in range(workers + 1)]
        parts, shown = zip(cuts[:-1], cuts[1:], strict=True), self.key(results)
        return [Chunk(self, paths, a, b, self.gif_part(a), shown) for a, b in parts if a < b]

    def gif_part(self, first):
        """Where a chunk's blocks of the GIF are until it is joined: a temporary file of this command."""
        return self.folder / f".gen_study.{files.command}.gif.{first}"

    def key(self, results):
        """The key of what frames and GIF show: the GIF bears it, and is written last."""
        return key([task.path() for task in self.tasks() if task in results])

    def files(self):
        last = self.config.epochs
        return [self.gif, *(frame_path(self.frames, epoch, last) for epoch in self.config.frame_epochs)]


@dataclass(frozen=True)
class Chunk:
    """Frames first .. last - 1 of a film: the work of one process."""

    film: Film
    paths: tuple
    first: int
    last: int
    part: Path
    shown: str

    def __str__(self):
        return f"frames {self.film.dim}d {self.first + 1}-{self.last}"

    def __call__(self, report):
        """Draw the frames, in a worker: (the film's size in pixels, its palette)."""
        from training.runs import reread
        from visualization.animation import draw_frames, shared_palette
        from visualization.figure import Comparison

        figure = Comparison([reread(path) for path in self.paths])
        palette = shared_palette(figure, range(len(figure.epochs)))
        frames = range(self.first, min(self.last, len(figure.epochs)))
        with open(self.part, "wb") as gif:
            draw_frames(figure, frames, self.film.frames, palette, report, gif, self.shown)
        return figure.size, palette


@dataclass(eq=False)
class Join:
    """Join the parts of a film's GIF, which bears the key of what it shows: the last work on a film."""

    film: Film
    size: tuple
    palette: object
    parts: list
    shown: str

    def __str__(self):
        return f"gif {self.film.dim}d"

    def __call__(self, report):
        from visualization.animation import join_gif

        join_gif(self.film.gif, self.size, self.palette, self.parts, self.shown)
        for part in self.parts:
            part.unlink()


def main(argv=None):
    """The command behind run_comparison.py: its exit status. With --sweep it is run_sweep.py."""
    if any(word.partition("=")[0] == "--sweep" for word in (sys.argv if argv is None else argv)):
        import run_sweep

        return run_sweep.main(argv)
    return guarded(lambda: run(parse(__doc__, DEFAULTS, argv)[0]))


def run(config):
    """Train what is missing, draw frames and GIF of each dimension, print the last table; true if any failed."""
    films = [Film(config, dim) for dim in config.dims]
    tasks = [task for film in films for task in film.tasks()]
    training, drawing = list(films), {}
    datasets = {dim: config.dataset_in(dim) for dim in config.dims}
    pages = {film: pages_of(film.folder, {film.dim: datasets[film.dim]}) for film in films}
    report = Report(config.output_dir, datasets, comparison=True)

    def then(done, results):
        """What can be done next with a film whose models are trained, or whose frames are drawn."""
        for film in [film for film in training if done.issuperset(film.tasks())]:
            training.remove(film)
            shown = film.key(results)
            if any(drawn_from(file) != shown for file in film.files()):
                remove(film.gif)
                empty_folder(film.frames)
                drawing[film] = film.chunks(results)
                yield from drawing[film]
            yield from reversed(pages[film])  # the slow ones first
            if not training:
                yield report
        for film in [film for film, chunks in drawing.items() if done.issuperset(chunks)]:
            chunks = drawing.pop(film)
            if chunks and all(chunk in results for chunk in chunks):
                yield Join(film, *results[chunks[0]], [chunk.part for chunk in chunks], chunks[0].shown)

    with ready(config):
        for film in films:
            make_folder(film.folder)
            make_folder(film.frames)
            refuse_foreign(*film.files(), *(file for page in pages[film] for file in page.files()), *report.files())
        with Pool(config.n_workers, PRELOAD) as pool:
            results, failed = complete(pool, tasks, then)
    print_table([results[task] for task in tasks if task in results], config.output_dir)
    return failed
