"""Jobs in processes side by side, here or on the workers of a dask scheduler. Knows nothing of what the jobs do.

If a worker dies, only its job is affected: it is tried again, TRIES times in all.
"""

import logging
import multiprocessing
import os
import pickle
import signal
import socket
import sys
import threading
import time
import traceback
from collections import Counter
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import forkserver, resource_tracker
from queue import Empty, LifoQueue

from commands import files
from commands.cli import named, unforeseen
from commands.config import UsageError
from commands.surroundings import OWN_MATPLOTLIB, at_home, make_room_for_sockets
from commands.terminal import Screen, say, tell
from data import Failure
from training import Stopped

LOST = (BrokenExecutor, CancelledError)  # what a job raises whose worker died
TRIES = 3  # of a job whose worker died: a job that kills its workers must not go on for ever
PATIENCE = 1.5  # seconds that workers have to stop by themselves
ANSWER = 8  # seconds to wait for a scheduler's answer
_messages = _stop = None  # in a worker: its queue to the parent's screen, and the one by which it is stopped


class Unforeseen(Exception):
    """An error of a job that nobody foresaw; its arguments are its line and its traceback."""


def one_thread():
    """One thread per process: in those to come, and in this one for what is not loaded yet."""
    for library in ("OMP", "OPENBLAS", "MKL"):
        os.environ.setdefault(f"{library}_NUM_THREADS", "1")


class Processes:
    """At most `workers` processes, each alone in a pool of its own, so that its death breaks no other's call.

    One ProcessPoolExecutor of many processes would fail every call, waiting ones too, when one process dies. Nor do the
    processes share a queue: one that is killed may hold its lock. preload: what they import once, before they fork.
    """

    def __init__(self, workers, preload):
        self.context = _context(preload)
        self.threads = ThreadPoolExecutor(workers)  # a thread waits for each process
        self.idle = LifoQueue()  # the last one first: it has read what other jobs need, too
        self.queues = {}  # of each pool: what its process tells, and that it shall stop

    def submit(self, function, *arguments):
        """The future of function(*arguments); BrokenExecutor if its process died."""
        return self.threads.submit(self._call, function, *arguments)

    def _call(self, function, *arguments):
        pool = self._pool()
        try:
            result = pool.submit(function, *arguments).result()
        except (BrokenExecutor, EOFError):  # its process died, or that which starts processes
            del self.queues[pool]
            raise BrokenExecutor from None
        except BaseException:
            self.idle.put(pool)
            raise
        self.idle.put(pool)
        return result

    def _pool(self):
        """An idle pool, or a new one, whose process starts with its first call."""
        with suppress(Empty):
            return self.idle.get_nowait()
        queues = self.context.SimpleQueue(), self.context.SimpleQueue()
        pool = ProcessPoolExecutor(1, self.context, start_worker, (*queues, files.command))
        self.queues[pool] = queues
        return pool

    def messages(self):
        """What the processes have told since the last call."""
        for told, _ in list(self.queues.values()):
            while not told.empty():
                yield told.get()

    def shutdown(self, wait=True):
        """Stop. Without `wait`, running jobs are stopped too, and after PATIENCE seconds their processes are killed."""
        self.threads.shutdown(wait=False, cancel_futures=not wait)  # first: no new call begins
        if not wait:
            tables = [pool._processes or {} for pool in list(self.queues)]  # a process may just be starting
            for pool, (_, stop) in list(self.queues.items()):
                stop.put(None)
                pool.shutdown(wait=False, cancel_futures=True)
            processes = [process for table in tables for process in list(table.values())]
            deadline = time.monotonic() + PATIENCE
            for process in processes:
                process.join(max(0, deadline - time.monotonic()))
            for process in processes:
                process.kill()
        self.threads.shutdown()
        for pool in self.queues:
            pool.shutdown()


@contextmanager
def local(workers, screen=None, by="work"):
    """A Crew of processes of this machine; an error in the block, or Ctrl-C, stops them.

    screen: shows how far the jobs are; by: the module whose `do` does them, "work" or, if none of them needs torch,
    "draw", which is loaded sooner.
    """
    executor = Processes(workers, [f"commands.{by}"])
    try:
        yield Crew(executor, by, screen, executor.messages)
    except BaseException:
        executor.shutdown(wait=False)
        raise
    executor.shutdown()


@contextmanager
def dask(address, screen=None):
    """A Crew of the workers of the dask scheduler at tcp://host:port.

    Raises UsageError if dask is not installed, no scheduler answers, or it does not find this repository.
    """
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise UsageError("--scheduler needs dask: pip install -r requirements-sweep.txt") from None
    for part in ("client", "core", "comm"):  # this program says itself what fails, in one line
        logging.getLogger(f"distributed.{part}").setLevel(logging.CRITICAL)
    host, _, port = address.partition("://")[2].rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), ANSWER) as line:
            line.recv(1)  # a scheduler speaks first; a client would wait forever for one that does not
        client = Client(address, timeout=ANSWER, set_as_default=False)
    except (OSError, ValueError, OverflowError) as error:
        raise UsageError(f"--scheduler {address}: no dask scheduler answers there ({type(error).__name__})") from None
    with client:
        found = {"the scheduler": client.run_on_scheduler(find_spec, __package__), **client.run(find_spec, __package__)}
        blind = [where for where, spec in found.items() if spec is None]
        if blind:
            raise UsageError(f"--scheduler: {', '.join(blind)} must be started with PYTHONPATH=<this repository>")
        if not client.nthreads():
            say(f"the scheduler has no workers yet; start some: PYTHONPATH=. dask worker {address}")
        executor = client.get_executor(pure=False)  # else a second try would get the first one's failure
        try:
            yield Crew(executor, screen=screen, alive=lambda: client.status != "closed")
        finally:
            if client.status != "closed":
                executor.shutdown(wait=False)


