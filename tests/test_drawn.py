"""What is drawn, not only that something is: curves, points and densities are read back from the artists.

The exact answers are computed here in another way than in the code that draws them.
"""

import re

import numpy as np
import pytest
from scipy.integrate import solve_ivp
from scipy.stats import multivariate_normal, norm

from data.exact import ExactFlow
from data.synthetic import target
from evaluation.evaluate import with_decoder_noise
from models import MODELS
from visualization import views
from visualization.figure import Picture

WEIGHTS, MEANS, SDS = np.array([0.7, 0.3]), np.array([-2.0, 2.0]), np.array([0.8, 0.6])  # of two_gaussians_1d
FLOWS = ("fm", "meanflow", "facm", "backflow")


@pytest.fixture(scope="module")
def pictures(evaluated):
    """{(model, dim): its picture, drawn at the last snapshot}, each drawn when a test first asks for it."""

    class Drawn(dict):
        def __missing__(self, key):
            picture = self[key] = Picture(evaluated[key])
            picture.render(len(picture.epochs) - 1)
            return picture

    return Drawn()


def panel_of(picture, title):
    """A panel by its title, with its scene and the last snapshot."""
    ((panel, _, scene),) = [
        cell for cell in picture.cells if cell[0].axes.get_title(loc="left").replace("\n", " ") == title
    ]
    return panel, scene, scene.shot(len(picture.epochs) - 1)


def vertices(artist):
    """The lines of a collection (N, T, 2), or the points of a scatter or a curve (N, 2)."""
    if hasattr(artist, "get_segments"):
        return np.array([path.vertices for path in artist.get_paths()])
    return np.asarray(artist.get_offsets() if hasattr(artist, "get_offsets") else artist.get_xydata())


def cdf(x):
    return (WEIGHTS * norm.cdf((np.asarray(x)[..., None] - MEANS) / SDS)).sum(-1)


def density(x):
    return (WEIGHTS * norm.pdf((np.asarray(x)[..., None] - MEANS) / SDS) / SDS).sum(-1)


def ode(points, dim):
    """Where the exact flow takes noise, by SciPy's own choice of steps."""
    flow, shape = ExactFlow(target("two_gaussians_1d" if dim == 1 else "two_gaussians")), points.shape
    solution = solve_ivp(lambda s, x: flow.velocity(x.reshape(shape), s).ravel(), (0, 1), points.ravel(), rtol=1e-8)
    return solution.y[:, -1].reshape(shape)


# ---- exact answers ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FLOWS)
def test_exact_map_in_1d(pictures, name):
    """The quantile map: Phi(z) = F(x) at every vertex. With the wrong sign, or the axes exchanged, it is not."""
    z, x = vertices(panel_of(pictures[name, 1], "Map of the noise")[0].artists["exact"]).T
    assert len(z) > 100 and np.allclose(norm.cdf(z), cdf(x), atol=1e-6)


@pytest.mark.parametrize("name", FLOWS)
def test_learnt_map_and_what_it_misses(pictures, name):
    panel, scene, shot = panel_of(pictures[name, 1], "Map of the noise")
    learnt = vertices(panel.artists["model"])
    assert np.allclose(learnt, np.stack([scene.z[:, 0], shot["samples"][0][:, 0]], 1))
    rest, *_ = panel_of(pictures[name, 1], "Map minus the exact map")
    z, missed = vertices(rest.artists["model"]).T
    assert np.allclose(cdf(learnt[:, 1] - missed), norm.cdf(z), atol=1e-6), "learnt minus exact, in this order"
    assert ("one step" in panel.artists) == (name == "fm")
    if name == "fm":
        assert np.allclose(vertices(panel.artists["one step"])[:, 1], shot["one_step"][:, 0])


def test_exact_inverse_map(pictures):
    x, z = vertices(panel_of(pictures["backflow", 1], "One-step encode of the data")[0].artists["exact"]).T
    assert np.allclose(norm.cdf(z), cdf(x), atol=1e-6)


def test_the_decoder_is_held_against_the_mean(pictures):
    panel, *_ = panel_of(pictures["decoder", 1], "Output and the mean")
    assert np.allclose(vertices(panel.artists["exact"])[:, 1], WEIGHTS @ MEANS)
    for dim in (1, 2):
        panel, scene, _ = panel_of(pictures["decoder", dim], "Random pairs, and the mean as the only answer")
        assert np.allclose(vertices(panel.artists["mean"]), views.right(scene, scene.target.mean[None]))


@pytest.mark.parametrize("name", ["ae", "vae", "vae_beta"])
def test_no_encoder_is_held_against_an_exact_map(pictures, name):
    for dim in (1, 2):
        assert not [panel for panel, _, _ in pictures[name, dim].cells if "exact" in panel.artists]


