"""What the explorer's page holds of saved runs: plain types ready for JSON, arrays as base64.

A byte budget decides how much: the final weights of as many models as fit, then as many earlier epochs as fit.
"""

import base64
from importlib import import_module

import numpy as np

from data.points import units
from data.synthetic import noise
from evaluation.exam import Exam
from evaluation.measures import summary
from evaluation.metrics import projections, w2
from evaluation.scoreboard import COLUMNS, NOTES, sentences
from evaluation.seeds import over_seeds
from visualization.scene import data_name, stage

WEIGHTS = 5_000_000  # bytes of the file for all weights; the limit of the whole file is 8 MB
MOST_EPOCHS = 24
RECORDED_EPOCHS = 6  # of a model that does not run in the page
CROWDS = (256, 500)  # numbers of particles; 256 are those of the pictures
CURVE = 160  # vertices of a loss curve


def payload(runs_by_dim, budget=WEIGHTS):
    """The whole content of the page. runs_by_dim: {dim: measured runs of one dataset}, models in order."""
    runs = [run for group in runs_by_dim.values() for run in group]
    live = fitting(runs, budget)
    rest, epoch = budget - sum(map(least, live)), sum(base64_size(2 * n_weights(run)) for run in live)
    room = 1 + int(rest // epoch) if live else 0
    with np.errstate(all="ignore"):  # a run that diverged holds what is no number
        dims = [dimension(group, live, min(room, MOST_EPOCHS)) for group in runs_by_dim.values() if group]
    scaled = [f"{each['dataset']}: {each['units']}." for each in dims if each["units"]]
    return {"dims": dims, "notes": " ".join((*NOTES, *scaled))}


def fitting(runs, budget):
    """The runs whose final weights fit, small ones first, among those whose forward pass the page knows."""
    kept = []
    for run in sorted((run for run in runs if live_rules(run)), key=n_weights):
        budget -= least(run)
        if budget >= 0:
            kept.append(run)
    return kept


def least(run):
    """Bytes of a live model: its final weights in full and one snapshot in half precision."""
    return base64_size(4 * n_weights(run)) + base64_size(2 * n_weights(run))


def live_rules(run):
    """How the page runs a model, from its drawing module's LIVE; None where it has none."""
    family = run.config["model"].partition("_")[0]
    return getattr(import_module(f"visualization.viz_{family}"), "LIVE", None)


def n_weights(run):
    return run.snapshots["weights"].shape[1]


def base64_size(n):
    return 4 * -(-n // 3)


def dimension(runs, live, room):
    """One dimension: its target and points, its models, its table and its sentences."""
    first, exam = runs[0], Exam(runs[0].config["dataset"])
    measured = [(run.config, run.measures["rows"]) for run in runs]
    data = first.data[0, : CROWDS[-1]].numpy()
    order = np.random.default_rng(0).permutation(np.resize(np.arange(len(data)), CROWDS[-1]))
    return {
        "dim": exam.dim,
        "dataset": data_name(first.config),
        "units": units(first.config["dataset"]),
        "epochs": max(run.config["epochs"] for run in runs),
        "target": {name: getattr(exam.target, name).tolist() for name in ("weights", "means", "covariances")},
        "space": space(first.config["dataset"]),
        "data": pack(data),
        "partner": pack(data[order]),
        "crowds": {str(n): crowd(n, exam) for n in CROWDS},
        "models": [model(run, exam, run in live, room) for run in runs],
        "table": table(measured),
        "sentences": sentences(measured),
        "flow_floor": clean(exam.flow_matching_floor),
    }


def space(dataset):
    """Limits of the panels, as in the pictures."""
    place = stage(dataset)
    found = {"limits": [list(map(float, limit)) for limit in place.view]}
    if len(place.low) == 1:
        return found | {"density_scale": float(place.density_scale)}
    source, data, limits = place.islands
    return found | {
        "source": list(map(float, source)),
        "island": list(map(float, data)),
        "islands": [list(map(float, limit)) for limit in limits],
        "levels": [float(level) for level in place.hills[3]],
    }


def crowd(n, exam):
    """n noise points, and the exact quantiles (P, n) that live W2 is measured to."""
    _, quantiles = projections(exam.target, n)
    return {"z": pack(noise(n, exam.dim, np.random.default_rng(0))), "quantiles": pack(quantiles.T)}


def model(run, exam, is_live, room):
    """One model: its numbers, and its weights or what it recorded."""
    epochs = run.snapshots["epoch"].tolist()
    keep = chosen(len(epochs), room if is_live else RECORDED_EPOCHS)
    numbers = summary(run.measures["rows"])
    good = [i for i in range(run.config["n_seeds"]) if i not in run.stopped] or [0]
    distance = np.array([w2(run.snapshots["samples"][k, good].numpy(), exam.target) for k in keep])
    entry = {
        "name": run.config["model"],
        "title": run.model.title,
        "seeds": run.config["n_seeds"],
        "trouble": run.trouble,
        "last": max(1, len(run.history["loss"])),
        "own_steps": getattr(run.model, "steps", 1),
        "epochs": [epochs[k] for k in keep],
        "w2": clean(np.stack([distance.mean(1), distance.std(1)], 1)),
        "quality": quality(numbers),
        "losses": losses(run, numbers),
    }
    return entry | (weights(run, keep) if is_live else recorded(run, keep))


def weights(run, keep):
    """The networks of the first seed: at the last epoch in full, at the chosen ones in half precision."""
    from training.record import first_weights

    rules = dict(live_rules(run))
    if hasattr(run.model, "noise_time"):
        rules |= {"noise_time": run.model.noise_time, "data_time": run.model.data_time}
    return {
        "live": rules,
        "nets": nets(run.model),
        "final": pack(first_weights(run.model).numpy()),
        "shots": pack(run.snapshots["weights"][keep].numpy(), np.float16),
    }


def nets(model):
    """{name: layer sizes} of the networks of a model, in the order of its weights."""
    found = {}
    for name, value in model.named_parameters():
        net, kind, _ = name.rsplit(".", 2)
        if kind == "weights":
            found.setdefault(net, [value.shape[1]]).append(value.shape[2])
    return found


def recorded(run, keep):
    """Samples and paths as they were recorded, for a model that does not run in the page."""
    why = "too large for this file" if live_rules(run) else "not written for this page"
    found = {"why": why, "samples": pack(run.snapshots["samples"][keep, 0].numpy(), np.float16)}
    if "path" in run.snapshots:
        path = run.snapshots["path"][keep].numpy()
        found |= {"path": pack(path, np.float16), "path_shape": list(path.shape)}
    return found


def chosen(n, room):
    """At most `room` of n snapshots, always the last; closer together early, where more happens."""
    room = max(1, min(n, room))
    if room == n:
        return list(range(n))
    even = np.linspace(0, 1, room) ** 1.7 * (n - 1) if room > 1 else [n - 1]
    return sorted({round(k) for k in even} | {n - 1})


def quality(numbers):
    """[[evaluations, mean, standard deviation]] of W2 over 1 .. 128 evaluations, and the floor."""
    chart = sorted((nfe, *value) for (measure, nfe), value in numbers.items() if measure == "sliced_w2" and nfe)
    return {"points": clean([row[:3] for row in chart]), "floor": clean(chart[0][3]) if chart else None}


def losses(run, numbers):
    """Loss, mean and standard deviation over seeds, smoothed over a hundredth of the epochs; floor; excess error.

    A seed counts until it diverges.
    """
    history = run.history["loss"].numpy()
    found = {"floor": clean(numbers["final_loss", None][2]), "curve": []}
    if len(history):
        width = max(1, len(history) // 100)
        smooth = np.stack([np.convolve(column, np.ones(width) / width, "valid") for column in history.T])
        at = np.unique(np.linspace(0, smooth.shape[1] - 1, CURVE).round().astype(int))
        found["curve"] = clean(np.stack([at + (width + 1) / 2, *over_seeds(smooth[:, at])], 1))
    if "excess" in run.snapshots:
        found["excess"] = clean(np.stack([run.snapshots["epoch"].numpy(), *over_seeds(run.excess, 1)], 1))
    return found


def table(measured):
    """The scoreboard as numbers: columns, the floor of each, and for each model [mean, standard deviation]."""
    numbers = {config["model"]: summary(rows) for config, rows in measured}
    columns = [key for key in COLUMNS if any(key in each for each in numbers.values())]
    floors = [next(each[key][2] for each in numbers.values() if key in each) for key in columns]
    rows = {name: [clean(each[key][:2]) if key in each else None for key in columns] for name, each in numbers.items()}
    return {"columns": [COLUMNS[key] for key in columns], "floors": clean(floors), "rows": rows}


def clean(values):
    """Numbers for JSON: five digits, and None where there is no number."""
    if np.ndim(values):
        return [clean(value) for value in values]
    return float(f"{float(values):.5g}") if np.isfinite(values) else None


def pack(array, kind=np.float32):
    """An array as base64 of little-endian numbers."""
    return base64.b64encode(np.ascontiguousarray(array, dtype=np.dtype(kind).newbyteorder("<"))).decode()
