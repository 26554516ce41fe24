"""How a worker does a job. Everything that is heavy to import is imported here, and this module only in workers."""

import gc
import json

gc.disable()  # importing torch takes a fifth less time while no garbage is collected

from functools import lru_cache, partial, singledispatch
from importlib import import_module

import numpy as np
import torch
from PIL import Image

from commands import draw, jobs
from commands.config import FORMATS
from commands.draw import write_moving, write_page, write_png, write_still
from commands.files import (
    content_key,
    csv_text,
    drawn_from,
    empty_folder,
    frame_path,
    make_folder,
    refuse_foreign,
    remove,
    remove_stale,
    replace_file,
    stamp,
    write_bytes,
    write_text,
)
from commands.sweep import Point
from commands.table import Floors, TablePoint
from commands.video import marked_video, write_video
from data import Failure
from data.points import labels, restored
from evaluation import protocol
from evaluation.evaluate import evaluate
from evaluation.scoreboard import FIELDS, markdown, tidy
from training import runs
from training.checkpoint import BadRun
from training.settings import shown
from visualization.animation import Cut, draw_frames, joined_gif, shared_palette
from visualization.explorer.build import assemble
from visualization.explorer.payload import payload
from visualization.figure import Comparison, Picture

PAGES = {name: import_module(f"visualization.pages.{name}") for name in jobs.PAGES}

gc.freeze()  # what is loaded stays, also in the processes that are forked from this one
gc.enable()


def do(job, report=lambda *progress: None):
    """Do a job: its result. report: see `workers`."""
    torch.set_num_threads(1)  # two are slower for nets of this size; here, because dask calls from threads of its own
    return _do(job, report)


_do = singledispatch(draw.do)


# ---- runs -----------------------------------------------------------------------------------------------------------


@_do.register
def _(job: jobs.Train, report):
    within = job.folder.relative_to(job.config.output_dir)
    for folder in reversed([within, *within.parents][:-1]):
        make_folder(job.config.output_dir / folder)
    run, notes = obtain(job, report)
    report(0, 1, "measuring")
    rows = measured(run, job.path())
    if job.draws:
        key, pictures = jobs.key([job.path()]), job.pictures(run.snapshots["epoch"].tolist())
        if job.given is not None or any(drawn_from(file) != key for file in pictures):
            draw_run(run, pictures[0], job.path("epochs"), report, key)
    return jobs.Row.of(job, run, rows, notes)


def save(run, path):
    """Write a run as a file, as in `files.replace_file`."""
    write_bytes(path, runs.packed(run))


def measured(run, path):
    """The rows of a run; it is evaluated once, and they are kept in its file."""
    if "rows" not in run.measures:
        run.measures["rows"] = evaluate(run)
        save(run, path)
    return run.measures["rows"]


@lru_cache(maxsize=8)
def _reread(key, path):
    return runs.load(path)


def reread(path):
    """load(path), which a process does once per content: many pages show the same runs. Not to be changed."""
    return _reread(content_key(path), path)


def readable(paths):
    """(The runs in files, evaluated; why the first of the others was refused, or None). BadRun if all are refused."""
    found, refusals = [], []
    for path in paths:
        try:
            run = reread(path)
        except BadRun as error:
            refusals.append(error)
            continue
        measured(run, path)
        found.append(run)
    if not found:
        raise refusals[0]
    return found, next(iter(refusals), None)


def obtain(job, report=lambda *progress: None):
    """The saved run of a Train job if it is the one asked for, else a new one, trained and saved: (run, notes).

    A run that was interrupted goes on, and so does a finished one that is the beginning of the one asked for.
    """
    config, path = job.config, job.path()
    settings, notes, start = config.run_settings(job.name, job.dim), [], None
    unfinished = path.with_name(path.name.replace(*runs.ENDINGS))
    if config.restart:
        refuse_foreign(path)
        remove(unfinished)
    elif path.exists():
        saved = runs.load(path)
        asked = settings if job.given is None else {key: settings[key] for key in job.given if key in settings}
        differ = _differ(saved, asked)
        if not differ and saved.finished:
            return saved, notes
        if goes_on(saved, settings):
            start = saved
        else:
            notes.append(f"{path.name} had other settings ({_changes(saved, differ)}): retrained, in its place")
    refuse_foreign(path, unfinished)
    if unfinished.exists():
        start, notes = _further(start, unfinished, settings, notes)
    if start:
        notes.append(f"continued from epoch {len(start.history['loss'])}")
    keep, device = lambda run: save(run, unfinished), device_of(config.device)
    run = runs.train(settings, device, report, start, keep, config.save_every)
    keep(run)
    refuse_foreign(path)  # training takes time
    unfinished.replace(path)  # one act: a kill leaves either the one or the other
    return run, notes


