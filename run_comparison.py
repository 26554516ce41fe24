"""Train models side by side and animate them: one frame an epoch that holds them all, and a GIF.

python run_comparison.py --dim 1d --epochs 200
python run_comparison.py --dim both --models fm meanflow facm backflow
"""

import json
import sys
from dataclasses import dataclass

from main import PRELOAD, Task, answer, complete, empty_folder, print_table, train_and_measure
from training.config import Config, check_machine, guarded, parse
from training.pool import Pool
from visualization.explorer import Report, write_report

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

    def chunks(self):
        """The frames in as many even parts as there are processes."""
        n, workers = -(-self.config.epochs // self.config.viz_freq), self.config.n_workers
        cuts = [n * i // workers for i in range(workers + 1)]
        return [Chunk(self, a, b) for a, b in zip(cuts[:-1], cuts[1:], strict=True) if a < b]

    def note(self, rows):
        """What the frames and the GIF show, as text: kept beside them, to know what is drawn already."""
        return json.dumps([row.settings for row in rows if row.task.dim == self.dim], indent=1)

    @property
    def note_path(self):
        return self.folder / "drawn.json"

    def is_drawn(self, rows):
        return self.gif.exists() and self.note_path.exists() and self.note_path.read_text() == self.note(rows)


@dataclass(frozen=True)
class Chunk:
    """Frames first .. last - 1 of a film: the work of one process."""

    film: Film
    first: int
    last: int

    def __str__(self):
        return f"frames {self.film.dim}d {self.first + 1}-{self.last}"


def main(argv=None):
    """The command behind run_comparison.py: its exit status."""
    return guarded(lambda: run(parse(__doc__, DEFAULTS, argv)[0]))


def run(config):
    """Train what is missing, draw frames and GIF of each dimension, print the last table; true if any failed."""
    check_machine(config)
    films = [Film(config, dim) for dim in config.dims]
    for film in films:
        film.folder.mkdir(exist_ok=True)
    with Pool(config.n_workers, PRELOAD) as pool:
        rows, failed = complete(pool, train_and_measure, [task for film in films for task in film.tasks()])
        films = [film for film in films if not film.is_drawn(rows)]
        for film in films:
            film.note_path.unlink(missing_ok=True)
            empty_folder(film.frames)
        parts, broken = complete(pool, draw_chunk, [chunk for film in films for chunk in film.chunks()])
        for dim in config.dims:
            failed |= answer(pool, config, Film(config, dim).folder, (dim,))
        failed |= complete(pool, write_report, [Report(config.output_dir)])[1]
    for film in films if not broken else ():
        write_gif(film, [frames for frames in parts if frames.film == film])
        film.note_path.write_text(film.note(rows))
    print_table(rows, config.output_dir)
    return failed or broken


@dataclass(frozen=True)
class Frames:
    """A drawn chunk: the film's size in pixels, its palette, and the GIF parts of its frames."""

    film: Film
    size: tuple
    palette: object
    parts: list


def draw_chunk(chunk, report):
    """Draw a chunk of frames, in a worker."""
    from training.runs import load
    from visualization.animation import draw_frames, shared_palette
    from visualization.figure import Comparison

    film = chunk.film
    paths = [task.path() for task in film.tasks() if task.path().exists()]
    figure = Comparison([load(path) for path in paths])
    palette = shared_palette(figure, range(len(figure.epochs)))
    frames = range(chunk.first, min(chunk.last, len(figure.epochs)))
    return Frames(film, figure.size, palette, draw_frames(figure, frames, film.frames, palette, report, with_gif=True))


def write_gif(film, chunks):
    """The film as a GIF, from the parts of its chunks in order."""
    from visualization import animation

    parts = [part for chunk in chunks for part in chunk.parts]
    animation.write_gif(film.gif, chunks[0].size, chunks[0].palette, parts)


if __name__ == "__main__":
    sys.exit(main())
