"""Tasks in processes side by side, with a progress bar each. Knows nothing of what the tasks do."""

import gc
import multiprocessing
import os
import signal
import sys
import threading
import time
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import forkserver, resource_tracker

from tqdm import tqdm

from training import files
from training.surroundings import OWN_MATPLOTLIB, at_home, make_room_for_sockets

PATIENCE = 1.5  # seconds that workers have to stop by themselves
_messages = _stop = None  # in a worker: the queue to the parent's progress bars, and the event that it sets to stop


class Stopped(Exception):
    """Raised by a task's report when the parent wants to stop."""


def one_thread():
    """One thread a process: in those to come, and in this one for what is not loaded yet."""
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")


def worker_context(preload=()):
    """The multiprocessing context of worker processes of one thread each; `preload` as in Pool."""
    one_thread()
    main = sys.modules["__main__"]
    if getattr(main, "__file__", None) == "<stdin>":
        del main.__file__  # else each worker would try to read it
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["training.startup", *preload])
        _start_unhurt()
    return context


class Pool:
    """Worker processes that live until the `with` block ends. `preload`: modules that are imported before they fork."""

    def __init__(self, workers, preload=()):
        context = worker_context(preload)
        self.workers = workers
        self.messages, self.stop = context.SimpleQueue(), context.Event()
        self.executor = ProcessPoolExecutor(workers, context, start_worker, (self.messages, self.stop, files.command))

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        processes = list((getattr(self.executor, "_processes", None) or {}).values())
        self.executor.shutdown(wait=kind is None, cancel_futures=True)
        if kind is not None:
            self.stop.set()
            deadline = time.monotonic() + PATIENCE
            for process in processes:
                process.join(max(0, deadline - time.monotonic()))
            for process in processes:
                process.kill()

    def run(self, tasks, then=lambda: ()):
        """Yield (task, result or exception) of task(report) as they finish; the first tasks begin first.

        report(done, total, note) moves the bar of its task, which bears the name str(task). then(): more tasks, asked
        for after each that was yielded has been taken in.
        """
        pending = {self.executor.submit(_run, task): task for task in tasks}
        bars = _Bars(self.workers)
        try:
            while pending:
                done, _ = wait(pending, timeout=0.1, return_when=FIRST_COMPLETED)
                while not self.messages.empty():
                    bars.show(*self.messages.get())
                for future in done:
                    task = pending.pop(future)
                    error = future.exception()
                    if isinstance(error, BrokenProcessPool):
                        raise RuntimeError(f"a worker process died during {task}; is there memory enough?")
                    yield task, error or future.result()
                    pending |= {self.executor.submit(_run, more): more for more in then()}
        finally:
            bars.close()

    def say(self, line):
        """A line for the user, above the bars."""
        tqdm.write(line, file=sys.stderr)


def _start_unhurt():
    """Start the processes behind the pool so that a closed terminal does not kill them before their work is saved."""
    make_room_for_sockets()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP, signal.SIGINT})  # they inherit that
    try:
        with at_home():
            resource_tracker.ensure_running()
            forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Bars:
    """A tqdm bar for each running task, on a terminal only; there are as many lines as workers."""

    def __init__(self, workers):
        self.free, self.bars = list(range(workers)), {}
        self.shown = sys.stderr.isatty()

    def show(self, name, done, total, note):
        """A task's progress; its bar opens with the first report and closes with the last."""
        if self.shown and name not in self.bars and self.free and done < total:
            layout = "{desc:14}{percentage:3.0f}% {bar:30} {n_fmt}/{total_fmt}  {elapsed}<{remaining}  {postfix}"
            self.bars[name] = tqdm(desc=name, total=total, position=self.free.pop(0), leave=False, bar_format=layout)
        if name in self.bars:
            bar = self.bars[name]
            bar.set_postfix_str(note, refresh=False)
            bar.update(done - bar.n)
            if done >= total:
                bar.close()
                self.free.append(abs(self.bars.pop(name).pos))

    def close(self):
        for bar in self.bars.values():
            bar.close()


def start_worker(messages=None, stop=None, command=None):
    """What a worker process does first; messages, stop: if a Pool wants to hear and to be heard; command: its name."""
    global _messages, _stop
    _messages, _stop = messages, stop
    files.command = command or files.command
    os.environ.update(OWN_MATPLOTLIB)  # where no fork server has loaded it
    for name in ("SIGINT", "SIGHUP"):  # the parent decides what Ctrl-C and a closed terminal mean
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()
    gc.freeze()  # what is loaded stays; see training/startup.py
    gc.enable()
    import torch

    torch.set_num_threads(1)  # two are slower for nets of this size


def _leave_with_parent():
    """A parent that was killed cannot stop its workers; they must not stay behind."""
    multiprocessing.parent_process().join()
    os._exit(1)


def _run(task):
    name, last = str(task), 0.0

    def report(done, total, note=""):
        nonlocal last
        now = time.monotonic()
        if now - last > 0.1 or done >= total:
            last = now
            if _stop.is_set():
                raise Stopped
            _messages.put((name, done, total, note))

    return task(report)
