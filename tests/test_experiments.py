"""Runs besides the study's own, and the pages that compare them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import wasserstein_distance_nd

from commands.config import Config
from commands.experiments import COUNTS, EXPERIMENTS, places, plan, words_of
from commands.jobs import experiment
from evaluation.evaluate import evaluate
from evaluation.metrics import sliced_w2, sliced_w2_to_points
from evaluation.reference import Reference
from models import ABLATED, STUDY, model_class
from tests.running import command
from training.runs import train
from visualization.pages import memorised, targets

TINY = Config(epochs=4, n_samples=60, batch_size=20, hidden=(8,), n_seeds=2)


def runs_of(page, dim, models):
    found = []
    for model, at, config, _ in plan(page, replace(TINY, models=models)):
        if at == dim and model in models:
            found.append(train(config.run_settings(model, dim)))
            found[-1].measures["rows"] = evaluate(found[-1])
    return found


def test_every_experiment_changes_one_thing(tmp_path):
    config = replace(TINY, output_dir=tmp_path)
    changes = {"adaptive": {"adaptive_power", "target"}, "targets": {"target"}, "memorised": {"n_samples"}}
    for page, changed in changes.items():
        jobs, folders = experiment(page, config), places(page, tmp_path)
        assert len({job.path() for job in jobs}) == len(jobs) and {job.folder for job in jobs} == {*folders}
        for job in jobs:
            usual = config.run_settings(job.name, job.dim)
            differ = {key for key, value in job.config.run_settings(job.name, job.dim).items() if usual[key] != value}
            assert differ <= changed | {"epochs", "viz_freq"}, job
            assert job.experiment == (page, job.experiment[1]) and job.experiment[1] in job.words and page in job.words
    assert words_of(tmp_path / "targets_runs" / "other") is None and words_of(tmp_path) is None


def test_with_more_points_it_takes_as_many_steps():
    changed = [config for *_, config, _ in plan("memorised", Config())]
    assert {config.n_samples for config in changed} == set(COUNTS)
    for config in changed:
        assert config.epochs * -(-config.n_samples // config.batch_size) == pytest.approx(16_000, rel=0.01)


def test_the_experiments_are_of_the_right_models():
    assert EXPERIMENTS["adaptive"].models() == EXPERIMENTS["memorised"].models() == ABLATED
    assert EXPERIMENTS["targets"].models() == [name for name in STUDY if len(model_class(name).targets) > 1]


@pytest.mark.parametrize("dim", [1, 2])
def test_targets_page(dim):
    """Every number is that of the runs; the maps and samples are the first seed's."""
    runs = runs_of("targets", dim, ("fm", "meanflow"))
    numbers = targets.numbers(runs)
    figure = targets.draw(numbers)
    for run in runs:
        each = numbers["models"][run.model.title][run.settings["target"]]
        w2 = [row["value"] for row in run.measures["rows"] if row["measure"] == "w2"]
        assert each["values"] == w2 and each["w2"][:2] == pytest.approx((np.mean(w2), np.std(w2)))
        assert each["loss"][0] == pytest.approx(float(run.final_loss.mean()), rel=1e-5)
        assert (each["loss"][2] == 0) == (run.settings["target"] != "conditional")
    points = [Reference(runs[0].settings["dataset"]).w2_of_points(x) for x in runs[0].data.numpy().astype(float)]
    assert numbers["points"] == pytest.approx((np.mean(points), np.std(points)))
    said = " ".join(numbers["captions"])
    assert f"The {TINY.n_samples} training points themselves" in said and "(floor 0)" in said
    chart = figure.axes[0]
    levels = sorted(line.get_ydata()[0] for line in chart.lines if line.get_linestyle() in ("--", ":"))
    assert np.allclose(levels, sorted([float(numbers["floor"]), float(numbers["points"][0])]))
    assert targets.numbers([]) is None