def _differ(run, settings):
    """The settings in which a run differs."""
    return {key: value for key, value in settings.items() if run.settings.get(key) != value}


def _changes(run, settings):
    """How a run's settings differ from others, in words; of two datasets with one name the content does."""
    pairs = [(key, shown(run.settings.get(key)), shown(value)) for key, value in settings.items()]
    return ", ".join(f"{key} {a} has changed" if str(a) == str(b) else f"{key} {a} -> {b}" for key, a, b in pairs)


def goes_on(run, settings):
    """Whether a run is the beginning of the one with these settings: the same but for the number of epochs.

    A teacher that is learnt is trained for as many epochs as its pupil, so another number is another teacher.
    """
    epochs = {} if settings.get("teacher") == "learnt" else {"epochs": settings["epochs"]}
    same = run.settings | epochs == settings
    return same and len(run.history["loss"]) <= settings["epochs"]


def _further(start, unfinished, settings, notes):
    """(The unfinished run in a file if it is further than `start`, notes). BadRun if it is damaged."""
    run = runs.load(unfinished)
    if not goes_on(run, settings):
        differ, epochs = _changes(run, _differ(run, settings)), len(run.history["loss"])
        return start, [*notes, f"{unfinished.name}, {epochs} epochs with other settings ({differ}), is replaced"]
    if start is None or len(run.history["loss"]) > len(start.history["loss"]):
        return run, notes
    return start, notes


def device_of(choice):
    """The torch device of --device: auto takes a CUDA device if there is one."""
    return choice if choice != "auto" else "cuda" if torch.cuda.is_available() else "cpu"


@_do.register
def _(point: Point, report):
    """Train and evaluate a point of a sweep: a dict of plain Python, ready for JSON."""
    run = trained(point, report)
    return result_of(point, run, evaluate(run))


def trained(point, report):
    """The run of a point."""
    settings = point.settings | {"dataset": restored(point.settings["dataset"])}
    return runs.train(settings, device_of(point.device), report)


def result_of(point, run, rows):
    return {"settings": point.settings, "rows": rows, "trouble": run.trouble, "seconds": run.seconds}


@_do.register
def _(point: TablePoint, report):
    """The same by the protocol of a published table, with averaged weights and with the last ones."""
    run = trained(point, report)
    first = run.settings["seed"]

    def measured(run):
        return protocol.of_model(run.model, run.settings["dataset"], point.n, first)

    both = {"": measured(run), "raw_": runs.last_weights(run, measured)}
    rows = [
        {"nfe": protocol.STEPS, "measure": kind + name, "seed": first + i, "value": float(value)}
        for kind, found in both.items()
        for name, values in found.items()
        for i, value in enumerate(values)
    ]
    return result_of(point, run, rows)


@_do.register
def _(floors: Floors, report):
    """What exact answers come to by the same protocol."""
    found = protocol.of_exact(restored(json.loads(floors.dataset)), floors.n, floors.seeds)
    return {name: np.asarray(value).tolist() for name, value in found.items()}


# ---- pictures -------------------------------------------------------------------------------------------------------


def draw_run(run, picture, folder, report, key):
    """A frame for each snapshot of a run, and last its picture with its key: if that is there, all is."""
    figure = Picture(run)
    remove(picture)
    remove_stale(picture, FORMATS, key)
    empty_folder(folder)
    frames = range(len(figure.epochs))
    write_frames(figure, frames, folder, shared_palette(figure, frames), report, key)
    write_still(picture, key, figure.image, figure.vector)


def write_frames(figure, frames, folder, palette, report, key, gif=None, cut=None):
    """Write folder/epoch_0001.png and so on; gif: a file to which the blocks of the frames in `cut` are written."""
    for done, (k, image, block) in enumerate(draw_frames(figure, frames, palette, cut), 1):
        write_png(image, frame_path(folder, figure.epochs[k], figure.epochs[-1]), key, compress_level=1)
        if gif:
            gif.write(block)
        report(done, len(frames), f"drawing {done} of {len(frames)}")


