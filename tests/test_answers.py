"""The measures against known values: the exact flow is measured like a model, and has no error."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.integrate import quad
from scipy.stats import norm

from commands.config import Config
from commands.files import csv_text
from commands.work import measured, save
from data.exact import ExactFlow
from data.mixture import GaussianMixture
from data.synthetic import target
from evaluation import captions, metrics
from evaluation.evaluate import generate, with_decoder_noise
from evaluation.flows import LearntFlow
from evaluation.labels import number, plus_minus
from evaluation.reference import Reference, TrueFlow
from evaluation.scoreboard import FIELDS, markdown, sentences, table, tidy
from evaluation.summary import Result, summary, values
from models import MODELS, model_class
from models.base import Encoder
from models.source import group, title
from training.runs import load, train
from visualization.pages import couplings

TINY = Config(epochs=3, n_samples=60, batch_size=20, hidden=(8,), n_seeds=2, viz_freq=1)
DATASETS = {1: "two_gaussians_1d", 2: "two_gaussians"}


@pytest.fixture(scope="module", params=(1, 2), ids=("1d", "2d"))
def reference(request):
    return Reference(DATASETS[request.param])


@pytest.fixture(scope="module", params=(1, 2), ids=("1d", "2d"))
def runs(request, evaluated):
    return [run for (_, dim), run in evaluated.items() if dim == request.param]


# ---- the exact flow has no error -------------------------------------------------------------------------------------


def test_the_exact_field_has_no_error(reference):
    assert metrics.excess_error(reference.truth, *reference.field())[0] < 1e-10


def test_the_exact_average_velocity_has_no_error(reference):
    x, pairs, u = reference.jumps()
    assert len(pairs) == 10 and metrics.average_velocity_error(reference.truth, x, pairs, u)[0] < 1e-10
    assert all(r == 1 for _, r in reference.jumps(to_data_only=True)[1])
    table = metrics.average_velocity_table(reference.truth, reference.exact, np.linspace(0, 1, 4), points=8)
    assert table.max() < 1e-10


def test_the_exact_map_has_no_error(reference):
    assert metrics.map_error(reference.truth.sample(reference.z[None], 1), reference.end)[0] < 1e-5


def test_the_exact_likelihood_is_the_entropy(reference):
    """By change of variables, on the same points whose log density gives the entropy."""
    x = reference.x[:64]
    nll = -metrics.log_likelihood(reference.truth, x).mean(1)[0]
    assert nll == pytest.approx(-reference.target.log_prob(x).mean(), abs=2e-3)


def test_path_energy_of_the_exact_flow():
    """W2^2 by adaptive quadrature of the quantile map, the energy 2.736 by an independent integration."""

    def cost(z):
        return (float(reference.target.quantile(norm.cdf(z), norm.sf(z))) - z) ** 2 * norm.pdf(z)

    reference = Reference("two_gaussians_1d")
    squared_w2 = sum(quad(cost, *ends, limit=200)[0] for ends in ((-8, 0.45), (0.45, 0.6), (0.6, 8)))
    energy, displacement = metrics.path_energy(reference.truth, reference.z)
    assert energy[0] == pytest.approx(2.736, abs=0.01) and displacement[0] == pytest.approx(1.830, abs=0.01)
    assert reference.squared_w2 == pytest.approx(squared_w2, abs=1e-4)
    assert metrics.normalised_path_energy(energy, reference.squared_w2)[0] == pytest.approx(0.495, abs=0.01)


def test_floors_are_near_their_ideal(reference):
    floors = reference.floors
    assert reference.w2_floor(1_024) < 0.2 and floors["energy_distance"] < 0.06 and floors["mmd"] < 0.04
    assert floors["straightness"] > 1 and floors["mass_0"] == reference.target.weights[0]


# ---- measures with a known value --------------------------------------------------------------------------------


def test_straight_constant_flow():
    class Shift:
        seeds = 1

        def velocity(self, x, s):
            return np.full_like(x, 2.0)

    energy, displacement = metrics.path_energy(Shift(), np.zeros((5, 1)), steps=4)
    assert energy == pytest.approx([4.0]) and displacement == pytest.approx([4.0])
    assert metrics.excess_error(Shift(), [np.zeros((3, 2))], [0.5], [np.zeros((3, 2))]) == pytest.approx([8.0])


def test_energy_distance_and_mmd():
    a, b = np.zeros((4, 1)), np.full((4, 1), 3.0)
    assert metrics.energy_distance(a, b) == pytest.approx(np.sqrt(6)) and metrics.energy_distance(b, b) == 0
    x = np.random.default_rng(0).standard_normal((50, 2))
    assert metrics.mmd(x, x[::-1]) == pytest.approx(0, abs=1e-7)
    assert metrics.mmd(x + 100, x) == pytest.approx(np.sqrt(2 * np.exp(-_squares(x) / np.median(_squares(x))).mean()))


def _squares(x):
    return np.square(x[:, None] - x[None]).sum(-1)


def test_mode_masses_and_crossings():
    one = target("two_gaussians_1d")
    points = np.array([[-2.0], [-2.5], [-1.5], [2.0]])
    assert metrics.mode_masses(points, one) == pytest.approx([0.75, 0.25], abs=0.01)
    z = np.array([[0.0], [1.0], [2.0]])
    assert metrics.crossings(z, z) == 0 and metrics.crossings(z, -z) == 3
    assert metrics.crossings(z[::-1], z[::-1]) == 0 and metrics.crossings(z, z[[1, 0, 2]]) == 1


@pytest.mark.parametrize("dim", [1, 2])
def test_decoder_likelihood_of_a_linear_decoder(dim):
    """g(z) = a z + b has the density N(b, (a^2 + variance) I)."""
    x = np.random.default_rng(0).standard_normal((20, dim))
    exact = GaussianMixture([1], [[0.5] * dim], [np.eye(dim) * (0.8**2 + 0.5)])
    nll = -metrics.decoder_log_likelihood(lambda z: 0.8 * z[None] + 0.5, x, 0.5).mean(1)
    assert nll[0] == pytest.approx(-exact.log_prob(x).mean(), abs=1e-6)


@pytest.mark.parametrize("dim", [1, 2])
def test_decoder_noise_adds_exactly_its_variance(dim):
    """The same noise whatever the means are, of mean 0, of that variance, and for every seed the same."""
    means = np.random.default_rng(3).normal(size=(2, 100_000, dim))
    added = with_decoder_noise(means, 0.5) - means
    assert np.abs(added.mean(1)).max() < 0.01 and added.var(1) == pytest.approx(np.full((2, dim), 0.5), rel=0.02)
    assert np.allclose(added[0], added[1]) and np.allclose(with_decoder_noise(0 * means, 0.5), added)
    assert np.allclose(with_decoder_noise(means, 2.0) - means, 2 * added)
    assert np.array_equal(with_decoder_noise(means, 0.0), means)
    assert np.abs(np.corrcoef(means[0].ravel(), added[0].ravel())[0, 1]) < 0.02


def test_w2_with_decoder_noise_is_that_of_the_density(runs):
    """Only models with a density of p(x | z) have it; it is the W2 of their noisy samples, next to W2's own floor."""
    for run in runs:
        rows = run.measures["rows"]
        noisy = [row for row in rows if row["measure"] == "w2_with_noise"]
        variance = getattr(run.model, "likelihood_variance", None)
        assert bool(noisy) == (variance is not None) == run.settings["model"].startswith("vae")
        if not noisy:
            continue
        reference = Reference(run.settings["dataset"])
        means = generate(run, reference.noise(len(reference.sample)))
        drawn = means + np.sqrt(variance) * np.random.default_rng(8).standard_normal(means.shape[1:])
        assert values(rows, "w2_with_noise") == pytest.approx(
            [metrics.w2_between(x, reference.sample) for x in drawn], rel=1e-9
        )
        assert {row["floor"] for row in noisy} == {row["floor"] for row in rows if row["measure"] == "w2"}


