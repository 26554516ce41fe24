"""Microseconds per training step: every model, 1 to 128 seeds, and the plain way with one seed."""

import math

import numpy as np
import torch

from benchmarks.plain import Plain
from benchmarks.tools import median_seconds, table
from commands.draw import write_png
from data.synthetic import samples, target
from models import MODELS, model_class
from training.trainer import Trainer
from visualization.config import look
from visualization.pages.layout import image_of, page, place

SEEDS = (1, 8, 32, 128)


def trainer(name, seeds, hidden=(32, 64, 32), n=512):
    """A trainer for a fresh model in 1D, on n samples per seed."""
    generators = [torch.Generator().manual_seed(seed) for seed in range(seeds)]
    data = torch.tensor(samples(target("two_gaussians_1d"), n, range(seeds)), dtype=torch.float32)
    return Trainer(model_class(name)(1, hidden, generators), data, generators)


def step_time(name, seeds):
    """Seconds per step: an epoch of eight batches with all its draws, divided by eight."""
    learner = trainer(name, seeds)
    for _ in range(4):
        learner.epoch()
    return median_seconds(learner.epoch, repeats=15, calls=max(1, 16 // seeds)) / 8


def plain_time(name):
    """Seconds per step of the plain way; NaN if the model has no plain version."""
    if not hasattr(Plain, name):
        print(f"{name}: no plain version in benchmarks/plain.py, so no comparison")
        return math.nan
    learner = Plain(name)
    for _ in range(30):
        learner.step()
    return median_seconds(learner.step, repeats=15, calls=50)


def measure(folder):
    rows, curves, fm = [], {}, None
    for name in sorted(MODELS, key=lambda name: name != "fm"):  # fm first: the others are compared with it
        plain, times = plain_time(name), [step_time(name, seeds) for seeds in SEEDS]
        fm, curves[name] = fm or times[1], (plain, times)
        ratios = times[1] / fm, times[1] / times[0], times[1] / plain, 32 * times[0] / times[2], 32 * plain / times[2]
        rows.append([name, *(f"{1e6 * t:.0f}" for t in (plain, *times)), *(f"{ratio:.2f}" for ratio in ratios)])
    head = ["model", "plain, 1 seed", "1 seed", "8 seeds", "32 seeds", "128 seeds", "8 seeds: to fm", "to 1 seed"]
    head += ["to plain", "32 seeds: times cheaper per seed than 1", "than plain"]
    table(folder, "steps", "Microseconds per training step (1D, batch 64, 32-64-32)", head, rows)
    chart(folder / "steps.png", curves)


def chart(path, curves):
    """Time per step and seed, against the number of seeds; dashed: the plain way. curves: {name: (plain, times)}."""
    figure = page(
        760, "Microseconds per training step and seed", "Dashed, in the same colour: the plain way, one seed at a time."
    )
    axes = place(figure, (90, 90, 1190, 560))
    for name, (plain, times) in curves.items():
        axes.plot(SEEDS, 1e6 * np.array(times) / SEEDS, lw=1.8, ms=7, label=name, **look(name))
        axes.axhline(1e6 * plain, color=look(name)["color"], ls="--", lw=1)
    axes.set(xscale="log", yscale="log", xlabel="seeds trained at once", ylabel="microseconds")
    axes.set_xticks(SEEDS, [str(seeds) for seeds in SEEDS])
    axes.minorticks_off()
    axes.grid(axis="y", color="#eeeeee")
    axes.legend(frameon=False, fontsize=12, loc="upper left", bbox_to_anchor=(1.01, 1))
    write_png(image_of(figure), path)
