"""Executors of the standard concurrent.futures interface: processes here, or the workers of a dask scheduler.

A worker that dies costs only the call that it had: local processes raise BrokenExecutor for that one alone, a dask
scheduler gives it to another worker by itself.
"""

import logging
import socket
from collections import Counter
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from contextlib import contextmanager
from importlib.util import find_spec
from queue import SimpleQueue

from training.config import UsageError
from training.pool import start_worker, worker_context

TRIES = 3  # of a task whose worker died: a task that kills its workers must not go on for ever
PATIENCE = 8  # seconds to wait for a scheduler's answer


class Processes(Executor):
    """`workers` processes, each alone in a pool of its own, so that its death breaks no other's call.

    One ProcessPoolExecutor of many processes would fail every call, waiting ones too, when one process dies.
    """

    def __init__(self, workers, preload=()):
        self.context = worker_context(preload)
        self.threads = ThreadPoolExecutor(workers)  # a thread waits for each process
        self.idle = SimpleQueue()
        self.pools = set()
        for _ in range(workers):
            self._add()

    def _add(self):
        pool = ProcessPoolExecutor(1, self.context, start_worker)  # the process starts with the first call
        self.pools.add(pool)
        self.idle.put(pool)

    def submit(self, function, /, *args, **kwargs):
        """The future of function(*args, **kwargs); BrokenExecutor if its process died."""
        return self.threads.submit(self._call, function, *args, **kwargs)

    def _call(self, function, *args, **kwargs):
        pool = self.idle.get()  # never waits: there are as many threads as pools
        try:
            result = pool.submit(function, *args, **kwargs).result()
        except BrokenExecutor:
            self.pools.remove(pool)
            self._add()
            raise
        except BaseException:
            self.idle.put(pool)
            raise
        self.idle.put(pool)
        return result

    def shutdown(self, wait=True, *, cancel_futures=False):
        """Stop; without `wait` also what is running."""
        self.threads.shutdown(wait=False, cancel_futures=cancel_futures or not wait)  # first: no new call begins
        if not wait:
            for pool in list(self.pools):
                for process in (pool._processes or {}).values():
                    process.terminate()
        self.threads.shutdown()
        for pool in self.pools:
            pool.shutdown()


@contextmanager
def local_executor(workers, preload=()):
    """(Processes of this machine, alive()); an error in the `with` block, or Ctrl-C, stops what is running."""
    executor = Processes(workers, preload)
    try:
        yield executor, lambda: True
    except BaseException:
        executor.shutdown(wait=False)
        raise
    executor.shutdown()


@contextmanager
def dask_executor(address, say=print):
    """(The workers of the dask scheduler at tcp://host:port, alive()): false when the scheduler is lost.

    say(line) tells what the user should know. Raises UsageError where dask is not installed, no scheduler answers, or
    it does not find this repository.
    """
    try:
        from distributed import Client
    except ModuleNotFoundError:
        raise UsageError("--scheduler needs dask: pip install -r requirements-sweep.txt") from None
    for part in ("client", "core", "comm"):  # this program says itself what fails, in one line
        logging.getLogger(f"distributed.{part}").setLevel(logging.CRITICAL)
    host, _, port = address.partition("://")[2].rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), PATIENCE) as line:
            line.recv(1)  # a scheduler speaks first; a client would wait for ever for what is none
        client = Client(address, timeout=PATIENCE, set_as_default=False)
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
            yield executor, lambda: client.status != "closed"
        finally:
            if client.status != "closed":
                executor.shutdown(wait=False)


def run_all(executor, alive, function, tasks):
    """Yield (task, result or exception) of function(task) as they finish; tasks are hashable.

    A task whose worker died is tried again, TRIES times in all, and then its exception is the result. Raises
    RuntimeError where the executor is no longer alive().
    """
    tries = Counter()
    pending = {executor.submit(function, task): task for task in tasks}
    while pending:
        done, _ = wait(pending, timeout=1, return_when=FIRST_COMPLETED)
        if not alive():  # a client that lost its scheduler leaves its futures pending for ever
            raise RuntimeError("the scheduler is gone; the same command goes on from the points that are finished")
        for future in done:
            task = pending.pop(future)
            try:
                outcome = future.result()
            except (BrokenExecutor, CancelledError) as error:
                tries[task] += 1
                if tries[task] < TRIES:
                    pending[executor.submit(function, task)] = task
                    continue
                outcome = RuntimeError(f"its worker died {TRIES} times ({type(error).__name__})")
            except Exception as error:
                outcome = error
            yield task, outcome
