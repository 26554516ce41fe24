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
    jobs.Page: 0.5,
    jobs.DataPage: 1.0,
    jobs.Report: 0.6,
    jobs.Join: 0.5,
}
FRAME = 0.06  # seconds of a frame
EVALUATED, DRAWN = {1: 0.8, 2: 2.0}, 0.6  # seconds to evaluate a run, and to draw its pictures
REUSED = 0.3  # seconds of a run that is there
DEFAULT = 1.0
MOST_SHOWN = 100 * 3600  # seconds left; a longer time says nothing


def trained(epochs, n_samples, batch_size, n_seeds, **others):
    """Seconds that training may take with the settings of a run."""
    return epochs * -(-n_samples // batch_size) * (160e-6 + 40e-6 * n_seeds)


def phases(job, saved=False):
    """{what a job does, as it reports it: seconds that this may take}; {"": all} if it does one thing.

    saved: there is a run that may be used again, so that nothing is left to be done.
    """
    if isinstance(job, jobs.Train):
        c = job.config
        training = trained(c.epochs, c.n_samples, c.batch_size, c.n_seeds)
        found = {"epoch": training, "measuring": EVALUATED[job.dim], "drawing": DRAWN if job.draws else 0}
        return {"": REUSED} if saved else found
    if isinstance(job, jobs.Chunk):
        return {"": FRAME * (job.last - job.first)}
    return {"": getattr(job, "seconds", None) or SECONDS.get(type(job), DEFAULT)}


class Task:
    """A job as the screen sees it. words: the job for people."""

    def __init__(self, job, words=None):
        self.job, self.words = job, words or words_of(job)
        saved = isinstance(job, jobs.Train) and job.path().exists() and not job.config.restart
        self.phases, self.done, self.note = phases(job, saved), 0.0, None  # None: not begun

    @property
    def cost(self):
        return sum(self.phases.values())

    def report(self, done, total, note):
        """How far it is; its phases are in order, and one that is left out was not needed."""
        phase, share = note.partition(" ")[0], done / max(total, 1)
        if phase == "epoch" and phase not in self.phases:  # what is saved is not what was asked for
            self.phases = phases(self.job)
        names = list(self.phases)
        if phase in names:
            before = sum(self.phases[name] for name in names[: names.index(phase)])
            self.done = before + share * self.phases[phase]
        else:
            self.done = max(self.done, 0.9 * share * self.cost)
        self.note = note

    def __str__(self):
        return f"{self.words}: {self.note}" if self.note else self.words


class Screen:
    """The line at the bottom of a terminal, above which results are written; without a terminal there is no line.

    plan: the jobs that are known in advance; more: how many others there will be, and the seconds that they may take;
    names: {job: what it is for people}, of those whose own words do not tell them apart.
    """

    def __init__(self, plan=(), workers=1, more=(0, 0.0), names=None):
        self.names = names or {}
        self.tasks = {job: Task(job, self.names.get(job)) for job in plan}
        self.more, self.seconds = more
        self.workers, self.begun = max(1, workers), time.monotonic()
        self.running, self.done = {}, set()  # {number: Task}, jobs
        self.bar = None
        if sys.stderr is not None and sys.stderr.isatty():
            self.bar = tqdm(total=1, bar_format="{desc}", leave=False, file=sys.stderr, position=0)
        self.tick()

    def begin(self, job):
        """A job was handed to a worker: the number by which it reports. It is shown once it does."""
        if job not in self.tasks:
            task = self.tasks[job] = Task(job, self.names.get(job))
            self.more, self.seconds = max(0, self.more - 1), max(0.0, self.seconds - task.cost)
        number = len(self.running)
        self.running[number] = self.tasks[job]
        return number

    def report(self, number, done, total, note):
        """What a worker tells of its job."""
        task = self.running[number]
        if task.job not in self.done:
            task.report(done, total, note)

    def finish(self, job):
        self.done.add(job)
        self.tick()

    def left(self):
        """Seconds until the command ends, by its speed so far: None while that says nothing."""
        whole = sum(task.cost for task in self.tasks.values()) + self.seconds
        done = sum(task.cost if job in self.done else task.done for job, task in self.tasks.items())
        passed = time.monotonic() - self.begun
        if not whole or passed < 1:
            return None
        speed = (done / self.workers + 2) / (max(passed - LOADING, 0) + 2)  # as expected, until there is more to go by
        return max(0.0, whole - done) / self.workers / max(speed, 1e-3) + max(LOADING - passed, 0)

    def line(self, width):
        """The line, not wider than that: what is dropped first is what else is running, then the details."""
        total, left = len(self.tasks) + self.more, self.left()
        count = f"{len(self.done)} of {total} done" if total else ""
        ends = f"{clock(left)} left" if left is not None and left < MOST_SHOWN else ""
        tasks = [task for job, task in self.tasks.items() if task.note is not None and job not in self.done]
        names, one = [task.words for task in tasks], f"{tasks[0]} + {len(tasks) - 1}" if len(tasks) > 1 else ""
        waiting = "starting" if time.monotonic() - self.begun < 2 * LOADING and not self.done else "working"
        for shown in (" | ".join(map(str, tasks)), one, " | ".join(names), names[0] if names else waiting, "working"):
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
    """A job for people: "drawing fields 2D"."""
    if isinstance(job, jobs.Page):
        return f"drawing {job.name}{f' {job.dim}D' if job.dim else ''}"
    if isinstance(job, jobs.Chunk):
        return f"film {job.film.dim}D, frames {job.first + 1}-{job.last}"
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


def logged(what):
    """The line of a finished task, or of the file that it wrote, in a log; a terminal has that of a Screen."""
    if what and not (sys.stdout is not None and sys.stdout.isatty()):
        yield f"done: {short(what) if isinstance(what, Path) else what}"


def wrapped(sentence):
    return textwrap.fill(sentence, min(columns(sys.stdout), 120), subsequent_indent="    ", break_long_words=False)


def short(path):
    """A path as it is reached from the working folder, if that is shorter."""
    try:
        return min(str(path), os.path.relpath(path, Path.cwd()), key=len)
    except (OSError, ValueError):  # another drive, or a folder that is gone
        return str(path)
