"""What a command makes of the process that it runs in: streams, environment, working folder."""

import codecs
import os
import sys
import tempfile
import threading
import unicodedata
from contextlib import contextmanager, suppress
from multiprocessing import util
from pathlib import Path

ROOT = str(Path(__file__).resolve().parent.parent)
OWN_MATPLOTLIB = {"MPLBACKEND": "agg", "MATPLOTLIBRC": os.devnull}  # it reads them when it is imported
LONGEST = 70  # letters of a temporary folder: a socket's path adds 32 and may have 103 on macOS, 107 on Linux
NO_READER = 128 + 13  # the exit status of what SIGPIPE ends; Python turns that signal into BrokenPipeError
PLAIN = {"±": "+-", "×": "x", "β": "beta", "σ": "sigma", "·": "-", "–": "-", "—": "-", "−": "-", "→": "->"}


def settle():
    """At the start of a command: all three streams are open, and what is printed can be printed."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:  # closed: the next file to be opened would get this number, and what is printed
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - as long as the process
        with suppress(AttributeError, OSError):  # a notebook's streams take everything
            getattr(sys, name).reconfigure(errors="plain")


def _plain(error):
    """Error handler of a stream whose encoding lacks characters: a plain equivalent of each, or "?"."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_ascii, error.object[error.start : error.end])), error.end


def _ascii(character):
    return PLAIN.get(character) or unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode() or "?"


codecs.register_error("plain", _plain)


def as_file_name(text):
    """A text as part of a file's name, in letters that the file system can write."""
    encoding = sys.getfilesystemencoding()
    return text.encode(encoding, "plain").decode(encoding)


def written_out():
    """At the end of a command, write what both streams still hold: 0, or the exit status if that is impossible."""
    status = 0
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
            continue
        except BrokenPipeError:
            status = NO_READER
        except OSError as error:
            status = 1
            with suppress(OSError):
                print(f"error: {error}", file=sys.stderr)
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # else Python would try again, and say so
    return status


@contextmanager
def environment(changes):
    """os.environ with changes until the block ends; None takes a variable away."""
    before = {name: os.environ.get(name) for name in changes}
    _set(changes)
    try:
        yield
    finally:
        _set(before)


def _set(variables):
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


@contextmanager
def at_home():
    """For Python processes that start in the block: they import from this repository, not from the working folder.

    The main thread also leaves that folder meanwhile: Python 3.10 and -E know no PYTHONSAFEPATH, and matplotlib would
    read a matplotlibrc there. Another thread must not, because a process has only one.
    """
    paths, cache = [ROOT, os.environ.get("PYTHONPATH")], os.environ.get("MPLCONFIGDIR")
    changes = OWN_MATPLOTLIB | {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "PYTHONSAFEPATH": "1"}
    changes["MPLCONFIGDIR"] = cache and os.path.abspath(cache)
    folder = os.getcwd()
    with environment(changes):
        if in_main_thread():
            os.chdir(ROOT)
        try:
            yield
        finally:
            if in_main_thread():
                os.chdir(folder)


def in_main_thread():
    """Whether signals and the working folder are this thread's to set."""
    return threading.current_thread() is threading.main_thread()


def make_room_for_sockets():
    """If the temporary folder's path is too long for a socket, give multiprocessing another."""
    if len(os.fsencode(tempfile.gettempdir())) <= LONGEST:
        return
    before = tempfile.tempdir
    with environment(dict.fromkeys(("TMPDIR", "TEMP", "TMP"))):
        tempfile.tempdir = None  # so that it looks again, at the system's own places
        try:
            util.get_temp_dir()  # multiprocessing makes it now and keeps to it
        finally:
            tempfile.tempdir = before
