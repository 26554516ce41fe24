"""The one configuration: its fields are the command-line flags, their defaults and their help.

Imports nothing heavy: arguments are checked, and --help is answered, before torch is loaded.
"""

import argparse
import math
import os
import signal
import sys
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from data.dialect import MARKS, Choices, printable
from data.points import SUFFIXES, Points, is_file, plain, read_points
from data.synthetic import DATASETS_2D, DEFAULT_1D
from models import MODELS
from training.files import only_command
from training.surroundings import NO_READER, in_main_thread, settle, written_out

ROOT = Path(__file__).resolve().parent.parent
SIGNALS = [  # to end: Ctrl-C, kill, a closed terminal, which Windows does not know
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]
DIMS = {"1d": (1,), "2d": (2,), "both": (1, 2)}


def run_file(folder, name, dim, ending="model.pt"):
    """folder/fm_model.pt in 1D, folder/fm_2d_model.pt in 2D; the same for other endings."""
    return Path(folder) / f"{name}{'_2d' if dim == 2 else ''}_{ending}"


class UsageError(Exception):
    """An invalid setting; its text is one line that says what is wrong and what to do."""


def _whole(low, high=2**63 - 1):
    def read(text):
        if not text.removeprefix("-").isdecimal() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"needs a whole number from {low} up, got {text!r}")
        return int(text)

    return read


def _number(low, high, exclusive=True):
    def read(text):
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not (low < value <= high or (value == low and not exclusive)):
            bounds = f"above {low:g}" if exclusive else f"from {low:g}"
            raise argparse.ArgumentTypeError(f"needs a number {bounds} and at most {high:g}, got {text!r}")
        return value

    return read


def one_of(names):
    """What reads one of the names, and refuses all else in one line."""

    def read(text):
        if text not in names:
            raise argparse.ArgumentTypeError(f"knows no {text!r}; choose from {', '.join(names)}")
        return text

    return read


def _dataset(text):
    """A named dataset, or the path of a user's file of points, which `Config.with_points` reads."""
    if is_file(text):
        return text
    if text not in DATASETS_2D and (os.sep in text or os.path.exists(text)):
        raise argparse.ArgumentTypeError(
            f"{printable(text)} is not a file of points: its name must end in {' '.join(SUFFIXES)}"
        )
    return one_of((*DATASETS_2D, f"a file of points: {' '.join(SUFFIXES)}"))(text)


def _columns(text):
    columns = tuple(part.strip() for part in text.split(","))
    if len(columns) > 2 or not all(columns):
        raise argparse.ArgumentTypeError(f"needs one or two columns, such as 2 or waiting,eruptions, got {text!r}")
    return columns


def _widths(text):
    try:
        return tuple(_whole(1, 65536)(width) for width in text.split("-"))
    except argparse.ArgumentTypeError:
        raise argparse.ArgumentTypeError(f"needs layer widths such as 32-64-32, got {text!r}") from None


def flag(default, read, help, run=True, **more):
    """A field of Config. run: it decides the result, so a saved run is compared by it; more: see `parse`."""
    return field(default=default, metadata={"read": read, "help": help, "run": run, **more})