@_do.register
def _(chunk: jobs.Chunk, report):
    figure = Comparison([reread(path) for path in chunk.paths])
    palette = shared_palette(figure, range(len(figure.epochs)))
    frames = range(chunk.first, min(chunk.last, len(figure.epochs)))
    cut = Cut.of(figure, chunk.film.config.film_width)
    with open(chunk.part, "wb") as gif:
        write_frames(figure, frames, chunk.film.frames, palette, report, chunk.shown, gif, cut)
    return cut, figure.epochs, palette.bytes


@_do.register
def _(join: jobs.Join, report):
    for path in join.film.paths():
        if drawn_from(path) != join.shown:  # else by a worker that was killed after that
            replace_file(path, partial(write_gif if path.suffix == ".gif" else write_film, join, path.suffix[1:]))
    for part in join.parts:
        part.unlink(missing_ok=True)


def write_gif(join, kind, path):
    """Put the parts of a GIF together."""
    with open(path, "wb") as file:
        file.writelines(joined_gif(join.cut.size, join.palette, join.parts, stamp(join.shown)))


def write_film(join, kind, path):
    """Encode the frames that are drawn as a video."""
    epochs, folder = join.epochs, join.film.frames
    frames = (Image.open(frame_path(folder, epochs[k], epochs[-1])) for k in join.cut.frames)
    write_video(path, kind, frames, join.cut)
    with open(path, "ab") as file:
        file.write(marked_video(kind, stamp(join.shown)))


# ---- pages ----------------------------------------------------------------------------------------------------------


@_do.register
def _(page: jobs.Page, report):
    sources = page.sources()
    if not sources or (page.is_drawn() and not page.again):
        return None
    found, refusal = readable(sources)
    remove(page.path())  # it is written last: if it is there, all is
    key = page.key()  # the files as they are now that they hold their measures
    remove_stale(page.path(), FORMATS, key)
    if page.name == "scoreboard":
        write_scoreboard(page.folder, found, key)
    elif page.name != "adaptive":
        found = of_dataset(found, page.dataset)
    numbers = PAGES[page.name].numbers(found) if found else None
    if numbers is None:  # nothing that it could show
        return None
    for path in page.films():
        write_moving(PAGES[page.name].film, numbers, path, key)
    write_page(PAGES[page.name].draw, numbers, page.path(), key)
    if refusal:
        raise Failure(f"drawn, but {refusal}")
    return page.path()


def of_dataset(found, dataset):
    """The runs that were trained on a dataset; None: on the one that all share. Failure if there are several."""
    trained = {run.settings["dataset"] for run in found}
    if dataset is None and len(trained) > 1:
        names = ", ".join(sorted(labels(trained).values()))
        raise Failure(f"the saved runs were trained on different data ({names}); choose with --dataset")
    return [run for run in found if dataset in (None, run.settings["dataset"])]


def write_scoreboard(folder, found, key):
    """metrics.csv and scoreboard.md of evaluated runs."""
    rows = [(run.settings, run.measures["rows"]) for run in found]
    write_text(folder / "metrics.csv", csv_text(FIELDS, tidy(rows)))
    note = f"{stamp(key)}, with metrics.csv {content_key(folder / 'metrics.csv')}"
    write_text(folder / "scoreboard.md", f"{markdown(rows)}\n<!-- {note} -->\n")


@_do.register
def _(report_page: jobs.Report, report):
    sources = report_page.sources()
    if not sources or (report_page.is_drawn() and not report_page.again):
        return None
    runs_by_dim, refusals = {}, []
    for dim, paths in sources.items():
        found, refusal = readable(paths)
        runs_by_dim[dim] = _chosen(report_page.datasets, dim, found)
        refusals += [refusal] if refusal else []
    if not any(runs_by_dim.values()):
        raise Failure(f"no saved runs on that dataset in {report_page.folder}")
    targets = {dim: _targets(report_page.targets(dim), found) for dim, found in runs_by_dim.items() if found}
    write_text(report_page.path(), assemble(payload(runs_by_dim, targets), stamp(report_page.key())))
    if refusals:
        raise Failure(f"written, but {refusals[0]}")
    return report_page.path()


def _targets(paths, shown):
    """The runs of the experiment on targets that are on the data of the runs shown."""
    found = readable(paths)[0] if paths else []
    return [run for run in found if run.settings["dataset"] == shown[0].settings["dataset"]]


def _chosen(datasets, dim, found):
    """The runs of a dimension that the report shows; none if nobody asked for it and they have different data."""
    if datasets and dim not in datasets and len({run.settings["dataset"] for run in found}) > 1:
        return []
    return of_dataset(found, datasets.get(dim))
