"""Behind run_comparison.py: train models side by side, and a film of all of them in each dimension."""

import sys
from dataclasses import dataclass
from importlib.util import find_spec

from commands import sweep
from commands.cli import guarded, parse, ready
from commands.config import Config, UsageError, flag, one_of, whole
from commands.files import drawn_from, empty_folder, make_folder, refuse_foreign, remove, remove_stale
from commands.jobs import FILMS, Film, Join, Page, Report, pages_of
from commands.study import Rows
from commands.terminal import FRAME, Screen, logged, say
from commands.workers import local


@dataclass(frozen=True)
class ComparisonConfig(Config):
    """The settings of run_comparison.py."""

    film: str = flag("gif", one_of(tuple(FILMS)), "kind of the film; both: gif and mp4", run=False)
    film_width: int = flag(960, whole(160, 1600), "pixels across the film; frames are 1600 wide", run=False)


DEFAULTS = ComparisonConfig(epochs=200, viz_freq=1)


def main(text, argv=None):
    """The command behind run_comparison.py: its exit status. text: its help. With --sweep it is run_sweep.py."""
    if any(word.partition("=")[0] == "--sweep" for word in (sys.argv if argv is None else argv)):
        return sweep.main(text, argv)
    return guarded(lambda: run(parse(text, DEFAULTS, argv)[0]))


def run(config):
    """Train what is missing, draw frames and film of each dimension, print a row per model; true if any failed."""
    if FILMS[config.film] != ("gif",) and not find_spec("av"):
        raise UsageError(f"--film {config.film} needs PyAV: pip install -r requirements-film.txt")
    films = [Film(config, dim) for dim in config.dims]
    datasets = {dim: config.dataset_in(dim) for dim in config.dims}
    pages = {film: pages_of(film.folder, {film.dim: datasets[film.dim]}, format=config.format) for film in films}
    report = Report(config.output_dir, datasets, comparison=True)
    jobs, rows = [job for film in films for job in film.jobs()], Rows()
    known = [*jobs, *(page for film in films for page in pages[film]), report]
    more = len(films) * (config.n_workers + 1), FRAME * len(config.frame_epochs) * len(films)
    with Screen(known, config.n_workers, more) as screen, ready(config):
        for film in films:
            make_folder(film.folder)
            make_folder(film.frames)
            refuse_foreign(*film.files(), *(file for page in pages[film] for file in page.files()), *report.files())
        with local(config.n_workers, screen) as crew:
            then = _Films(films, pages, report).then
            _, failed = crew.complete(jobs, then, lambda job, result: (*rows.show(job, result), *shown(job, result)))
    rows.conclude(config.output_dir, report)
    return failed


class _Films:
    """What can be done next with films whose models are trained, or whose frames are drawn."""

    def __init__(self, films, pages, report):
        self.training, self.drawing, self.pages, self.report = list(films), {}, pages, report

    def then(self, done, results):
        """The jobs that can begin now that some are done."""
        for film in [film for film in self.training if done.issuperset(film.jobs())]:
            self.training.remove(film)
            yield from self._frames(film, results)
            yield from reversed(self.pages[film])  # the slow ones first
            if not self.training:
                yield self.report
        for film in [film for film, chunks in self.drawing.items() if done.issuperset(chunks)]:
            chunks = self.drawing.pop(film)
            if chunks and all(chunk in results for chunk in chunks):
                yield Join(film, *results[chunks[0]], [chunk.part for chunk in chunks], chunks[0].shown)

    def _frames(self, film, results):
        shown, paths = film.key(results), film.paths()
        if not results.keys() >= {*film.jobs()} and any(path.exists() for path in paths):
            say(f"{paths[0].name}: left as it is, because not all of its models are there")
        elif any(drawn_from(file) != shown for file in film.files()):
            remove(*paths)
            remove_stale(paths[0], {kind for kinds in FILMS.values() for kind in kinds}, shown)
            empty_folder(film.frames)
            self.drawing[film] = film.chunks(results)
            yield from self.drawing[film]


def shown(job, result):
    """The line of a page or a film in a log."""
    if isinstance(job, Join):
        return (line for path in job.film.paths() for line in logged(path))
    return logged(result) if isinstance(job, Page | Report) else ()
