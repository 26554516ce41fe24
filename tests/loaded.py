"""Runs commands in forks of itself, with torch and matplotlib loaded and used: that is most of a small command's time.

Reads a line of JSON for each, [script, flags, working folder, file for stdout, file for stderr]; prints its process
and, when it has ended, its exit status.
"""

import json
import multiprocessing
import os
import runpy
import sys
import warnings
from multiprocessing import forkserver
from pathlib import Path

import torch

import commands.comparison
import commands.draw
import commands.pages
import commands.study
import commands.work  # noqa: F401
from commands.config import Config
from evaluation.evaluate import evaluate
from training import weighted
from training.runs import train
from visualization.figure import Picture


def run(script, flags, cwd, out, err):
    """Become the command; never returns."""
    os.setsid()
    os.chdir(cwd)
    for path, number in ((os.devnull, 0), (out, 1), (err, 2)):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND), number)
    sys.argv, sys.path[0] = [script, *flags], str(Path(script).parent)
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", "This process .* is multi-threaded", DeprecationWarning)
    status = 0
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as end:
        status = end.code or 0
        if isinstance(status, str):
            print(status, file=sys.stderr)
            status = 1
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 1
    sys.stdout.flush(), sys.stderr.flush()
    os._exit(status)


torch.set_num_threads(1)
weighted.EPOCHS = 2  # for the page of the adaptive weight; tests/test_weighted.py trains in full
for dim in (1, 2):  # what is slow only once: exact answers of the usual data, PyTorch's first step, the first picture
    made = train(Config(epochs=2, n_samples=40, hidden=(8,), n_seeds=2, viz_freq=2).run_settings("fm", dim))
    evaluate(made)
    Picture(made).render(0)
fork = multiprocessing.get_context("fork")
multiprocessing.get_context = lambda method=None: fork
forkserver.ensure_running = lambda: None
for line in sys.stdin:
    if not (pid := os.fork()):
        run(*json.loads(line))
    print(pid, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
