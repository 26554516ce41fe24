"""What a user sees while a command runs: a line that says what is done and how long it takes, and results above it."""

import os
import shutil
import sys
import textwrap
import time
from pathlib import Path

from tqdm import tqdm

from commands import jobs

NARROW = 80  # columns of text that is not for a terminal
LOADING = 3.0  # seconds until the workers are ready
SECONDS = {  # of expected work; only their ratios matter, for the speed is measured
    jobs.Page: 2.5,
    jobs.DataPage: 2.0,
    jobs.Report: 2.0,
    jobs.Join: 0.5,
}
FRAME = 0.06  # seconds of a frame
EVALUATED, DRAWN = 1.2, 1.5  # seconds to evaluate a run, and to draw its pictures
DEFAULT = 2.0


def expected(job):
    """Seconds that a job may take, for an estimate of the time left."""
    if isinstance(job, jobs.Train):
        config = job.config
        batches = -(-config.n_samples // config.batch_size)
        training = config.epochs * batches * (160e-6 + 40e-6 * config.n_seeds)
        return training + EVALUATED + (DRAWN if job.draws else 0)
    if isinstance(job, jobs.Chunk):
        return FRAME * (job.last - job.first)
    return SECONDS.get(type(job), DEFAULT)


class Screen:
    """The line at the bottom of a terminal, above which results are written; without a terminal there is no line.

    plan: the jobs that are known in advance; more: how many others there will be, and the seconds that they may take.
    """

    def __init__(self, plan=(), workers=1, more=(0, 0.0)):
        self.costs = {job: expected(job) for job in plan}
        self.more, self.seconds = more
        self.workers, self.begun = max(1, workers), time.monotonic()
        self.running, self.done = {}, set()  # {name: (job, share that is done, what it does)}
        self.bar = None
        if sys.stderr is not None and sys.stderr.isatty():
            self.bar = tqdm(total=1, bar_format="{desc}", leave=False, file=sys.stderr, position=0)
        self.tick()

    def begin(self, job):
        """A job was handed to a worker; it is shown once it reports."""
        if job not in self.costs:
            self.costs[job] = expected(job)
            self.more, self.seconds = max(0, self.more - 1), max(0.0, self.seconds - self.costs[job])

    def report(self, name, done, total, note):
        """What a worker tells of its job."""
        job = next((job for job in self.costs if str(job) == name), None)
        if job is not None and job not in self.done:
            _, before, _ = self.running.get(name, (job, 0.0, ""))  # a run is drawn after it was trained
            self.running[name] = job, max(before, 0.9 * done / max(total, 1)), note

    def finish(self, job):
        self.running.pop(str(job), None)
        self.done.add(job)
        self.tick()

    def left(self):
        """Seconds until the command ends, by its speed so far: None while that says nothing."""
        whole = sum(self.costs.values()) + self.seconds
        done = sum(self.costs[job] for job in self.done if job in self.costs)
        done += sum(self.costs.get(job, 0) * share for job, share, _ in self.running.values())
        passed = time.monotonic() - self.begun
        if not whole or passed < 1:
            return None
        speed = (done / self.workers + 2) / (max(passed - LOADING, 0) + 2)  # as expected, until there is more to go by
        return max(0.0, whole - done) / self.workers / max(speed, 1e-3) + max(LOADING - passed, 0)

    def line(self, width):
        """The line, not wider than that: what is dropped first is what else is running, then the details."""
        total, left = len(self.costs) + self.more, self.left()
        count = f"{len(self.done)} of {total} done" if total else ""
        ends = f"{clock(left)} left" if left is not None else ""
        current = [f"{words_of(job)}{': ' + note if note else ''}" for job, _, note in self.running.values()]
        names = [words_of(job) for job, _, _ in self.running.values()]
        waiting = "starting" if time.monotonic() - self.begun < 2 * LOADING and not self.done else "working"
        for shown in (" | ".join(current), " | ".join(names), names[0] if names else waiting, "working"):
            words = " · ".join(filter(None, [count, shown or waiting, ends]))
            if len(words) <= width:
                return words
        return count[:width]

    def tick(self):
        """Show how things are."""
        if self.bar is not None and not self.bar.disable:
            self.bar.set_description_str(self.line(columns(sys.stderr) - 1))

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.bar is not None:
            self.bar.close()
            self.bar = None


def words_of(job):
    """A job for people."""
    return getattr(job, "words", None) or str(job)


def clock(seconds):
    """0:07, 12:30 or 1:02:03."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def columns(stream):
    """The width of a terminal; that of text for a stream that is none."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or NARROW
    except (AttributeError, OSError, ValueError):
        return shutil.get_terminal_size((NARROW, 24)).columns


def say(line):
    """A line for the user, above the line of a Screen."""
    tqdm.write(line, file=sys.stderr)


def tell(text):
    """A result, on the standard output: sentences are wrapped to the terminal, all else is left as it is."""
    tqdm.write(text, file=sys.stdout)
    sys.stdout.flush()


def wrapped(sentence):
    return textwrap.fill(sentence, min(columns(sys.stdout), 120), subsequent_indent="    ", break_long_words=False)


def short(path):
    """A path as it is reached from the working folder, if that is shorter."""
    try:
        return min(str(path), os.path.relpath(path, Path.cwd()), key=len)
    except (OSError, ValueError):  # another drive, or a folder that is gone
        return str(path)
