"""Models as a researcher adds them, a generator and another coupling: all pictures, and no answer but their own."""

import numpy as np
import pytest

from commands.config import Config
from evaluation.evaluate import evaluate
from evaluation.reference import Reference
from evaluation.summary import summary_of
from tests import fakes
from training.runs import train
from visualization.figure import Comparison, Picture
from visualization.pages import couplings, fields, losses, maps, scoreboard, steps
from visualization.pages.layout import image_of
from visualization.scene import Scene

TINY = Config(epochs=4, n_samples=40, batch_size=20, n_seeds=2, hidden=(8,), viz_freq=2)


@pytest.fixture(scope="module", params=(1, 2), ids=("1d", "2d"))
def runs(request):
    """Evaluated runs by name, the fakes among them."""
    with pytest.MonkeyPatch.context() as patch:
        fakes.register(patch)
        patch.setattr("evaluation.reference.N_W2", {1: 128, 2: 128})
        patch.setattr("evaluation.reference.N_POINTS", 64)
        Reference.cache_clear()
        found = {}
        for name in ("ae", "fm", "meanflow", "onestep", "fm_ot"):
            found[name] = train(TINY.run_settings(name, request.param))
            found[name].measures["rows"] = evaluate(found[name])
        yield found
    Reference.cache_clear()


def test_pictures(runs):
    """Both have their place next to the flows, on the plane; an exact path where it is their own, and a word if not."""
    figure = Comparison(list(runs.values()))
    figure.render(1)
    drawn = {scene.settings["model"]: panel for panel, _, scene in figure.cells}
    assert [scene.islands for _, _, scene in figure.cells] == [True, False, False, False, False]
    assert {name for name, panel in drawn.items() if "exact" in panel.artists} == {"fm", "meanflow", "onestep"}
    assert "jump" in drawn["onestep"].artists and "path" in drawn["fm_ot"].artists
    for name, exact in (("onestep", True), ("fm_ot", False), ("fm", True)):
        figure = Picture(runs[name])
        pixels = figure.render(1)
        assert "exact" in figure.cells[0][0].meanings if exact else "exact" not in figure.cells[0][0].meanings
        said = any("No exact paths" in text.get_text() for text in figure.figure.texts)
        assert said == (name == "fm_ot")
        assert all(part.any(-1).mean() > 0.01 for part in np.array_split(pixels < 250, 3, 1)), "no hole"


def test_training_pairs_are_the_models_own(runs):
    cost = {name: np.square(np.subtract(*Scene(runs[name]).pairs)).mean() for name in ("fm", "fm_ot")}
    assert cost["fm_ot"] < 0.7 * cost["fm"]


def test_pages(runs):
    """Who is on which page, and that all are drawn."""
    found, title = list(runs.values()), {name: run.model.title for name, run in runs.items()}
    numbers = {page: page.numbers(found) for page in (maps, fields, couplings, steps, losses, scoreboard)}
    for page, each in numbers.items():
        assert np.asarray(image_of(page.draw(each))).any()
    assert set(numbers[maps]["models"]) == {title[name] for name in ("fm", "meanflow", "onestep")}
    assert set(numbers[fields]["models"]) == {title[name] for name in ("fm", "meanflow")}
    assert {name.split(",")[0] for name in numbers[couplings]["models"]} >= {title["onestep"], title["fm_ot"]}
    chart, ode = numbers[steps]["own"], numbers[steps]["ode"]
    assert len(chart[title["onestep"]]) == 1 and len(chart[title["fm_ot"]]) > 5 and title["onestep"] not in ode
    assert {row["title"] for row in numbers[scoreboard][0]["rows"]} == {*title.values()}
    assert [row["mean"] for row in numbers[scoreboard][0]["rows"]] == sorted(
        summary_of(run)["w2", None][0] for run in found
    )
    assert np.isnan(numbers[losses]["models"][title["fm_ot"]]["floor"])


def test_a_generator_of_several_steps_has_its_map(runs, monkeypatch):
    run = runs["onestep"]
    monkeypatch.setattr(type(run.model), "steps", 2)
    monkeypatch.setitem(run.measures, "rows", evaluate(run))
    assert np.isfinite(maps.numbers([run])["models"][run.model.title]["error"]).all()
