"""Behind run_comparison.py: train models side by side, and a film of all of them in each dimension."""

import sys

from commands import sweep
from commands.cli import guarded, parse, ready
from commands.config import Config
from commands.files import drawn_from, empty_folder, make_folder, refuse_foreign, remove
from commands.jobs import Film, Join, Page, Report, pages_of
from commands.study import Rows, written
from commands.terminal import FRAME, Screen, say
from commands.workers import local

DEFAULTS = Config(epochs=200, viz_freq=1)


def main(text, argv=None):
    """The command behind run_comparison.py: its exit status. text: its help. With --sweep it is run_sweep.py."""
    if any(word.partition("=")[0] == "--sweep" for word in (sys.argv if argv is None else argv)):
        return sweep.main(text, argv)
    return guarded(lambda: run(parse(text, DEFAULTS, argv)[0]))


def run(config):
    """Train what is missing, draw frames and GIF of each dimension, print a row per model; true if any failed."""
    films = [Film(config, dim) for dim in config.dims]
    jobs = [job for film in films for job in film.jobs()]
    training, drawing = list(films), {}
    datasets = {dim: config.dataset_in(dim) for dim in config.dims}
    pages = {film: pages_of(film.folder, {film.dim: datasets[film.dim]}) for film in films}
    report = Report(config.output_dir, datasets, comparison=True)

    def then(done, results):
        """What can be done next with a film whose models are trained, or whose frames are drawn."""
        for film in [film for film in training if done.issuperset(film.jobs())]:
            training.remove(film)
            shown = film.key(results)
            if not results.keys() >= {*film.jobs()} and film.gif.exists():
                say(f"{film.gif.name}: left as it is, because not all of its models are there")
            elif any(drawn_from(file) != shown for file in film.files()):
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

    frames = len(config.frame_epochs) * len(films)
    more, known = (
        (len(films) * (config.n_workers + 1), FRAME * frames),
        [*jobs, *(p for film in films for p in pages[film]), report],
    )
    rows = Rows()
    with Screen(known, config.n_workers, more) as screen, ready(config):
        for film in films:
            make_folder(film.folder)
            make_folder(film.frames)
            refuse_foreign(*film.files(), *(file for page in pages[film] for file in page.files()), *report.files())
        with local(config.n_workers, screen) as crew:
            _, failed = crew.complete(jobs, then, lambda job, result: (*rows.show(job, result), *shown(job, result)))
    rows.conclude(config.output_dir, report)
    return failed


def shown(job, result):
    """The line of a page or a film in a log."""
    if isinstance(job, Join):
        return written(job, job.film.gif)
    return written(job, result) if isinstance(job, Page | Report) else ()
