"""Behind run_pages.py: draw pages again from the saved runs, without training."""

from dataclasses import dataclass

from commands.cli import guarded, parse, ready
from commands.config import Config, UsageError, flag, one_of
from commands.experiments import EXPERIMENTS
from commands.files import refuse_foreign
from commands.jobs import PAGES, USUAL, DataPage, Report, experiment, pages_of
from commands.terminal import Screen
from commands.workers import local
from data.synthetic import DATASETS_2D
from models import ABLATED

ALL = (*USUAL, "report")
NAMES = (*PAGES, "report", "data")
NO_FLAGS = ("models", "viz_freq", "adaptive_power", "target", "coupling", "sigma", "source")
TRAINS = tuple(EXPERIMENTS)  # pages that train what they lack
TRAINING = {  # flags that only some pages use, which train or draw samples
    **dict.fromkeys(("epochs", "batch_size", "lr", "hidden", "n_seeds", "save_every", "restart"), TRAINS),
    **dict.fromkeys(("activation", "weight_decay", "weights", "proportions", "w2_points"), TRAINS),
    **dict.fromkeys(("n_samples", "seed"), (*TRAINS, "data")),
}


@dataclass(frozen=True)
class PagesConfig(Config):
    """The settings of run_pages.py."""

    pages: tuple = flag(
        (),
        one_of(NAMES),
        f"which pages, of {' '.join(NAMES)} (default: {' '.join(ALL)})",
        run=False,
        place="PAGE",
    )


def main(text, argv=None):
    """The command behind run_pages.py: its exit status. text: its help."""
    return guarded(lambda: run(*parse(text, PagesConfig(), argv, NO_FLAGS, ABLATED)))


def run(config, given):
    """Draw the pages and say where they are; true if anything failed. given: the settings of the command line."""
    _refuse_unused(config, given)
    names, folder = tuple(dict.fromkeys(config.pages or ALL)), config.output_dir
    asked = {dim: config.dataset_in(dim) for dim in config.dims} if "dataset" in given else {}
    jobs = pages_of(
        folder, {dim: asked.get(dim) for dim in config.dims}, [n for n in names if n in PAGES], True, config.format
    )
    jobs += [Report(folder, asked, again=True)] if "report" in names else []
    last = [data_page(config, given, dim) for dim in config.dims] if "data" in names else []
    trains = [name for name in EXPERIMENTS if name in config.pages]
    runs = [run for name in trains for run in experiment(name, config)]
    with Screen([*runs, *last, *jobs], config.n_workers) as screen, ready(config):
        refuse_foreign(*(file for job in jobs for file in job.files()), *(job.path() for job in last))
        if jobs and not trains and not any(job.sources() for job in jobs):
            raise UsageError(f"no saved runs in {folder}; train some first: python main.py")
        with local(config.n_workers, screen, by="work" if jobs else "draw") as crew:
            failed = crew.complete(runs)[1] if trains else False
            results, lost = crew.complete([*last, *jobs])
    for job, result in results.items():
        path, table = result if job in last else (result, ())
        for line in (*table, *([f"written: {path}"] if path else ())):
            print(line)
    return failed or lost


def _refuse_unused(config, given):
    """UsageError if a flag was given that none of the chosen pages uses: only those of experiments train."""
    for name in given:
        users = TRAINING.get(name, ())
        if users and not set(users) & set(config.pages):
            flag = f"--{name.replace('_', '-')}"
            raise UsageError(f"{flag} is only for the pages {', '.join(users)}; name one, or leave {flag} out")


def data_page(config, given, dim):
    """The data of a dimension: in 2D all named datasets if none was chosen."""
    return DataPage(dim, (config.dataset_in(dim),) if dim == 1 or "dataset" in given else DATASETS_2D, config)