@dataclass(frozen=True)
class Config:
    """Settings of a command. The fields marked `run` decide the result of a run (one model in one dimension)."""

    models: tuple = flag(tuple(MODELS), one_of(MODELS), f"which models, of {' '.join(MODELS)}", run=False)
    dim: str = flag("both", one_of(DIMS), "1d, 2d or both", run=False)
    dataset: str = flag(
        "two_gaussians",
        _dataset,
        f"2D target, of {' '.join(DATASETS_2D)}, or a file of points with one or two columns ({' '.join(SUFFIXES)})",
    )
    columns: tuple = flag((), _columns, "of the file: the columns to read, by name or number: x,y or 2,3", run=False)
    decimal: str = flag("", one_of(MARKS), "of the file: its decimal mark, if that is not certain", run=False)
    heading: str = flag("", one_of(("yes", "no")), "of the file: whether its first row is names", run=False)
    drop_missing: bool = flag(False, None, "of the file: leave out rows with missing values", run=False)
    standardize: bool = flag(
        False, None, "of the file: scale each axis by its own standard deviation, instead of both alike", run=False
    )
    epochs: int = flag(2000, _whole(1), "passes through the training samples")
    n_samples: int = flag(500, _whole(1), "training samples per seed, in exact mode proportions")
    batch_size: int = flag(64, _whole(1), "samples per step")
    lr: float = flag(1e-3, _number(0, 1e6), "learning rate of Adam")
    hidden: tuple = flag((32, 64, 32), _widths, "hidden layers, such as 32-64-32")
    beta: float = flag(10.0, _number(0, 1e6), "weight of the KL in vae_beta")
    adaptive_power: float = flag(
        0.0, _number(0, 2, exclusive=False), "flows: weigh the loss by 1 / (error + .001)^p; 0 is off"
    )
    seed: int = flag(0, _whole(0, 2**32), "the first seed; the others count on from it")
    n_seeds: int = flag(5, _whole(1), "independent training runs at once, for the error bars")
    viz_freq: int = flag(100, _whole(1), "epochs from frame to frame")
    output_dir: Path = flag(ROOT / "outputs", Path, "folder of all results", run=False)
    device: str = flag("auto", one_of(("auto", "cpu", "cuda")), "auto, cpu or cuda", run=False)
    workers: int = flag(0, _whole(0, 1024), "processes side by side; 0 is one for each core", run=False)
    save_every: float = flag(3.0, _number(0, 1e6, exclusive=False), "seconds between saves while training", run=False)
    restart: bool = flag(False, None, "retrain even if a finished run could be used again", run=False)

    @property
    def dims(self):
        return DIMS[self.dim]

    @property
    def n_workers(self):
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        return self.workers or cores

    @property
    def frame_epochs(self):
        """The epochs that have a frame."""
        return sorted({*range(self.viz_freq, self.epochs + 1, self.viz_freq), self.epochs})

    @property
    def points(self):
        """The user's points that this command was given: a tuple of Points."""
        return (self.dataset,) if isinstance(self.dataset, Points) else ()

    def with_points(self, given=()):
        """The same with its file of points read. given: the flags of the command line. Raises UsageError."""
        about = [f"--{name.replace('_', '-')}" for name in FILE_FLAGS if name in given]
        config = self._read()
        if about and not config.points:
            raise UsageError(f"{about[0]} is for a file of points; add --dataset FILE")
        if "dataset" in given and config.dataset_in(config.dims[0]) != config.dataset and len(config.dims) == 1:
            dim = 3 - config.dims[0]
            raise UsageError(f"--dataset {config.dataset} is data in {dim}D, so --dim {self.dim} has no use for it")
        return config

    def _read(self):
        return replace(self, dataset=self.read(self.dataset))

    def read(self, dataset):
        """A dataset as runs know it: of a file its Points. Raises UsageError."""
        if isinstance(dataset, Points) or not is_file(dataset):
            return dataset
        choices = Choices(self.columns, self.decimal, self.heading, self.drop_missing)
        try:
            return read_points(dataset, choices, self.standardize)
        except ValueError as error:
            raise UsageError(f"--dataset: {error}") from None

    def dataset_in(self, dim):
        """The dataset of a dimension: the one chosen if it has that dimension, else the default."""
        chosen = self.dataset.dim if isinstance(self.dataset, Points) else 2
        return self.dataset if dim == chosen else {1: DEFAULT_1D, 2: "two_gaussians"}[dim]

    def run_settings(self, name, dim):
        """What decides the run of one model in one dimension: plain types, or the user's Points as its dataset."""
        settings = {f.name: getattr(self, f.name) for f in fields(self) if f.metadata["run"]}
        settings |= {"hidden": list(self.hidden), "dataset": self.dataset_in(dim)}
        if name != "vae_beta":
            del settings["beta"]
        return {"model": name, "dim": dim, **settings}


FILE_FLAGS = ("columns", "decimal", "heading", "drop_missing", "standardize")


def plain_settings(settings):
    """Settings of a run in plain types, to save or to write as JSON."""
    return settings | {"dataset": plain(settings["dataset"])}


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        self.exit(2, f"{self.prog}: {message}\n")  # one line, without the page of usage


