"""Gen_Study as a library: the code of docs/NOTEBOOK.md as it stands there, and what a wrong call says."""

import re

import numpy as np
import pytest
import torch
from PIL import Image

from commands.work import measured, save
from evaluation.evaluate import evaluate
from evaluation.summary import summary_of
from models.calls import on_one_thread
from tests.running import ROOT
from training.runs import train
from training.settings import settings

TINY = {"epochs": 2, "n_samples": 40, "hidden": [8], "n_seeds": 2, "viz_freq": 1}
CODE = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "NOTEBOOK.md").read_text(encoding="utf-8"), re.S)


def test_the_notebook(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = {}
    assert CODE[0].count("\n") <= 20
    exec(CODE[0], names)
    said = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in said] == ["Flow matching", "MeanFlow"] and "exact samples 0.013" in said[
        0
    ]
    for image in (names["picture"], names["page"], names["curves"]):
        assert isinstance(image, Image.Image) and image.width == 1600 and len(image.getcolors(1 << 20)) > 100
    assert list(tmp_path.iterdir()) == [], "a library writes nothing"


def test_the_notebook_loads_what_a_command_saved(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "outputs").mkdir()
    run, names = train(settings("fm", **TINY)), {}
    measured(run, tmp_path / "outputs" / "fm_model.pt")
    save(run, tmp_path / "outputs" / "fm_model.pt")
    exec(CODE[1], names)
    assert len(CODE) == 2 and names["run"].measures == run.measures
    assert names["samples"].shape == (2, 1000, 1) and np.array_equal(names["samples"], names["same"].numpy())


@pytest.mark.parametrize(
    ("arguments", "changes", "words"),
    [
        (("nope",), {}, "no model 'nope'; choose from decoder, "),
        (("fm", 3), {}, "no data in 3 dimensions"),
        (("fm",), {"beta": 1.0}, "fm has no setting beta; choose from .*epochs"),
        (("fm", 1), {"dataset": "moons"}, "no data in 1D: moons; choose from two_gaussians_1d, or dim=2"),
        (("fm", 2), {"dataset": "moon"}, "no data in 2D: moon; choose from .*moons"),
    ],
)
def test_a_wrong_setting_lists_the_choices(arguments, changes, words):
    with pytest.raises(ValueError, match=words):
        settings(*arguments, **changes)


def test_a_run_that_is_not_evaluated_says_so():
    with pytest.raises(ValueError, match=r"not evaluated; first: run.measures"):
        summary_of(train(settings("ae", **TINY)))


def test_one_thread_while_it_works_and_as_many_as_before_after(monkeypatch):
    """On two cores training with two threads has taken forty times as long, when other programs wanted them, too."""
    seen, before = [], torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        run = train(settings("fm", **TINY), report=lambda *progress: seen.append(torch.get_num_threads()))
        evaluate(run)
        assert seen == [1, 1] and torch.get_num_threads() == 2
        with pytest.raises(KeyError), on_one_thread():
            raise KeyError
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
