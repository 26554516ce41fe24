"""Behind run_table.py: a published table on its data, next to what exact answers come to on the same protocol."""

import json
from dataclasses import dataclass, fields

import numpy as np

from commands.cli import guarded, parse, ready
from commands.config import Config, flag, one_of, own_flags, whole
from commands.files import csv_text, refuse_foreign, stamp, write_text
from commands.sweep import Point, Scheduled, Store, complete, finished
from commands.terminal import Screen, logged
from data.dialect import counted
from data.points import plain
from data.sources import FromSource
from evaluation.labels import number, plus_minus
from evaluation.summary import over_seeds
from models import OF_TABLE
from models.source import own_settings

PROBLEMS = {  # of Tong et al. 2302.00482, Table 2: heading, the data of its released runner (data/published.py)
    "N to 8 gaussians": "table_ring",
    "moons to 8 gaussians": FromSource("table_wide_ring", "table_wide_moons"),
    "N to moons": "table_moons",
    "N to s-curve": "table_s_curve",
}
PUBLISHED = {  # method: measure: mean and deviation over five seeds, per problem
    "OT-CFM": {
        "w2": ((0.303, 0.043), (0.601, 0.027), (0.130, 0.016), (0.144, 0.028)),
        "npe": ((0.031, 0.027), (0.015, 0.010), (0.083, 0.009), (0.027, 0.012)),
    },
    "I-CFM": {
        "w2": ((0.373, 0.103), (1.557, 0.407), (0.178, 0.014), (0.242, 0.141)),
        "npe": ((0.202, 0.055), (2.680, 0.292), (0.891, 0.120), (0.856, 0.031)),
    },
    "RF": {  # rectified flow, second round
        "w2": ((0.421, 0.071), (1.525, 0.330), (0.283, 0.045), (0.345, 0.079)),
        "npe": ((0.044, 0.031), (0.203, 0.090), (0.130, 0.078), (0.099, 0.066)),
    },
}
SIGMA = 0.1  # of the methods that have it
PAPER = {  # settings that the paper gives
    **{"n_samples": 10_000, "batch_size": 512, "lr": 1e-3, "weight_decay": 1e-5, "proportions": "iid"},
    **{"hidden": (64, 64, 64), "activation": "selu"},
}
FLAGS = (
    *("methods", "problems", "quick", "epochs", "seed", "n_seeds", "w2_points"),
    *("scheduler", "output_dir", "device", "workers", "restart"),
)
COLUMNS = ("problem", "method", "seed", "nfe", "measure", "value", "floor", "published", "published_sd")
QUICK = {"epochs": 60, "n_seeds": 2, "w2_points": 2500}


@dataclass(frozen=True)
class TableConfig(Scheduled):
    """The settings of the table: those of its paper, as far as they are known."""

    epochs: int = flag(1000, whole(1), "passes through the samples")
    w2_points: int = flag(10_000, whole(2, 100_000), "points of W2, whose cost grows as their cube")
    methods: tuple = flag(tuple(OF_TABLE), one_of(tuple(OF_TABLE)), "which methods", run=False, many="METHOD")
    problems: tuple = flag(
        tuple(PROBLEMS), one_of(tuple(PROBLEMS)), "which columns, each in quotes", run=False, many="PROBLEM"
    )
    quick: bool = flag(False, None, "60 epochs, two seeds and W2 of 2,500 points: minutes, not hours", run=False)

    @property
    def folder(self):
        return self.output_dir / "table"


@dataclass(frozen=True)
class TablePoint(Point):
    """One method on one problem; n: points of W2."""

    n: int = 0

    @property
    def key(self):
        return f"{super().key}_{self.n}"

    @property
    def seconds(self):
        """That it may take, for an estimate of the time left."""
        return self.settings["epochs"] * self.settings["n_seeds"] * 0.2


@dataclass(frozen=True)
class Floors:
    """What exact answers come to on a problem: a dict of lists."""

    name: str
    dataset: str
    n: int
    seeds: tuple

    def __str__(self):
        return f"exact answers, {self.name}"

    @property
    def seconds(self):
        return 20.0


def main(text, argv=None):
    """The command behind run_table.py: its exit status. text: its help."""
    without = [f.name for f in fields(TableConfig) if f.name not in FLAGS]
    return guarded(lambda: run(*parse(text, TableConfig(), argv, (*without, *own_flags()))))


def run(config, given):
    """Compute what is missing, and write the table; true if anything failed."""
    quick = {name: value for name, value in QUICK.items() if name not in given} if config.quick else {}
    settings = {name: quick.get(name, getattr(config, name)) for name in ("epochs", "n_seeds", "w2_points", "seed")}
    with ready(config.here):
        return table(config, settings)


def chosen(config):
    """[(problem, its data)], in the order of the published table."""
    return [(problem, dataset) for problem, dataset in PROBLEMS.items() if problem in config.problems]


