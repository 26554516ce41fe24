"""Pictures: every model draws in both dimensions, frames agree, animations are well-formed."""

from dataclasses import replace
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from commands.config import Config
from commands.work import write_frames
from data import Failure
from evaluation.evaluate import evaluate
from evaluation.labels import evaluations, number, plus_minus
from evaluation.reference import Reference
from evaluation.summary import summary_of
from models import STUDY
from models.base import Encoder, Model
from models.decoder import Decoder
from training.runs import train
from visualization import config, figure
from visualization.animation import Cut, Palette, joined_gif, shared_palette
from visualization.figure import NUMBER, Comparison, Picture, comparison_layout, drawing, picture_layout
from visualization.pages import losses, maps, steps
from visualization.scene import Scene, titled
from visualization.text import Words

SHOWN = (*STUDY, "otcfm", "reflow", "consistency", "nflow")  # one of each way to be drawn
TINY = Config(epochs=3, n_samples=40, batch_size=20, hidden=(8,), n_seeds=2, viz_freq=1)


@pytest.fixture(scope="module", params=(1, 2), ids=("1d", "2d"))
def runs(request):
    return [train(TINY.run_settings(name, request.param)) for name in SHOWN]


def test_colours_are_the_agreed_ones():
    assert config.COLORS == {
        "prior_z": "#1f77b4",
        "data_x": "#ff7f0e",
        "latent_z_hat": "#2ca02c",
        "output_x_hat": "#d62728",
        "coupling_train": "#7f7f7f",
        "coupling_infer": "#9467bd",
        "encode_line": "#8c564b",
        "decode_line": "#e377c2",
    }
    assert set(config.COLORS) < set(config.LABELS), "the legend has a word for each"


@pytest.mark.parametrize("name", SHOWN)
@pytest.mark.parametrize("dim", [1, 2])
def test_every_model_has_its_panels(name, dim):
    module = drawing(name)
    assert callable(module.COMPARE) and module.PICTURE[dim]


@pytest.mark.parametrize("name", SHOWN)
def test_picture_of_a_run(name, runs, tmp_path):
    (run,) = [run for run in runs if run.settings["model"] == name]
    figure = Picture(run)
    pixels = np.asarray(figure.image())
    assert pixels.shape[1] == 1600 and np.array_equal(pixels, figure.render(len(figure.epochs) - 1))
    ink = (pixels < 250).any(-1)
    thirds = np.array_split(ink, 3, 1)
    assert all(part.mean() > 0.01 for part in thirds), "no empty part of the page"
    assert not ink[:, -4:].any() and not ink[-4:].any(), "nothing is cut at the edge"


@pytest.mark.parametrize("names", [("decoder", "fm", "facm", "backflow"), ("decoder", "vae", "fm", "facm", "backflow")])
def test_the_legend_is_within_the_page(names, runs):
    """Both once were wider than their page in 2D: the marks at both ends were cut off."""
    film = Comparison([run for run in runs if run.settings["model"] in names])
    film.render(0)
    (legend,) = film.figure.legends
    box = legend.get_window_extent()
    assert 0 <= box.x0 < box.x1 <= film.size[0] and box.y0 >= 0


def test_frames(runs):
    """The same frame twice is the same to the pixel, drawn over the background or from scratch; frames differ."""
    figure = Comparison(runs)
    first, second = figure.render(0), figure.render(2)
    assert np.array_equal(figure.render(0), first) and np.array_equal(Comparison(runs).render(2), second)
    assert (first != second).any(-1).mean() > 0.001
    header = slice(0, 20)
    assert np.array_equal(first[header, :800], second[header, :800]), "the title stands still"


