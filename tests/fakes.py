"""Two models as a researcher may add them: a one-step generator, and flow matching on optimally paired batches."""

import sys
from importlib.machinery import ModuleSpec
from types import ModuleType

import torch

import models
from data.assignment import optimal_assignment
from models import source
from models.base import Model
from models.base_mlp import MLP
from models.flow_matching import FlowMatching
from visualization import views


class OneStep(Model):
    """A map from noise to data whose own answer is the exact flow's; here it learns to double its noise."""

    title = "Consistency"
    exact = "flow"

    def __init__(self, dim, hidden, generators):
        super().__init__()
        self.g = MLP((dim, *hidden, dim), generators)

    def loss(self, x, z):
        return (2 * z - self.g(z)).square().sum(-1)

    def generate(self, z):
        return self.g(z)


class Optimal(FlowMatching):
    """OT-CFM, Tong et al. 2302.00482: another coupling has another flow."""

    title = "OT-CFM"

    def pair(self, x, z):
        best = [
            torch.from_numpy(optimal_assignment(b.cpu().numpy(), a.cpu().numpy())) for a, b in zip(x, z, strict=True)
        ]
        return torch.stack([a[order] for a, order in zip(x, best, strict=True)]), z


def record(model, z, x):
    return {"samples": model.generate(z)}


MODULES = {
    "models.fakes": {"OneStep": OneStep, "Optimal": Optimal},
    "training.train_onestep": {"record": record},
    "visualization.viz_onestep": {
        "COMPARE": views.trajectories,
        "PICTURE": views.generator_panels("One step", {"Training pairs": views.training_pairs}),
    },
}


def register(patch):
    """Add both to the registry: "onestep" with files of its own, "fm_ot" with those of its family."""
    for name, content in MODULES.items():
        module = ModuleType(name)
        module.__spec__ = ModuleSpec(name, None)
        vars(module).update(content)
        patch.setitem(sys.modules, name, module)
    literal = source._literal

    def of_fakes_too(attribute, module, cls):
        return getattr(classes[cls], attribute, None) if module == "models.fakes" else literal(attribute, module, cls)

    classes = MODULES["models.fakes"]
    patch.setattr(source, "_literal", of_fakes_too)
    patch.setitem(models.MODELS, "onestep", "fakes.OneStep")
    patch.setitem(models.MODELS, "fm_ot", "fakes.Optimal")