def points_of(config, settings):
    """[((problem, method), TablePoint)]."""
    found = []
    for problem, dataset in chosen(config):
        for method, model in ((method, OF_TABLE[method]) for method in config.methods):
            own = (("sigma", SIGMA),) if "sigma" in own_settings(model) else ()
            given = {name: settings[name] for name in ("epochs", "n_seeds", "seed")}
            paper = Config(**PAPER, **given, viz_freq=settings["epochs"], own=own, dataset=dataset)
            text = json.dumps({**paper.run_settings(model, 2), "dataset": plain(dataset)}, sort_keys=True)
            found.append(((problem, method), TablePoint(text, config.device, settings["w2_points"])))
    return found


def table(config, settings):
    """The table, with the output folder held for this command."""
    paths = [config.folder / name for name in ("table.csv", "table.md")]
    refuse_foreign(*paths)
    store, points = Store(config.folder), points_of(config, settings)
    results = {} if config.restart else finished(store, points)
    missing = [point for _, point in points if point not in results]
    print(f"{counted(len(points), 'point')}, {len(results)} of them finished before", flush=True)
    names = {point: f"{point} problem={problem} method={method}" for (problem, method), point in points}
    failed = complete(config, store, names, missing, results) if missing else False
    floors, lost = exact_answers(config, settings)
    write_text(paths[0], csv_text(list(COLUMNS), rows(points, results, floors, seeds_of(settings))))
    text = markdown(points, results, floors, settings)
    write_text(paths[1], text)
    print(text)
    for path in paths:
        print(f"written: {path}")
    return failed or lost


def seeds_of(settings):
    """The seeds of every method, and of the exact samples next to them."""
    return range(settings["seed"], settings["seed"] + settings["n_seeds"])


def exact_answers(config, settings):
    """({problem: what exact answers come to}, whether any failed)."""
    jobs = [
        Floors(name, json.dumps(plain(data)), settings["w2_points"], tuple(seeds_of(settings)))
        for name, data in chosen(config)
    ]
    with Screen(jobs, config.n_workers) as screen, config.crew(jobs, screen) as crew:
        found, failed = crew.complete(jobs, show=lambda job, _: logged(str(job)))
    return {job.name: result for job, result in found.items()}, failed


def rows(points, results, floors, seeds):
    """One dict per number; floor: W2 of exact samples, the mean over seeds, or the NPE of the exact flow."""
    least = {name: {"w2": float(np.mean(found["samples"])), "npe": found["npe"]} for name, found in floors.items()}
    for name, found in floors.items():
        for what in ("samples", "flow"):
            about = {"problem": name, "method": f"exact {what}", "measure": "w2", "floor": least[name]["w2"]}
            yield from (about | {"seed": seed, "value": value} for seed, value in zip(seeds, found[what], strict=True))
        yield {"problem": name, "method": "exact flow", "measure": "npe", "value": found["npe"], "floor": found["npe"]}
    for (problem, method), point in points:
        for row in results.get(point, {"rows": ()})["rows"]:
            measure = row["measure"].removeprefix("raw_")
            published, sd = published_of(method, measure, problem)
            about = {"problem": problem, "method": method, "published": published, "published_sd": sd}
            yield about | row | {"floor": least.get(problem, {}).get(measure, "")}


def published_of(method, measure, problem):
    return PUBLISHED[method][measure][list(PROBLEMS).index(problem)]


def markdown(points, results, floors, settings):
    """Two tables, W2 and NPE: published, measured with the last and with averaged weights, and exact answers."""
    parts = [
        f"# Table 2 of Tong et al. 2302.00482: {settings['epochs']} epochs, {settings['n_seeds']} seeds, "
        f"W2 of {settings['w2_points']:,} points",
        "",
        "Mean ± deviation over seeds. Exact samples: W2 of fresh samples of the target, as many.",
    ]
    measured = {place: results.get(point) for place, point in points}
    problems = list(dict.fromkeys(problem for problem, _ in measured))
    for measure, heading in (("w2", "W2"), ("npe", "NPE")):
        parts += ["", f"## {heading}", "", "| | " + " | ".join(problems) + " |", "|---" * (1 + len(problems)) + "|"]
        for method in (method for method in OF_TABLE if (problems[0], method) in measured):
            cells = [plus_minus(*published_of(method, measure, problem)) for problem in problems]
            parts.append(line(f"{method}, published", cells))
            for kind, words in (("raw_", "last weights"), ("", "averaged weights")):
                cells = [cell(measured[problem, method], kind + measure) for problem in problems]
                parts.append(line(f"{method}, {words}", cells))
        if measure == "w2":
            for what in ("samples", "flow"):
                cells = [plus_minus(*over_seeds(floors[name][what])) if name in floors else "" for name in problems]
                parts.append(line(f"exact {what}{' of independent pairs' if what == 'flow' else ''}", cells))
        else:
            cells = [number(floors[name]["npe"]) if name in floors else "" for name in problems]
            parts.append(line("exact flow of independent pairs", cells))
    return "\n".join([*parts, "", f"<!-- {stamp()} -->", ""])


def line(name, cells):
    return f"| {name} | " + " | ".join(cells) + " |"


def cell(result, measure):
    """Mean and deviation of a measure; "" without a result."""
    if not result:
        return ""
    return plus_minus(*over_seeds(np.array([row["value"] for row in result["rows"] if row["measure"] == measure])))