@pytest.mark.parametrize("name", ["fm", "meanflow", "facm", "backflow"])
@pytest.mark.parametrize("dim", [1, 2])
def test_a_learnt_flow_in_progress_time(name, dim):
    """Velocity and jumps point from noise to data in every convention; the divergence is the trace of the Jacobian."""
    generators = [torch.Generator().manual_seed(seed) for seed in (0, 1)]
    flow = LearntFlow(model_class(name)(dim, (8, 8), generators).requires_grad_(False))
    x = np.random.default_rng(0).standard_normal((2, 5, dim))
    y = x
    for s in np.arange(64) / 64:
        y = y + flow.velocity(y, s) / 64
    assert np.allclose(flow.ode_sample(x, 64), y, atol=1e-4)
    if name == "fm":
        assert np.allclose(flow.sample(x, 64), y, atol=1e-4)
    else:
        assert np.allclose(flow.sample(x, 1), x + flow.average_velocity(x, 0.0, 1.0), atol=1e-5)
    h = 1e-2
    shifts = [np.eye(dim)[i] * h for i in range(dim)]
    trace = sum((flow.velocity(x + e, 0.3) - flow.velocity(x - e, 0.3))[..., i] / (2 * h) for i, e in enumerate(shifts))
    assert np.allclose(flow.divergence(x, 0.3), trace, atol=1e-3)


