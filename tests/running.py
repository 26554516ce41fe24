"""The commands as a user runs them, for tests."""

import atexit
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from functools import lru_cache
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
TINY = [
    "--w2-points",
    "64",
    "--epochs",
    "4",
    "--n-samples",
    "40",
    "--n-seeds",
    "2",
    "--hidden",
    "8-8",
    "--viz-freq",
    "2",
]


class Loaded:
    """A process that runs commands in forks of itself: tests/loaded.py."""

    def __init__(self):
        words, pipe = [sys.executable, "-m", "tests.loaded"], subprocess.PIPE
        self.process = subprocess.Popen(words, cwd=ROOT, stdin=pipe, stdout=pipe, text=True, encoding="utf-8")
        atexit.register(self.process.kill)

    def begin(self, script, flags, cwd, out=os.devnull, err=os.devnull):
        """Start a command: the number of its process, which leads a session."""
        line = [str(ROOT / script), [str(flag) for flag in flags], *map(str, (cwd, out, err))]
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def status(self):
        """The exit status of the command that was begun, once it has ended."""
        return int(self.process.stdout.readline())


@lru_cache(maxsize=1)
def loaded():
    """One per process of the tests."""
    return Loaded()


def command(script, *flags, cwd, status=0, timeout=170, cold=False, **options):
    """Run a script with Python warnings as errors: the finished process. The exit status must be as expected.

    cold: as a user does, in a new Python; else, on Linux, in a fork of one that has loaded its libraries.
    """
    run = run_cold if cold or options or sys.platform != "linux" else run_warm
    done = run([str(ROOT / script), *map(str, flags)], cwd, timeout, **options)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done


def run_cold(words, cwd, timeout, **options):
    return subprocess.run(
        [sys.executable, "-W", "error", *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        stdin=subprocess.DEVNULL,
        timeout=timeout,
        **options,
    )


def run_warm(words, cwd, timeout):
    with tempfile.TemporaryDirectory() as folder:
        files = [Path(folder) / name for name in ("out", "err")]
        pid = loaded().begin(words[0], words[1:], cwd, *files)
        late = threading.Timer(timeout, os.killpg, (pid, signal.SIGKILL))
        late.start()
        status = loaded().status()
        late.cancel()
        return subprocess.CompletedProcess(words, status, *(path.read_text(encoding="utf-8") for path in files))


def pictures(folder):
    """Sizes of all pictures below a folder, by name; opening them shows that they are whole."""
    sizes = {}
    for path in sorted(folder.rglob("*.png")):
        with Image.open(path) as image:
            image.load()
            sizes[str(path.relative_to(folder))] = image.size
    return sizes


def stamps(folder, pattern="*"):
    """When each file below a folder was written."""
    return {path: path.stat().st_mtime_ns for path in folder.rglob(pattern) if path.is_file()}