def test_w2_of_points_is_the_transport_cost_of_points_with_equal_weights():
    reference = Reference("two_gaussians_1d")
    points = np.array([[-2.0], [2.0]])
    found = reference.w2_of_points(points)
    exact = np.sort(reference.target.sample(10_000, np.random.default_rng(2)), 0)
    assert found == pytest.approx(np.sqrt(np.square(exact - np.repeat(points, 5000, 0)).mean()))
    assert np.isnan(Reference("two_gaussians").w2_of_points(np.zeros((3000, 2))))


def test_sliced_w2_to_points():
    """0 to the points themselves, the shift along an axis in 1D, and in 2D no more than W2."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 256, 1))
    assert sliced_w2_to_points(x, x[:, ::-1]) == pytest.approx(0, abs=1e-12)
    assert sliced_w2_to_points(x + 0.3, np.repeat(x, 3, 1)) == pytest.approx(0.3)
    a, b = rng.standard_normal((1, 60, 2)), 1 + rng.standard_normal((1, 60, 2))
    assert wasserstein_distance_nd(a[0], b[0]) > 0.5 * sliced_w2_to_points(a, b)[0] > 0.1
    shift = np.array([0.6, 0.8])
    assert sliced_w2_to_points(a + shift, a) == pytest.approx(np.sqrt(0.5), rel=1e-6), "the mean over directions"


@pytest.mark.parametrize("dim", [1, 2])
def test_memorised_page(evaluated, dim):
    """Courses and counts are the two distances, computed anew; both ends are far on one side each."""
    main = [evaluated[name, dim] for name in ("ae", "fm", "meanflow")]
    more = runs_of("memorised", dim, ("fm",))
    numbers = memorised.numbers([*main, *more])
    assert list(numbers["courses"]) == ["Flow matching", "MeanFlow"] and list(numbers["counts"]) == ["Flow matching"]
    run = evaluated["fm", dim]
    course = numbers["courses"]["Flow matching"]
    for k, samples in enumerate(run.snapshots["samples"].numpy()):
        law = sliced_w2(samples, Reference(run.settings["dataset"]).target)
        assert course["law"][0][k] == pytest.approx(law.mean()) and course["law"][1][k] == pytest.approx(law.std())
        assert course["points"][0][k] == pytest.approx(sliced_w2_to_points(samples, run.data.numpy()).mean())
    assert course["law"][0][-1] == pytest.approx(run.snapshots["sliced_w2"][-1].numpy().mean(), rel=1e-5)
    counts = numbers["counts"]["Flow matching"]
    assert list(counts) == sorted({*COUNTS, TINY.n_samples})
    for each in more:
        law = sliced_w2(each.snapshots["samples"][-1].numpy(), Reference(each.settings["dataset"]).target)
        assert counts[each.data.shape[1]]["law"][0] == pytest.approx(law.mean())
    own = [counts[n]["own"][0] for n in COUNTS]
    assert own[0] > 3 * own[-1], "more points show more of the law"
    assert numbers["memorised"]["points"] < 0.7 * numbers["fresh"]["points"]
    assert memorised.draw(numbers).axes
    assert memorised.numbers(main[:1]) is None, "an autoencoder has no flow"


def test_pages_of_experiments_train_what_they_lack(tmp_path):
    """And the report shows the targets' table once they are there; a second time nothing is trained."""
    tiny = [
        "--epochs",
        "2",
        "--n-samples",
        "20",
        "--batch-size",
        "10",
        "--hidden",
        "4",
        "--n-seeds",
        "2",
        "--dim",
        "1d",
    ]
    flags = [*tiny, "--output-dir", "out"]
    done = command("run_pages.py", "targets", "memorised", *flags, cwd=tmp_path)
    assert sorted(done.stdout.split()) == ["out/memorised_1d.png", "out/targets_1d.png", "written:", "written:"]
    files = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").rglob("*.pt")}
    assert len(files) == 12 + 2 * len(COUNTS)
    command("run_pages.py", "targets", "memorised", *flags, cwd=tmp_path)
    assert files == {path: path.stat().st_mtime_ns for path in files}
    command("main.py", *tiny, "--models", "fm", "--output-dir", "out", cwd=tmp_path)
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert '"targets":{"columns":["W2: single pairs"' in page
