"""What decides a run, the name of its file, and keys of contents. Needs no torch."""

import hashlib
from pathlib import Path

from data.points import Own, label, plain
from data.published import PUBLISHED
from data.sources import FromSource
from data.synthetic import DATASETS_1D, DATASETS_2D, DEFAULT_1D, DEFAULT_2D
from models import MODELS
from models.source import group, own_settings, signed

DEFAULTS = {
    "epochs": 2000,
    "n_samples": 500,
    "batch_size": 64,
    "lr": 1e-3,
    "hidden": [32, 64, 32],
    "activation": "silu",
    "weight_decay": 0.0,
    "adaptive_power": 0.0,
    "weights": "averaged",  # of the steps so far, or those of the last one: what is measured and drawn
    "proportions": "exact",  # of the mixture's components in the training samples, or "iid": as chance has it
    "w2_points": 0,  # points of W2 to a reference sample; 0: evaluation.reference.N_W2
    "seed": 0,
    "n_seeds": 5,
    "viz_freq": 0,  # see `is_snapshot`
}


def settings(model, dim=1, **changes):
    """All settings of a run as a dict: the defaults, the model's own, and the changes. See `runs.train`.

    changes: to DEFAULTS and the model's own settings, and dataset, a name or Points. Raises ValueError for anything
    else, and for data of another dimension.
    """
    if model not in MODELS:
        raise ValueError(f"no model {model!r}; choose from {', '.join(MODELS)}")
    if dim not in (1, 2):
        raise ValueError(f"no data in {dim} dimensions; choose dim=1 or dim=2")
    own = {name: default for name, (default, *_) in own_settings(model).items()}
    known = {"model": model, "dim": dim, "dataset": DEFAULT_1D if dim == 1 else DEFAULT_2D, **DEFAULTS, **own}
    if unknown := changes.keys() - known.keys():
        raise ValueError(f"{model} has no setting {', '.join(sorted(unknown))}; choose from {', '.join(known)}")
    chosen = known | changes
    for name, (_, *ends, _) in own_settings(model).items():
        if len(ends) == 1 and chosen[name] not in ends[0]:
            raise ValueError(f"{model} has no {name} {chosen[name]!r}; choose from {', '.join(ends[0])}")
    single = {
        "coupling ot": chosen.get("coupling") == "ot",
        "sigma": chosen.get("sigma", 0) > 0,
        "source": isinstance(chosen["dataset"], FromSource),
    }
    if "target" in known and any(single.values()):  # the mean pair is that of independent pairs through a state
        (name, *_) = (name for name, given in single.items() if given)
        if changes.get("target", "conditional") != "conditional":
            raise ValueError(
                f"{model} with {name} has no target {changes['target']!r}; choose conditional, or no {name}"
            )
        chosen["target"] = "conditional"
    if chosen["adaptive_power"] and signed(model):
        raise ValueError(f"{model} has no adaptive_power: its loss, a log-density, may be negative; choose 0")
    dataset, names = chosen["dataset"], {1: DATASETS_1D, 2: DATASETS_2D}
    if isinstance(dataset, FromSource) and model not in (flows := group("flows")):
        raise ValueError(f"{model} has no source but N(0, I): it is no flow; choose from {', '.join(flows)}")
    parts = (dataset.dataset, dataset.source) if isinstance(dataset, FromSource) else (dataset,)
    if not all(part.dim == dim if isinstance(part, Own) else part in (*names[dim], *PUBLISHED) for part in parts):
        raise ValueError(f"no data in {dim}D: {label(dataset)}; choose from {', '.join(names[dim])}, or dim={3 - dim}")
    return chosen


def is_snapshot(epoch, viz_freq, epochs):
    """Whether an epoch of a run is kept for pictures: 0, the untrained model, every viz_freq-th one, and the last.

    viz_freq 0: early epochs change most, so 1, 2, 3, 5, 8, 13, ..., where each is the sum of the two before.
    """
    if not viz_freq:
        a, b = 1, 2
        while a < epoch:
            a, b = b, a + b
        return a == epoch or epoch in (0, epochs)
    return epoch % viz_freq == 0 or epoch == epochs


def plain_settings(settings):
    """Settings of a run in plain types, to save or to write as JSON."""
    return settings | {"dataset": plain(settings["dataset"])}


def shown(value):
    """A setting as the command line writes it."""
    if isinstance(value, tuple | list):
        return "-".join(map(str, value))
    return label(value) if isinstance(value, Own | FromSource) else value


def run_file(folder, name, dim, ending="model.pt"):
    """folder/fm_model.pt in 1D, folder/fm_2d_model.pt in 2D; the same for other endings."""
    return Path(folder) / f"{name}{'_2d' if dim == 2 else ''}_{ending}"


def key_of(*parts):
    """Bytes and texts as one key of 16 hexadecimal digits."""
    digest = hashlib.sha256()
    for part in parts:
        part = part.encode() if isinstance(part, str) else part
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.hexdigest()[:16]