# ---- runs -------------------------------------------------------------------------------------------------------


def test_every_model_is_measured(runs):
    for run in runs:
        rows, config = run.measures["rows"], run.settings
        assert {row["seed"] for row in rows} == {0, 1} and len(values(rows, "w2")) == 2
        numbers = summary(rows)
        flow = hasattr(run.model, "velocity")
        assert (("nll", None) in numbers) == (config["model"] in group("likelihood"))
        assert (("excess_error", None) in numbers) == bool(flow and run.model.exact)
        assert (("map_error", 1) in numbers) == (run.model.exact in ("flow", "transport"))
        assert (("transport_cost", None) in numbers) == (config["model"] not in group("encoders"))
        assert (("kl", None) in numbers) == config["model"].startswith("vae")
        assert (("round_trip", 2) in numbers) == (config["model"] == "backflow")
        if flow:
            most = {1, 2, 4, 8} if config["model"] == "facm" else {1, 2, 4, 8, 16, 32, 64, 128, run.model.steps}
            assert {nfe for name, nfe in numbers if name == "sliced_w2"} == most | {None}


def test_no_likelihood_beats_the_entropy(runs):
    """Quadrature for the VAE is never below the likelihood of the exact density on the same points."""
    for run in runs:
        if run.settings["model"].startswith("vae"):
            for row in run.measures["rows"]:
                assert row["measure"] != "nll" or row["value"] > row["floor"]


def test_measures_are_kept_in_the_file(runs, tmp_path):
    run = runs[4]
    save(run, tmp_path / "run.pt")
    saved = load(tmp_path / "run.pt")
    assert saved.measures == run.measures
    stamp = (tmp_path / "run.pt").stat().st_mtime_ns
    assert measured(saved, tmp_path / "run.pt") == run.measures["rows"]
    assert (tmp_path / "run.pt").stat().st_mtime_ns == stamp


def test_a_diverged_model_is_measured_as_far_as_it_goes(tmp_path):
    settings = replace(TINY, lr=1e6, epochs=60, hidden=(8,) * 4, own=(("target", "conditional"),))
    for name in ("fm", "backflow", "vae"):
        run = train(settings.run_settings(name, 1))
        rows = measured(run, tmp_path / "run.pt")
        assert run.trouble and len(values(rows, "w2")) == 2


def test_tidy_csv(runs):
    content = [(run.settings, run.measures["rows"]) for run in runs]
    read = list(csv.DictReader(io.StringIO(csv_text(FIELDS, tidy(content)))))
    assert tuple(read[0]) == FIELDS and len(read) == len(list(tidy(content)))
    assert {row["model"] for row in read} == set(MODELS)
    assert all(np.isfinite(float(row["value"])) for row in read)


def test_table_and_markdown(runs):
    content = [(run.settings, run.measures["rows"]) for run in runs]
    head, lines = table(content)
    assert lines[0][0] == "exact samples" and [line[0] for line in lines[1:]] == list(map(title, MODELS))
    assert all(len(line) == len(head) for line in lines)
    w2 = values(runs[0].measures["rows"], "w2")
    assert lines[1][2] == plus_minus(w2.mean(), w2.std())
    text = markdown(content)
    assert all(sentence in text for sentence in sentences(content)) and "exact samples" in text


# ---- captions follow the numbers -----------------------------------------------------------------------------------


def only(maker, *results):
    return " ".join(maker(results))


