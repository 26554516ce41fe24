"""What command lines know of a model before torch is loaded: literals of its class, read from the source."""

import ast
from functools import lru_cache
from pathlib import Path

from data import Failure
from models import MODELS

TARGET = (
    "what a pair stands for in the loss: the training points' mean (marginal), itself (conditional), the law (exact)"
)

IF_PAIRED = {"exact": None, "targets": ("conditional",), "couplings": ("own",)}  # of a class with a `pair` of its own
COUPLING = "which noise belongs to which data: any (independent), or the nearest of each batch (ot)"


def title(name, own=()):
    """The name of a model for people; own: pairs or a dict of settings that it may tell."""
    given = {key: default for key, (default, *_) in own_settings(name).items()} | dict(own)
    return (_literal("title", *_home(name)) or name).format(**given)


def own_settings(name):
    """The settings that not all models have: {name: (default, low, high, help)}, or (default, choices, help)."""
    try:
        settings = dict(_literal("settings", *_home(name)) or {})
        for default, *ends, about in settings.values():
            low, high = ends if len(ends) == 2 else (default, default if default in ends[0] else None)
            if not (low <= default <= high and isinstance(about, str)):
                raise ValueError(f"{default} is not from {low} to {high}")
        targets, couplings = (_literal(attribute, *_home(name)) or () for attribute in ("targets", "couplings"))
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise Failure(f"the model {name} ({MODELS[name]}): its settings cannot be read: {reason}") from None
    choices = {"target": (targets, TARGET), "coupling": (couplings, COUPLING)}
    return settings | {key: (all[0], all, about) for key, (all, about) in choices.items() if len(all) > 1}


def signed(name):
    """Whether a model's loss may be negative."""
    return bool(_literal("signed", *_home(name)))


ACTIVATIONS = ("silu", "selu", "tanh", "relu")  # of models/activations.py, which needs torch
GROUPS = {  # name: whether a model of these kinds, with or without a likelihood, of so many steps, is in it
    "all": lambda kinds, density, steps: True,
    "encoders": lambda kinds, density, steps: "Encoder" in kinds,
    "flows": lambda kinds, density, steps: "Flow" in kinds,
    "one_step": lambda kinds, density, steps: steps == 1 and "Encoder" not in kinds,
    "likelihood": lambda kinds, density, steps: "Flow" in kinds or density,
}


def group(word):
    """The models of one of GROUPS, by their base classes."""
    homes = {name: _home(name) for name in MODELS}
    density = {name: signed(name) or _literal("likelihood_variance", *home) is not None for name, home in homes.items()}
    steps = {name: _literal("steps", *home) for name, home in homes.items()}
    return [name for name, home in homes.items() if GROUPS[word](set(_kinds(*home)), density[name], steps[name])]


def _kinds(module, cls):
    """The names of the classes of models/base.py that a class is."""
    tree = ast.parse(_source(module))
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    homes = _homes(module, tree)
    for base in classes[cls].bases if cls in classes else ():
        home = homes.get(getattr(base, "id", None))
        if home and home[0] == "models.base":
            yield home[1]
        if home:
            yield from _kinds(*home)


def _home(name):
    module, cls = MODELS[name].split(".")
    return f"models.{module}", cls


@lru_cache
def _literal(attribute, module, cls):
    """A literal attribute of a class, or of its first base in models/ that has one; None if none has."""
    tree = ast.parse(_source(module))
    classes, homes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}, _homes(module, tree)
    found = {name: value for node in classes[cls].body for name, value in _defined(node)}
    if attribute in found:
        return ast.literal_eval(found[attribute])
    if attribute in IF_PAIRED and "pair" in found:
        return IF_PAIRED[attribute]
    bases = (_literal(attribute, *homes[base.id]) for base in classes[cls].bases if getattr(base, "id", None) in homes)
    return next((found for found in bases if found is not None), None)


def _source(module):
    return Path(__file__).with_name(f"{module.partition('.')[2]}.py").read_text(encoding="utf-8")


def _homes(module, tree):
    """{name: (module, class)} of the classes of models/ that a file defines or imports."""
    homes = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            homes[node.name] = module, node.name
        elif isinstance(node, ast.ImportFrom) and str(node.module).startswith("models."):
            homes |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
    return homes


def _defined(node):
    """(Name, value) of what a line of a class defines; a method has the value None."""
    if isinstance(node, ast.FunctionDef):
        yield node.name, None
    elif isinstance(node, ast.Assign | ast.AnnAssign):
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Name):
                yield target.id, node.value
