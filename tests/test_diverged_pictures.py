"""Pictures of runs that went wrong: whatever values a diverged model leaves, its picture and its panel are drawn."""

import numpy as np
import pytest
import torch

from commands.config import Config
from training.runs import train
from visualization.figure import Comparison, Picture

TINY = Config(epochs=2, n_samples=40, batch_size=20, hidden=(8,), n_seeds=2, viz_freq=1)
# all panels of the others are among theirs
SHOWN = ("decoder", "ae", "vae", "fm", "facm", "backflow", "consistency", "nflow")
NO_NUMBERS = torch.tensor([float("nan"), float("inf"), -float("inf"), 1e30])


@pytest.fixture(scope="module", params=(1, 2), ids=("1d", "2d"))
def runs(request):
    return [train(TINY.run_settings(name, request.param)) for name in SHOWN]


def spoil(run, every):
    """Replace every so many numbers of the last snapshot by one of NO_NUMBERS, as if the run had stopped there."""
    run.state["stopped"] = {0: 1}
    for key, value in run.snapshots.items():
        if key != "epoch":
            holes = value[-1].view(-1)[::every]
            holes.copy_(NO_NUMBERS.repeat(len(holes))[: len(holes)])


def test_no_number_stops_the_drawing(runs):
    """Some, then all numbers of the last snapshot are bad; the frame before keeps its pixels."""
    for run in runs:
        run.state["stopped"] = {0: 1}  # limits are those of the good epochs
    good = Comparison(runs).render(0)
    for every in (3, 1):
        for run in runs:
            spoil(run, every)
            assert Picture(run).render(2).any(), run.settings["model"]
        figure = Comparison(runs)
        figure.render(2)
        for panel, _, _ in figure.cells:
            assert panel.notes["headline"].text == "diverged after epoch 1"
        assert np.array_equal(figure.render(0), good)
