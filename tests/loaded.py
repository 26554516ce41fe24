"""Runs commands in forks of itself, with torch and matplotlib already loaded: that is most of a small command's time.

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
fork = multiprocessing.get_context("fork")
multiprocessing.get_context = lambda method=None: fork
forkserver.ensure_running = lambda: None
for line in sys.stdin:
    if not (pid := os.fork()):
        run(*json.loads(line))
    print(pid, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
