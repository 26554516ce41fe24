"""What the explorer's page holds of saved runs: plain types ready for JSON, arrays as base64.

A byte budget decides how much: the final weights of as many models as fit, then as many earlier epochs as fit.
"""

import base64

import numpy as np
from matplotlib.markers import MarkerStyle
from matplotlib.transforms import Affine2D

from data.points import units
from data.synthetic import DATASETS_1D, DATASETS_2D, target
from evaluation.labels import number, plus_minus
from evaluation.metrics import projections
from evaluation.reference import Reference
from evaluation.scoreboard import NOTES, board, sentences
from evaluation.scoreboard import table as text_table
from evaluation.summary import quality, recorded, smoothed_loss, summary_of
from models import own_module
from models.base import Encoder, Flow, MeanVelocity, Model
from models.source import own_settings
from training.snapshots import first_weights
from visualization.config import look, on_dark, themes
from visualization.pages import targets as targets_page
from visualization.scene import Scene, data_name
from visualization.stage import Stage
from visualization.views import some

WEIGHTS = 5_000_000  # bytes of the file for all weights; the limit of the whole file is 8 MB
MOST_EPOCHS = 24
RECORDED_EPOCHS = 6  # of a model that does not run in the page
CROWDS = (256, 500)  # numbers of particles; 256 are those of the pictures
CURVE = 160  # vertices of a loss curve
WRITTEN = 17  # digits of what the page writes as text, all of them: rounded twice, 0.2304996 would be another number
DASHES = {"-": "", "-.": "8 3 2 3", ":": "2 3"}  # matplotlib's lines as SVG has them