def test_limits_are_the_same_for_all_frames_and_models(runs):
    figure = Comparison(runs)
    figure.render(0)
    before = [(panel.axes.get_xlim(), panel.axes.get_ylim()) for panel, _, _ in figure.cells]
    figure.render(2)
    assert before == [(panel.axes.get_xlim(), panel.axes.get_ylim()) for panel, _, _ in figure.cells]
    assert len({b for b, (_, _, scene) in zip(before, figure.cells, strict=True) if scene.is_flow}) == 1
    kinds = [
        len({b for b, (_, _, s) in zip(before, figure.cells, strict=True) if isinstance(s.run.model, kind)})
        for kind in (Decoder, Encoder)
    ]
    assert kinds == [1, 1], "decoders and encoders"


def test_planes_have_equal_scales(runs):
    figure = Comparison(runs)
    figure.render(0)
    for panel, _, scene in figure.cells:
        if scene.dim == 2:
            (ax, ay), (bx, by) = panel.axes.transData.transform([(0, 0), (1, 1)])
            assert bx - ax == pytest.approx(by - ay, rel=1e-6)


@pytest.mark.parametrize("n", [1, 2, 3, 5, 8])
def test_any_number_of_models(n, runs):
    height, width, _ = Comparison(runs[-n:]).render(0).shape
    assert 900 <= width <= 1600 and 500 <= height <= 1000


def fake(dim, islands, aspect=None, title="Flow matching"):
    """A scene as layouts see it."""
    aspect = aspect or (1.6 if islands and dim == 2 else 1.0)
    return SimpleNamespace(
        dim=dim,
        islands=islands,
        aspect=aspect,
        is_flow=not islands,
        run=SimpleNamespace(model=SimpleNamespace(title=title)),
    )


def share_used(size, boxes):
    """How much of a page its panels fill, which must lie inside it and apart, with room for their titles."""
    for x, y, w, h in boxes:
        assert min(x, y - 90) >= 0 and x + w <= size[0] and y + h <= size[1] - 60 and min(w, h) > 110
    for (x, y, w, h), (u, v, a, b) in combinations(boxes, 2):
        assert x + w + 20 <= u or u + a + 20 <= x or y + h + 60 <= v or v + b + 60 <= y
    return sum(w * (h + NUMBER) for *_, w, h in boxes) / (size[0] * size[1])  # with the line of the number


