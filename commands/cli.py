"""What every command does: read its flags, hold its folder, and end with one line whatever goes wrong."""

import argparse
import atexit
import os
import shlex
import shutil
import signal
import sys
import tempfile
import textwrap
import time
import traceback
from contextlib import contextmanager, suppress
from dataclasses import fields, replace
from pathlib import Path

from commands.config import ROOT, Config, UsageError, meant, own_flags
from commands.files import only_command, stamp, write_bytes
from commands.surroundings import NO_READER, in_main_thread, settle, written_out
from data import Failure
from models import MODELS
from models.source import group

SIGNALS = [  # to end: Ctrl-C, kill, a closed terminal, which Windows does not know
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]
ERRORS = "errors.txt"  # in the output folder: the tracebacks of unforeseen errors
MOST_TRACEBACKS = 20
_folder = None  # that the command holds: where it leaves ERRORS
_tracebacks = []  # of this command, each once


GROUPS = {  # the flags of the help, by what they are about; all others are settings of some models
    "what": ("pages", "sweep", "measure", "models", "dim", "dataset", "source", "methods", "problems", "quick"),
    "your own points": ("columns", "decimal", "heading", "drop_missing", "standardize"),
    "how it is trained": (
        *("epochs", "n_samples", "proportions", "batch_size", "lr", "weight_decay", "hidden", "activation"),
        *("adaptive_power", "weights", "seed", "n_seeds", "w2_points", "restart"),
    ),
    "what is left, and where": ("output_dir", "viz_freq", "format", "film", "film_width"),
    "how fast": ("workers", "device", "scheduler", "save_every"),
}
OF_SOME = "settings of some models"


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        if message.startswith("unrecognized arguments: "):
            word = message.partition(": ")[2].partition(" ")[0].partition("=")[0]
            guess = meant(word, [name for name in self._option_string_actions if name.startswith("--")])
            message += f"; {guess.strip()}" if guess else ""
        self.exit(2, f"{self.prog}: {message}\n")  # one line, without the page of usage


def parse(description, defaults=None, argv=None, without=(), family=None):
    """A command line: (the Config, the names of the settings that were given).

    defaults: a Config, or an instance of a class that adds fields to it: they are flags too; metadata "many": a flag
    that takes several values, "place": one without a name. without: fields that are no flags of this command; family:
    the models whose own settings are flags, by default all. A wrong flag ends the program with status 2 and one line.
    """
    defaults = defaults or Config()
    formatter = argparse.RawDescriptionHelpFormatter
    parser = _Parser(description=_fitted(description), argument_default=argparse.SUPPRESS, formatter_class=formatter)
    groups = {name: parser.add_argument_group(name) for name in GROUPS}
    homes = {name: groups[group] for group, names in GROUPS.items() for name in names}
    order, flags = list(homes), [f for f in fields(defaults) if f.name not in ("own", *without)]
    for f in sorted(flags, key=lambda f: order.index(f.name)):
        _add(homes[f.name], f, getattr(defaults, f.name))
    own = {name: read for name, read in own_flags(family).items() if name not in without}
    more = parser.add_argument_group(OF_SOME) if own else None
    for name, (read, help) in own.items():
        more.add_argument(*_names(name), dest=name, type=read, metavar=read.metavar, help=help.replace("%", "%%"))
    for word in sys.argv[1:] if argv is None else argv:
        if word.endswith("=--"):  # which argparse would hand on as a list
            parser.error(f"{word[:-3]} needs a value")
    given = vars(parser.parse_args(_hyphens(sys.argv[1:] if argv is None else argv)))
    changes = {
        name: tuple(value) if isinstance(value, list) else value for name, value in given.items() if name not in own
    }
    if "models" in given:
        named = ([word] if word in MODELS else group(word) for word in given["models"])
        changes["models"] = tuple(dict.fromkeys(name for names in named for name in names))
    changes["own"] = tuple((name, given[name]) for name in own if name in given)
    try:
        return replace(defaults, **changes).with_points(given), tuple(given)
    except UsageError as error:
        parser.error(str(error))


def _names(name):
    return [f"--{name.replace('_', '-')}"]


def _hyphens(argv):
    """A command line in which --n_samples is --n-samples."""
    parts = (word.partition("=") for word in argv)
    return [
        name.replace("_", "-") + equals + value if name.startswith("--") else name + equals + value
        for name, equals, value in parts
    ]