@pytest.mark.parametrize("name", FLOWS)
@pytest.mark.parametrize("dim", [1, 2])
def test_exact_paths_begin_and_end_where_the_flow_does(pictures, name, dim):
    panel, scene, shot = pictures[name, dim].cells[0][0], pictures[name, dim].cells[0][2], None
    exact, learnt = vertices(panel.artists["exact"]), vertices(panel.artists["path"])
    shot = scene.shot(len(scene.epochs) - 1)
    assert len(exact) == len(learnt) <= 64
    if dim == 1:
        assert np.allclose(exact[:, 0, 0], 0) and np.allclose(exact[:, -1, 0], 1), "from left to right"
        assert np.allclose(cdf(exact[:, -1, 1]), norm.cdf(exact[:, 0, 1]), atol=1e-5)
        assert np.isin(learnt[:, -1, 1], shot["path"][-1]).all()
    else:
        assert np.allclose(exact[:, -1], ode(exact[:, 0], 2), atol=1e-4)
        assert np.allclose(learnt[:, -1], shot["path"][-1, : len(learnt)])
    assert np.allclose(exact[:, 0], learnt[:, 0], atol=1e-6), "of the same noise"


def test_exact_pairs(pictures):
    panel, scene, shot = panel_of(pictures["backflow", 2], "Exact pairing")
    lines = vertices(panel.artists["exact"])
    assert np.allclose(lines[:, 0], scene.z[:64]) and np.allclose(
        lines[:, 1], ode(scene.z[:64].astype(float), 2), atol=1e-4
    )
    learnt = vertices(panel_of(pictures["backflow", 2], "Learnt pairing")[0].artists["jump"])
    assert np.allclose(learnt[:, 0], scene.z[:64]) and np.allclose(learnt[:, 1], shot["samples"][0][:64])


def test_densities_on_the_way(pictures):
    """The exact density at progress s is that of s x + (1 - s) z; the filled contours hold it, and each ridge is it."""
    panel, scene, _ = pictures["fm", 1].cells[0][0], pictures["fm", 1].cells[0][2], None
    s, y, shown = scene.stage.on_the_way
    for i in (0, 20, 60):
        sd = np.sqrt((s[i] * SDS) ** 2 + (1 - s[i]) ** 2)
        assert np.allclose(shown[:, i], (WEIGHTS * norm.pdf((y[:, None] - s[i] * MEANS) / sd) / sd).sum(-1), atol=1e-9)
    ridges = [line for line in panel.axes.lines if np.nanmin(line.get_xdata()) == pytest.approx(0.5, abs=0.01)]
    x, y = next(line for line in ridges if line is not panel.artists["ridge 0.5"]).get_data()
    sd = np.sqrt((0.5 * SDS) ** 2 + 0.25)
    exact = (WEIGHTS * norm.pdf((np.asarray(y)[:, None] - 0.5 * MEANS) / sd) / sd).sum(-1)
    ratio = ((x - 0.5) / exact)[np.isfinite(x)]
    assert np.allclose(ratio, ratio[0]), "the exact density, at one scale"


def test_density_of_data_and_prior(pictures):
    """On the right edge the data's density, on the left the prior's, in one scale."""
    for name in ("decoder", "fm"):
        panel, _, scene = pictures[name, 1].cells[0]
        right = next(line for line in panel.axes.lines if np.max(line.get_xdata()) > 1.1 and not line.get_animated())
        x, y = right.get_data()
        assert np.allclose((x - 1) / scene.stage.density_scale, density(y), atol=1e-9)
        left = next(line for line in panel.axes.lines if np.min(line.get_xdata()) < -0.1)
        x, y = left.get_data()
        assert np.allclose(-x / scene.stage.density_scale, norm.pdf(y), atol=1e-9)


# ---- what was learnt -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["ae", "vae"])
def test_round_trip(pictures, name):
    """Encoding starts at the data and ends at their latents, where decoding starts; each at its place and scale."""
    for dim in (1, 2):
        panel, _, scene = pictures[name, dim].cells[0]
        shot, scale = scene.shot(len(scene.epochs) - 1), scene.latent_scale
        there, back = vertices(panel.artists["encode"]), vertices(panel.artists["decode"])
        if dim == 1:
            picked = slice(None, None, 8)
            x, z, x_hat = scene.x[picked, 0], scale * shot["latent"][picked, 0], shot["reconstruction"][picked, 0]
            n = len(there)
            assert np.allclose(there[:, :, 0], [0, 1]) and np.allclose(back[:, :, 0], [1, 2])
            assert np.allclose(there[:, :, 1], np.stack([x[:n], z[:n]], 1))
            assert np.allclose(back[:, :, 1], np.stack([z[:n], x_hat[:n]], 1))
        else:
            n, shift = len(there), np.array(scene.stage.islands[1])
            assert np.allclose(there[:, 0], scene.x[:n] + shift) and np.allclose(
                there[:, -1], scale * shot["latent"][:n]
            )
            assert np.allclose(back[:, 0], there[:, -1])
            assert np.allclose(back[:, -1], shot["reconstruction"][:n] + shift)
        low, high = np.transpose([panel.axes.get_xlim(), panel.axes.get_ylim()])
        z_hat = vertices(panel.artists["z_hat"])
        assert ((z_hat >= low) & (z_hat <= high)).mean() > 0.99, "the latents are in view"