@pytest.mark.parametrize("islands", ["half", "none", "one", "all"])
@pytest.mark.parametrize("dim", [1, 2])
def test_comparisons_of_1_to_24_models_fill_their_page(dim, islands):
    """The least share is that of 11 or 13 in 2D: no even rows; titles and legend are not counted as used."""
    shares = []
    for n in range(1, 25):
        k = {"half": n // 2, "none": 0, "one": 1, "all": n}[islands]
        size, placed = comparison_layout([fake(dim, i < k) for i in range(n)])
        assert size[0] <= 1600 and size[1] <= (1000 if n <= 8 else 1600) and len(placed) == n
        assert [scene.islands for scene, _ in placed] == [i < k for i in range(n)], "islands come first"
        shares.append(share_used(size, [box for _, box in placed]))
    assert min(shares) > 0.47 and np.mean(shares) > 0.55 and shares[7] > 0.6


def test_the_layout_of_eight_is_kept():
    size, placed = comparison_layout([fake(1, i < 4) for i in range(8)])
    assert size == (1600, 908) and placed[5][1] == pytest.approx((62 + 387.5, 522, 353.5, 306))
    size, placed = comparison_layout([fake(2, i < 4) for i in range(8)])
    assert size == (1600, 897) and placed[5][1] == pytest.approx((22 + 394.5, 446.8, 372.5, 372.5), abs=1)


@pytest.mark.parametrize("aspect", [1.0, 1.3, 1.7])
@pytest.mark.parametrize(("dim", "islands"), [(1, False), (2, True), (2, False)])
def test_pictures_of_1_to_9_panels_fill_their_page(dim, islands, aspect):
    scene = fake(dim, islands, aspect)
    for n in range(1, 10):
        size, boxes = picture_layout(scene, n)
        assert len(boxes) == n and size[0] <= 1600 and size[1] <= 1140
        assert share_used(size, boxes) > 0.5
        assert max(w * h for *_, w, h in boxes) == boxes[0][2] * boxes[0][3], "the first one is the large one"
    assert picture_layout(fake(2, False), 5)[1][:2] == [(22, 122, 768, 768), (838, 122, 350, 350)], "as before"


def test_a_picture_without_panels_is_refused_with_one_line(runs, monkeypatch):
    (run,) = [run for run in runs if run.settings["model"] == "ae"]
    monkeypatch.setattr(drawing("ae"), "PICTURE", {3: {}})
    with pytest.raises(
        Failure, match=r"^visualization/viz_ae.py: PICTURE has no panels for .D, so there is no picture"
    ):
        Picture(run)


def test_headings():
    assert [figure._number(n) for n in (1, 9, 24)] == [
        "One generative model",
        "Nine generative models",
        "24 generative models",
    ]


def test_the_number_above_a_panel_is_the_mean_over_seeds(runs):
    from data.synthetic import target
    from evaluation.metrics import sliced_w2

    figure = Comparison(runs)
    figure.render(1)
    for panel, _, scene in figure.cells:
        distance = sliced_w2(scene.shot(1)["samples"], target(scene.settings["dataset"]))
        words = panel.notes["headline"].text
        floor = Reference(scene.settings["dataset"]).sliced_w2_floor
        spread = plus_minus(distance.mean(), distance.std())
        assert words == f"sliced W2 {spread} (exact {number(floor, 2)}), {evaluations(scene.steps)}"


def test_runs_of_one_title_are_all_shown():
    """vae_beta with --beta 1 is called what vae is called; a page must neither lose one nor fail."""
    runs = [train(replace(TINY, own=(("beta", 1.0),)).run_settings(name, 1)) for name in ("vae", "vae_beta", "fm")]
    for run in runs:
        run.measures["rows"] = evaluate(run)
    assert list(titled(runs)) == ["VAE, β = 1", "VAE, β = 1 (2)", "Flow matching"]
    for page in (losses, steps):
        numbers = page.numbers(runs)
        assert len(numbers["models" if page is losses else "own"]) == 3 and page.draw(numbers)


class TwoSteps(Model):
    """A generator that is no flow and takes two steps to where the exact flow goes."""

    title, exact, steps = "Two steps", "flow", 2

    def __init__(self, flow):
        super().__init__()
        self.flow = flow

    def generate(self, z):
        return self.flow.sample(z, 2)


def test_a_generator_of_several_steps_is_on_the_page_of_maps(runs):
    (run,) = [replace(run, model=TwoSteps(run.model)) for run in runs if run.settings["model"] == "fm"]
    run.measures = {"rows": evaluate(run)}
    (shown,) = maps.numbers([run])["models"].values()
    assert shown["error"] == summary_of(run)["map_error", 2][:2] and maps.draw(maps.numbers([run]))


def test_training_pairs_are_made_in_batches_of_random_noise(runs, monkeypatch):
    """The noise of a run is sorted in 1D: a batch must not be a part of it."""
    for run in runs:
        if run.model.teacher:  # whose pairs are recorded
            continue
        scene, batches = Scene(run), []
        monkeypatch.setattr(run.model, "pair", lambda x, z, batches=batches: batches.append(z) or (x, z), raising=False)
        z, x = scene.pairs
        assert sorted(z.tolist()) == sorted(scene.z.tolist()) and {*x.ravel()} == {*scene.x.ravel()}
        assert len(batches[0][0]) == TINY.batch_size and batches[0].mean(1).abs().max() < 1


def test_a_diverged_run_is_drawn_and_says_so():
    run = train(replace(TINY, lr=1e6, epochs=60, hidden=(8,) * 4, viz_freq=10).run_settings("fm", 1))
    good = train(replace(TINY, epochs=60, viz_freq=10).run_settings("meanflow", 1))
    assert set(run.stopped) == {0, 1}
    figure = Comparison([run, good])
    assert figure.render(6).any() and len(figure.epochs) == 7
    assert "diverged" in figure.cells[0][0].notes["headline"].text
    for name in run.snapshots:
        if name != "epoch":
            run.snapshots[name] = run.snapshots[name] * float("nan")
    assert Picture(run).render(0).any()


@pytest.mark.parametrize("dataset", ["eight_gaussians", "moons", "spiral", "s_curve"])
def test_other_targets(dataset):
    settings = replace(TINY, dataset=dataset, epochs=1)
    assert Comparison([train(settings.run_settings(name, 2)) for name in ("ae", "backflow")]).render(0).any()


def test_palette_keeps_white_and_the_colours():
    gradient = np.tile(np.linspace(0, 255, 400).astype(np.uint8)[:, None], (40, 1, 3))
    palette = Palette([gradient])
    for color in ("#ffffff", *config.COLORS.values()):
        pixel = np.array([[[int(color[i : i + 2], 16) for i in (1, 3, 5)]]], dtype=np.uint8)
        shown = palette.colors[palette.entries(pixel)][0, 0].astype(int)
        assert np.abs(shown - pixel[0, 0]).max() <= (0 if color == "#ffffff" else 8)


def test_gif(runs, tmp_path):
    """Frame count, loop, delays; and every frame shows what its PNG shows."""
    figure = Comparison(runs[:2])
    palette = shared_palette(figure, range(4))
    parts = [tmp_path / ".part1", tmp_path / ".part2"]
    for part, frames in zip(parts, (range(2), range(2, 4)), strict=True):
        with open(part, "wb") as file:
            write_frames(figure, frames, tmp_path, palette, lambda *_: None, None, file, Cut.of(figure, 1600))
    (tmp_path / "film.gif").write_bytes(b"".join(joined_gif(figure.size, palette.bytes, parts, "a comment")))
    assert sorted(path.name for path in tmp_path.iterdir() if path not in parts) == [
        "epoch_0000.png",
        "epoch_0001.png",
        "epoch_0002.png",
        "epoch_0003.png",
        "film.gif",
    ]
    with Image.open(tmp_path / "film.gif") as gif:
        assert gif.n_frames == 4 and gif.info["loop"] == 0 and gif.size == figure.size
        for k in range(4):
            gif.seek(k)
            with Image.open(tmp_path / f"epoch_000{k}.png") as png:
                assert np.array_equal(np.asarray(gif.convert("RGB")), np.asarray(png.convert("RGB")))
            assert gif.info["duration"] == (3000 if k == 3 else 500)
    difference = np.abs(np.asarray(Image.open(tmp_path / "epoch_0003.png").convert("RGB"), int) - figure.render(3))
    assert difference.mean() < 2, "the palette is close to the true colours"


@pytest.mark.parametrize(("anchor", "x", "y"), [("rs", 190, 50), ("mt", 100, 5), ("rt", 300, -4)])
def test_words_are_inked_where_they_belong_and_nowhere_else(anchor, x, y):
    """The last ones hang over the edges of the page, and are cut off."""
    pixels = np.full((60, 200, 3), 255, dtype=np.uint8)
    Words("W2 0.144 ± 0.028 ẑ", 11, "#204060", anchor).draw(pixels, x, y)
    rows, columns = (pixels != 255).any(2).nonzero()
    if anchor == "rs":
        assert 185 <= columns.max() <= 190 and 48 <= rows.max() <= 54 and rows.min() > 30
    if anchor == "mt":
        assert abs((columns.min() + columns.max()) / 2 - 100) < 3 and 5 <= rows.min() <= 7
    assert len(rows) > 50 and (pixels >= (0x20, 0x40, 0x60)).all()
    assert (pixels == (0x20, 0x40, 0x60)).all(2).any()