def result(name, seeds=1, lost=(), steps=1, **measures):
    """A Result whose measures are (mean, floor) of the model's own samples."""
    numbers = {(measure, None): (mean, 0.0, floor) for measure, (mean, floor) in measures.items()}
    return Result(name, title(name), numbers, steps, lost, seeds)


def test_decoder_caption():
    at = {loss: only(captions.collapse, result("decoder", final_loss=(loss, 4.0))) for loss in (4.0, 6.0, 1.0)}
    assert "the mean is best" in at[4.0] and "1.00 times" in at[4.0]
    assert "not yet found even the mean" in at[6.0] and "by heart" in at[1.0]


@pytest.mark.parametrize(
    ("latent", "w2", "words"),
    [
        (2.0, 1.0, "does not follow the prior (sliced W2 2.00) and decoded prior samples miss"),
        (0.1, 0.1, "follows the prior (sliced W2 0.100) and decoded prior samples land where"),
        (2.0, 0.1, "does not follow the prior (sliced W2 2.00) but decoded prior samples land where"),
    ],
)
def test_autoencoder_caption(latent, w2, words):
    numbers = {"reconstruction_error": (1e-4, 0), "latent_w2": (latent, 0.0), "w2": (w2, 0.02)}
    assert words in only(captions.autoencoders, result("ae", **numbers))
    bad = result("ae", **numbers | {"reconstruction_error": (1.0, 0)})
    assert "does not reconstruct" in only(captions.autoencoders, bad)


def test_beta_caption_turns_with_its_numbers():
    def both(a, b):
        return [
            result(name, reconstruction_error=(error, 0), kl=(kl, 0), w2=(w2, 0.0))
            for name, (error, kl, w2) in (("vae", a), ("vae_beta", b))
        ]

    low, high = (0.4, 0.9, 0.3), (3.9, 0.001, 2.0)
    words = only(captions.variants, *both(low, high))
    assert "raised the reconstruction error" in words and "lowered the KL" in words and "collapsed" in words
    words = only(captions.variants, *both(high, low))
    assert "lowered the reconstruction error" in words and "raised the KL" in words and "collapsed" not in words
    assert "left the KL" in only(captions.variants, *both(low, low))


def test_mode_caption():
    wrong = result("fm", mass_0=(0.8, 0.7), mass_1=(0.2, 0.3))
    right = [result(name, mass_0=(0.701, 0.7), mass_1=(0.299, 0.3)) for name in ("meanflow", "facm")]
    first, second = captions.modes([wrong, *right])
    assert first == "Every mode has the right mass, to within 0.02: MeanFlow, FACM."
    assert second == "Flow matching has a mass of 0.80 instead of 0.70 in mode 0, 0.20 instead of 0.30 in mode 1."


def test_flow_caption():
    def chart(one, many):
        numbers = {("sliced_w2", 1): (one, 0.0, 0.05), ("sliced_w2", 128): (many, 0.0, 0.05)}
        return Result("fm", title("fm"), numbers)

    assert "2.0 times as far from the data as 128" in only(captions.flows, chart(0.2, 0.1))
    assert "closer to the data than 128, which are 2.0 times as far" in only(captions.flows, chart(0.1, 0.2))
    assert "as good as 128" in only(captions.flows, chart(0.1, 0.1))


def test_best_caption():
    slow, quick, worse = (
        result("fm", steps=100, w2=(0.2, 0.1)),
        result("facm", w2=(0.3, 0.1)),
        result("ae", w2=(3, 0.1)),
    )
    first, second = captions.best([worse, quick, slow])
    assert "Flow matching, W2 0.200 ± 0 (exact samples 0.100) with 100 evaluations" in first
    assert "one evaluation: FACM, W2 0.300" in second
    assert len(list(captions.best([quick, worse]))) == 1, "the best one takes one evaluation already"


def test_a_picture_gets_the_most_telling_sentences():
    lost = result("facm", seeds=2, lost=(1,), w2=(0.3, 0.1), mass_0=(0.7, 0.7))
    known = {"w2": (1, 0.1), "mass_0": (0.2, 0.7), "final_loss": (1, 1)}
    known |= {"reconstruction_error": (1e-6, 0), "latent_w2": (2, 0)}
    others = [result(name, **known) for name in MODELS if name != "facm"]
    said = captions.telling([lost, *others])
    assert len(said) == 5 and said[0].startswith("FACM: seed 1 of 2 diverged") and said[1].startswith("Closest to")


