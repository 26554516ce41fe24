"""One measure has one name, one definition and one value: whatever shows a number shows what metrics.csv has."""

import csv
import io
import itertools
import re

import numpy as np
import pytest

from commands.config import Config
from commands.files import csv_text
from data.exact import ExactFlow
from data.synthetic import target
from evaluation.captions import captions, telling
from evaluation.labels import COLUMNS, evaluations, number, plus_minus
from evaluation.metrics import sliced_w2
from evaluation.reference import Reference
from evaluation.scoreboard import FIELDS, table, tidy
from evaluation.summary import results_of
from models import MODELS, model_class
from models.base import MeanVelocity
from models.source import title
from visualization.explorer.payload import payload
from visualization.figure import Comparison, Picture

TINY = Config(epochs=4, n_samples=60, batch_size=20, hidden=(8,), n_seeds=2, viz_freq=2)
RECORDED = ("sliced_w2", "excess_error", "reconstruction_error", "kl")
NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.]*\w)")


@pytest.fixture(scope="module", params=[1, 2])
def runs(request, evaluated):
    return [run for (_, dim), run in evaluated.items() if dim == request.param]


@pytest.fixture(scope="module")
def values(runs):
    """{(model, measure, nfe): [values of the seeds], floor} as a reader of metrics.csv gets them."""
    text = csv_text(FIELDS, tidy([(run.settings, run.measures["rows"]) for run in runs]))
    rows, found = list(csv.DictReader(io.StringIO(text))), {}
    keys = [tuple(row[name] for name in ("model", "dim", "seed", "nfe", "measure")) for row in rows]
    assert len(set(keys)) == len(keys), "one value per model, dimension, seed, number of evaluations and measure"
    for row in rows:
        each, floors = found.setdefault((row["model"], row["measure"], int(row["nfe"])), ([], set()))
        each.append(float(row["value"]))
        floors.add(float(row["floor"]))
    assert all(len(floors) == 1 or np.isnan([*floors]).all() for _, floors in found.values())
    return {key: (np.array(each), min(floors)) for key, (each, floors) in found.items()}


def own(values, model, measure):
    """(Values, floor) for the model's own number of evaluations."""
    steps = next(nfe for name, key, nfe in values if (name, key) == (model, "w2"))
    return values.get((model, measure, steps)) or values.get((model, measure, 0))


def spread(values):
    return plus_minus(values.mean(), values.std())


def test_the_last_snapshot_is_what_is_measured(runs, values):
    """Seed by seed: the same points, the same definition, and the model's own number of evaluations."""
    for run in runs:
        found = set(RECORDED) & run.snapshots.keys()
        assert "sliced_w2" in found and run.snapshots["epoch"].tolist() == [0, 2, 4]
        for measure in found:
            measured, _ = own(values, run.settings["model"], measure)
            close = 1e-6 if measure == "sliced_w2" else 1e-5
            assert run.snapshots[measure][-1].numpy() == pytest.approx(measured, rel=close, abs=1e-9), measure


def test_the_floor_is_that_of_exact_samples_of_the_same_noise(runs, values):
    """In 1D exact samples have the exact quantiles; in 2D another integrator gives the same floor."""
    dataset, noise = runs[0].settings["dataset"], runs[0].noise.numpy().astype(float)
    exact = ExactFlow(target(dataset))
    steps = np.linspace(0, 1, 401)
    for s, r in itertools.pairwise(steps):
        k1 = exact.velocity(noise, s)
        k2 = exact.velocity(noise + (r - s) / 2 * k1, (s + r) / 2)
        noise = noise + (r - s) * k2
    floor = Reference(dataset).sliced_w2_floor
    assert floor == pytest.approx(sliced_w2(noise[None], target(dataset))[0], rel=1e-2, abs=3e-3)
    assert (floor == 0) == (len(noise[0]) == 1) and floor < 0.1
    found = {(name, nfe): each for (name, measure, nfe), (_, each) in values.items() if measure == "sliced_w2"}
    steps = {(name, nfe) for name, nfe in found if name == "facm" and nfe > 1}
    assert {each for key, each in found.items() if key not in steps} == {floor} and len(steps) == 3
    assert all(floor < found[key] < 0.3 for key in steps), "the exact consistency steps draw noise"
    assert {each for (_, measure, _), (_, each) in values.items() if measure == "ode_sliced_w2"} == {floor}