def payload(runs_by_dim, targets=None, budget=WEIGHTS):
    """The whole content of the page. runs_by_dim: {dim: evaluated runs of one dataset}, models in order.

    targets: {dim: runs} of the page `targets`, to show its numbers, too.
    """
    runs = [run for group in runs_by_dim.values() for run in group]
    live = fitting(runs, budget)
    rest, epoch = budget - sum(map(least, live)), sum(base64_size(2 * n_weights(run)) for run in live)
    room = 1 + int(rest // epoch) if live else 0
    with np.errstate(all="ignore"):  # a run that diverged holds NaN
        dims = [dimension(group, live, min(room, MOST_EPOCHS)) for group in runs_by_dim.values() if group]
        for each in dims:
            each["targets"] = hard((targets or {}).get(each["dim"], []))
    scaled = [f"{each['dataset']}: {each['units']}." for each in dims if each["units"]]
    notes = " ".join((*NOTES, *scaled))
    return {"dims": dims, "datasets": datasets(), "notes": notes, "themes": themes()}


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
    """How the page runs a model, from its drawing module's LIVE; None if it has none."""
    return getattr(own_module("visualization.viz_", run.settings["model"]), "LIVE", None)


def n_weights(run):
    return run.snapshots["weights"].shape[1]


def base64_size(n):
    return 4 * -(-n // 3)


def dimension(runs, live, room):
    """One dimension: its target and points, its models, its table and its sentences."""
    first, reference = runs[0], Reference(runs[0].settings["dataset"])
    measured = [(run.settings, run.measures["rows"]) for run in runs]
    data = first.data[0, : CROWDS[-1]].numpy()
    order = np.random.default_rng(0).permutation(np.resize(np.arange(len(data)), CROWDS[-1]))
    return {
        "dim": reference.dim,
        "dataset": data_name(first.settings),
        "units": units(first.settings["dataset"]),
        "epochs": max(run.settings["epochs"] for run in runs),
        "target": mixture(reference.target),
        "source": mixture(reference.exact.source),
        "space": space(first.settings["dataset"]),
        "data": pack(data),
        "partner": pack(data[order]),
        "crowds": {str(n): crowd(n, reference) for n in CROWDS},
        "models": [model(run, run in live, room) for run in runs],
        "table": table(measured),
        "sentences": sentences(measured),
    }


def mixture(law):
    """A Gaussian mixture for the page."""
    return {name: getattr(law, name).tolist() for name in ("weights", "means", "covariances")}


def datasets():
    """Every named dataset, {dim: {name: mixture}}: what the page's editor begins with; arrays as base64 of float64."""
    names = {1: DATASETS_1D, 2: DATASETS_2D}
    return {dim: {name: packed(target(name)) for name in names[dim]} for dim in names}


def packed(law):
    """A mixture in few bytes: no weights if they are equal, and one covariance if all are the same."""
    weights, covariances = (
        np.unique(getattr(law, name), axis=0, return_index=True)[1] for name in ("weights", "covariances")
    )
    return {
        "weights": pack(law.weights, np.float64) if len(weights) > 1 else None,
        "means": pack(law.means, np.float64),
        "covariances": pack(law.covariances[:1] if len(covariances) == 1 else law.covariances, np.float64),
    }


def hard(runs):
    """The table of the page `targets`: headings, rows of texts, sentences; None without such runs."""
    numbers = targets_page.numbers(runs)
    if not numbers:
        return None
    kinds = [kind for kind in targets_page.TARGETS if any(kind in found for found in numbers["models"].values())]
    rows = [
        [title, *(plus_minus(*found[kind]["w2"][:2]) if kind in found else "" for kind in kinds)]
        for title, found in numbers["models"].items()
    ]
    ends = [["exact samples", number(numbers["floor"])], ["the training points", plus_minus(*numbers["points"])]]
    columns = [f"W2: {targets_page.TARGETS[kind][0]}" for kind in kinds]
    return {"columns": columns, "rows": rows, "ends": ends, "captions": numbers["captions"]}


def space(dataset):
    """Limits of the panels, as in the pictures."""
    place = Stage(dataset)
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


def crowd(n, reference):
    """n noise points, the exact quantiles (P, n) that sliced W2 is measured to, and its value for exact samples."""
    _, quantiles = projections(reference.target, n)
    floor = clean(reference.sliced_w2_floor_of(n), WRITTEN)
    return {"z": pack(reference.followed(n)), "quantiles": pack(quantiles.T), "floor": floor}


def model(run, is_live, room):
    """One model: its numbers, and its weights or what it recorded."""
    epochs, mean, sd = recorded(run, "sliced_w2")
    keep = chosen(len(epochs), room if is_live else RECORDED_EPOCHS)
    numbers, scene = summary_of(run), Scene(run)
    entry = {
        "name": run.settings["model"],
        "title": run.model.title,
        "look": web_look(run.settings["model"]),
        "exact": scene.exact,
        "islands": scene.islands,
        "pairs": pairs(scene),
        "target": run.model.target,
        "training": training(run.settings),
        "seeds": run.settings["n_seeds"],
        "trouble": run.trouble,
        "last": max(1, len(run.history["loss"])),
        "own_steps": run.model.steps,
        "epochs": [int(epochs[k]) for k in keep],
        "sliced_w2": clean(np.stack([mean, sd], 1)[keep], WRITTEN),
        "measures": measures(numbers),
        "quality": curves(numbers),
        "losses": losses(run, numbers),
    }
    return entry | (weights(run, keep) if is_live else recordings(run, keep))


def training(settings):
    """What a run was trained with, in the page's names: where its own training begins."""
    shared = {"lr": "lr", "batch": "batch_size", "p": "adaptive_power", "points": "n_samples", "seed": "seed"}
    shared |= {"weightDecay": "weight_decay", "activation": "activation"}
    own = {name: settings[name] for name in own_settings(settings["model"])}
    found = own | {name: settings[key] for name, key in shared.items()}
    return found | {"hidden": "-".join(map(str, settings["hidden"])), "averaged": settings["weights"] == "averaged"}


def measures(numbers):
    """{"w2": [mean, standard deviation, floor], "sliced_w2 16": ...}: the model's own, and by network evaluations."""
    return {
        name if nfe is None else f"{name} {nfe}": clean(result, WRITTEN)
        for (name, nfe), result in numbers.items()
        if nfe != 0
    }


def curves(numbers):
    """Sliced W2 by network evaluations, [nfe, mean, standard deviation] each; of the ODE too, if a model has both."""
    own, ode = quality(numbers), quality(numbers, "ode_sliced_w2")
    return {"own": clean(own[:, :3]), "ode": clean(ode[:, :3]), "floor": clean(own[0, 3]) if len(own) else None}


def web_look(name):
    """`look` for the page: a colour per theme, the mark's outline (K, 2) about 0 with y down, dashes as in SVG."""
    style = look(name)
    mark = MarkerStyle(style["marker"])
    (outline,) = mark.get_path().transformed(mark.get_transform() + Affine2D().scale(200, -200)).to_polygons()
    return {
        "light": style["color"],
        "dark": on_dark(style["color"]),
        "mark": (outline[:-1] / 100).round(2).tolist(),
        "open": "markerfacecolor" in style,
        "dash": DASHES[style["linestyle"]],
    }


def pairs(scene):
    """What a model is trained on: "chance", its own pairs [z, x], or None for an encoder, which makes its latents."""
    kind = type(scene.run.model)
    if issubclass(kind, Encoder):
        return None
    model, plain = scene.run.model, kind.pair in (Model.pair, Flow.pair)
    if plain and model.coupling == "independent" and not model.teacher:
        return "chance"
    return [pack(some(points)) for points in scene.pairs]


def weights(run, keep):
    """The networks of the first seed: at the last epoch in full, at the chosen ones in half precision."""
    rules = {"activation": run.settings["activation"]} | live_rules(run)
    if isinstance(run.model, Flow):
        rules |= {name: getattr(run.model, name) for name in ("noise_time", "data_time", "sampler")}
        rules["inverts"] = isinstance(run.model, MeanVelocity) and run.model.inverts
        if "predicts" in rules:
            rules |= {"predicts": run.model.prediction, "first": run.model.first}
        if run.model.sampler == "renoising":
            rules["renoise_until"] = run.model.renoise_until
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


def recordings(run, keep):
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


def losses(run, numbers):
    """Loss, mean and standard deviation over seeds, smoothed; floor; excess error."""
    found = {"floor": clean(numbers["final_loss", None][2]), "curve": []}
    curve = np.stack(smoothed_loss(run), 1)
    if len(curve):
        found["curve"] = last_in_full(curve[np.unique(np.geomspace(1, len(curve), CURVE).round().astype(int)) - 1])
    if "excess_error" in run.snapshots:
        found["excess"] = last_in_full(np.stack(recorded(run, "excess_error"), 1))
    return found


def last_in_full(curve):
    """A curve for JSON: short numbers, but for the last ones, which the page writes as text."""
    return [*clean(curve[:-1]), clean(curve[-1], WRITTEN)]


def table(measured):
    """The scoreboard as it is written: headings, texts of exact samples and of each model, and values to sort by."""
    (head, (exact, *lines)), (_, _, found) = text_table(measured), board(measured)
    rows = {
        result.name: {
            "title": line[0],
            "texts": line[1:],
            "values": [result.steps, *(clean(cell[0]) if cell else None for cell in cells)],
        }
        for line, (result, cells) in zip(lines, found, strict=True)
    }
    return {"columns": head[1:], "exact": exact[1:], "rows": rows}


def clean(values, digits=5):
    """Numbers for JSON: so many digits, and None for what is not finite."""
    if np.ndim(values):
        return [clean(value, digits) for value in values]
    return float(f"{float(values):.{digits}g}") if np.isfinite(values) else None


def pack(array, kind=np.float32):
    """An array as base64 of little-endian numbers."""
    return base64.b64encode(np.ascontiguousarray(array, dtype=np.dtype(kind).newbyteorder("<"))).decode()