def _fitted(text):
    """The help's text, with its sentences wrapped to the terminal; examples stay as they are."""
    width = shutil.get_terminal_size().columns - 2
    return "\n".join(
        line if line.startswith("python ") else textwrap.fill(line, max(width, 20)) for line in text.splitlines()
    )


def _add(parser, f, default):
    """The flag of a field of Config."""
    read = f.metadata["read"]
    names, kind = _names(f.name), {"type": read, "metavar": getattr(read, "metavar", "PATH"), "dest": f.name}
    if f.name == "models":
        kind |= {"metavar": "NAME", "nargs": "+", "action": "extend"}  # --model is short for it
    elif "place" in f.metadata:
        names, kind = [f.name], {"type": f.metadata["read"], "metavar": f.metadata["place"], "nargs": "*"}
    elif "many" in f.metadata:
        kind |= {"metavar": f.metadata["many"], "nargs": "+", "action": "extend"}
    elif f.type is bool:
        kind = {"action": "store_true", "dest": f.name}
    if default not in ((), "") and default is not False:  # 0 is a default, too
        kind["help"] = f"{f.metadata['help']} (default: {_text(default)})".replace("%", "%%")
    parser.add_argument(*names, **{"help": f.metadata["help"]} | kind)


def _text(value):
    if isinstance(value, tuple):
        if isinstance(value[0], int):
            return "-".join(map(str, value))
        return " ".join(f'"{word}"' if " " in str(word) else str(word) for word in value)
    return value.relative_to(ROOT) if isinstance(value, Path) else value


@contextmanager
def ready(config):
    """Hold the output folder for this command. UsageError if it cannot be written, or the device is not there."""
    global _folder
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
    config.check_own()
    with only_command(config.output_dir):
        _folder = config.output_dir
        for points in config.points:
            print(f"read {points.about}", file=sys.stderr)
        yield


def _check_memory(config):
    """UsageError if a run could not fit into the machine: less is certain, so only twice its memory is refused."""
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
        raise UsageError(
            f"a run needs about {need / 2**30:.3g} GiB, this machine has {memory / 2**30:.3g} GiB; lower {sizes}"
        )


class Interrupted(KeyboardInterrupt):
    """A signal that asks the program to end; its number is the argument."""


def guarded(command):
    """Run a command; its exit status. A foreseeable failure is one line on stderr, and so is a signal to end."""
    global _folder
    settle()
    _folder = None
    _tracebacks.clear()
    if in_main_thread():
        for number in SIGNALS:
            signal.signal(number, _interrupt)
        atexit.register(_ignore_signals)  # nothing is left to be stopped
    try:
        status = _status(command)
    finally:  # also if a wrong flag ends the program
        unread = written_out()
    return status or unread


def _status(command):
    try:
        return int(command() or 0)
    except BrokenPipeError:
        return NO_READER
    except UsageError as error:
        return _say(f"error: {error}", 2)
    except (OSError, Failure) as error:
        return _say(f"error: {error}", 1)
    except Interrupted as stop:
        return _say("stopped; all progress is saved, and the same command goes on from there", 128 + stop.args[0])
    except Exception as error:
        return _say(f"error: {unforeseen(named(error), traceback.format_exc())}", 1)


def named(error):
    """An error in one line, with its type."""
    return " ".join(f"{type(error).__name__}: {error}".split())


def unforeseen(what, trace):
    """Keep the traceback of an error that nobody foresaw: the line that says what happened and where to read more."""
    entry = f"{time.strftime('%Y-%m-%d %H:%M:%S')}  {shlex.join(sys.argv)}\n{trace}"
    if all(trace not in each for each in _tracebacks) and len(_tracebacks) < MOST_TRACEBACKS:
        _tracebacks.append(entry)
    try:
        if _folder is None:
            raise Failure("no output folder yet")
        text = "\n".join([f"{stamp()}\n", *_tracebacks])
        write_bytes(_folder / ERRORS, text.encode(errors="backslashreplace"))  # names of files may be any bytes
    except (OSError, Failure) as blocked:
        print(trace, file=sys.stderr)
        return f"{what} (its traceback is above: {blocked})"
    return f"{what} (traceback in {_folder / ERRORS})"


def _interrupt(number, frame):
    _ignore_signals()  # one signal is enough
    raise Interrupted(number)


def _ignore_signals():
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _say(line, status):
    with suppress(OSError):  # the terminal may be closed
        print(line, file=sys.stderr)
    return status