def test_the_scoreboard(runs, values):
    head, lines = table([(run.settings, run.measures["rows"]) for run in runs])
    columns = {words: key for key, words in COLUMNS.items()}
    assert lines[0][0] == "exact samples" and [line[0] for line in lines[1:]] == [title(name) for name in MODELS]
    for name, line in zip(MODELS, lines[1:], strict=True):
        for words, floor, cell in zip(head[2:], lines[0][2:], line[2:], strict=True):
            measure, nfe = columns[words]
            found = own(values, name, measure) if nfe is None else values.get((name, measure, nfe))
            assert cell == (spread(found[0]) if found else ""), (name, words)
            assert not found or np.isnan(found[1]) or floor == number(found[1]) or measure == "final_loss"


def test_captions(runs, values):
    """Every number of a sentence is one of its models', or a ratio, a share or a number of evaluations."""
    results = results_of(runs)
    sentences = captions(results)
    assert sentences and set(telling(results)) <= set(sentences)
    for sentence in sentences:
        mentioned = [result.name for result in results if result.title in sentence]
        known = {"0.02", "1", "2", "128", "100", "10", "0.70", "0.30", "0.60", "0.40", "0", "1.00"}
        for (model, _, _), (each, floor) in values.items():
            if model in mentioned:
                known |= {number(each.mean()), number(floor), f"{each.mean():.2f}", *spread(each).split(" ± ")}
        ratios = set(re.findall(r"([\d.]+) times", sentence))
        assert set(NUMBER.findall(sentence.replace("β = 10", "").replace("β = 1", ""))) - ratios <= known, sentence


def test_numbers_of_pictures(runs, values):
    """Headline and footnote of the last frame."""
    comparison = Comparison(runs)
    comparison.render(len(comparison.epochs) - 1)
    pictures = [Picture(run) for run in runs]
    for picture in pictures:
        picture.render(len(picture.epochs) - 1)
    for panel, _, scene in [*comparison.cells, *(picture.cells[0] for picture in pictures)]:
        name = scene.settings["model"]
        each, floor = own(values, name, "sliced_w2")
        words = f"sliced W2 {spread(each)} (exact {number(floor, 2)}), {evaluations(scene.steps)}"
        assert panel.notes["headline"].text == words
        if error := own(values, name, "reconstruction_error"):
            said = [number(error[0].mean())]
            said += [number(kl[0].mean())] if (kl := own(values, name, "kl")) else []
            assert NUMBER.findall(panel.notes["footnote"].text) == said


def test_the_explorer(runs, values):
    (dim,) = payload({runs[0].settings["dim"]: runs})["dims"]
    head, (exact, *lines) = table([(run.settings, run.measures["rows"]) for run in runs])
    assert dim["table"]["columns"] == head[1:] and dim["table"]["exact"] == exact[1:]
    floors = {n: crowd["floor"] for n, crowd in dim["crowds"].items()}
    assert floors["256"] == pytest.approx(Reference(runs[0].settings["dataset"]).sliced_w2_floor, rel=1e-9)
    assert floors["500"] == pytest.approx(floors["256"], abs=0.05) and (dim["dim"] == 1) == (floors["500"] == 0)
    for entry, line in zip(dim["models"], lines, strict=True):
        name, row = entry["name"], dim["table"]["rows"][entry["name"]]
        assert [row["title"], *row["texts"]] == line
        for text, value in zip(row["texts"], row["values"], strict=True):
            assert (value is None) == (text == "") and (not text or value == pytest.approx(float(text.split()[0]), 0.1))
        for key, (mean, sd, floor) in entry["measures"].items():
            measure, _, nfe = key.partition(" ")
            each, exactly = values[name, measure, int(nfe)] if nfe else own(values, name, measure)
            assert [mean, sd] == pytest.approx([each.mean(), each.std()], rel=1e-9), "as metrics.csv, to be written"
            assert floor == (None if np.isnan(exactly) else pytest.approx(exactly, rel=1e-9))
        for curve, measure in (("own", "sliced_w2"), ("ode", "ode_sliced_w2")):
            measured = {nfe: each for (model, key, nfe), (each, _) in values.items() if (model, key) == (name, measure)}
            assert [nfe for nfe, *_ in entry["quality"][curve]] == sorted(measured)
            for nfe, mean, sd in entry["quality"][curve]:
                assert (mean, sd) == pytest.approx((measured[nfe].mean(), measured[nfe].std()), rel=1e-4)
        assert bool(entry["quality"]["ode"]) == issubclass(model_class(name), MeanVelocity)
        each, _ = own(values, name, "sliced_w2")
        assert entry["sliced_w2"][-1] == pytest.approx([each.mean(), each.std()], rel=1e-6)
        if "excess" in entry["losses"]:
            each, _ = values[name, "excess_error", 0]
            assert entry["losses"]["excess"][-1][1:] == pytest.approx([each.mean(), each.std()], rel=1e-3)