class Crew:
    """Workers. screen: see `terminal.Screen`; messages(): what they tell; alive(): whether there still are any."""

    def __init__(self, executor, by="work", screen=None, messages=tuple, alive=lambda: True):
        self.executor, self.by, self.messages, self.alive = executor, by, messages, alive
        self.screen = screen or Screen()

    def run(self, jobs, then=lambda: ()):
        """Yield (job, result or Failure) of the jobs as they finish; the first jobs begin first.

        then(): more jobs, asked for after each that was yielded has been taken in. Raises Failure if the scheduler is
        lost.
        """
        tries = Counter()
        pending = {self._submit(job): job for job in jobs}
        while pending:
            done, _ = wait(pending, 0.2, FIRST_COMPLETED)
            if not self.alive():  # a client that lost its scheduler leaves its futures pending for ever
                raise Failure("the scheduler is gone; the same command goes on from the points that are finished")
            for message in self.messages():
                self.screen.report(*message)
            self.screen.tick()
            for future in done:
                job = pending.pop(future)
                tries[job] += 1
                outcome = _outcome(future)
                if isinstance(outcome, LOST) and tries[job] < TRIES:
                    pending[self._submit(job)] = job
                    continue
                self.screen.finish(job)
                yield job, _failure(outcome) if isinstance(outcome, BaseException) else outcome
                pending |= {self._submit(more): more for more in then()}

    def complete(self, jobs, then=lambda done, results: (), show=lambda job, result: ()):
        """({job: its result} in the order of the jobs, without those that failed; whether any did).

        The last jobs begin first: the registry's models and the dimensions grow in cost, and what takes longest must
        not begin when all else is done. then(done, results): more jobs, asked for after each that is done, well or not;
        show(job, result): the lines for the user of each that is done well.
        """
        jobs, done, results, failed = list(jobs), set(), {}, False
        for job, result in self.run(reversed(jobs), lambda: then(done, results)):
            done.add(job)
            if isinstance(result, Failure):
                say(f"{job}: {result}")
                failed = True
                continue
            results[job] = result
            for line in show(job, result):
                tell(line)
            for note in getattr(result, "notes", ()):
                say(f"{job}: {note}")
            failed |= getattr(result, "failed", False)
        return {job: results[job] for job in [*jobs, *results] if job in results}, failed

    def _submit(self, job):
        return self.executor.submit(_do, self.by, job, self.screen.begin(job))


def _outcome(future):
    try:
        return future.result()
    except Exception as error:
        return error


def _failure(error):
    """What a job's exception is for the user: a Failure of one line."""
    if isinstance(error, LOST):
        return Failure(f"its worker died {TRIES} times; is there enough memory?")
    if isinstance(error, Unforeseen):
        return Failure(unforeseen(*error.args))
    if isinstance(error, Failure):
        return error
    return Failure(unforeseen(named(error), "".join(traceback.format_exception(error))))


# ---- in a worker ----------------------------------------------------------------------------------------------------


def _context(preload):
    """The multiprocessing context of worker processes of one thread each, which have `preload` loaded."""
    one_thread()
    main = sys.modules["__main__"]
    if getattr(main, "__file__", None) == "<stdin>":
        del main.__file__  # else each worker would try to read it
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(preload)
        _start_unhurt()
    return context


def _start_unhurt():
    """Start the processes behind the workers so that a closed terminal does not kill them before work is saved."""
    make_room_for_sockets()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP, signal.SIGINT})  # they inherit that
    try:
        with at_home():
            resource_tracker.ensure_running()  # which leaves signals unblocked
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP, signal.SIGINT})
            forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def start_worker(messages, stop, command):
    """What a worker process does first; messages, stop: to be heard and to hear; command: the name of its command."""
    global _messages, _stop
    _messages, _stop = messages, stop
    files.command = command
    os.environ.update(OWN_MATPLOTLIB)  # if no fork server has loaded it
    for name in ("SIGINT", "SIGHUP"):  # the parent decides what Ctrl-C and a closed terminal mean
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    threading.Thread(target=_leave_with_parent, daemon=True).start()


def _leave_with_parent():
    """A parent that was killed cannot stop its workers; they must not stay behind."""
    multiprocessing.parent_process().join()
    os._exit(1)


def _do(by, job, number):
    """Do a job, in a worker. What comes back is a result or one of our own errors: others may not even be picklable.

    number: by which the job reports, see `terminal.Screen`.
    """
    try:
        report = _reporter(number)
        report(0, 1)
        return pickled(import_module(f"commands.{by}").do(job, report))  # loads what is heavy
    except Stopped:
        raise
    except (OSError, Failure) as error:
        raise Failure(" ".join(str(error).split()) or named(error)) from None
    except MemoryError:
        raise Failure("not enough memory; lower --n-seeds, --n-samples, --hidden or --workers") from None
    except BaseException as error:
        raise Unforeseen(named(error), traceback.format_exc()) from None


def pickled(result):
    """The result, if it can be sent to the parent."""
    pickle.dumps(result)
    return result


def _reporter(number):
    """report(done, total, note) says how far a job is, and raises Stopped if the parent wants to stop.

    note: its first word is what the job does now, which is always sent; the rest follows ten times a second.
    """
    last, doing = 0.0, None

    def report(done, total, note=""):
        nonlocal last, doing
        now, phase = time.monotonic(), note.partition(" ")[0]
        if _messages and (now - last > 0.1 or done >= total or phase != doing):
            last, doing = now, phase
            if not _stop.empty():
                raise Stopped
            _messages.put((number, done, total, note))

    return report
