"""Runs besides the study's own: the same models with one setting changed, for the pages that compare them.

Each page has its runs in a folder of its own, PAGE_runs, with a folder per variant.
"""

from dataclasses import dataclass, replace

from models import ABLATED, MODELS, STUDY
from models.source import own_settings

RUNS = "_runs"
POWERS = (0.0, 0.5, 0.75, 1.0)
POWER_EPOCHS = 300  # enough to see the damage
TARGETS = ("conditional", "marginal", "exact")
GAPS = (0.2, 0.1, 0.05, 0.02, 0.01)  # of models that learn from a later point
COUNTS = (20, 100, 500, 2000, 5000)  # of training points


@dataclass(frozen=True)
class Experiment:
    """models() in some dimensions, once per variant: (its folder, words, function of a Config and a value, value)."""

    models: object
    dims: tuple
    variants: tuple


def _with_a_target():
    return [name for name in STUDY if "target" in own_settings(name)]


def _ablated():
    return ABLATED


def _with_a_gap():
    return [name for name in MODELS if "gap" in own_settings(name)]


def _gap(config, choice):
    gap, target = choice
    return {"own": (*((name, value) for name, value in _with_target(config, target) if name != "gap"), ("gap", gap))}


def _power(config, p):
    """With single pairs: without their noise the weight does no damage."""
    return {"adaptive_power": p, "epochs": min(config.epochs, POWER_EPOCHS), "own": _with_target(config, "conditional")}


def _target(config, target):
    return {"own": _with_target(config, target)}


def _count(config, n):
    """With as many steps."""
    steps = config.epochs * -(-config.n_samples // config.batch_size)
    return {"n_samples": n, "epochs": max(1, round(steps / -(-n // config.batch_size)))}


def _with_target(config, target):
    return (*((name, value) for name, value in config.own if name != "target"), ("target", target))


EXPERIMENTS = {
    "adaptive": Experiment(_ablated, (1,), tuple((f"p_{p:g}", f"p = {p:g}", _power, p) for p in POWERS)),
    "targets": Experiment(_with_a_target, (1, 2), tuple((kind, f"{kind} target", _target, kind) for kind in TARGETS)),
    "gap": Experiment(
        _with_a_gap,
        (1,),
        tuple(
            (f"{kind}_{gap:g}", f"gap {gap:g}, {kind} pairs", _gap, (gap, kind))
            for kind in ("conditional", "marginal")
            for gap in GAPS
        ),
    ),
    "memorised": Experiment(_ablated, (1, 2), tuple((f"n_{n}", f"{n} points", _count, n) for n in COUNTS)),
}


def places(page, folder):
    """The folders of an experiment's variants, in order."""
    return [folder / f"{page}{RUNS}" / name for name, *_ in EXPERIMENTS[page].variants]


def plan(page, config):
    """(Model, dimension, Config, folder) of each of its runs, in the dimensions of a Config."""
    experiment = EXPERIMENTS[page]
    for (_, _, change, value), folder in zip(experiment.variants, places(page, config.output_dir), strict=True):
        changed = replace(config, **change(config, value))
        changed = replace(changed, viz_freq=changed.epochs)
        for dim in (dim for dim in experiment.dims if dim in config.dims):
            for model in experiment.models():
                yield model, dim, changed, folder


def words_of(folder):
    """(Page, words of the variant) of a folder; None if no experiment has it."""
    page = folder.parent.name.removesuffix(RUNS)
    if page == folder.parent.name or page not in EXPERIMENTS:
        return None
    return next(((page, words) for name, words, *_ in EXPERIMENTS[page].variants if name == folder.name), None)