def parse(description, defaults, argv=None):
    """A command line: (the Config, the names of the fields that were given).

    defaults: a Config, or an instance of a class that adds fields to it: they are flags too; metadata "many": a flag
    that takes several values. A wrong flag ends the program with status 2 and one line.
    """
    parser = _Parser(
        description=description, argument_default=argparse.SUPPRESS, formatter_class=argparse.RawTextHelpFormatter
    )
    for f in fields(defaults):
        names = dict.fromkeys([f"--{f.name.replace('_', '-')}", f"--{f.name}"])
        kind = {"type": f.metadata["read"], "metavar": "X"}
        if f.name == "models":
            names, kind = ["--models", "--model"], kind | {"metavar": "NAME", "nargs": "+", "action": "extend"}
        elif "many" in f.metadata:
            kind |= {"metavar": f.metadata["many"], "nargs": "+", "action": "extend"}
        elif f.type is bool:
            kind = {"action": "store_true"}
        default = getattr(defaults, f.name)
        help = f"{f.metadata['help']} (default: {_text(default)})" if default not in ((), "") else f.metadata["help"]
        parser.add_argument(*names, dest=f.name, help=help, **kind)
    for word in sys.argv[1:] if argv is None else argv:
        if word.endswith("=--"):  # which argparse would hand on as a list
            parser.error(f"{word[:-3]} needs a value")
    given = vars(parser.parse_args(argv))
    if "models" in given:
        given["models"] = tuple(dict.fromkeys(given["models"]))
    try:
        return replace(defaults, **given).with_points(given), tuple(given)
    except UsageError as error:
        parser.error(str(error))


def _text(value):
    if isinstance(value, tuple):
        return "-".join(map(str, value)) if isinstance(value[0], int) else "all"
    return value.relative_to(ROOT) if isinstance(value, Path) else value


@contextmanager
def ready(config):
    """Hold the output folder for this command. UsageError where it cannot be written, or the device is not there."""
    try:
        config.output_dir.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=config.output_dir).close()
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(f"cannot write in {config.output_dir} ({reason}); choose another --output-dir") from None
    if config.device == "cuda":
        import torch

        if not torch.cuda.is_available():
            raise UsageError("--device cuda: PyTorch finds no CUDA device here; use --device cpu")
    _check_memory(config)
    with only_command(config.output_dir):
        for points in config.points:
            print(f"read {points.about}", file=sys.stderr)
        yield


def _check_memory(config):
    """UsageError where a run could not fit into the machine: less is certain, so only twice its memory is refused."""
    try:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError):  # not on Windows
        return
    widths = (max(config.dims) + 2, *config.hidden, max(config.dims))
    parameters = sum((a + 1) * b for a, b in zip(widths[:-1], widths[1:], strict=True))
    batch = min(config.batch_size, config.n_samples)
    numbers = 6 * parameters + 8 * max(config.dims) * config.n_samples + 4 * batch * sum(widths)
    if (need := 4 * config.n_seeds * numbers) > 2 * memory:
        sizes = "--n-seeds, --n-samples, --hidden or --batch-size"
        raise UsageError(f"a run needs about {need / 2**30:.3g} GiB, here are {memory / 2**30:.3g}; lower {sizes}")


class Interrupted(KeyboardInterrupt):
    """A signal that asks the program to end; its number is the argument."""


def guarded(command):
    """Run a command; its exit status. A foreseeable failure is one line on stderr, and so is a signal to end."""
    settle()
    for number in SIGNALS if in_main_thread() else ():
        signal.signal(number, _interrupt)
    try:
        status = _status(command)
    finally:  # also where a wrong flag ends the program
        unread = written_out()
    return status or unread


def _status(command):
    try:
        return int(command())
    except BrokenPipeError:
        return NO_READER
    except UsageError as error:
        return _say(f"error: {error}", 2)
    except (OSError, RuntimeError) as error:
        return _say(f"error: {error}", 1)
    except Interrupted as stop:
        return _say("stopped; all progress is saved, and the same command goes on from there", 128 + stop.args[0])


def _interrupt(number, frame):
    for each in SIGNALS:  # once is enough
        signal.signal(each, signal.SIG_IGN)
    raise Interrupted(number)


def _say(line, status):
    with suppress(OSError):  # the terminal may be closed
        print(line, file=sys.stderr)
    return status