def test_draws_of_a_vae(pictures):
    """The means and, apart from them, draws from the likelihood of variance 1/2."""
    panel, _, shot = panel_of(pictures["vae", 2], "Prior samples, decoded")
    means = shot["samples"][0]
    assert np.allclose(vertices(panel.artists["x_hat"]), means)
    assert np.allclose(vertices(panel.artists["draws"]), with_decoder_noise(means[None], 0.5)[0])
    panel, scene, shot = panel_of(pictures["vae", 1], "Prior samples, decoded")
    x, y = panel.artists["draws"].get_data()
    exact = norm.pdf((np.asarray(y)[:, None] - shot["samples"][0][:, 0]) / np.sqrt(0.5)).mean(1) / np.sqrt(0.5)
    seen = np.isfinite(x)
    assert seen.any() and np.allclose((x[seen] - 1) / scene.stage.density_scale, exact[seen], atol=1e-6)
    assert "draws" not in panel_of(pictures["ae", 2], "Prior samples, decoded")[0].artists


def test_samples_and_their_densities(pictures):
    for name in MODELS:
        picture = pictures[name, 2]
        for panel, draw, scene in picture.cells:
            if draw in (views.samples, views.generation):
                assert np.allclose(vertices(panel.artists["x_hat"]), scene.shot(2)["samples"][0])
    panel, _, shot = panel_of(pictures["fm", 1], "Samples of every seed")
    x, y = panel.artists["seed 1"].get_data()
    points = shot["samples"][1][:, 0]
    assert np.allclose(y, norm.pdf((np.asarray(x)[:, None] - points) / 0.15).mean(1) / 0.15, atol=1e-9)


def test_halfway_is_halfway(pictures):
    panel, scene, shot = panel_of(pictures["fm", 2], "Halfway, s = 0.5")
    assert len(shot["path"]) == 21, "so that the tenth is at s = .5"
    assert np.allclose(vertices(panel.artists["points"]), shot["path"][10])
    gx, gy, density, _ = scene.stage.halfway
    weights, means = np.array([0.6, 0.4]), 0.5 * np.array([[-2.0, -2.0], [2.0, 2.0]])
    covariances = 0.25 * (np.array([0.5 * np.eye(2), [[0.3, 0.15], [0.15, 0.3]]]) + np.eye(2))
    at = np.stack(np.meshgrid(gx, gy), -1)
    each = [w * multivariate_normal(m, c).pdf(at) for w, m, c in zip(weights, means, covariances, strict=True)]
    assert np.allclose(density, sum(each), atol=1e-9)


def test_training_pairs_belong_together(pictures):
    for dim in (1, 2):
        panel, scene, _ = panel_of(pictures["fm", dim], "Training pairs")
        lines = vertices(panel.artists["coupling"])
        z, x = (np.asarray(points) for points in scene.pairs)
        starts, ends = lines[:, 0], lines[:, 1]
        rows = [
            np.flatnonzero(np.isclose(z[:, -1], start[-1]) & np.isclose(z[:, 0], start[-dim]))[0] for start in starts
        ]
        assert np.allclose(x[rows], ends[:, -dim:])


# ---- how the training went -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_loss_and_excess_error(pictures, name):
    picture = pictures[name, 1]
    run = picture.cells[0][2].run
    losses = run.history["loss"].numpy()
    panel = next(panel for panel, draw, _ in picture.cells if draw is views.loss)
    epochs, mean = vertices(panel.artists["mean"]).T
    assert np.array_equal(epochs, [1, 2, 3, 4]) and np.allclose(mean, losses.mean(1), rtol=1e-5), (
        "no smoothing so early"
    )
    floors = [line.get_ydata()[0] for line in panel.axes.lines if line.get_linestyle() == "--"]
    known = next(row["floor"] for row in run.measures["rows"] if row["measure"] == "final_loss")
    assert floors == ([] if np.isnan(known) or known == 0 else [pytest.approx(known)]), "0 is off the axis, and said"
    assert any(re.search(r"exact answer 0$", text.get_text(), re.M) for text in panel.axes.texts) == (known == 0)
    if name in FLOWS and run.model.exact:
        panel = next(panel for panel, draw, _ in picture.cells if draw is views.excess)
        epochs, mean = vertices(panel.artists["mean"]).T
        assert np.allclose(epochs, [0.7, 2, 4]) and np.allclose(mean, run.snapshots["excess_error"].numpy().mean(1))