# ---- pages ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["losses", "steps", "maps", "couplings", "fields", "scoreboard"])
def test_pages(name, runs):
    from importlib import import_module

    from visualization.pages.layout import image_of

    page = import_module(f"visualization.pages.{name}")
    pixels = np.asarray(image_of(page.draw(page.numbers(runs))))
    ink = (pixels < 250).any(-1)
    assert pixels.shape[1] == 1600 and all(part.mean() > 0.003 for part in np.array_split(ink, 3, 1))
    assert not ink[:, -3:].any() and not ink[-3:].any(), "nothing is cut at the edge"


def test_true_flow_samples_by_its_map():
    flow = ExactFlow(target("two_gaussians"))
    z = np.random.default_rng(0).standard_normal((1, 4, 2))
    assert np.allclose(TrueFlow(flow).sample(z, 1)[0], flow.flow_map(z[0], 0, 1))


@pytest.mark.parametrize("dataset", ["two_gaussians_1d", "two_gaussians", "eight_gaussians", "moons"])
def test_no_coupling_of_the_same_points_is_cheaper_than_the_optimal_one(dataset):
    reference = Reference(dataset)
    z = np.random.default_rng(0).permutation(reference.noise(couplings.N))
    pairs = couplings.couplings(z, reference, np.random.default_rng(1))
    exact = pairs[couplings.EXACT]
    costs = {name: couplings.costs(z, x) for name, x in pairs.items()}
    for name, x in pairs.items():
        assert np.allclose(np.sort(x, 0), np.sort(exact, 0)), "the same sample of the data"
        assert costs[name]["best"] == pytest.approx(costs[couplings.OPTIMAL]["cost"])
        assert costs[name]["cost"] >= costs[couplings.OPTIMAL]["cost"] - 1e-9
        assert costs[name]["cost"] == pytest.approx(((x - z) ** 2).sum(1).mean())
    order = [couplings.OPTIMAL, couplings.BATCHES, couplings.INDEPENDENT]
    assert costs[order[0]]["cost"] <= costs[order[1]]["cost"] < costs[order[2]]["cost"]
    if reference.dim == 1:
        assert costs[couplings.EXACT]["cost"] == pytest.approx(costs[couplings.OPTIMAL]["cost"])
        assert costs[couplings.EXACT]["cost"] == pytest.approx(reference.squared_w2, rel=0.02)
        assert costs[couplings.EXACT]["crossings"] == 0 < costs[couplings.INDEPENDENT]["crossings"]


def test_the_couplings_of_models(runs):
    """Pairs as their first seed makes them, their cost next to the best of their own samples, and W2 with its floor."""
    numbers = couplings.numbers(runs)
    flows = [run for run in runs if run.model.exact != "mean" and not isinstance(run.model, Encoder)]
    assert [name.split(",")[0] for name in numbers["models"]] == [run.model.title for run in flows]
    for run, each in zip(flows, numbers["models"].values(), strict=True):
        ends = run.model.generate(np.repeat(numbers["z"][None], 2, 0))[0]
        assert np.allclose(each["x"], ends) and each["cost"] >= each["best"] - 1e-9
        w2 = values(run.measures["rows"], "w2")
        assert each["w2"][:2] == pytest.approx((w2.mean(), w2.std()))
        said = couplings.words(each)
        assert f"W2 {plus_minus(w2.mean(), w2.std())} (exact {number(each['w2'][2])})" in said[1]
        assert number(each["cost"]) in said[0]
    figure = couplings.draw(numbers)
    for axes, (name, each) in zip(figure.axes, [*numbers["pairs"].items(), *numbers["models"].items()], strict=True):
        assert axes.get_title(loc="left").replace("\n", " ") == name and axes.get_xlabel().split(
            "\n"
        ) == couplings.words(each)
        (drawn,) = [
            c for c in axes.collections if hasattr(c, "get_segments") and "pairs" in str(c.get_gid() or "pairs")
        ][-1:]
        n = couplings.DRAWN[numbers["z"].shape[1]]
        ends = np.array([segment[-1] for segment in drawn.get_segments()])
        assert np.allclose(ends[:, -numbers["z"].shape[1] :], each["x"][:n])
