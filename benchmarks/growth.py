"""How time and memory grow with each size: each measurement has its own process, so that peak memory is its own.

Each function of a size prepares the work, and returns the function to be timed.
"""

import contextlib
import io
import multiprocessing
import resource
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.steps import trainer
from benchmarks.tools import table
from commands.config import Config
from data.exact import ExactFlow
from data.mixture import GaussianMixture
from data.synthetic import target


def _train(learner, epochs=3):
    for _ in range(epochs):
        learner.epoch()


def epochs(n):
    return partial(_train, trainer("fm", 5), n)


def samples(n):
    return partial(_train, trainer("fm", 1, n=n))


def seeds(n):
    return partial(_train, trainer("fm", n), 12)


def width(n):
    return partial(_train, trainer("fm", 5, hidden=(n, n)))


def components(n):
    """The exact field on 100 x 100 points."""
    means = 2 * np.random.default_rng(0).standard_normal((n, 2))
    flow = ExactFlow(GaussianMixture(np.ones(n), means, np.tile(0.1 * np.eye(2), (n, 1, 1))))
    grid = np.stack(np.meshgrid(*[np.linspace(-4, 4, 100)] * 2), -1).reshape(-1, 2)
    return partial(flow.velocity, grid, 0.5)


def exact_assignment(n):
    """W2 of n points in 2D."""
    from evaluation.metrics import w2_between

    return partial(w2_between, *np.random.default_rng(0).standard_normal((2, n, 2)))


def sliced_w2(n):
    from evaluation import metrics

    return partial(metrics.sliced_w2, np.random.default_rng(0).standard_normal((1, n, 2)), target("two_gaussians"))


def frames(n):
    """Frames of one panel, each with its PNG and its share of the GIF."""
    from commands.work import write_frames
    from training.runs import train
    from visualization.animation import shared_palette
    from visualization.figure import Comparison

    config = Config(epochs=n, viz_freq=1, n_samples=20, n_seeds=1, hidden=(8,))
    film = Comparison([train(config.run_settings("decoder", 1))])
    palette = shared_palette(film, range(n))

    def draw():
        with tempfile.TemporaryDirectory() as folder, open(Path(folder) / "gif", "wb") as gif:
            write_frames(film, range(n), Path(folder), palette, lambda *_: None, None, gif)

    return draw


def workers(n):
    """The four flows in 1D and 2D for 50 epochs, in n processes."""
    from commands import study

    def run():
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            names = ("fm", "meanflow", "facm", "backflow")
            study.run(Config(models=names, epochs=50, workers=n, output_dir=Path(folder)))

    return run


SIZES = {
    epochs: (10, 100, 1000),
    samples: (1_000, 10_000, 100_000, 1_000_000),
    seeds: (1, 8, 32, 128, 512),
    width: (32, 128, 512),
    components: (4, 16, 64, 256, 1024),
    exact_assignment: (256, 512, 1024, 2048),
    sliced_w2: (1_000, 10_000, 100_000),
    frames: (50, 500, 5_000),
    workers: (1, 2),
}


def _measured(prepare, n, answer):
    import torch

    torch.set_num_threads(1)
    work = prepare(n)
    begun = time.perf_counter()
    work()
    answer.put((time.perf_counter() - begun, _peak_megabytes()))


def _peak_megabytes():
    """The peak of this process. getrusage has it everywhere, but on Linux it survives exec: it is the parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        return next(int(line.split()[1]) / 1024 for line in status.read_text().splitlines() if "VmHWM" in line)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 2**20)


def measure(folder):
    context, rows = multiprocessing.get_context("spawn"), []
    head = ["size", "value", "seconds", "growth of time / growth of size", "peak MB of the process"]
    for prepare, sizes in SIZES.items():
        before = None
        for n in sizes:
            answer = context.SimpleQueue()
            process = context.Process(target=_measured, args=(prepare, n, answer))
            process.start()
            process.join()
            seconds, peak = answer.get()
            law = f"{seconds / before[1] / (n / before[0]):.2f}" if before else ""
            rows.append([prepare.__name__.replace("_", " "), f"{n:,}", f"{seconds:.3g}", law, f"{peak:.0f}"])
            before = n, seconds
            print(*rows[-1], flush=True)  # the largest sizes take minutes
    table(folder, "growth", "Growth", head, rows)
