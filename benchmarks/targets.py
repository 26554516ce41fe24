"""What the mean of all pairs costs per step, and how much sooner a model is as good as on single pairs."""

import time

import numpy as np
import torch

from benchmarks.tools import table
from data.synthetic import DEFAULT_1D, DEFAULT_2D, samples, target
from evaluation.metrics import w2_between
from evaluation.reference import Reference
from models import MODELS, model_class
from models.calls import on_one_thread
from training.trainer import Trainer

SEEDS, POINTS, EPOCHS, EVERY = 5, 500, 2000, 25
REPEATS = 40  # epochs of each kind, in turn


def trainer(name, dim, kind):
    """A trainer with main.py's defaults."""
    generators = [torch.Generator().manual_seed(seed) for seed in range(SEEDS)]
    law = target(DEFAULT_1D if dim == 1 else DEFAULT_2D)
    data = torch.tensor(samples(law, POINTS, range(SEEDS)), dtype=torch.float32)
    model = model_class(name)(dim, (32, 64, 32), generators)
    model.target, model.law = kind, law
    return Trainer(model, data, generators)


def seconds(epoch):
    """Of one epoch, by the processor's clock, which other processes disturb least."""
    begun = time.process_time()
    epoch()
    return time.process_time() - begun


def step_cost(name, dim):
    """Median seconds per epoch on single pairs and on their mean, taken in turn, and the median of the ratios."""
    pairs = [trainer(name, dim, kind) for kind in ("conditional", "marginal")]
    for each in pairs:
        for _ in range(5):
            each.epoch()
    times = np.array([[seconds(each.epoch) for each in pairs] for _ in range(REPEATS)])
    return (*np.median(times, 0), np.median(times[:, 1] / times[:, 0]))


@torch.no_grad()
def w2(learner, reference):
    """Mean W2 over seeds of the averaged model's samples, as evaluation/evaluate.py measures it."""
    noise = torch.tensor(reference.noise(len(reference.sample)), dtype=torch.float32).expand(SEEDS, -1, -1)
    found = torch.cat([learner.averaged.generate(block) for block in noise.split(512, 1)], 1)
    return float(np.mean([w2_between(x, reference.sample) for x in found.numpy().astype(float)]))


def until_as_good(name, dim):
    """(W2 on single pairs after all epochs, its seconds; epochs and seconds until their mean is as good, or NaN)."""
    reference = Reference(DEFAULT_1D if dim == 1 else DEFAULT_2D)
    single, mean = (trainer(name, dim, kind) for kind in ("conditional", "marginal"))
    spent = sum(seconds(single.epoch) for _ in range(EPOCHS))
    wanted, passed = w2(single, reference), 0.0
    for epoch in range(1, EPOCHS + 1):
        passed += seconds(mean.epoch)
        if epoch % EVERY == 0 and w2(mean, reference) <= wanted:
            return wanted, spent, epoch, passed
    return wanted, spent, np.nan, np.nan


@on_one_thread()
def measure(folder):
    costs, sooner = [], []
    for name in MODELS:
        if "marginal" in model_class(name).targets:
            for dim in (1, 2):
                single, mean, ratio = step_cost(name, dim)
                costs.append([name, f"{dim}D", f"{1e3 * single:.2f}", f"{1e3 * mean:.2f}", f"{ratio:.2f}"])
                wanted, spent, epochs, passed = until_as_good(name, dim)
                sooner.append([name, f"{dim}D", f"{wanted:.3f}", f"{spent:.1f}", f"{epochs:.0f}", f"{passed:.1f}"])
    head = ["model", "data", "single pairs", "mean of the pairs", "ratio"]
    table(folder, "targets_cost", "Milliseconds per epoch of 500 points, five seeds", head, costs)
    head = ["model", "data", "W2 on single pairs", "seconds for it", "epochs until as good", "seconds until then"]
    title = f"How soon the mean of the pairs is as good as {EPOCHS} epochs on single pairs"
    table(folder, "targets_sooner", title, head, sooner)
